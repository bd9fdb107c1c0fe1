#include "wait-for-slo/queries/fetches.hpp"

#include "core/text.hpp"
#include "promql/print.hpp"
#include "wait-for-slo/queries/series_sorter.hpp"

#include <algorithm>
#include <cstdint>
#include <queue>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace slipway::wait_for_slo {

namespace {

using promql::Matcher;

// Servers and proxies limit the length of a query, and a regular expression of many branches is tried value by value.
constexpr std::size_t most_values = 200;
constexpr std::size_t most_bytes = 8 * 1024;

/// Matchers by numbers, so that sets of them are compared fast.
class MatcherTable {
public:
    std::uint32_t number_of(const Matcher& matcher) {
        const auto [known, is_new] = numbers_.emplace(promql::print(matcher), static_cast<std::uint32_t>(matchers_.size()));
        if (is_new) matchers_.push_back(matcher);
        return known->second;
    }
    const Matcher& operator[](std::uint32_t number) const { return matchers_[number]; }

private:
    std::unordered_map<std::string, std::uint32_t> numbers_;
    std::vector<Matcher> matchers_;
};

/// A query that is being put together.
struct Query {
    std::string metric;
    std::vector<std::uint32_t> matchers; ///< sorted
    std::vector<SelectorIndex> answers;
};

/// A bit for each matcher, several of which share one: what is not among the bits is not among the matchers.
std::uint64_t bits_of(const std::vector<std::uint32_t>& matchers) {
    std::uint64_t bits = 0;
    for (const auto matcher : matchers) bits |= std::uint64_t{1} << (matcher % 64);
    return bits;
}

/// Queries for selectors that are contained in no other.
std::vector<Query> outermost(const std::vector<Selector>& selectors, MatcherTable& table) {
    std::unordered_map<std::string, std::vector<Query>> by_metric;
    std::vector<std::string> metrics;
    for (std::size_t id = 0; id < selectors.size(); ++id) {
        Query query{selectors[id].metric, {}, {static_cast<SelectorIndex>(id)}};
        for (const auto& matcher : selectors[id].matchers) query.matchers.push_back(table.number_of(matcher));
        std::sort(query.matchers.begin(), query.matchers.end());
        query.matchers.erase(std::unique(query.matchers.begin(), query.matchers.end()), query.matchers.end());
        auto& queries = by_metric[query.metric];
        if (queries.empty()) metrics.push_back(query.metric);
        queries.push_back(std::move(query));
    }
    std::vector<Query> roots;
    for (const auto& metric : metrics) {
        auto& queries = by_metric[metric];
        std::stable_sort(queries.begin(), queries.end(), [](const Query& a, const Query& b) { return a.matchers.size() < b.matchers.size(); });
        const auto first = roots.size();
        std::vector<std::uint64_t> bits;
        for (auto& query : queries) {
            const auto own = bits_of(query.matchers);
            std::size_t root = 0;
            for (; root < bits.size(); ++root) {
                if ((bits[root] & ~own) != 0) continue;
                const auto& outer = roots[first + root].matchers;
                if (std::includes(query.matchers.begin(), query.matchers.end(), outer.begin(), outer.end())) break;
            }
            if (root < bits.size()) {
                roots[first + root].answers.push_back(query.answers.front());
            } else {
                bits.push_back(own);
                roots.push_back(std::move(query));
            }
        }
    }
    return roots;
}

/// Queries that are the same but for the value of one label.
class Merger {
public:
    explicit Merger(MatcherTable& table) : table_(table) {}

    /// @return whether anything was merged
    bool merge(std::vector<Query>& queries) {
        struct Alike {
            std::vector<std::pair<std::size_t, std::uint32_t>> members; ///< query, its matcher
        };
        std::unordered_map<std::string, std::size_t> keys;
        std::vector<Alike> alike;
        for (std::size_t i = 0; i < queries.size(); ++i) {
            for (const auto matcher : queries[i].matchers) {
                if (!can_vary(queries[i], matcher)) continue;
                const auto [known, is_new] = keys.emplace(key_without(queries[i], matcher), alike.size());
                if (is_new) alike.emplace_back();
                alike[known->second].members.emplace_back(i, matcher);
            }
        }
        // The largest first; one that lost members to another comes again with what is left. Of equal ones the first.
        using Entry = std::pair<std::size_t, std::size_t>;
        const auto later = [](const Entry& a, const Entry& b) { return a.first != b.first ? a.first < b.first : a.second > b.second; };
        std::priority_queue<Entry, std::vector<Entry>, decltype(later)> order(later);
        for (std::size_t i = 0; i < alike.size(); ++i) order.emplace(alike[i].members.size(), i);
        std::vector<bool> taken(queries.size(), false);
        std::vector<Query> merged;
        while (!order.empty()) {
            const auto [size, number] = order.top();
            order.pop();
            auto& members = alike[number].members;
            std::erase_if(members, [&](const auto& member) { return taken[member.first]; });
            if (members.size() < 2) continue;
            if (members.size() < size) {
                order.emplace(members.size(), number);
                continue;
            }
            for (const auto& member : members) taken[member.first] = true;
            join_all(queries, members, merged);
        }
        const bool any = !merged.empty();
        for (std::size_t i = 0; i < queries.size(); ++i) {
            if (!taken[i]) merged.push_back(std::move(queries[i]));
        }
        const bool fewer = any && merged.size() < queries.size();
        queries = std::move(merged);
        return fewer;
    }

private:
    bool can_vary(const Query& query, std::uint32_t number) const {
        const auto& matcher = table_[number];
        if (matcher.op != promql::MatchOp::equal || matcher.name == "__name__" || matcher.value.size() > most_bytes / 2 || !is_valid_utf8(matcher.value)) return false;
        // Of two different values none can be had; as one of several they could.
        return std::count_if(query.matchers.begin(), query.matchers.end(), [&](auto other) { return table_[other].name == matcher.name && table_[other].op == promql::MatchOp::equal; }) == 1;
    }

    std::string key_without(const Query& query, std::uint32_t left_out) const {
        auto key = std::to_string(query.metric.size()) + ':' + query.metric + std::to_string(table_[left_out].name.size()) + ':' + table_[left_out].name;
        for (const auto matcher : query.matchers) {
            if (matcher != left_out) key += ',' + std::to_string(matcher);
        }
        return key;
    }

    void join_all(const std::vector<Query>& queries, std::vector<std::pair<std::size_t, std::uint32_t>>& members, std::vector<Query>& merged) {
        // In the order of the values, so that the same values under other conditions come into chunks of the same values.
        std::sort(members.begin(), members.end(), [&](const auto& a, const auto& b) { return table_[a.second].value < table_[b.second].value; });
        for (std::size_t begin = 0; begin < members.size();) {
            std::vector<std::string> values;
            std::size_t bytes = 0;
            auto end = begin;
            for (; end < members.size() && values.size() < most_values; ++end) {
                const auto& value = table_[members[end].second].value;
                if (!values.empty() && values.back() == value) continue;
                const auto length = promql::quote(regex_literal(value)).size();
                if (!values.empty() && bytes + length > most_bytes) break;
                bytes += length;
                values.push_back(value);
            }
            auto query = queries[members[begin].first];
            std::erase(query.matchers, members[begin].second);
            query.matchers.push_back(table_.number_of(matcher_of_values(table_[members[begin].second].name, values)));
            std::sort(query.matchers.begin(), query.matchers.end());
            for (auto i = begin + 1; i < end; ++i) {
                const auto& answers = queries[members[i].first].answers;
                query.answers.insert(query.answers.end(), answers.begin(), answers.end());
            }
            merged.push_back(std::move(query));
            begin = end;
        }
    }

    MatcherTable& table_;
};

} // namespace

FetchPlan::FetchPlan(const std::vector<Selector>& wanted) {
    std::unordered_set<std::string> seen;
    for (const auto& selector : wanted) {
        if (seen.insert(to_string(selector)).second) selectors_.push_back(selector);
    }
    MatcherTable table;
    auto queries = outermost(selectors_, table);
    Merger merger(table);
    while (merger.merge(queries)) {}
    // The order in which they were wanted, whatever was merged with what.
    for (auto& query : queries) std::sort(query.answers.begin(), query.answers.end());
    std::sort(queries.begin(), queries.end(), [](const Query& a, const Query& b) { return a.answers.front() < b.answers.front(); });
    for (auto& query : queries) {
        Selector selector{query.metric, {}};
        for (const auto matcher : query.matchers) selector.matchers.push_back(table[matcher]);
        fetches_.push_back({to_string(selector), std::move(query.answers)});
    }
    sorter_ = std::make_unique<Sorter>(selectors_, fetches_);
}

FetchPlan::~FetchPlan() = default;
FetchPlan::FetchPlan(FetchPlan&&) noexcept = default;
FetchPlan& FetchPlan::operator=(FetchPlan&&) noexcept = default;

const std::vector<Selector>& FetchPlan::selectors() const { return selectors_; }
const std::vector<Fetch>& FetchPlan::fetches() const { return fetches_; }
std::optional<SelectorIndex> FetchPlan::id_of(const Selector& selector) const { return sorter_->id_of(to_string(selector)); }
std::vector<SelectorIndex> FetchPlan::sort(std::size_t fetch, const Labels& labels) const { return sorter_->sort(fetch, labels); }

} // namespace slipway::wait_for_slo
