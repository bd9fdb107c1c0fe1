#include "wait-for-slo/google/burn_rate_values.hpp"

#include "core/text.hpp"
#include "wait-for-slo/google/period_counts.hpp"
#include "wait-for-slo/google/slo_name.hpp"

#include <re2/re2.h>

#include <cmath>

namespace slipway::wait_for_slo {

namespace {

constexpr std::string_view selector = "select_slo_burn_rate";

} // namespace

BurnRateQuery parse_burn_rate_query(std::string_view text) {
    static const RE2 form(R"re(\s*select_slo_burn_rate\s*\(\s*"([^"]*)"\s*,\s*"([0-9]{1,6}[smhd])"\s*\)\s*)re");
    BurnRateQuery query;
    const auto refuse = [&](const std::string& why) {
        return misuse("cannot ask for '" + visible(text) + "': " + why, std::string("the form is ") + std::string(selector) + "(\"" + slo_name_form + "\",\"300s\")");
    };
    if (!RE2::FullMatch(re2::StringPiece(text.data(), text.size()), form, &query.slo, &query.lookback)) throw refuse("it is no selector of a burn rate");
    if (!is_slo_name(query.slo)) throw refuse("'" + visible(query.slo) + "' is no full name of an objective");
    query.window = parse_duration(query.lookback).value_or(Duration{0});
    if (query.window <= Duration{0}) throw refuse("its window '" + query.lookback + "' is none");
    return query;
}

std::optional<double> newest_burn_rate(Monitoring& monitoring, const std::string& project, const BurnRateQuery& query) {
    const auto now = monitoring.now();
    const auto filter = std::string(selector) + "(\"" + query.slo + "\",\"" + query.lookback + "\")";
    const auto series = monitoring.time_series(project, {.filter = filter, .after = now - PeriodCounts::ingest_lag - query.window, .until = now});
    const CloudPoint* newest = nullptr;
    for (const auto& one : series) {
        for (const auto& point : one.points) {
            if (newest == nullptr || point.end > newest->end) newest = &point;
        }
    }
    // Without requests in the window there is no burn rate: Google leaves the point out, or says NaN.
    if (newest == nullptr || !std::isfinite(newest->value)) return std::nullopt;
    return newest->value;
}

QueryValue BurnRateValues::ask(const std::string& query) {
    const auto asked = parse_burn_rate_query(query);
    const auto value = newest_burn_rate(monitoring_, project_of(asked.slo), asked);
    return {.is_scalar = false, .values = value ? std::vector<double>{*value} : std::vector<double>{}};
}

} // namespace slipway::wait_for_slo
