#include "push-rules/files/reload.hpp"

#include "core/text.hpp"
#include "promql/number.hpp"
#include "push-rules/files/proof.hpp"
#include "yaml/tree.hpp"

#include <nlohmann/json.hpp>

#include <fnmatch.h>

#include <algorithm>
#include <charconv>

namespace slipway::push_rules {

namespace {

constexpr Duration pause_between_looks{500};
constexpr const char* lifecycle_hint = "start it with --web.enable-lifecycle";

std::string words_of(const io::Response& response) {
    auto words = one_line(trim(std::string_view(response.body).substr(0, 500)));
    return words.empty() ? "status " + std::to_string(response.status) : words;
}

/// "1:26: parse error: unclosed left parenthesis" at its place in the file.
Diagnostic wrong_expression(const prometheus::Rule& rule, const std::string& words) {
    int line = 0;
    int column = 0;
    auto place = rule.expr_place.value;
    auto message = words;
    const char* end = words.data() + words.size();
    if (const auto first = std::from_chars(words.data(), end, line); first.ec == std::errc{} && first.ptr != end && *first.ptr == ':') {
        if (const auto second = std::from_chars(first.ptr + 1, end, column); second.ec == std::errc{} && end - second.ptr > 2) {
            place = rule.expr_place.at(rule.expr, line, column);
            message = std::string(second.ptr + 2, end);
        }
    }
    constexpr std::string_view front = "parse error: ";
    if (message.rfind(front, 0) == 0) message.erase(0, front.size());
    return {.message = "wrong expression of " + describe(rule) + ": " + message, .place = place, .id = "promql"};
}

} // namespace

void check_lifecycle(prometheus::Api& api) {
    std::optional<nlohmann::json> flags;
    try {
        flags = api.get_if_known("/api/v1/status/flags");
    } catch (const Error&) {
        return; // the reload itself will tell
    }
    if (!flags || !flags->is_object()) return;
    const auto flag = flags->find("web.enable-lifecycle");
    if (flag != flags->end() && *flag == "false") throw world_failure("cannot reload Prometheus: its lifecycle API is off", lifecycle_hint);
}

void reload(prometheus::Api& api, Duration timeout) {
    const auto response = api.reload(timeout);
    if (response.ok()) return;
    const auto what = "POST " + io::url_for_people(api.base_url()) + "/-/reload: ";
    const auto status = "status " + std::to_string(response.status);
    if (response.status == 500 && response.body.find("reload") != std::string::npos) {
        throw refused("Prometheus refuses to load the rules: " + words_of(response));
    }
    if (response.status == 403 && response.body.find("ifecycle") != std::string::npos) {
        throw world_failure(what + "the lifecycle API is off: " + words_of(response), lifecycle_hint);
    }
    if (response.status == 401 || response.status == 403) {
        throw world_failure(what + "the server refuses the credentials (" + status + ')', "check the token or password given for this server");
    }
    if (response.status == 404 || response.status == 405) {
        throw world_failure(what + status + ": the server knows no reload there", "a Prometheus with a path in --web.external-url has it below that path");
    }
    throw world_failure(what + status + ": " + words_of(response));
}

ReloadState reload_state(prometheus::Api& api) {
    ReloadState state;
    try {
        const auto page = api.own_metrics();
        if (!page) return state;
        const auto value_of = [&](std::string_view name) -> std::optional<double> {
            for (const auto line : lines(*page)) {
                if (line.substr(0, name.size()) != name || line.size() <= name.size() || line[name.size()] != ' ') continue;
                return promql::read_number(trim(line.substr(name.size())));
            }
            return std::nullopt;
        };
        if (const auto successful = value_of("prometheus_config_last_reload_successful")) state.successful = *successful != 0;
        state.time = value_of("prometheus_config_last_reload_success_timestamp_seconds");
    } catch (const Error&) {
        // It is one witness among several.
    }
    return state;
}

void check_reloaded(prometheus::Api& api, const ReloadState& before) {
    const auto now = reload_state(api);
    if (now.successful && !*now.successful) throw world_failure("Prometheus answered the reload, but says in its metrics that it failed", "its log names the mistake");
    if (before.time && now.time && *now.time <= *before.time) throw world_failure("Prometheus answered the reload, but says in its metrics that it has not read its configuration again since", "does something between here and the server answer in its place?");
}

void check_rule_files(const FolderChanges& published, prometheus::Api& api, const RuleFolder& folder) {
    std::vector<std::string> patterns;
    try {
        const auto config = api.get_if_known("/api/v1/status/config");
        if (!config || !config->is_object() || !config->contains("yaml")) return;
        const yaml::Tree tree(config->at("yaml").get<std::string>(), "its configuration");
        if (tree.documents().empty()) return;
        const auto list = tree.find(tree.documents().front(), "rule_files");
        if (list != yaml::no_node) {
            for (auto item = tree.meant(list).first; item != yaml::no_node; item = tree[item].next) patterns.push_back(tree.meant(item).text);
        }
    } catch (const std::exception&) {
        return; // the proof will tell
    }
    for (const auto& file : published.files) {
        if (!file.new_text) continue;
        const auto can_match = [&](const std::string& pattern) { return ::fnmatch(pattern.substr(pattern.rfind('/') + 1).c_str(), file.name.c_str(), 0) == 0; };
        if (std::any_of(patterns.begin(), patterns.end(), can_match)) continue;
        throw world_failure("Prometheus would never read " + folder.shown(file.name) + ": no pattern of its 'rule_files:' matches this name", patterns.empty() ? "its configuration has no rule_files" : "they are " + visible(join(patterns, ", ")));
    }
}

bool wait_until_back(const FolderChanges& published, const std::vector<prometheus::LoadedGroup>& before, prometheus::Api& api, io::Clock& clock, Duration timeout) {
    const auto deadline = clock.steady() + timeout;
    const auto wanted = groups_of(published, before);
    for (;;) {
        if (groups_of(published, loaded_groups(api)) == wanted) return true;
        if (clock.steady() >= deadline) return false;
        clock.sleep_for(pause_between_looks);
    }
}

std::vector<Diagnostic> refused_expressions(const Inputs* inputs, prometheus::Api& api) {
    std::vector<Diagnostic> found;
    if (inputs == nullptr) return found;
    try {
        for (const auto& input : inputs->files) {
            for (const auto& group : input.rules.groups) {
                for (const auto& rule : group.rules) {
                    if (const auto words = why_refused(api, rule.expr)) found.push_back(wrong_expression(rule, *words));
                }
            }
        }
    } catch (const Error&) {
        // It is an explanation only; what is found so far may stand.
    }
    return found;
}

} // namespace slipway::push_rules
