#include "promql/print.hpp"

#include "core/unicode.hpp"
#include "promql/duration.hpp"
#include "promql/functions.hpp"
#include "promql/names.hpp"
#include "promql/number.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace slipway::promql {

namespace {

std::string label_name(const std::string& name) { return is_label_name(name) ? name : quote(name); }

std::string label_list(const std::vector<std::string>& labels) {
    std::string text = "(";
    for (const auto& label : labels) {
        if (text.size() > 1) text += ", ";
        text += label_name(label);
    }
    return text + ')';
}

/// Thousandths behind a point, always three.
std::string seconds_of(std::int64_t milliseconds) {
    const double seconds = static_cast<double>(milliseconds) / 1000;
    std::array<char, 64> buffer;
    const auto length = std::snprintf(buffer.data(), buffer.size(), "%.3f", seconds);
    return {buffer.data(), static_cast<std::size_t>(length)};
}

std::string written(const DurationExpr& duration);

std::string both(const DurationExpr& duration, const char* op) { return written(*duration.left) + ' ' + op + ' ' + written(*duration.right); }
std::string called(const DurationExpr& duration, const char* name) { return std::string(name) + '(' + written(*duration.left) + ", " + written(*duration.right) + ')'; }

std::string number_or_duration(double value, bool is_duration) {
    if (!is_duration) return write_number(value);
    const auto nanoseconds = static_cast<std::int64_t>(std::abs(value) * 1e9);
    return (value < 0 ? "-" : "") + write_duration(nanoseconds);
}

/// Within an expression of durations, where numbers keep the form they were written in.
std::string written(const DurationExpr& duration) {
    switch (duration.op) {
    case DurationOp::number: return number_or_duration(duration.seconds, duration.is_duration);
    case DurationOp::add: return both(duration, "+");
    case DurationOp::subtract: return both(duration, "-");
    case DurationOp::multiply: return both(duration, "*");
    case DurationOp::divide: return both(duration, "/");
    case DurationOp::modulo: return both(duration, "%");
    case DurationOp::power: return both(duration, "^");
    case DurationOp::negate: return '-' + written(*duration.right);
    case DurationOp::parentheses:
        if (duration.right->op == DurationOp::parentheses) return written(*duration.right);
        return '(' + written(*duration.right) + ')';
    case DurationOp::step: return "step()";
    case DurationOp::range: return "range()";
    case DurationOp::min_of: return called(duration, "min_of");
    case DurationOp::max_of: break;
    }
    return called(duration, "max_of");
}

/// A single number counts as nanoseconds, and is a duration however it was written.
std::string duration_text(const DurationExpr& duration) {
    if (!duration.is_number()) return written(duration);
    const auto nanoseconds = duration.nanoseconds();
    return nanoseconds < 0 ? '-' + write_duration(-nanoseconds) : write_duration(nanoseconds);
}

std::string at_text(const Shift& shift) {
    if (shift.at_ms) return " @ " + seconds_of(*shift.at_ms);
    if (shift.at_edge == AtEdge::none) return {};
    return shift.at_edge == AtEdge::start ? " @ start()" : " @ end()";
}

std::string extension_text(const Shift& shift) { return shift.anchored ? " anchored" : shift.smoothed ? " smoothed" : ""; }
std::string offset_text(const Shift& shift) { return shift.has_offset() ? " offset " + duration_text(*shift.offset) : std::string(); }

std::string selected(const VectorSelector& node) {
    std::vector<std::string> matchers;
    for (const auto& matcher : node.matchers) matchers.push_back(print(matcher));
    std::sort(matchers.begin(), matchers.end());
    auto text = node.name;
    if (matchers.empty()) return text.empty() ? "{}" : text;
    text += '{';
    for (std::size_t i = 0; i < matchers.size(); ++i) text += (i > 0 ? "," : "") + matchers[i];
    return text + '}';
}

class Printer {
public:
    std::string text;

    void print(const Expr& expr) {
        switch (expr.kind) {
        case ExprKind::number: text += number_or_duration(as<NumberLiteral>(expr).value, as<NumberLiteral>(expr).is_duration); break;
        case ExprKind::string: text += quote(as<StringLiteral>(expr).value); break;
        case ExprKind::vector_selector: {
            const auto& node = as<VectorSelector>(expr);
            text += selected(node) + at_text(node.shift) + extension_text(node.shift) + offset_text(node.shift);
            break;
        }
        case ExprKind::matrix_selector: {
            const auto& node = as<MatrixSelector>(expr);
            const auto& shift = node.selector->shift;
            text += selected(*node.selector) + '[' + duration_text(*node.range) + ']' + extension_text(shift) + at_text(shift) + offset_text(shift);
            break;
        }
        case ExprKind::subquery: {
            const auto& node = as<Subquery>(expr);
            print(*node.inner);
            text += '[' + duration_text(*node.range) + ':' + (node.step ? step_text(*node.step) : std::string()) + ']' + at_text(node.shift) + offset_text(node.shift);
            break;
        }
        case ExprKind::call: print_call(as<Call>(expr)); break;
        case ExprKind::aggregation: print_aggregation(as<Aggregation>(expr)); break;
        case ExprKind::binary: print_binary(as<Binary>(expr)); break;
        case ExprKind::unary:
            text += as<Unary>(expr).negative ? '-' : '+';
            print(*as<Unary>(expr).inner);
            break;
        case ExprKind::parentheses:
            text += '(';
            print(*as<Parentheses>(expr).inner);
            text += ')';
            break;
        }
    }

private:
    /// One that rounds to nothing is the server's own interval.
    static std::string step_text(const DurationExpr& step) { return step.is_number() && step.nanoseconds() == 0 ? std::string() : duration_text(step); }

    void print_call(const Call& node) {
        text += node.function->name;
        text += '(';
        for (std::size_t i = 0; i < node.arguments.size(); ++i) {
            if (i > 0) text += ", ";
            print(*node.arguments[i]);
        }
        text += ')';
    }

    void print_aggregation(const Aggregation& node) {
        text += to_string(node.op);
        if (node.without) text += " without " + label_list(node.labels) + ' ';
        else if (!node.labels.empty()) text += " by " + label_list(node.labels) + ' ';
        text += '(';
        if (node.parameter) {
            print(*node.parameter);
            text += ", ";
        }
        print(*node.inner);
        text += ')';
    }

    void print_binary(const Binary& node) {
        print(*node.left);
        text += ' ';
        text += to_string(node.op);
        if (node.returns_bool) text += " bool";
        if (node.both_vectors()) text += matching_text(node);
        text += ' ';
        print(*node.right);
    }

    static std::string matching_text(const Binary& node) {
        std::string text;
        const bool grouped = node.grouping != Grouping::one_to_one;
        if (!node.matching.empty() || node.on || grouped) text += (node.on ? " on " : " ignoring ") + label_list(node.matching);
        if (grouped) text += (node.grouping == Grouping::many_to_one ? " group_left " : " group_right ") + label_list(node.include);
        if (node.fill_left && node.fill_right && *node.fill_left == *node.fill_right) return text + " fill (" + shortest(*node.fill_left) + ')';
        if (node.fill_left) text += " fill_left (" + shortest(*node.fill_left) + ')';
        if (node.fill_right) text += " fill_right (" + shortest(*node.fill_right) + ')';
        return text;
    }

    /// With an exponent for very large and very small numbers, which the others have not.
    static std::string shortest(double value) {
        const auto size = std::abs(value);
        if (size == 0 || !std::isfinite(value) || (size >= 1e-4 && size < 1e21)) return write_number(value);
        std::array<char, 64> buffer;
        for (int digits = 1; digits <= 17; ++digits) {
            std::snprintf(buffer.data(), buffer.size(), "%.*e", digits - 1, value);
            if (std::strtod(buffer.data(), nullptr) == value) break;
        }
        return buffer.data();
    }
};

void append_hexadecimal(std::string& text, const char* prefix, unsigned long code, int digits) {
    std::array<char, 16> buffer;
    std::snprintf(buffer.data(), buffer.size(), "%0*lx", digits, code);
    text += prefix;
    text += buffer.data();
}

} // namespace

std::string print(const Expr& expr) {
    Printer printer;
    printer.print(expr);
    return std::move(printer.text);
}

std::string print(const Matcher& matcher) { return label_name(matcher.name) + std::string(to_string(matcher.op)) + quote(matcher.value); }

std::string quote(std::string_view text) {
    std::string quoted = "\"";
    while (!text.empty()) {
        const auto character = first_character(text);
        const auto code = character.code;
        constexpr std::string_view controls = "\a\b\f\n\r\t\v";
        if (code == '"' || code == '\\') {
            quoted += '\\';
            quoted += static_cast<char>(code);
        } else if (code < 0x80 && controls.find(static_cast<char>(code)) != std::string_view::npos && code != 0) {
            quoted += '\\';
            quoted += "abfnrtv"[controls.find(static_cast<char>(code))];
        } else if (code >= 0xD800 && code < 0xE000) {
            append_hexadecimal(quoted, "\\x", code & 0xFF, 2);
        } else if (code == ' ' || (is_printable(code) && !is_white_space(code))) {
            append_character(quoted, code);
        } else if (code < 0x80) {
            append_hexadecimal(quoted, "\\x", code, 2);
        } else if (code < 0x10000) {
            append_hexadecimal(quoted, "\\u", code, 4);
        } else {
            append_hexadecimal(quoted, "\\U", code, 8);
        }
        text.remove_prefix(character.length);
    }
    return quoted + '"';
}

std::string_view to_string(BinaryOp op) {
    constexpr std::array<std::string_view, 18> names = {"or", "and", "unless", "==", "!=", "<", "<=", ">", ">=", "</", ">/", "+", "-", "*", "/", "%", "atan2", "^"};
    return names[static_cast<std::size_t>(op)];
}

std::string_view to_string(AggregationOp op) {
    constexpr std::array<std::string_view, 14> names = {"avg", "bottomk", "count", "count_values", "group", "limit_ratio", "limitk", "max", "min", "quantile", "stddev", "stdvar", "sum", "topk"};
    return names[static_cast<std::size_t>(op)];
}

std::string_view to_string(MatchOp op) {
    constexpr std::array<std::string_view, 4> names = {"=", "!=", "=~", "!~"};
    return names[static_cast<std::size_t>(op)];
}

} // namespace slipway::promql
