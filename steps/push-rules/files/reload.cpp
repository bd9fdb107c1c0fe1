#include "push-rules/files/reload.hpp"

#include "core/text.hpp"
#include "push-rules/files/proof.hpp"

#include <nlohmann/json.hpp>

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

void wait_until_loaded(const FolderChanges& published, prometheus::Api& api, io::Files& files, io::Clock& clock, io::Log& log, Duration timeout) {
    const auto deadline = clock.steady() + timeout;
    prometheus::RuleComparison comparison(api);
    for (;;) {
        const auto proof = prove(published, loaded_groups(api), comparison, files);
        if (proof.loaded) {
            if (comparison.left_out_expressions()) log.warning("the server does not say how it prints expressions: names, labels and durations of the rules are compared, expressions are not");
            return;
        }
        const auto left = std::chrono::duration_cast<Duration>(deadline - clock.steady());
        if (left <= Duration{0}) {
            throw inconclusive("Prometheus has not loaded the rules within " + format_duration(timeout) + ": " + proof.missing, proof.hint);
        }
        log.progress("waiting for Prometheus to load the rules: " + proof.missing);
        clock.sleep_for(std::min(left, pause_between_looks));
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

std::vector<Diagnostic> refused_expressions(const Inputs& inputs, prometheus::Api& api) {
    std::vector<Diagnostic> found;
    try {
        for (const auto& input : inputs.files) {
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
