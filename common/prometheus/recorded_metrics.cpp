#include "prometheus/recorded_metrics.hpp"

namespace slipway::prometheus {

namespace {

void set_labels(const Labels& labels, promql::LabelShape& shape) {
    for (const auto& [name, value] : labels) {
        if (value.empty()) {
            shape.remove(name);
        } else {
            shape.add(name);
            shape.fixed[name] = value;
        }
    }
}

} // namespace

void RecordedMetrics::add(const Group& group) {
    for (const auto& rule : group.rules) {
        if (rule.kind == RuleKind::recording && !rule.name.empty()) rules_[rule.name].emplace_back(&group, &rule);
    }
}

std::vector<std::string> RecordedMetrics::names() const {
    std::vector<std::string> names;
    for (const auto& [name, rules] : rules_) names.push_back(name);
    return names;
}

void RecordedMetrics::settle() const {
    for (const auto& [name, rules] : rules_) shape_of(name);
}

std::optional<promql::Shape> RecordedMetrics::shape_of(const std::string& metric) const {
    const auto found = rules_.find(metric);
    if (found == rules_.end()) return base_ == nullptr ? std::nullopt : base_->shape_of(metric);
    if (const auto known = known_.find(metric); known != known_.end()) return known->second;
    if (found->second.size() > 1 || !in_work_.insert(metric).second) return promql::Shape{}; // several rules may each bring labels
    auto shape = shape_of(found->second.front());
    in_work_.erase(metric);
    return known_.emplace(metric, std::move(shape)).first->second;
}

promql::Shape RecordedMetrics::shape_of(const Recorded& recorded) const {
    const auto& [group, rule] = recorded;
    if (!rule->parsed) return {};
    auto shape = promql::shape_of(*rule->parsed, *this);
    set_labels(group->labels, shape.labels);
    set_labels(rule->labels, shape.labels);
    return shape;
}

} // namespace slipway::prometheus
