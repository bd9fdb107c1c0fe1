#include "prometheus/metric_catalog.hpp"

#include <array>

namespace slipway::prometheus {

namespace {

constexpr std::size_t most_values = 1000;

struct Suffix {
    std::string_view text;
    SeriesRole role;
};

std::vector<Suffix> suffixes_of(MetricType type, ExpositionFormat format) {
    const bool open_metrics = format == ExpositionFormat::open_metrics;
    switch (type) {
    case MetricType::histogram: return {{"_bucket", SeriesRole::bucket}, {"_sum", SeriesRole::sum}, {"_count", SeriesRole::count}};
    case MetricType::gauge_histogram: return {{"_bucket", SeriesRole::bucket}, {"_gsum", SeriesRole::sum}, {"_gcount", SeriesRole::count}};
    case MetricType::summary: return {{"", SeriesRole::plain}, {"_sum", SeriesRole::sum}, {"_count", SeriesRole::count}};
    case MetricType::counter: return {{open_metrics ? "_total" : "", SeriesRole::plain}};
    case MetricType::info: return {{open_metrics ? "_info" : "", SeriesRole::plain}};
    default: return {{"", SeriesRole::plain}};
    }
}

/// Sorts samples into families. One text's samples of a name stand together, so the last one is remembered.
class Builder final : public ExpositionListener {
public:
    Builder(std::map<std::string, Metric, std::less<>>& metrics, ExpositionFormat format) : metrics_(metrics), format_(format) {}

    void type(std::string_view family, MetricType type) override {
        for (const auto& [suffix, role] : suffixes_of(type, format_)) {
            auto& metric = entry(std::string(family) + std::string(suffix));
            metric.family = family;
            metric.type = type;
            metric.role = role;
        }
        if (format_ == ExpositionFormat::open_metrics && (type == MetricType::counter || type == MetricType::histogram || type == MetricType::summary)) created_.insert(std::string(family) + "_created");
        last_ = nullptr;
    }

    void sample(std::string_view name, std::span<const ExposedLabel> labels, double) override {
        if (last_ == nullptr || last_->name != name) {
            last_ = &entry(name);
            if (created_.count(name) != 0) {
                last_->role = SeriesRole::created;
                last_->type = MetricType::gauge;
            }
            values_.clear();
        }
        last_->seen = true;
        for (std::size_t i = 0; i < labels.size(); ++i) label(labels[i], i);
    }

private:
    Metric& entry(std::string_view name) {
        auto found = metrics_.find(name);
        if (found == metrics_.end()) {
            found = metrics_.emplace(name, Metric{}).first;
            found->second.name = found->second.family = name;
        }
        return found->second;
    }

    /// Labels of one metric mostly come in the same order, and often with the value that they had in the series before.
    void label(const ExposedLabel& label, std::size_t index) {
        if (values_.size() <= index) values_.resize(index + 1);
        auto& last = values_[index];
        if (last.entry == nullptr || last.name != label.name) {
            const auto found = last_->labels.find(label.name);
            auto& entry = found != last_->labels.end() ? *found : *last_->labels.emplace(label.name, LabelValues{}).first;
            last = {entry.first, &entry.second, {}};
        } else if (last.value == label.value && !last.entry->values.empty()) {
            return;
        }
        last.value = label.value;
        auto& values = *last.entry;
        if (label.value.empty() || values.values.find(label.value) != values.values.end()) return;
        if (values.values.size() < most_values) values.values.emplace(label.value);
        else values.more = true;
    }

    struct Last {
        std::string_view name; ///< the catalogue's own
        LabelValues* entry = nullptr;
        std::string value;
    };

    std::map<std::string, Metric, std::less<>>& metrics_;
    ExpositionFormat format_;
    std::set<std::string, std::less<>> created_;
    Metric* last_ = nullptr;
    std::vector<Last> values_;
};

} // namespace

std::optional<Diagnostic> MetricCatalog::add(std::string_view text, ExpositionFormat format, const std::string& source) {
    Builder builder(metrics_, format);
    return read_exposition(text, format, source, builder);
}

const Metric* MetricCatalog::find(std::string_view series) const {
    const auto found = metrics_.find(series);
    return found == metrics_.end() ? nullptr : &found->second;
}

} // namespace slipway::prometheus
