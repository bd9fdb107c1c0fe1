#pragma once

#include "wait-for-slo/queries/selector.hpp"
#include "wait-for-slo/selector_index.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace slipway::wait_for_slo {

/// One query, and the selectors whose series are among its answer.
struct Fetch {
    std::string selector; ///< to which a range is added; at most some 8 KB unless one selector alone is longer
    std::vector<SelectorIndex> answers;
};

/// How the series of many selectors are asked for in few queries that give no other series.
///
/// A selector that asks for more than another one is answered from the other's answer; those that differ in one label's value are asked for
/// together, `code=~"200|201"`. Each selector is answered by exactly one fetch, so whatever that one's answer holds of it is all of it.
class FetchPlan {
public:
    explicit FetchPlan(const std::vector<Selector>& wanted);
    ~FetchPlan();
    FetchPlan(FetchPlan&&) noexcept;
    FetchPlan& operator=(FetchPlan&&) noexcept;

    /// Each once, in the order in which they were wanted first; a SelectorIndex is a place in it.
    const std::vector<Selector>& selectors() const;
    /// Nothing for one that was not wanted.
    std::optional<SelectorIndex> id_of(const Selector& selector) const;
    const std::vector<Fetch>& fetches() const;

    /// Which selectors a series in the answer to a fetch belongs to, in ascending order.
    ///
    /// @param fetch   its place in fetches()
    /// @param labels  with __name__
    std::vector<SelectorIndex> sort(std::size_t fetch, const Labels& labels) const;

private:
    class Sorter;

    std::vector<Selector> selectors_;
    std::vector<Fetch> fetches_;
    std::unique_ptr<Sorter> sorter_;
};

} // namespace slipway::wait_for_slo
