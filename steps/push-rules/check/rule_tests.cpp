#include "push-rules/check/rule_tests.hpp"

#include "core/text.hpp"

namespace slipway::push_rules {

namespace {

constexpr Duration longest_run{300'000};

/// promtool takes "@x" for a file with arguments and "-x" for an option.
std::string name_for_promtool(const std::string& path) { return io::Path(path).is_absolute() ? path : "./" + path; }

/// What promtool says of a failed file, without its headlines.
std::string words_of(const io::ProcessResult& result) {
    std::string words;
    for (const auto line : lines(std::string_view(result.err).empty() ? std::string_view(result.out) : std::string_view(result.err))) {
        const auto text = trim(line);
        if (text.empty() || text == "FAILED:" || text.rfind("Unit Testing:", 0) == 0) continue;
        if (!words.empty()) words += " | ";
        words += text;
    }
    return words.substr(0, 1000);
}

} // namespace

bool run_rule_tests(const std::vector<std::string>& paths, io::Processes& processes, const Finding& found) {
    if (paths.empty()) return true;
    if (!processes.has("promtool")) return false;
    for (const auto& path : paths) {
        const auto result = processes.run({.argv = {"promtool", "test", "rules", "--", name_for_promtool(path)}, .timeout = longest_run});
        if (result.timed_out || result.signal != 0) throw world_failure("cannot test the rules with " + path + ": promtool was " + how_it_ended(result));
        if (!result.ok()) found("rule-test", {path, 0, 0}, "the rules do not do what the tests expect: " + visible(words_of(result)), {});
    }
    return true;
}

} // namespace slipway::push_rules
