#include "wait-for-slo/queries/conditions.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "promql/print.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace slipway::wait_for_slo {

namespace {

using promql::Matcher;

/// Conditions that contradict each other would be found again in every selector.
void refuse_contradictions(const std::vector<Matcher>& matchers, std::string_view option) {
    for (std::size_t i = 0; i < matchers.size(); ++i) {
        for (std::size_t k = i + 1; k < matchers.size(); ++k) {
            if (!contradict(matchers[i], matchers[k])) continue;
            throw misuse("cannot use " + std::string(option) + ": no series can have both " + promql::print(matchers[i]) + " and " + promql::print(matchers[k]));
        }
    }
}

bool is_host(std::string_view host) {
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
        const auto zone = host.find('%'); // of a link-local address; its name may be anything
        return host.find(':') < zone && host.find_first_not_of("0123456789abcdefABCDEF:.") == zone && host.find_first_of("[]\"") == std::string_view::npos;
    }
    constexpr std::string_view known = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
    return !host.empty() && host.find_first_not_of(known) == std::string_view::npos;
}

bool is_port(std::string_view port) {
    constexpr int last_port = 65535;
    if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != std::string_view::npos) return false;
    const auto number = std::stoi(std::string(port));
    return number > 0 && number <= last_port;
}

} // namespace

EventCount restricted(const EventCount& count, const std::vector<Matcher>& matchers, std::string_view option) {
    refuse_contradictions(matchers, option);
    auto result = count;
    std::vector<Diagnostic> problems;
    for (auto& term : result) {
        const auto text = to_string(term.selector);
        for (const auto& own : term.selector.matchers) {
            for (const auto& matcher : matchers) {
                if (!contradict(own, matcher)) continue;
                problems.push_back({.message = "cannot use " + std::string(option) + ' ' + promql::print(matcher) + ": it can match no series of " + text + ", which asks for " + promql::print(own),
                                    .hint = "leave the label out of one of them"});
            }
        }
        term.selector.matchers.insert(term.selector.matchers.end(), matchers.begin(), matchers.end());
    }
    if (!problems.empty()) throw Error(ExitCode::misuse, std::move(problems));
    return result;
}

ObjectiveQueries restricted(const ObjectiveQueries& objective, const std::vector<Matcher>& matchers, std::string_view option) {
    auto result = objective;
    std::vector<Diagnostic> problems;
    std::set<std::string> said; // good and total often share selectors
    for (auto* count : {&result.good, &result.bad, &result.total}) {
        if (!*count) continue;
        try {
            **count = restricted(**count, matchers, option);
        } catch (const Error& error) {
            for (const auto& problem : error.diagnostics()) {
                if (said.insert(problem.message).second) problems.push_back(problem);
            }
        }
    }
    if (problems.empty()) return result;
    for (auto& problem : problems) problem.place = objective.place;
    throw Error(ExitCode::misuse, std::move(problems));
}

ObjectiveQueries canary_of(const ObjectiveQueries& objective, const Conditions& conditions) { return restricted(objective, conditions.where, "--where"); }

ObjectiveQueries baseline_of(const ObjectiveQueries& objective, const Conditions& conditions) {
    std::vector<Matcher> kept;
    for (const auto& matcher : conditions.where) {
        const bool replaced = std::any_of(conditions.baseline.begin(), conditions.baseline.end(), [&](const Matcher& other) { return other.name == matcher.name; });
        if (!replaced) kept.push_back(matcher);
    }
    return restricted(restricted(objective, kept, "--where"), conditions.baseline, "--baseline");
}

Matcher address_matcher(std::string_view addresses) {
    std::vector<std::string> found;
    std::vector<Diagnostic> problems;
    std::string text(addresses);
    std::replace_if(text.begin(), text.end(), [](char c) { return std::string_view(" \t\r\n").find(c) != std::string_view::npos; }, ',');
    for (const auto part : split(std::string_view(text), ',')) {
        if (part.empty()) continue;
        const auto colon = part.rfind(':');
        if (colon == std::string_view::npos || !is_host(part.substr(0, colon)) || !is_port(part.substr(colon + 1))) {
            problems.push_back({.message = '\'' + visible(part) + "' is no address", .hint = "addresses are host:port, such as 10.0.0.1:8080 or [::1]:8080, with commas between them"});
        } else if (std::find(found.begin(), found.end(), part) == found.end()) {
            found.emplace_back(part);
        }
    }
    if (problems.empty() && found.empty()) throw misuse("there is no address", "addresses are host:port, such as 10.0.0.1:8080, with commas between them");
    if (!problems.empty()) throw Error(ExitCode::misuse, std::move(problems));
    return matcher_of_values("instance", found);
}

} // namespace slipway::wait_for_slo
