#include "slo/windowed_query.hpp"

#include "core/text.hpp"
#include "promql/check.hpp"
#include "promql/parser.hpp"
#include "promql/visit.hpp"

#include <algorithm>
#include <set>

namespace slipway::slo {

namespace {

constexpr std::string_view sample_window = "5m";

void complain(std::vector<Diagnostic>& problems, const WindowedQuery& query, std::size_t offset, std::string message, std::string hint = {}) {
    problems.push_back({.message = std::move(message), .place = query.place_at(offset, sample_window), .hint = std::move(hint), .id = "promql"});
}

promql::ExprPtr parse(const WindowedQuery& query, const promql::Dialect& dialect, std::vector<Diagnostic>& problems) {
    auto parsed = promql::parse(query.at(sample_window), dialect);
    for (const auto& mistake : parsed.mistakes) complain(problems, query, mistake.place.begin, "wrong expression: " + mistake.message, mistake.hint);
    if (!parsed.expr) return nullptr;
    if (parsed.expr->type != promql::ValueType::vector && parsed.expr->type != promql::ValueType::scalar) {
        complain(problems, query, 0, "the query gives " + std::string(promql::in_words(parsed.expr->type)) + ", and an indicator needs a number or an instant vector");
        return nullptr;
    }
    return std::move(parsed.expr);
}

/// A text that is put between two bytes of another.
struct Insertion {
    std::size_t at;
    std::size_t until; ///< what stands between is replaced
    std::string before;
    bool hole;
    std::string after;
};

/// Applies insertions to a query of one piece.
WindowedQuery with(const WindowedQuery& query, const std::vector<Insertion>& insertions, const prometheus::ExpressionPlace& place) {
    const auto text = query.at(sample_window);
    std::vector<WindowedQuery::Piece> pieces;
    std::size_t done = 0;
    const auto add = [&](std::string piece, std::size_t source, bool hole = false) {
        if (hole || !piece.empty()) pieces.push_back({std::move(piece), query.source_of(source, sample_window), hole});
    };
    for (const auto& insertion : insertions) {
        add(text.substr(done, insertion.at - done), done);
        add(insertion.before, insertion.at);
        if (insertion.hole) add({}, insertion.at, true);
        add(insertion.after, insertion.at);
        done = insertion.until;
    }
    add(text.substr(done), done);
    return {std::move(pieces), query.source(), place};
}

struct Ranges {
    std::vector<promql::Span> places;
    std::set<double> lengths;
    bool computed = false; ///< one is no plain number
};

Ranges ranges_of(const promql::Expr& expr) {
    Ranges found;
    const auto see = [&](const promql::DurationExpr& range) {
        found.places.push_back(range.place);
        found.lengths.insert(range.seconds);
        if (!range.is_number()) found.computed = true;
    };
    promql::for_each_node(expr, [&](const promql::Expr& node, promql::Path) {
        if (node.kind == promql::ExprKind::matrix_selector) see(*promql::as<promql::MatrixSelector>(node).range);
        if (node.kind == promql::ExprKind::subquery) see(*promql::as<promql::Subquery>(node).range);
    });
    return found;
}

/// What stands around a bare selector when its window comes in.
struct Surroundings {
    const char* outer;
    const char* inner;
};

Surroundings surroundings(BareSelector bare) {
    switch (bare) {
    case BareSelector::rate: return {"sum(", "rate("};
    case BareSelector::sum_of_values: return {"sum(", "sum_over_time("};
    case BareSelector::average: break;
    }
    return {"avg(", "avg_over_time("};
}

} // namespace

bool WindowedQuery::has_hole() const {
    return std::any_of(pieces_.begin(), pieces_.end(), [](const auto& piece) { return piece.hole; });
}

std::string WindowedQuery::at(std::string_view window) const {
    std::string text;
    for (const auto& piece : pieces_) text += piece.hole ? window : std::string_view(piece.text);
    return text;
}

std::size_t WindowedQuery::source_of(std::size_t offset, std::string_view window) const {
    std::size_t begin = 0;
    for (const auto& piece : pieces_) {
        const auto length = piece.hole ? window.size() : piece.text.size();
        if (offset < begin + length) {
            const bool copied = !piece.hole && source_.compare(std::min(piece.source, source_.size()), piece.text.size(), piece.text) == 0;
            return piece.source + (copied ? offset - begin : 0);
        }
        begin += length;
    }
    return source_.size();
}

WindowedQuery WindowedQuery::wrapped(const std::string& before, const std::string& after) const {
    auto pieces = pieces_;
    pieces.insert(pieces.begin(), {before, 0, false});
    pieces.push_back({after, source_.size(), false});
    return {std::move(pieces), source_, place_};
}

bool check_query(const WindowedQuery& query, const promql::Dialect& dialect, std::vector<Diagnostic>& problems) { return parse(query, dialect, problems) != nullptr; }

WindowedQuery with_window(WindowedQuery query, BareSelector bare, const promql::Dialect& dialect, std::vector<Diagnostic>& problems) {
    const auto expr = parse(query, dialect, problems);
    if (!expr) return {};
    if (query.has_hole()) return query;
    const auto place = query.expression_place();
    const auto ranges = ranges_of(*expr);
    if (!ranges.places.empty()) {
        if (ranges.lengths.size() > 1 || ranges.computed) {
            complain(problems, query, ranges.places.back().begin, "the query has ranges of several lengths: which of them the window replaces cannot be told",
                     "write {{.window}} where the window of a rule goes, such as rate(requests_total[{{.window}}])");
            return {};
        }
        std::vector<Insertion> insertions;
        for (const auto& range : ranges.places) insertions.push_back({range.begin, range.end, "", true, ""});
        return with(query, insertions, place);
    }
    std::vector<const promql::VectorSelector*> selectors;
    promql::for_each_selector(*expr, [&](const promql::VectorSelector& selector, promql::Path) { selectors.push_back(&selector); });
    if (selectors.empty()) {
        complain(problems, query, 0, "the query reads no series");
        return {};
    }
    const auto [outer, inner] = surroundings(bare);
    const bool alone = promql::bare(*expr).kind == promql::ExprKind::vector_selector;
    std::vector<Insertion> insertions;
    for (const auto* selector : selectors) {
        if (selector->shift.has_offset() || selector->shift.has_at()) {
            complain(problems, query, selector->place.begin, "the query looks at another time, so no window can be put in", "write {{.window}} where the window of a rule goes");
            return {};
        }
        insertions.push_back({selector->place.begin, selector->place.begin, std::string(alone ? outer : "") + inner, false, ""});
        insertions.push_back({selector->place.end, selector->place.end, "[", true, alone ? "]))" : "])"});
    }
    return with(query, insertions, place);
}

} // namespace slipway::slo
