#pragma once

#include <string>
#include <vector>

namespace slipway::ci {

/// One thing that was checked, for a JUnit report.
struct TestCase {
    std::string suite; ///< what groups the cases, such as a file
    std::string name;
    std::string file = {};
    std::vector<std::string> failures = {}; ///< none: it passed
    std::vector<std::string> remarks = {};  ///< warnings; they fail nothing
};

/// JUnit's XML as GitLab and others read it: testsuites, a testsuite for each suite in the order of the first case, testcases with
/// classname, name, file and time, and a failure with its text.
///
/// @source GitLab documentation, "Unit test report"
std::string junit_report(const std::vector<TestCase>& cases);

} // namespace slipway::ci
