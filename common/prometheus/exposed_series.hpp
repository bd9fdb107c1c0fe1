#pragma once

#include "prometheus/exposition.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::prometheus {

/// The name and labels of one sample while it is read, with their places for mistakes.
class ExposedSeries {
public:
    void clear();

    bool has_name() const { return name_.has_value(); }
    std::string_view name() const { return *name_; }
    const std::vector<ExposedLabel>& labels() const noexcept { return labels_; }

    void set_name(std::string_view name, std::size_t at);
    void add(std::string_view name, std::string_view value, std::size_t at);
    /// What is written between quotes, read.
    std::string_view read(std::string_view quoted);

    /// What the lines alone do not tell: Prometheus stores no such series, and refuses the whole scrape.
    ///
    /// @throws ExpositionMistake
    void check();

private:
    bool has_repeated_name() const;
    void drop_what_is_also_empty();
    void refuse_repeated_name() const;

    std::optional<std::string_view> name_;
    std::size_t name_at_ = 0;
    std::vector<ExposedLabel> labels_;
    std::vector<std::size_t> places_; ///< of the labels
    std::deque<std::string> read_;    ///< what the views look at where it is not the text
};

} // namespace slipway::prometheus
