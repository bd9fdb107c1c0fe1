#include "rendering/pattern.hpp"

#include "core/unicode.hpp"

#include <algorithm>

namespace slipway::rendering {

namespace {

bool is_in_class(char32_t c, std::string_view name) {
    const bool ascii = c < 0x80;
    const bool control = c < 0x20 || c == 0x7F || (c >= 0x80 && c < 0xA0);
    const bool letter = ascii ? (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') : is_identifier_start(c);
    const bool digit = c >= '0' && c <= '9';
    const bool upper = ascii ? c >= 'A' && c <= 'Z' : to_lower(c) != c;
    const bool lower = ascii ? c >= 'a' && c <= 'z' : to_upper(c) != c;
    const bool space = is_white_space(c);
    const bool shows = !control && is_printable(c);
    if (name == "alpha") return letter;
    if (name == "digit") return digit;
    if (name == "alnum") return letter || digit;
    if (name == "upper") return upper;
    if (name == "lower") return lower;
    if (name == "space") return space;
    if (name == "blank") return c == ' ' || c == '\t';
    if (name == "cntrl") return control;
    if (name == "print") return shows;
    if (name == "graph") return shows && !space;
    if (name == "punct") return shows && !space && !letter && !digit;
    if (name == "xdigit") return digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (name == "word") return letter || digit || c == '_';
    return false;
}

} // namespace

std::u32string to_characters(std::string_view text) {
    std::u32string characters;
    while (!text.empty()) {
        const auto character = first_character(text);
        characters += character.code;
        text.remove_prefix(character.length);
    }
    return characters;
}

std::string to_text(std::u32string_view characters) {
    std::string text;
    for (const auto c : characters) append_character(text, c);
    return text;
}

bool Pattern::Element::takes(char32_t c) const {
    switch (kind) {
    case Kind::one: return c == character;
    case Kind::set: {
        const bool in_range = std::any_of(ranges.begin(), ranges.end(), [&](const auto& range) { return c >= range.first && c <= range.second; });
        const bool in = in_range || std::any_of(classes.begin(), classes.end(), [&](const auto& name) { return is_in_class(c, name); });
        return in != negated;
    }
    default: return true;
    }
}

void Pattern::add_literal(std::u32string_view text) {
    for (const auto c : text) elements_.push_back({.kind = Element::Kind::one, .character = c});
}

std::size_t Pattern::read_set(std::u32string_view text, Element& set) {
    std::size_t at = 0;
    if (at < text.size() && (text[at] == '!' || text[at] == '^')) {
        set.negated = true;
        ++at;
    }
    for (bool first = true; at < text.size(); first = false) {
        if (text[at] == ']' && !first) return at + 1;
        if (text[at] == '[' && at + 1 < text.size() && text[at + 1] == ':') {
            if (const auto end = text.find(U":]", at + 2); end != std::u32string_view::npos) {
                set.classes.push_back(to_text(text.substr(at + 2, end - at - 2)));
                at = end + 2;
                continue;
            }
        }
        const auto one = [&] {
            if (text[at] == '\\' && at + 1 < text.size()) ++at;
            return text[at++];
        };
        const auto low = one();
        auto high = low;
        if (at + 1 < text.size() && text[at] == '-' && text[at + 1] != ']') {
            ++at;
            high = one();
        }
        set.ranges.emplace_back(low, high);
    }
    return 0;
}

void Pattern::add_pattern(std::u32string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto c = text[at];
        if (c == '*') {
            elements_.push_back({.kind = Element::Kind::many});
        } else if (c == '?') {
            elements_.push_back({.kind = Element::Kind::any});
        } else {
            if (Element set{.kind = Element::Kind::set}; c == '[') {
                if (const auto size = read_set(text.substr(at + 1), set); size > 0) {
                    elements_.push_back(std::move(set));
                    at += size;
                    continue;
                }
            }
            if (c == '\\' && at + 1 < text.size()) ++at;
            elements_.push_back({.kind = Element::Kind::one, .character = text[at]});
        }
    }
}

bool Pattern::matches(char32_t character) const {
    const auto length = match(std::u32string_view(&character, 1), Reach::longest, false);
    return length && *length == 1;
}

std::optional<std::size_t> Pattern::match(std::u32string_view text, Reach reach, bool backward) const {
    // All ways to match at once: which elements are done after so many characters.
    const auto count = elements_.size();
    const auto element = [&](std::size_t i) -> const Element& { return elements_[backward ? count - 1 - i : i]; };
    std::vector<bool> done(count + 1);
    std::vector<bool> next(count + 1);
    const auto skip_many = [&](std::vector<bool>& states) {
        for (std::size_t i = 0; i < count; ++i) {
            if (states[i] && element(i).kind == Element::Kind::many) states[i + 1] = true;
        }
    };
    done[0] = true;
    skip_many(done);
    std::optional<std::size_t> found;
    for (std::size_t length = 0;; ++length) {
        if (done[count]) {
            found = length;
            if (reach == Reach::shortest) return found;
        }
        if (length == text.size()) return found;
        const auto c = text[backward ? text.size() - 1 - length : length];
        std::fill(next.begin(), next.end(), false);
        bool any = false;
        for (std::size_t i = 0; i < count; ++i) {
            if (!done[i] || !element(i).takes(c)) continue;
            next[element(i).kind == Element::Kind::many ? i : i + 1] = true;
            any = true;
        }
        if (!any) return found;
        skip_many(next);
        std::swap(done, next);
    }
}

std::optional<std::size_t> Pattern::prefix(std::u32string_view text, Reach reach) const { return match(text, reach, false); }
std::optional<std::size_t> Pattern::suffix(std::u32string_view text, Reach reach) const { return match(text, reach, true); }

std::optional<std::pair<std::size_t, std::size_t>> Pattern::find(std::u32string_view text, std::size_t from) const {
    for (auto begin = from; begin <= text.size(); ++begin) {
        if (const auto length = match(text.substr(begin), Reach::longest, false)) return std::pair(begin, *length);
    }
    return std::nullopt;
}

} // namespace slipway::rendering
