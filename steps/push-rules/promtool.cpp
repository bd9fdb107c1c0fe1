#include "promtool.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <charconv>

namespace slipway::push_rules {

namespace {

constexpr std::size_t files_a_run = 200; // the kernel limits the length of a command line
constexpr Duration longest_run{300'000};

/// promtool takes "@x" for a file with arguments and "-x" for an option.
std::string name_for_promtool(const std::string& path) { return io::Path(path).is_absolute() ? path : "./" + path; }

/// A whole number at the front of `text`, taken off together with what follows it; nothing when that is not so.
std::optional<int> take_number(std::string_view& text, std::string_view follow) {
    int number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc{}) return std::nullopt;
    auto rest = text.substr(static_cast<std::size_t>(end - text.data()));
    if (rest.substr(0, follow.size()) != follow) return std::nullopt;
    text = rest.substr(follow.size());
    return number;
}

bool take(std::string_view& text, std::string_view expected) {
    if (text.substr(0, expected.size()) != expected) return false;
    text.remove_prefix(expected.size());
    return true;
}

const prometheus::Rule* find_rule(const Input& input, std::string_view group, int number) {
    for (const auto& candidate : input.rules.groups) {
        if (candidate.name != group) continue;
        if (number < 1 || static_cast<std::size_t>(number) > candidate.rules.size()) return nullptr;
        return &candidate.rules[static_cast<std::size_t>(number) - 1];
    }
    return nullptr;
}

Diagnostic about(const prometheus::Rule& rule, std::string_view words) {
    constexpr std::string_view expression = "could not parse expression: ";
    if (take(words, expression)) {
        auto place = rule.expr_place.value;
        if (const auto line = take_number(words, ":")) {
            if (const auto column = take_number(words, ": ")) place = rule.expr_place.at(*line, *column);
        }
        take(words, "parse error: ");
        return {.message = "wrong expression of " + describe(rule) + ": " + std::string(words), .place = place, .id = "promql"};
    }
    const bool of_template = words.find(": template: ") != std::string_view::npos || take(words, "template: ");
    return {.message = describe(rule) + ": " + std::string(words), .place = rule.place, .id = of_template ? "template" : "promtool"};
}

/// One message without the file's name in front, such as
/// `5:15: group "a", rule 1, "a:b": could not parse expression: 1:26: parse error: unclosed left parenthesis`.
Diagnostic read_message(std::string_view words, const Input& input) {
    Place place{input.path, 0, 0};
    auto rest = words;
    // One or two places; 0:0 for a node that is not there.
    while (const auto line = take_number(rest, ":")) {
        const auto column = take_number(rest, ": ");
        if (!column) break;
        if (place.line == 0 && *line > 0) place = {input.path, *line, *column};
        words = rest;
    }
    rest = words;
    if (take(rest, "group \"")) {
        const auto name_end = rest.find("\", rule ");
        if (name_end != std::string_view::npos) {
            const auto group = rest.substr(0, name_end);
            rest.remove_prefix(name_end + 8);
            const auto number = take_number(rest, ", \"");
            const auto* rule = number ? find_rule(input, group, *number) : nullptr;
            const auto text = rule != nullptr ? rest.find(rule->name + "\": ") : std::string_view::npos;
            if (text == 0) return about(*rule, rest.substr(rule->name.size() + 3));
        }
    }
    return {.message = "promtool: " + one_line(words), .place = place, .id = "promtool"};
}

bool is_of_expression(const Diagnostic& diagnostic) { return diagnostic.id == "promql" || diagnostic.id == "template"; }

} // namespace

std::vector<Diagnostic> read_promtool(std::string_view words, const std::string& shown, const Input& input) {
    const auto front = shown + ": ";
    std::vector<std::string> messages;
    bool ours = false;
    for (const auto line : lines(words)) {
        if (line.substr(0, front.size()) == front) {
            messages.emplace_back(line.substr(front.size()));
            ours = true;
        } else if (ours && line.substr(0, 4) == "  li") { // "  line 7: field foo not found": goes on with the message before
            messages.back() += ' ' + std::string(trim(line));
        } else {
            ours = false;
        }
    }
    std::vector<Diagnostic> found;
    for (const auto& message : messages) found.push_back(read_message(message, input));
    if (input.rules.has_errors()) found.erase(std::remove_if(found.begin(), found.end(), [](const auto& x) { return !is_of_expression(x); }), found.end());
    return found;
}

bool check_with_promtool(Inputs& inputs, io::Processes& processes) {
    if (!processes.has("promtool")) return false;
    std::vector<const Input*> files;
    for (const auto& input : inputs.files) {
        if (!input.rules.unreadable && !input.rules.groups.empty()) files.push_back(&input);
    }
    for (std::size_t start = 0; start < files.size(); start += files_a_run) {
        const auto end = std::min(start + files_a_run, files.size());
        io::Command command{.argv = {"promtool", "check", "rules", "--"}, .timeout = longest_run};
        for (auto i = start; i < end; ++i) command.argv.push_back(name_for_promtool(files[i]->path));
        const auto result = processes.run(command);
        if (result.timed_out || result.signal != 0) throw world_failure("cannot check the expressions: promtool was " + how_it_ended(result));
        bool explained = false;
        for (auto i = start; i < end; ++i) {
            const auto found = read_promtool(result.err, name_for_promtool(files[i]->path), *files[i]);
            explained = explained || !found.empty() || files[i]->rules.has_errors();
            inputs.problems.insert(inputs.problems.end(), found.begin(), found.end());
        }
        if (!result.ok() && !explained) {
            throw world_failure("cannot check the expressions: promtool ended with " + how_it_ended(result) + ": " + one_line(trim(result.err).substr(0, 500)));
        }
    }
    return true;
}

} // namespace slipway::push_rules
