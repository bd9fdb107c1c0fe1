#pragma once

#include "core/timestamp.hpp"

#include <cstddef>
#include <string>
#include <vector>

// Where numbers lie on an axis, and which of them are written beside it.
namespace slipway::wait_for_slo {

struct Mark {
    double value = 0;
    std::string label;
};

/// From `low` to `high` onto 0 to 1; numbers beyond lie at the ends.
class Scale {
public:
    /// @param low  below `high`; likewise
    static Scale linear(double low, double high) { return {low, high, false}; }
    /// @param low  above 0
    static Scale logarithmic(double low, double high) { return {low, high, true}; }

    double operator()(double value) const;

private:
    Scale(double low, double high, bool is_logarithmic) : low_(low), high_(high), is_logarithmic_(is_logarithmic) {}

    double low_;
    double high_;
    bool is_logarithmic_;
};

/// The multiples of 1, 2 or 5 times a power of ten from `low` to `high`: at most `most`, at least one where there is one.
std::vector<double> nice_numbers(double low, double high, std::size_t most);

/// Times from 0 to `until` in seconds: multiples of what a clock shows.
std::vector<Mark> nice_times(double until, std::size_t most);

/// Powers of ten, all or each second, third... so that there are `most` at most: "0.01", "1", "10⁶".
std::vector<Mark> powers_of_ten(double low, double high, std::size_t most);

/// 1200 is "1.2k": room beside an axis is short.
std::string short_number(double value);

/// "14:02:11", in UTC.
std::string clock_time(Timestamp time);

} // namespace slipway::wait_for_slo
