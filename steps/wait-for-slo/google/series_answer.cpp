#include "wait-for-slo/google/series_answer.hpp"

#include "core/text.hpp"

#include <cmath>
#include <cstdlib>
#include <limits>

namespace slipway::wait_for_slo {

namespace {

Error unreadable(const std::string& why) { return world_failure("cannot read the answer of Cloud Monitoring: " + why); }

/// int64 is a text in Google's JSON, and so is a double that JSON cannot write.
double read_number(const Json& value) {
    if (value.is_number()) return value.get<double>();
    const auto text = value.is_string() ? value.get<std::string>() : std::string();
    char* end = nullptr;
    const double number = std::strtod(text.c_str(), &end); // also NaN and Infinity
    return text.empty() || end != text.c_str() + text.size() ? std::numeric_limits<double>::quiet_NaN() : number;
}

double read_value(const Json& value) {
    for (const char* type : {"int64Value", "doubleValue"}) {
        if (const auto& number = value_at(value, type); !number.is_null()) return read_number(number);
    }
    // A count of 0 is left out.
    if (const auto& distribution = value_at(value, "distributionValue"); distribution.is_object()) return distribution.contains("count") ? read_number(distribution["count"]) : 0;
    return std::numeric_limits<double>::quiet_NaN();
}

CloudPoint read_point(const Json& point) {
    const auto& interval = value_at(point, "interval");
    const auto end = parse_timestamp(text_at(interval, "endTime"));
    if (!end) throw unreadable("a point has no endTime");
    const auto start = text_at(interval, "startTime");
    return {.start = start.empty() ? *end : parse_timestamp(start).value_or(*end), .end = *end, .value = read_value(value_at(point, "value"))};
}

} // namespace

void add_series(const Json& page, std::vector<CloudSeries>& series) {
    if (const auto& errors = value_at(page, "executionErrors"); errors.is_array() && !errors.empty()) {
        throw unreadable("it is incomplete: " + visible(one_line(text_at(errors.front(), "message"))));
    }
    const auto& found = value_at(page, "timeSeries");
    if (found.is_null()) return;
    if (!found.is_array()) throw unreadable("timeSeries is no list");
    for (const auto& one : found) {
        CloudSeries read{.event_type = text_at(value_at(value_at(one, "metric"), "labels"), "event_type"), .points = {}};
        const auto& points = value_at(one, "points");
        if (!points.is_array()) throw unreadable("a series has no points");
        for (const auto& point : points) read.points.push_back(read_point(point));
        series.push_back(std::move(read));
    }
}

} // namespace slipway::wait_for_slo
