#include "wait-for-slo/queries/series_sorter.hpp"

#include "promql/print.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

namespace slipway::wait_for_slo {

namespace {

const std::string& value_of(const Labels& labels, const std::string& label) {
    static const std::string none;
    const auto found = labels.find(label);
    return found == labels.end() ? none : found->second;
}

} // namespace

FetchPlan::Sorter::Sorter(const std::vector<Selector>& selectors, const std::vector<Fetch>& fetches) {
    for (const auto& selector : selectors) {
        ids_.emplace(to_string(selector), static_cast<SelectorIndex>(ids_.size()));
        auto& tests = tests_.emplace_back();
        if (!selector.metric.empty()) tests.push_back(&prepared(make_matcher("__name__", promql::MatchOp::equal, selector.metric)));
        for (const auto& matcher : selector.matchers) tests.push_back(&prepared(matcher));
    }
    for (const auto& fetch : fetches) indexes_.push_back(index_of(fetch));
}

const FetchPlan::Sorter::Prepared& FetchPlan::Sorter::prepared(const promql::Matcher& matcher) {
    const auto [known, is_new] = known_matchers_.emplace(promql::print(matcher), prepared_.size());
    if (is_new) prepared_.emplace_back(matcher);
    return prepared_[known->second];
}

FetchPlan::Sorter::Index FetchPlan::Sorter::index_of(const Fetch& fetch) const {
    // How many selectors ask for a value: the rarest one of a selector leaves the fewest others to try.
    std::map<std::pair<std::string, std::string>, std::size_t> frequency;
    for (const auto id : fetch.answers) {
        for (const auto* test : tests_[id]) {
            if (test->matcher.op == promql::MatchOp::equal) ++frequency[{test->matcher.name, test->matcher.value}];
        }
    }
    Index index;
    for (const auto id : fetch.answers) {
        const promql::Matcher* rarest = nullptr;
        std::size_t least = 0;
        for (const auto* test : tests_[id]) {
            if (test->matcher.op != promql::MatchOp::equal) continue;
            const auto count = frequency.at({test->matcher.name, test->matcher.value});
            if (rarest != nullptr && count >= least) continue;
            rarest = &test->matcher;
            least = count;
        }
        if (rarest == nullptr) {
            index.others.push_back(id);
            continue;
        }
        auto by = std::find_if(index.by_label.begin(), index.by_label.end(), [&](const ByLabel& one) { return one.label == rarest->name; });
        if (by == index.by_label.end()) by = index.by_label.insert(index.by_label.end(), {rarest->name, {}});
        by->selectors[rarest->value].push_back(id);
    }
    return index;
}

bool FetchPlan::Sorter::takes(SelectorIndex selector, const Labels& labels) const {
    const auto& tests = tests_[selector];
    return std::all_of(tests.begin(), tests.end(), [&](const Prepared* test) { return test->values.matches(value_of(labels, test->matcher.name)); });
}

std::vector<SelectorIndex> FetchPlan::Sorter::sort(std::size_t fetch, const Labels& labels) const {
    const auto& index = indexes_.at(fetch);
    std::vector<SelectorIndex> found;
    const auto try_all = [&](const std::vector<SelectorIndex>& candidates) {
        std::copy_if(candidates.begin(), candidates.end(), std::back_inserter(found), [&](SelectorIndex id) { return takes(id, labels); });
    };
    for (const auto& by : index.by_label) {
        const auto candidates = by.selectors.find(value_of(labels, by.label));
        if (candidates != by.selectors.end()) try_all(candidates->second);
    }
    try_all(index.others);
    std::sort(found.begin(), found.end());
    return found;
}

std::optional<SelectorIndex> FetchPlan::Sorter::id_of(const std::string& canonical) const {
    const auto found = ids_.find(canonical);
    if (found == ids_.end()) return std::nullopt;
    return found->second;
}

} // namespace slipway::wait_for_slo
