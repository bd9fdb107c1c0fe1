#include "wait-for-slo/checks/prometheus_values.hpp"

#include "core/error.hpp"
#include "promql/parser.hpp"

#include <exception>

namespace slipway::wait_for_slo {

namespace {

/// The API's client makes a series of a scalar, but the expression tells. One that only newer servers understand is taken for a vector.
bool is_scalar(const std::string& query) {
    const auto parsed = promql::parse(query, widest_dialect());
    return parsed.expr && parsed.expr->type == promql::ValueType::scalar;
}

} // namespace

QueryValue PrometheusValues::ask(const std::string& query) {
    std::exception_ptr failure;
    for (std::size_t tried = 0; tried < replicas_.size(); ++tried) {
        const auto number = (first_ + tried) % replicas_.size();
        try {
            QueryValue value{.is_scalar = is_scalar(query), .values = {}};
            for (const auto& series : replicas_[number]->query(query)) {
                for (const auto& sample : series.samples) value.values.push_back(sample.value);
            }
            first_ = number;
            return value;
        } catch (const Error& error) {
            if (error.code() == ExitCode::misuse) throw;
            if (!failure) failure = std::current_exception();
        }
    }
    std::rethrow_exception(failure);
}

} // namespace slipway::wait_for_slo
