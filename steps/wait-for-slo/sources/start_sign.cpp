#include "wait-for-slo/sources/start_sign.hpp"

#include "core/text.hpp"
#include "promql/matching.hpp"

#include <re2/re2.h>

#include <cmath>
#include <optional>
#include <set>
#include <utility>

namespace slipway::wait_for_slo {

namespace {

constexpr std::size_t most_names = 3;
constexpr Duration longest_answer{10'000}; ///< of the endpoint

std::string label_of(const Labels& labels, const char* name) {
    const auto found = labels.find(name);
    return found == labels.end() ? std::string() : found->second;
}

bool is_there(const prometheus::Series& series) {
    return !series.samples.empty() && series.samples.back().value != 0 && !std::isnan(series.samples.back().value);
}

/// Those targets that must show the new version, of those that are up. Nothing when targets do not say whether they must.
std::optional<std::vector<Labels>> chosen(const std::vector<prometheus::Series>& up, const std::vector<promql::Matcher>& conditions) {
    std::vector<promql::ValueMatcher> matchers;
    for (const auto& condition : conditions) matchers.emplace_back(condition, promql::Dialect{});
    std::vector<Labels> targets;
    bool any_has_label = conditions.empty();
    for (const auto& series : up) {
        if (!is_there(series)) continue;
        bool wanted = true;
        for (std::size_t i = 0; i < conditions.size(); ++i) {
            const auto label = series.labels.find(conditions[i].name);
            if (label == series.labels.end()) continue;
            any_has_label = true;
            wanted = wanted && matchers[i].matches(label->second);
        }
        if (wanted) targets.push_back(series.labels);
    }
    // Conditions on labels that targets do not have say of themselves what is new, on whichever target.
    if (!any_has_label) return std::nullopt;
    return targets;
}

std::string missing_on_targets(const StartSign& sign, std::span<ServerView* const> servers, Timestamp now) {
    std::set<std::string> jobs;
    std::set<std::pair<std::string, std::string>> showing;
    for (auto* server : servers) {
        for (const auto& series : server->query_whatever(sign.expression, now)) {
            if (!is_there(series)) continue;
            const auto job = label_of(series.labels, "job");
            const auto instance = label_of(series.labels, "instance");
            // A sum, say: nothing tells which targets it is about.
            if (job.empty() || instance.empty()) return {};
            jobs.insert(job);
            showing.insert({job, instance});
        }
    }
    if (showing.empty()) return sign.expression;
    std::vector<prometheus::Series> up;
    for (auto* server : servers) {
        for (auto& series : server->query_whatever(jobs_selector("up", jobs), now)) up.push_back(std::move(series));
    }
    const auto targets = chosen(up, sign.conditions);
    if (!targets) return {};
    // Another target has it, and those that are meant are not there yet.
    if (targets->empty() && !sign.conditions.empty()) return sign.expression + " on a target that fulfils the conditions and is up";
    std::vector<std::string> lacking;
    for (const auto& labels : *targets) {
        const auto instance = label_of(labels, "instance");
        if (showing.count({label_of(labels, "job"), instance}) == 0) lacking.push_back(instance);
    }
    if (lacking.empty()) return {};
    auto text = sign.expression + " on " + std::to_string(targets->size() - lacking.size()) + " of " + count_of(targets->size(), "target") + ", not on ";
    const bool all = lacking.size() <= most_names;
    if (!all) lacking.resize(most_names);
    return text + join(lacking, ", ") + (all ? "" : ", ...");
}

std::string missing_at_endpoint(const StartSign& sign, io::HttpClient& client) {
    const auto shown = io::url_for_people(sign.url);
    try {
        io::Request request{.url = sign.url, .timeout = longest_answer};
        request.retry.attempts = 1; // it is asked again anyway
        const auto response = client.send(request);
        if (!response.ok()) return shown + " answers with status " + std::to_string(response.status);
        if (sign.match.empty() || RE2::PartialMatch(response.body, sign.match)) return {};
        return shown + " with an answer that matches '" + sign.match + '\'';
    } catch (const io::LastingError&) {
        throw;
    } catch (const Error& error) {
        if (error.code() != ExitCode::world) throw;
        return error.what();
    }
}

} // namespace

std::string missing_of(const StartSign& sign, std::span<ServerView* const> servers, Timestamp now, io::HttpClient* endpoint) {
    if (!sign.url.empty()) return missing_at_endpoint(sign, *endpoint);
    return sign.expression.empty() ? std::string() : missing_on_targets(sign, servers, now);
}

} // namespace slipway::wait_for_slo
