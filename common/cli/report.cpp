#include "cli/report.hpp"

namespace slipway::cli {

namespace {

Json to_json(const Diagnostic& diagnostic) {
    const auto number = [](int value) { return value > 0 ? Json(value) : Json(nullptr); };
    const auto text = [](const std::string& value) { return value.empty() ? Json(nullptr) : Json(value); };
    return {{"message", diagnostic.message},
            {"file", text(diagnostic.place.file)},
            {"line", number(diagnostic.place.line)},
            {"column", number(diagnostic.place.column)},
            {"hint", text(diagnostic.hint)}};
}

} // namespace

void redact(Json& json, const io::Log& log) {
    if (json.is_string()) {
        json = log.redact(json.get_ref<const std::string&>());
    } else if (json.is_structured()) {
        for (auto& element : json) redact(element, log);
    }
}

std::string json_of(const Report& report, const io::Log& log) {
    auto json = report.json;
    if (report.more_json) report.more_json(json);
    json["exit_code"] = static_cast<int>(report.code);
    json["error"] = nullptr;
    if (report.code != ExitCode::done) {
        for (const auto& diagnostic : report.diagnostics) {
            if (diagnostic.severity != Severity::error) continue;
            json["error"] = to_json(diagnostic);
            break;
        }
    }
    redact(json, log);
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::string junit_of(const Report& report, const std::string& step, const io::Log& log) {
    auto cases = report.cases ? report.cases() : std::vector<ci::TestCase>();
    if (cases.empty()) {
        ci::TestCase whole{.suite = step, .name = step};
        for (const auto& diagnostic : report.diagnostics) {
            if (diagnostic.severity == Severity::error) whole.failures.push_back(to_line(diagnostic));
            else whole.remarks.push_back(to_line(diagnostic));
        }
        cases.push_back(std::move(whole));
    }
    // Before it is XML: a secret with an ampersand would not be recognized in it.
    for (auto& one : cases) {
        one.name = log.redact(one.name);
        for (auto* texts : {&one.failures, &one.remarks}) {
            for (auto& text : *texts) text = log.redact(text);
        }
    }
    return ci::junit_report(cases);
}

} // namespace slipway::cli
