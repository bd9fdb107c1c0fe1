#pragma once

#include "core/error.hpp"
#include "prometheus/rule_file.hpp"
#include "promql/dialect.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::slo {

/// A PromQL expression with holes where a window such as "5m" goes.
class WindowedQuery {
public:
    struct Piece {
        std::string text;       ///< of a hole: nothing
        std::size_t source = 0; ///< where it stands in the text that was written, bytes
        bool hole = false;
    };

    WindowedQuery() = default;
    WindowedQuery(std::vector<Piece> pieces, std::string source, prometheus::ExpressionPlace place)
        : pieces_(std::move(pieces)), source_(std::move(source)), place_(std::move(place)) {}

    bool empty() const { return pieces_.empty(); }
    bool has_hole() const;
    /// The expression for one window.
    std::string at(std::string_view window) const;
    /// The byte of the written text that byte `offset` of `at(window)` comes from.
    std::size_t source_of(std::size_t offset, std::string_view window) const;
    const std::vector<Piece>& pieces() const { return pieces_; }
    const std::string& source() const { return source_; }
    const Place& place() const { return place_.value; }
    const prometheus::ExpressionPlace& expression_place() const { return place_; }
    /// Where a byte of `at(window)` stands in its file.
    Place place_at(std::size_t offset, std::string_view window) const { return place_.at(source_, source_of(offset, window)); }

    /// The same query with text around it, which stands nowhere in the file.
    WindowedQuery wrapped(const std::string& before, const std::string& after) const;

private:
    std::vector<Piece> pieces_;
    std::string source_;
    prometheus::ExpressionPlace place_;
};

/// How a query without a hole comes to its window.
enum class BareSelector {
    rate,          ///< series are counters: sum(rate(SELECTOR[window]))
    sum_of_values, ///< each sample is an amount of its own: sum(sum_over_time(SELECTOR[window]))
    average        ///< each sample is a share: avg(avg_over_time(SELECTOR[window]))
};

/// Makes holes of a query that has none: of its ranges, when all are one (`[5m]`); else it turns selectors of series into ranges. Checks
/// the expression, too.
///
/// @param dialect   of the server that is to evaluate it
/// @param problems  gets what is wrong, at its place in the file
/// @return an empty query when there were mistakes
WindowedQuery with_window(WindowedQuery query, BareSelector bare, const promql::Dialect& dialect, std::vector<Diagnostic>& problems);

/// Only checks the expression: an instant vector or a number.
bool check_query(const WindowedQuery& query, const promql::Dialect& dialect, std::vector<Diagnostic>& problems);

} // namespace slipway::slo
