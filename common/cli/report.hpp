#pragma once

#include "ci/junit.hpp"
#include "ci/outputs.hpp"
#include "core/error.hpp"
#include "io/log.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <string>
#include <vector>

namespace slipway::cli {

using Json = nlohmann::ordered_json;

/// Redacts every text in a JSON value; numbers and names stay, so that it remains JSON.
void redact(Json& json, const io::Log& log);

/// What a step has to say in the end, in every form that somebody reads.
struct Report {
    ExitCode code = ExitCode::done;
    /// Standard output, unless --json is given.
    std::string text = {};
    /// The text is the product itself, such as a rendered file: it is written byte for byte, not redacted.
    bool verbatim = false;
    /// The step's own fields of --json.
    Json json = Json::object();
    /// Adds those that take long to make; called only when somebody reads them.
    std::function<void(Json&)> more_json = {};
    /// For later steps of the pipeline.
    std::vector<ci::Output> outputs = {};
    /// Markdown for the CI's summary page.
    std::string summary = {};
    /// Said in the log, as annotations and in reports. The first error is also --json's "error".
    std::vector<Diagnostic> diagnostics = {};
    /// Makes the cases of a JUnit report; a step that has none counts as one case itself.
    std::function<std::vector<ci::TestCase>()> cases = {};
};

/// What --json prints: the step's own fields, exit_code and error; redacted.
std::string json_of(const Report& report, const io::Log& log);

/// The report's cases as JUnit's XML; redacted.
/// @param step  its name
std::string junit_of(const Report& report, const std::string& step, const io::Log& log);

} // namespace slipway::cli
