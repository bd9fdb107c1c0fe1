#include "core/text.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>

namespace slipway {

std::string_view trim(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const auto end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

std::vector<std::string_view> lines(std::string_view text) {
    if (text.empty()) return {};
    if (text.back() == '\n') text.remove_suffix(1);
    auto result = split(text, '\n');
    for (auto& line : result) {
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    }
    return result;
}

std::vector<std::string> meaningful_lines(std::span<const std::string> texts) {
    std::vector<std::string> result;
    for (const auto& text : texts) {
        for (const auto line : lines(text)) {
            const auto content = trim(line);
            if (!content.empty() && content[0] != '#') result.emplace_back(content);
        }
    }
    return result;
}

std::string join(std::span<const std::string> parts, std::string_view separator) {
    std::string text;
    for (const auto& part : parts) {
        if (!text.empty() || &part != parts.data()) text += separator;
        text += part;
    }
    return text;
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (auto& c : result) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return result;
}

std::string upper(std::string_view text) {
    std::string result(text);
    for (auto& c : result) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return result;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
    if (from.empty()) return;
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
}

std::string count_of(std::size_t count, std::string_view singular) {
    return std::to_string(count) + ' ' + std::string(singular) + (count == 1 ? "" : "s");
}

namespace {

/// Length in bytes of the UTF-8 sequence at the start of `text`; 0 when there is none.
std::size_t utf8_length(std::string_view text) {
    const auto at = [&](std::size_t i) -> std::uint32_t {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
    };
    const auto continues = [&](std::size_t i) { return (at(i) & 0xC0U) == 0x80U; };
    const auto first = at(0);
    if (text.empty()) return 0;
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        if (!continues(1) || !continues(2)) return 0;
        if (first == 0xE0 && at(1) < 0xA0) return 0; // overlong
        if (first == 0xED && at(1) > 0x9F) return 0; // surrogate
        return 3;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        if (!continues(1) || !continues(2) || !continues(3)) return 0;
        if (first == 0xF0 && at(1) < 0x90) return 0; // overlong
        if (first == 0xF4 && at(1) > 0x8F) return 0; // beyond U+10FFFF
        return 4;
    }
    return 0;
}

} // namespace

std::string size_in_words(std::uint64_t bytes) {
    const auto with_tenth = [](std::uint64_t tenths, const char* unit) { return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10) + ' ' + unit; };
    if (bytes < 1000) return std::to_string(bytes) + " B";
    if (bytes < 999'950) return with_tenth((bytes + 50) / 100, "kB");
    if (bytes < 999'950'000) return with_tenth((bytes + 50'000) / 100'000, "MB");
    return with_tenth((bytes + 50'000'000) / 100'000'000, "GB");
}

std::size_t valid_utf8_length(std::string_view text) {
    std::size_t valid = 0;
    while (valid < text.size()) {
        const bool is_ascii = static_cast<unsigned char>(text[valid]) < 0x80; // most of what there is
        const auto length = is_ascii ? 1 : utf8_length(text.substr(valid));
        if (length == 0) break;
        valid += length;
    }
    return valid;
}

bool is_valid_utf8(std::string_view text) { return valid_utf8_length(text) == text.size(); }

std::size_t characters_before(std::string_view text, std::size_t offset) {
    text = text.substr(0, std::min(offset, text.size()));
    std::size_t count = 0;
    while (!text.empty()) {
        text.remove_prefix(std::max<std::size_t>(1, utf8_length(text)));
        ++count;
    }
    return count;
}

std::string json_escape(std::string_view text) {
    std::string result;
    for (const char c : text) {
        switch (c) {
        case '"': result += "\\\""; break;
        case '\\': result += "\\\\"; break;
        case '\n': result += "\\n"; break;
        case '\r': result += "\\r"; break;
        case '\t': result += "\\t"; break;
        case '\b': result += "\\b"; break;
        case '\f': result += "\\f"; break;
        default:
            if (static_cast<unsigned char>(c) < 0x20) {
                char buffer[8];
                std::snprintf(buffer, sizeof buffer, "\\u%04x", static_cast<unsigned>(c));
                result += buffer;
            } else {
                result += c;
            }
        }
    }
    return result;
}

std::string visible(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        const auto length = utf8_length(text);
        const auto byte = static_cast<unsigned char>(text[0]);
        // U+0080 to U+009F are control characters as well, and some terminals obey them.
        const bool c1 = length == 2 && byte == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0;
        const bool control = length == 0 || (byte < 0x20 && byte != '\t') || byte == 0x7F || c1;
        const auto taken = std::max<std::size_t>(1, length);
        if (control) {
            for (const char c : text.substr(0, taken)) {
                char buffer[8];
                std::snprintf(buffer, sizeof buffer, "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
                result += buffer;
            }
        } else {
            result += text.substr(0, taken);
        }
        text.remove_prefix(taken);
    }
    return result;
}

std::string one_line(std::string_view text) {
    std::string result;
    for (const auto line : lines(trim(text))) {
        if (trim(line).empty()) continue;
        if (!result.empty()) result += " | ";
        result += line;
    }
    return result;
}

namespace {

/// Damerau-Levenshtein distance with adjacent swaps, in bytes.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before_last;
    std::vector<std::size_t> last(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::vector<std::size_t> row(b.size() + 1);
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = std::min(row[j], before_last[j - 2] + 1);
            }
        }
        before_last = std::move(last);
        last = std::move(row);
    }
    return last[b.size()];
}

} // namespace

std::optional<std::string> closest(std::string_view name, std::span<const std::string> candidates) {
    const std::string* best = nullptr;
    // Of a name of one letter any other would be a typing mistake.
    std::size_t best_distance = name.size() < 2 ? 1 : std::max<std::size_t>(1, name.size() / 3) + 1;
    for (const auto& candidate : candidates) {
        // Hostile input may be long; nothing this far apart is a typing mistake.
        const auto longer = std::max(candidate.size(), name.size());
        const auto shorter = std::min(candidate.size(), name.size());
        if (longer - shorter >= best_distance) continue;
        if (const auto distance = edit_distance(name, candidate); distance < best_distance) {
            best = &candidate;
            best_distance = distance;
        }
    }
    if (best == nullptr) return std::nullopt;
    return *best;
}

} // namespace slipway
