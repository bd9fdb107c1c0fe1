#include "wait-for-slo/queries/did_you_mean.hpp"

#include "core/text.hpp"
#include "promql/number.hpp"
#include "promql/print.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace slipway::wait_for_slo {

namespace {

using promql::Matcher;
using promql::MatchOp;

bool takes(const Matcher& matcher, std::string_view value) { return promql::ValueMatcher(matcher, widest_dialect()).matches(value); }

std::string did_you(const std::string& text) { return "did you mean " + visible(text) + '?'; }

/// "a, b, c, ..."
std::string some_of(const std::set<std::string>& values) {
    constexpr std::size_t most = 8;
    constexpr std::size_t longest = 60;
    std::vector<std::string> shown;
    for (const auto& value : values) {
        if (shown.size() == most) {
            shown.push_back("...");
            break;
        }
        shown.push_back(promql::quote(value.size() <= longest ? value : value.substr(0, valid_utf8_length(std::string_view(value).substr(0, longest))) + "..."));
    }
    return join(shown, ", ");
}

std::optional<std::string> metric_meant(const std::string& metric, std::span<const std::string> metrics) {
    for (const char* ending : {"_total", "_count", "_sum", "_bucket"}) {
        const auto longer = metric + ending;
        const bool has = std::string_view(metric).ends_with(ending);
        const auto shorter = has ? metric.substr(0, metric.size() - std::string_view(ending).size()) : std::string();
        for (const auto& name : metrics) {
            if (name == longer || (has && name == shorter)) return name;
        }
    }
    return closest(metric, metrics);
}

/// What the series of all events look like.
class Series {
public:
    Series(std::span<const Labels> all, const std::string& metric) {
        for (const auto& labels : all) {
            if (const auto name = labels.find("__name__"); name != labels.end() && name->second == metric) same_metric_.push_back(&labels);
            every_.push_back(&labels);
        }
        is_same_ = !same_metric_.empty();
        for (const auto* labels : series()) {
            for (const auto& [name, value] : *labels) {
                if (name != "__name__") values_[name].insert(value);
            }
        }
    }

    bool is_same_metric() const { return is_same_; }
    const std::vector<const Labels*>& series() const { return is_same_ ? same_metric_ : every_; }
    const std::map<std::string, std::set<std::string>>& values() const { return values_; }

    std::size_t count(const std::vector<const promql::ValueMatcher*>& matchers, const std::vector<const std::string*>& labels) const {
        return static_cast<std::size_t>(std::count_if(series().begin(), series().end(), [&](const Labels* one) {
            for (std::size_t i = 0; i < matchers.size(); ++i) {
                const auto found = one->find(*labels[i]);
                if (!matchers[i]->matches(found == one->end() ? std::string_view() : std::string_view(found->second))) return false;
            }
            return true;
        }));
    }

private:
    std::vector<const Labels*> same_metric_;
    std::vector<const Labels*> every_;
    bool is_same_ = false;
    std::map<std::string, std::set<std::string>> values_;
};

/// The label that was meant by one that no series has: of a similar name, or else one with such values, or else one whose name is contained in
/// the other's.
std::optional<std::string> label_meant(const Matcher& matcher, const std::map<std::string, std::set<std::string>>& values) {
    std::vector<std::string> names;
    for (const auto& [name, of_it] : values) names.push_back(name);
    if (auto near = closest(matcher.name, names)) return near;
    const auto contains = [&](const std::string& name) { return name.find(matcher.name) != std::string::npos || matcher.name.find(name) != std::string::npos; };
    const auto has_value = [&](const std::string& name) {
        const auto& of_it = values.at(name);
        return std::any_of(of_it.begin(), of_it.end(), [&](const auto& value) { return takes(matcher, value); });
    };
    const bool selective = matcher.op == MatchOp::equal || matcher.op == MatchOp::regex;
    for (const auto& name : names) {
        if (selective && contains(name) && has_value(name)) return name;
    }
    for (const auto& name : names) {
        if (contains(name)) return name;
    }
    for (const auto& name : names) {
        if (selective && has_value(name)) return name;
    }
    return std::nullopt;
}

/// Another matcher of the same label that some value satisfies.
std::optional<Matcher> matcher_meant(const Matcher& matcher, const std::set<std::string>& values) {
    const auto satisfied = [&](const Matcher& other) { return std::any_of(values.begin(), values.end(), [&](const auto& value) { return takes(other, value); }); };
    if (matcher.op == MatchOp::equal) {
        // A bucket's bound: servers since 3.0 say "1.0" where a client says "1".
        const auto number = promql::read_number(matcher.value);
        for (const auto& value : values) {
            if (number && promql::read_number(value) == number) return make_matcher(matcher.name, MatchOp::equal, value);
            if (lower(value) == lower(matcher.value) || trim(value) == trim(matcher.value)) return make_matcher(matcher.name, MatchOp::equal, value);
        }
        // 5.. where =~ was meant.
        if (auto regex = make_matcher(matcher.name, MatchOp::regex, matcher.value); satisfied(regex)) return regex;
        const std::vector<std::string> candidates(values.begin(), values.end());
        if (const auto near = closest(matcher.value, candidates)) return make_matcher(matcher.name, MatchOp::equal, *near);
    }
    if (matcher.op == MatchOp::equal || matcher.op == MatchOp::regex) {
        // Regular expressions of matchers take whole values only.
        const auto text = matcher.op == MatchOp::regex ? matcher.value : regex_literal(matcher.value);
        if (!text.empty()) {
            for (const auto& wider : {text + ".*", ".*" + text, ".*" + text + ".*"}) {
                if (auto regex = make_matcher(matcher.name, MatchOp::regex, wider); satisfied(regex)) return regex;
            }
        }
    }
    if (matcher.op != MatchOp::regex) return std::nullopt;
    if (auto same = make_matcher(matcher.name, MatchOp::regex, "(?i:" + matcher.value + ")"); satisfied(same)) return same;
    return std::nullopt;
}

} // namespace

std::optional<Suggestion> did_you_mean(const Selector& selector, std::span<const std::string> metrics, std::span<const Labels> total_series) {
    const auto& metric = selector.metric;
    const Series series(total_series, metric);
    if (!metric.empty() && !metrics.empty() && !series.is_same_metric() && std::find(metrics.begin(), metrics.end(), metric) == metrics.end()) {
        const auto meant = metric_meant(metric, metrics);
        return Suggestion{"the metric " + visible(metric) + " does not exist", meant ? did_you(*meant) : "the server has no metric of a similar name"};
    }
    if (series.series().empty()) return std::nullopt;
    const auto what = series.is_same_metric() ? "no series of " + visible(metric) : std::string("no series of the total");
    for (const auto& matcher : selector.matchers) {
        if (matcher.name == "__name__" || matcher.matches_empty) continue;
        const auto label = series.values().find(matcher.name);
        if (label == series.values().end()) {
            const auto meant = label_meant(matcher, series.values());
            std::set<std::string> names;
            for (const auto& [name, values] : series.values()) names.insert(name);
            const auto hint = meant ? "did you mean `" + visible(*meant) + "`?" : names.empty() ? "its series have no labels" : "there are " + some_of(names);
            return Suggestion{what + " has a label `" + visible(matcher.name) + '`', hint};
        }
        if (std::any_of(label->second.begin(), label->second.end(), [&](const auto& value) { return takes(matcher, value); })) continue;
        const auto meant = matcher_meant(matcher, label->second);
        return Suggestion{what + " has " + promql::print(matcher), meant ? did_you(promql::print(*meant)) : "the values of " + visible(matcher.name) + " are " + some_of(label->second)};
    }
    for (const auto& matcher : selector.matchers) {
        const auto label = series.values().find(matcher.name);
        if (!matcher.matches_empty || label == series.values().end()) continue;
        const bool on_all = std::all_of(series.series().begin(), series.series().end(), [&](const Labels* one) { return one->count(matcher.name) != 0; });
        if (!on_all || std::any_of(label->second.begin(), label->second.end(), [&](const auto& value) { return takes(matcher, value); })) continue;
        return Suggestion{what + " has " + promql::print(matcher), "the values of " + visible(matcher.name) + " are " + some_of(label->second)};
    }
    // Each condition has its series, but no series has all of them.
    std::vector<promql::ValueMatcher> prepared;
    prepared.reserve(selector.matchers.size());
    for (const auto& matcher : selector.matchers) prepared.emplace_back(matcher, widest_dialect());
    for (std::size_t i = 0; i < prepared.size(); ++i) {
        for (std::size_t k = i + 1; k < prepared.size(); ++k) {
            if (selector.matchers[i].name == "__name__" || selector.matchers[k].name == "__name__") continue;
            if (series.count({&prepared[i], &prepared[k]}, {&selector.matchers[i].name, &selector.matchers[k].name}) > 0) continue;
            return Suggestion{what + " has both " + promql::print(selector.matchers[i]) + " and " + promql::print(selector.matchers[k]), "each of them alone has series: leave one of them out"};
        }
    }
    return std::nullopt;
}

} // namespace slipway::wait_for_slo
