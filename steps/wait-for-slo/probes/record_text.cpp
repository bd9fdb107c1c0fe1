#include "wait-for-slo/probes/record_text.hpp"

#include "ci/markdown.hpp"
#include "core/text.hpp"
#include "slo/objective.hpp"
#include "wait-for-slo/decision/wording.hpp"

#include <algorithm>

namespace slipway::wait_for_slo {

namespace {

/// Rows that a summary page can hold.
constexpr std::size_t most_rows = 20;

double seconds(Duration duration) { return slo::rounded(static_cast<double>(duration.count()) / 1000); }

cli::Json seconds_or_null(const std::optional<Duration>& duration) { return duration ? cli::Json(seconds(*duration)) : cli::Json(nullptr); }

/// What a server said, in a cell: no link, and no HTML.
std::string foreign(const std::string& text) { return ci::cell(ci::code(text)); }

std::string count(std::size_t number) { return events(static_cast<double>(number)); }

std::string failures_of(const ProbeRecord& record) {
    std::string text;
    const auto shown = std::min(record.failures.size(), most_rows);
    for (std::size_t i = 0; i < shown; ++i) {
        const auto& failure = record.failures[i];
        text += "| " + format_timestamp(failure.time) + " | " + format_duration(failure.took) + " | " + foreign(failure.reason) + " |\n";
    }
    if (text.empty()) return {};
    text = "\nFailed requests to " + ci::cell(record.url) + ":\n\n| time | took | why |\n|---|--:|---|\n" + text;
    if (record.failed > shown) text += "\nand " + count(record.failed - shown) + " more\n";
    return text;
}

std::string versions_of(const ProbeRecord& record) {
    if (record.versions.empty()) return {};
    std::string text = "\nVersions that answered at " + ci::cell(record.url) + ":\n\n| version | answers | failed | first | last |\n|---|--:|--:|---|---|\n";
    for (std::size_t i = 0; i < std::min(record.versions.size(), most_rows); ++i) {
        const auto& version = record.versions[i];
        text += "| " + (version.version.empty() ? "none" : foreign(version.version)) + " | " + count(version.answers) + " | " + count(version.failed) + " | " + format_timestamp(version.first) + " | " + format_timestamp(version.last) + " |\n";
    }
    return text;
}

} // namespace

cli::Json to_json(const ProbeRecord& record) {
    cli::Json json = {{"url", record.url},
                      {"requests", record.requests},
                      {"failed", record.failed},
                      {"not_sent", record.not_sent},
                      {"median_seconds", seconds_or_null(record.median)},
                      {"slowest_seconds", seconds_or_null(record.slowest)}};
    json["failures"] = cli::Json::array();
    for (const auto& failure : record.failures) {
        cli::Json one = cli::Json::object();
        one["time"] = format_timestamp(failure.time);
        one["seconds"] = seconds(failure.took);
        one["status"] = failure.status == 0 ? cli::Json(nullptr) : cli::Json(failure.status);
        one["reason"] = failure.reason;
        json["failures"].push_back(std::move(one));
    }
    json["versions"] = cli::Json::array();
    for (const auto& version : record.versions) {
        cli::Json one = cli::Json::object();
        one["version"] = version.version;
        one["answers"] = version.answers;
        one["failed"] = version.failed;
        one["first"] = format_timestamp(version.first);
        one["last"] = format_timestamp(version.last);
        json["versions"].push_back(std::move(one));
    }
    return json;
}

std::string markdown_of(const std::vector<ProbeRecord>& records) {
    if (records.empty()) return {};
    std::string text = "\n| address | requests | failed | median | slowest |\n|---|--:|--:|--:|--:|\n";
    const auto time = [](const std::optional<Duration>& duration) { return duration ? format_duration(*duration) : std::string(); };
    for (const auto& record : records) {
        text += "| " + ci::cell(record.url) + " | " + count(record.requests) + " | " + count(record.failed) + " | " + time(record.median) + " | " + time(record.slowest) + " |\n";
    }
    for (const auto& record : records) text += failures_of(record) + versions_of(record);
    return text;
}

} // namespace slipway::wait_for_slo
