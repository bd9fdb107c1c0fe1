#pragma once

#include "prometheus/rule_file.hpp"
#include "promql/shape.hpp"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace slipway::prometheus {

/// The metrics that recording rules make, with the labels and the nature that their expressions give them, through as many
/// rules as it takes.
class RecordedMetrics final : public promql::MetricKnowledge {
public:
    /// @param base  what is known of other metrics; may be null; must outlive this
    explicit RecordedMetrics(const promql::MetricKnowledge* base = nullptr) : base_(base) {}

    /// Adds the recording rules of a group, which must outlive this.
    void add(const Group& group);

    /// Finds out about all of them, so that several threads may ask from then on.
    void settle() const;

    bool records(std::string_view metric) const { return rules_.find(metric) != rules_.end(); }
    std::vector<std::string> names() const;

    std::optional<promql::Shape> shape_of(const std::string& metric) const override;

private:
    using Recorded = std::pair<const Group*, const Rule*>;

    promql::Shape shape_of(const Recorded& recorded) const;

    const promql::MetricKnowledge* base_;
    std::map<std::string, std::vector<Recorded>, std::less<>> rules_;
    mutable std::map<std::string, promql::Shape> known_;
    mutable std::set<std::string> in_work_; ///< rules may go round in circles
};

} // namespace slipway::prometheus
