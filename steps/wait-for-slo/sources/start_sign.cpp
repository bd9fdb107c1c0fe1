#include "wait-for-slo/sources/start_sign.hpp"

#include "core/text.hpp"
#include "promql/matching.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

namespace slipway::wait_for_slo {

namespace {

constexpr std::size_t most_names = 3;
constexpr Duration longest_answer{10'000}; ///< of the endpoint

using Labels = std::map<std::string, std::string>;

std::string label_of(const Labels& labels, const char* name) {
    const auto found = labels.find(name);
    return found == labels.end() ? std::string() : found->second;
}

bool is_there(const prometheus::Series& series) {
    return !series.samples.empty() && series.samples.back().value != 0 && !std::isnan(series.samples.back().value);
}

/// Targets of the conditions, of those that are up.
std::vector<Labels> chosen(const std::vector<prometheus::Series>& up, const std::vector<promql::Matcher>& conditions) {
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
    return any_has_label ? targets : std::vector<Labels>{};
}

StartSeen seen_on_targets(const StartSign& sign, ServerView& server, Timestamp now) {
    std::set<std::string> jobs;
    std::set<std::pair<std::string, std::string>> showing;
    for (const auto& series : server.query_whatever(sign.expression, now)) {
        if (!is_there(series)) continue;
        const auto job = label_of(series.labels, "job");
        const auto instance = label_of(series.labels, "instance");
        // A sum, say: nothing tells which targets it is about.
        if (job.empty() || instance.empty()) return {.somewhere = true};
        jobs.insert(job);
        showing.insert({job, instance});
    }
    if (showing.empty()) return {.missing = sign.expression};
    std::vector<std::string> lacking;
    const auto targets = chosen(server.query_whatever(jobs_selector("up", jobs), now), sign.conditions);
    for (const auto& labels : targets) {
        const auto instance = label_of(labels, "instance");
        if (showing.count({label_of(labels, "job"), instance}) == 0) lacking.push_back(instance);
    }
    if (lacking.empty()) return {.somewhere = true};
    auto text = sign.expression + " on " + std::to_string(targets.size() - lacking.size()) + " of " + count_of(targets.size(), "target") + ", not on ";
    const bool all = lacking.size() <= most_names;
    if (!all) lacking.resize(most_names);
    return {.somewhere = true, .missing = text + join(lacking, ", ") + (all ? "" : ", ...")};
}

StartSeen seen_at_endpoint(const StartSign& sign, io::HttpClient& client) {
    const auto shown = io::url_for_people(sign.url);
    try {
        io::Request request{.url = sign.url, .timeout = longest_answer};
        request.retry.attempts = 1; // it is asked again anyway
        const auto response = client.send(request);
        if (!response.ok()) return {.missing = shown + " answers with status " + std::to_string(response.status)};
        if (sign.match.empty() || RE2::PartialMatch(response.body, sign.match)) return {.somewhere = true};
        return {.missing = shown + " with an answer that matches '" + sign.match + '\''};
    } catch (const io::LastingError&) {
        throw;
    } catch (const Error& error) {
        if (error.code() != ExitCode::world) throw;
        return {.missing = error.what()};
    }
}

} // namespace

StartSeen look_for_start(const StartSign& sign, ServerView& server, Timestamp now, io::HttpClient* endpoint) {
    if (!sign.url.empty()) return seen_at_endpoint(sign, *endpoint);
    if (!sign.expression.empty()) return seen_on_targets(sign, server, now);
    return {.somewhere = true};
}

} // namespace slipway::wait_for_slo
