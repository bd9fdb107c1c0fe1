#pragma once

#include "wait-for-slo/queries/fetches.hpp"

#include <deque>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace slipway::wait_for_slo {

/// Finds the selectors that a series belongs to.
class FetchPlan::Sorter {
public:
    Sorter(const std::vector<Selector>& selectors, const std::vector<Fetch>& fetches);

    std::vector<SelectorIndex> sort(std::size_t fetch, const Labels& labels) const;
    std::optional<SelectorIndex> id_of(const std::string& canonical) const;

private:
    /// A matcher that any number of selectors have: compiled regular expressions are large.
    struct Prepared {
        explicit Prepared(promql::Matcher m) : matcher(std::move(m)), values(matcher, widest_dialect()) {}
        Prepared(const Prepared&) = delete;
        Prepared& operator=(const Prepared&) = delete;
        promql::Matcher matcher;
        promql::ValueMatcher values; ///< refers to the matcher
    };

    /// Selectors of one fetch by the value that they ask for of some label.
    struct ByLabel {
        std::string label;
        std::unordered_map<std::string, std::vector<SelectorIndex>> selectors;
    };
    struct Index {
        std::vector<ByLabel> by_label;
        std::vector<SelectorIndex> others; ///< which ask for no value by =
    };

    const Prepared& prepared(const promql::Matcher& matcher);
    Index index_of(const Fetch& fetch) const;
    bool takes(SelectorIndex selector, const Labels& labels) const;

    std::deque<Prepared> prepared_;
    std::unordered_map<std::string, std::size_t> known_matchers_;
    std::unordered_map<std::string, SelectorIndex> ids_;
    std::vector<std::vector<const Prepared*>> tests_; ///< of each selector
    std::vector<Index> indexes_;                      ///< of each fetch
};

} // namespace slipway::wait_for_slo
