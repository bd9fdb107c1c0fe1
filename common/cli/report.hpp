#pragma once

#include "ci/outputs.hpp"
#include "core/error.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace slipway::cli {

using Json = nlohmann::ordered_json;

/// What a step has to say in the end, in every form that somebody reads.
struct Report {
    ExitCode code = ExitCode::done;
    /// Standard output, unless --json is given.
    std::string text = {};
    /// The text is the product itself, such as a rendered file: it is written byte for byte, not redacted.
    bool verbatim = false;
    /// The step's own fields of --json.
    Json json = Json::object();
    /// For later steps of the pipeline.
    std::vector<ci::Output> outputs = {};
    /// Markdown for the CI's summary page.
    std::string summary = {};
    /// Said in the log, as annotations and in reports. The first error is also --json's "error".
    std::vector<Diagnostic> diagnostics = {};
};

} // namespace slipway::cli
