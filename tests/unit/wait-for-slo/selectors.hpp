#pragma once

#include "promql/parser.hpp"
#include "wait-for-slo/queries/selector.hpp"

#include <stdexcept>
#include <string>
#include <string_view>

namespace slipway::wait_for_slo {

/// A selector as tests write it.
inline Selector parse_selector(std::string_view text) {
    const auto parsed = promql::parse(text, widest_dialect());
    if (!parsed.expr || parsed.expr->kind != promql::ExprKind::vector_selector) throw std::invalid_argument("no selector: " + std::string(text));
    return selector_of(promql::as<promql::VectorSelector>(*parsed.expr));
}

} // namespace slipway::wait_for_slo
