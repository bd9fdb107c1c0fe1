#include "rendering/expansion.hpp"

#include "core/text.hpp"
#include "core/unicode.hpp"
#include "rendering/pattern.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>

namespace slipway::rendering {

std::nullopt_t Expander::fail(const Placeholder& placeholder, const std::string& why, std::string hint) {
    problems_.push_back({.message = why, .place = places_.at(placeholder.begin), .hint = std::move(hint)});
    return std::nullopt;
}

const Value* Expander::look_up(std::string_view name) {
    const auto* value = values_.find(name);
    if (value != nullptr && names_.count(name) == 0) names_.emplace(name);
    return value;
}

std::optional<Expansion> Expander::expand(const Placeholder& placeholder) {
    const auto* value = look_up(placeholder.name);
    const std::string name(placeholder.name);
    switch (placeholder.op) {
    case Operator::use_default:
    case Operator::alternative:
    case Operator::require: return expand_default(placeholder, value);
    default: break;
    }
    if (value == nullptr) {
        return fail(placeholder, "no value for ${" + name + "}", "give it with --set " + name + "=... or as an environment variable; --keep " + name + " leaves it for Nomad or the task");
    }
    if (placeholder.op == Operator::none) return Expansion{value->text, value->json.get()};
    if (placeholder.op == Operator::length) return Expansion{std::to_string(characters_before(value->text, value->text.size()))};
    const auto text = to_characters(value->text);
    std::optional<std::string> result;
    switch (placeholder.op) {
    case Operator::remove_prefix:
    case Operator::remove_suffix: result = text.empty() ? std::optional(std::string()) : trimmed(placeholder, text); break;
    case Operator::replace: result = replaced(placeholder, text); break;
    case Operator::to_upper:
    case Operator::to_lower: result = cased(placeholder, text); break;
    default: result = substring(placeholder, text); break;
    }
    return result ? std::optional(Expansion{std::move(*result)}) : std::nullopt;
}

std::optional<Expansion> Expander::expand_default(const Placeholder& placeholder, const Value* value) {
    const bool there = value != nullptr && !(placeholder.also_empty && value->text.empty());
    if (placeholder.op == Operator::alternative) {
        if (!there) return Expansion{};
    } else if (there) {
        return Expansion{value->text, value->json.get()};
    }
    auto text = text_of(placeholder.first);
    if (!text) return std::nullopt;
    if (placeholder.op != Operator::require) return Expansion{std::move(*text)};
    const std::string name(placeholder.name);
    const std::string state = value == nullptr ? "no value for ${" : "an empty value for ${";
    return fail(placeholder, state + name + "}: " + (text->empty() ? "the template needs one" : visible(*text)), "give it with --set " + name + "=... or as an environment variable");
}

std::optional<std::string> Expander::text_of(const Word& word) {
    std::optional<std::string> text(std::in_place);
    for (const auto& piece : word) {
        if (piece.nested.empty()) {
            if (text) *text += piece.text;
        } else if (auto nested = expand(piece.nested.front()); !nested) { // go on, to find all that is missing
            text.reset();
        } else if (text) {
            *text += nested->text;
        }
    }
    return text;
}

std::optional<Pattern> Expander::pattern_of(const Word& word) {
    std::optional<Pattern> pattern(std::in_place);
    // Neighbours make one pattern: a set may begin in the template and end in a value.
    std::u32string unquoted;
    const auto flush = [&] {
        pattern->add_pattern(unquoted);
        unquoted.clear();
    };
    for (const auto& piece : word) {
        std::string text = piece.text;
        if (!piece.nested.empty()) {
            auto nested = expand(piece.nested.front());
            if (!nested) pattern.reset();
            if (!pattern) continue;
            text = std::move(nested->text);
        }
        if (!pattern) continue;
        const auto characters = to_characters(text);
        if (!piece.quoted) {
            unquoted += characters;
        } else {
            for (const auto c : characters) unquoted += {U'\\', c};
        }
    }
    if (pattern) flush();
    return pattern;
}

std::optional<std::string> Expander::trimmed(const Placeholder& placeholder, const std::u32string& text) {
    const auto pattern = pattern_of(placeholder.first);
    if (!pattern) return std::nullopt;
    const auto reach = placeholder.doubled ? Pattern::Reach::longest : Pattern::Reach::shortest;
    if (placeholder.op == Operator::remove_prefix) return to_text(std::u32string_view(text).substr(pattern->prefix(text, reach).value_or(0)));
    return to_text(std::u32string_view(text).substr(0, text.size() - pattern->suffix(text, reach).value_or(0)));
}

std::optional<std::string> Expander::replaced(const Placeholder& placeholder, const std::u32string& text) {
    const auto pattern = pattern_of(placeholder.first);
    // In the replacement an ampersand without quotes is what was matched.
    std::vector<std::optional<std::string>> parts; // nothing: the match
    bool missing = false;
    for (const auto& piece : placeholder.second) {
        if (!piece.nested.empty()) {
            auto nested = expand(piece.nested.front());
            missing = missing || !nested;
            parts.emplace_back(nested ? std::move(nested->text) : std::string());
            continue;
        }
        std::size_t from = 0;
        while (!piece.quoted) {
            const auto ampersand = piece.text.find('&', from);
            if (ampersand == std::string::npos) break;
            parts.emplace_back(piece.text.substr(from, ampersand - from));
            parts.emplace_back(std::nullopt);
            from = ampersand + 1;
        }
        parts.emplace_back(piece.text.substr(from));
    }
    if (!pattern || missing) return std::nullopt;

    const std::u32string_view characters = text;
    std::string result;
    const auto put = [&](std::size_t begin, std::size_t length) {
        for (const auto& part : parts) result += part ? *part : to_text(characters.substr(begin, length));
    };
    if (placeholder.anchor != Anchor::none) {
        const bool start = placeholder.anchor == Anchor::start;
        const auto length = start ? pattern->prefix(text, Pattern::Reach::longest) : pattern->suffix(text, Pattern::Reach::longest);
        if (!length) return to_text(text);
        if (!start) result += to_text(characters.substr(0, text.size() - *length));
        put(start ? 0 : text.size() - *length, *length);
        if (start) result += to_text(characters.substr(*length));
        return result;
    }
    std::size_t at = 0;
    if (!pattern->empty()) {
        while (const auto match = pattern->find(text, at)) {
            const auto [begin, length] = *match;
            result += to_text(characters.substr(at, begin - at));
            if (begin == text.size() && begin > 0) break; // the empty end of a text is no further match
            put(begin, length);
            at = begin + length;
            if (!placeholder.doubled || at >= text.size()) break;
        }
    }
    return result += to_text(characters.substr(std::min(at, text.size())));
}

std::optional<std::string> Expander::cased(const Placeholder& placeholder, std::u32string text) {
    const auto pattern = pattern_of(placeholder.first);
    if (!pattern) return std::nullopt;
    const auto is_quoted = [](const Piece& piece) { return piece.quoted; };
    if (pattern->empty() && std::any_of(placeholder.first.begin(), placeholder.first.end(), is_quoted)) return to_text(text); // "" matches nothing
    const auto count = placeholder.doubled ? text.size() : std::min<std::size_t>(text.size(), 1);
    for (std::size_t i = 0; i < count; ++i) {
        if (!pattern->empty() && !pattern->matches(text[i])) continue;
        text[i] = placeholder.op == Operator::to_upper ? to_upper(text[i]) : to_lower(text[i]);
    }
    return to_text(text);
}

std::optional<long> Expander::number(const Placeholder& placeholder, const Word& word) {
    const auto text = text_of(word);
    if (!text) return std::nullopt;
    auto rest = trim(*text);
    while (rest.size() > 2 && rest.front() == '(' && rest.back() == ')') rest = trim(rest.substr(1, rest.size() - 2));
    if (rest.empty()) return 0;
    const std::string digits(rest);
    const char first = digits[digits[0] == '-' || digits[0] == '+' ? 1 : 0];
    char* end = nullptr;
    errno = 0;
    const auto value = std::strtol(digits.c_str(), &end, 0); // 010 and 0x10 as in a shell
    if (first < '0' || first > '9' || *end != '\0' || errno != 0) {
        return fail(placeholder, "'" + visible(*text) + "' in ${" + std::string(placeholder.name) + ":...} is no whole number", "offset and length are whole numbers; a negative one counts from the end: ${NAME: -3}");
    }
    return value;
}

std::optional<std::string> Expander::substring(const Placeholder& placeholder, const std::u32string& text) {
    auto offset = number(placeholder, placeholder.first);
    const auto length = placeholder.has_second ? number(placeholder, placeholder.second) : std::optional<long>(0);
    if (!offset || !length) return std::nullopt;
    const auto size = static_cast<long>(text.size());
    if (*offset < 0) *offset += size;
    if (*offset < 0 || *offset > size) return std::string();
    long end = size;
    if (placeholder.has_second) {
        end = *length < 0 ? size + *length : *offset + std::min(*length, size - *offset);
        if (end < *offset) return fail(placeholder, "the length " + std::to_string(*length) + " in ${" + std::string(placeholder.name) + ":...} ends before the offset");
    }
    return to_text(std::u32string_view(text).substr(static_cast<std::size_t>(*offset), static_cast<std::size_t>(end - *offset)));
}

} // namespace slipway::rendering
