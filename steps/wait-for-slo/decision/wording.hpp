#pragma once

#include "core/duration.hpp"

#include <string>

namespace slipway::wait_for_slo {

/// 0.2013 is "20.1 %", 0.00042 is "0.042 %".
std::string percent(double share);

/// The same with up to six digits, for what somebody chose: 0.00125 is "0.125 %".
std::string exact_percent(double share);

/// A burn rate with few digits: "4.0", "0.03", "120".
std::string factor(double rate);

/// A number as somebody typed it: "2", "0.5".
std::string number(double value);

/// A count of events as a whole number.
std::string events(double count);

/// Without what is below a second: nobody wants to read it.
inline Duration in_seconds(Duration duration) { return duration - duration % 1000; }

} // namespace slipway::wait_for_slo
