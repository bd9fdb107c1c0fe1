#include "prometheus/exposition_cursor.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace slipway::prometheus {

namespace {

bool is_letter(char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

} // namespace

std::string_view ExpositionCursor::until(std::string_view stops) {
    const auto begin = at_;
    while (!at_line_end() && stops.find(text_[at_]) == std::string_view::npos) ++at_;
    return since(begin);
}

std::string_view ExpositionCursor::rest_of_line() {
    const auto begin = at_;
    at_ = std::min(text_.find('\n', at_), text_.size());
    return since(begin);
}

std::string_view ExpositionCursor::metric_name() {
    const auto begin = at_;
    if (!at_end() && is_digit(text_[at_])) return {};
    while (!at_end() && (is_letter(text_[at_]) || is_digit(text_[at_]) || text_[at_] == ':')) ++at_;
    return since(begin);
}

std::string_view ExpositionCursor::label_name() {
    const auto begin = at_;
    if (!at_end() && is_digit(text_[at_])) return {};
    while (!at_end() && (is_letter(text_[at_]) || is_digit(text_[at_]))) ++at_;
    return since(begin);
}

std::string_view ExpositionCursor::quoted(LineBreaks breaks, NulBytes nul) {
    const auto opening = at_++;
    const auto unclosed = [opening] { throw ExpositionMistake{opening, "a quote is never closed"}; };
    while (true) {
        if (at_end()) unclosed();
        switch (text_[at_]) {
        case '"': {
            const auto content = since(opening + 1);
            ++at_;
            return content;
        }
        case '\n':
            if (breaks == LineBreaks::refused) unclosed();
            break;
        case '\0':
            if (nul == NulBytes::refused) throw ExpositionMistake{at_, "a NUL byte stands in quotes", "only the values of labels may have it"};
            break;
        case '\\':
            ++at_;
            if (at_end()) unclosed();
            if (text_[at_] == '\n') throw ExpositionMistake{at_ - 1, "a backslash stands before a line break"};
            if (text_[at_] == '\0') throw ExpositionMistake{at_ - 1, "a backslash stands before a NUL byte"};
            break;
        default: break;
        }
        ++at_;
    }
}

std::string ExpositionCursor::shown() const {
    if (at_end()) return "the end of the text";
    if (at_line_end()) return "the end of the line";
    constexpr std::size_t enough = 20;
    const auto line = text_.substr(at_, std::min(text_.find('\n', at_), text_.size()) - at_);
    return '\'' + visible(line.substr(0, enough)) + '\'';
}

std::string without_escapes(std::string_view quoted) {
    std::string text;
    for (std::size_t i = 0; i < quoted.size(); ++i) {
        const char next = i + 1 < quoted.size() ? quoted[i + 1] : '\0';
        if (quoted[i] == '\\' && (next == '\\' || next == '"' || next == 'n')) {
            ++i;
            text += next == 'n' ? '\n' : next;
        } else {
            text += quoted[i];
        }
    }
    return text;
}

std::optional<double> read_exposed_number(std::string_view text) {
    auto plain = text;
    const bool negative = !plain.empty() && plain.front() == '-';
    if (!plain.empty() && (plain.front() == '-' || plain.front() == '+')) plain.remove_prefix(1);
    if (plain.empty()) return std::nullopt;
    double value = 0;
    if (is_digit(plain.front()) || plain.front() == '.') {
        const auto [end, problem] = std::from_chars(plain.data(), plain.data() + plain.size(), value);
        if (end != plain.data() + plain.size()) return std::nullopt;
        // from_chars does not tell what is too small, which is 0, from what is too large.
        if (problem == std::errc::result_out_of_range) value = std::strtod(std::string(plain).c_str(), nullptr);
        if (problem != std::errc{} && std::isinf(value)) return std::nullopt;
        return negative ? -value : value;
    }
    const auto word = lower(plain);
    if (word == "inf" || word == "infinity") return negative ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
    if (word == "nan" && plain.size() == text.size()) return std::numeric_limits<double>::quiet_NaN();
    return std::nullopt;
}

} // namespace slipway::prometheus
