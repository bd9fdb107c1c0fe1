#include "prometheus/exposed_series.hpp"

#include "core/text.hpp"
#include "prometheus/exposition_cursor.hpp"

#include <algorithm>
#include <numeric>
#include <unordered_set>

namespace slipway::prometheus {

void ExposedSeries::clear() {
    name_.reset();
    labels_.clear();
    places_.clear();
    read_.clear();
}

void ExposedSeries::set_name(std::string_view name, std::size_t at) {
    name_ = name;
    name_at_ = at;
}

void ExposedSeries::add(std::string_view name, std::string_view value, std::size_t at) {
    labels_.push_back({name, value});
    places_.push_back(at);
}

std::string_view ExposedSeries::read(std::string_view quoted) { return has_escapes(quoted) ? read_.emplace_back(without_escapes(quoted)) : quoted; }

void ExposedSeries::check() {
    if (name_->empty()) throw ExpositionMistake{name_at_, "the name of the metric is empty"};
    if (!is_valid_utf8(*name_)) throw ExpositionMistake{name_at_, "the name of the metric is no UTF-8"};
    const auto shown = [this] { return '\'' + visible(*name_) + '\''; };
    if (has_repeated_name()) {
        drop_what_is_also_empty();
        refuse_repeated_name();
    }
    for (std::size_t i = 0; i < labels_.size(); ++i) {
        const auto& [name, value] = labels_[i];
        if (name == "__name__") throw ExpositionMistake{places_[i], shown() + " has a label __name__", "that is what Prometheus calls the name itself"};
        if (value.empty()) continue; // means that the series has no such label, whatever its name is
        if (name.empty()) throw ExpositionMistake{places_[i], shown() + " has a label without a name"};
        if (!is_valid_utf8(name)) throw ExpositionMistake{places_[i], "the name of a label of " + shown() + " is no UTF-8"};
    }
}

bool ExposedSeries::has_repeated_name() const {
    constexpr std::size_t few = 16;
    if (labels_.size() <= few) {
        for (std::size_t i = 1; i < labels_.size(); ++i) {
            for (std::size_t j = 0; j < i; ++j) {
                if (labels_[i].name == labels_[j].name) return true;
            }
        }
        return false;
    }
    std::unordered_set<std::string_view> names;
    return !std::all_of(labels_.begin(), labels_.end(), [&](const auto& label) { return names.insert(label.name).second; });
}

/// Prometheus takes a label off a series by its name when one of its values is empty, so the others go with it.
void ExposedSeries::drop_what_is_also_empty() {
    std::unordered_set<std::string_view> dropped;
    for (const auto& label : labels_) {
        if (label.value.empty()) dropped.insert(label.name);
    }
    for (auto& label : labels_) {
        if (dropped.count(label.name) != 0) label.value = {};
    }
}

void ExposedSeries::refuse_repeated_name() const {
    std::unordered_set<std::string_view> names;
    for (std::size_t i = 0; i < labels_.size(); ++i) {
        const auto& [name, value] = labels_[i];
        if (!value.empty() && !names.insert(name).second) throw ExpositionMistake{places_[i], '\'' + visible(*name_) + "' has the label '" + visible(name) + "' twice"};
    }
}

} // namespace slipway::prometheus
