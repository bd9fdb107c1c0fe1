#include "promql/number.hpp"

#include "core/text.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>

namespace slipway::promql {

namespace {

bool is_digit(char c, bool hexadecimal) { return (c >= '0' && c <= '9') || (hexadecimal && c >= 'a' && c <= 'f'); }

/// Takes the underscores out of a lower-case number; nothing when one stands where none may: it must have digits on both
/// sides, or the 0x in front of it.
std::optional<std::string> without_underscores(const std::string& text) {
    const bool hexadecimal = text.rfind("0x", 0) == 0;
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '_') {
            plain += text[i];
            continue;
        }
        const bool behind_prefix = hexadecimal && i == 2;
        if (i == 0 || i + 1 == text.size() || (!behind_prefix && !is_digit(text[i - 1], hexadecimal)) || !is_digit(text[i + 1], hexadecimal)) return std::nullopt;
    }
    return plain;
}

std::optional<double> read_integer(std::string_view text) {
    int base = 10;
    if (text.rfind("0x", 0) == 0) {
        base = 16;
        text.remove_prefix(2);
    } else if (text.size() > 1 && text.front() == '0') {
        base = 8;
    }
    std::int64_t value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (problem != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return static_cast<double>(value);
}

} // namespace

std::optional<double> read_number(std::string_view text) {
    const auto lowered = lower(text);
    if (lowered == "inf") return std::numeric_limits<double>::infinity();
    if (lowered == "nan") return std::numeric_limits<double>::quiet_NaN();
    const auto plain = without_underscores(lowered);
    if (!plain) return std::nullopt;
    if (const auto integer = read_integer(*plain)) return integer;
    if (plain->empty() || plain->rfind("0x", 0) == 0) return std::nullopt;
    double value = 0;
    const auto [end, problem] = std::from_chars(plain->data(), plain->data() + plain->size(), value);
    if (end != plain->data() + plain->size()) return std::nullopt;
    if (problem == std::errc{}) return value;
    if (problem != std::errc::result_out_of_range) return std::nullopt;
    value = std::strtod(plain->c_str(), nullptr); // tells too large from too small
    return std::isinf(value) ? std::nullopt : std::optional(value);
}

std::string write_number(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    std::array<char, 32> buffer;
    const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific);
    std::string_view scientific(buffer.data(), static_cast<std::size_t>(written.ptr - buffer.data()));
    std::string text;
    if (scientific.front() == '-') {
        text = "-";
        scientific.remove_prefix(1);
    }
    const auto mark = scientific.find('e');
    std::string digits(scientific.substr(0, mark));
    if (digits.size() > 1) digits.erase(1, 1); // the point
    int exponent = 0;
    auto exponent_text = scientific.substr(mark + 1);
    if (exponent_text.front() == '+') exponent_text.remove_prefix(1);
    std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);
    if (exponent < 0) return text + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
    const auto whole = static_cast<std::size_t>(exponent) + 1;
    if (digits.size() <= whole) return text + digits + std::string(whole - digits.size(), '0');
    return text + digits.substr(0, whole) + '.' + digits.substr(whole);
}

} // namespace slipway::promql
