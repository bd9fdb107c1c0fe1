#include "ci/junit.hpp"

#include "core/text.hpp"

#include <algorithm>

namespace slipway::ci {

namespace {

/// XML 1.0 has no place for control characters, escaped or not.
std::string escaped(std::string_view text) {
    std::string xml;
    for (const char c : visible(text)) {
        switch (c) {
        case '&': xml += "&amp;"; break;
        case '<': xml += "&lt;"; break;
        case '>': xml += "&gt;"; break;
        case '"': xml += "&quot;"; break;
        default: xml += c;
        }
    }
    return xml;
}

std::string lines_of(const std::vector<std::string>& texts) {
    std::string xml;
    for (const auto& text : texts) xml += escaped(text) + '\n';
    return xml;
}

void append_case(std::string& xml, const TestCase& test) {
    xml += "    <testcase classname=\"" + escaped(test.suite) + "\" name=\"" + escaped(test.name) + '"';
    if (!test.file.empty()) xml += " file=\"" + escaped(test.file) + '"';
    xml += " time=\"0\"";
    if (test.failures.empty() && test.remarks.empty()) {
        xml += "/>\n";
        return;
    }
    xml += ">\n";
    if (!test.failures.empty()) xml += "      <failure message=\"" + escaped(test.failures.front()) + "\">" + lines_of(test.failures) + "</failure>\n";
    if (!test.remarks.empty()) xml += "      <system-out>" + lines_of(test.remarks) + "</system-out>\n";
    xml += "    </testcase>\n";
}

} // namespace

std::string junit_report(const std::vector<TestCase>& cases) {
    std::vector<std::string> suites;
    for (const auto& test : cases) {
        if (std::find(suites.begin(), suites.end(), test.suite) == suites.end()) suites.push_back(test.suite);
    }
    std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
    for (const auto& suite : suites) {
        const auto count = [&](bool failed) { return std::count_if(cases.begin(), cases.end(), [&](const auto& test) { return test.suite == suite && (!failed || !test.failures.empty()); }); };
        xml += "  <testsuite name=\"" + escaped(suite) + "\" tests=\"" + std::to_string(count(false)) + "\" failures=\"" + std::to_string(count(true)) + "\">\n";
        for (const auto& test : cases) {
            if (test.suite == suite) append_case(xml, test);
        }
        xml += "  </testsuite>\n";
    }
    return xml + "</testsuites>\n";
}

} // namespace slipway::ci
