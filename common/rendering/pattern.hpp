#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slipway::rendering {

/// A pattern of bash, as its operators match it: `*`, `?`, `[a-z]`, `[!...]`, `[[:alpha:]]`, over characters.
/// @source bash manual, "Pattern Matching", without extglob; ranges by code point
class Pattern {
public:
    /// Adds characters that stand for themselves.
    void add_literal(std::u32string_view text);
    /// Adds a text in which `*`, `?` and `[` have their meaning, and a backslash takes it away.
    void add_pattern(std::u32string_view text);

    bool empty() const noexcept { return elements_.empty(); }

    /// Whether it matches exactly this character.
    bool matches(char32_t character) const;

    enum class Reach { shortest, longest };

    /// Length of what it matches at the front of a text.
    std::optional<std::size_t> prefix(std::u32string_view text, Reach reach) const;
    /// Length of what it matches at the end.
    std::optional<std::size_t> suffix(std::u32string_view text, Reach reach) const;
    /// The leftmost match from `from` on, the longest there: its begin and length.
    std::optional<std::pair<std::size_t, std::size_t>> find(std::u32string_view text, std::size_t from) const;

private:
    struct Element {
        enum class Kind { one, any, many, set } kind = Kind::one;
        char32_t character = 0;
        bool negated = false;
        std::vector<std::pair<char32_t, char32_t>> ranges = {};
        std::vector<std::string> classes = {};

        bool takes(char32_t c) const;
    };

    std::optional<std::size_t> match(std::u32string_view text, Reach reach, bool backward) const;
    /// Reads the set that begins behind "[". @return how many characters it has, 0 when it is not closed
    static std::size_t read_set(std::u32string_view text, Element& set);

    std::vector<Element> elements_;
};

/// The characters of a text; bytes that are no UTF-8 survive the way back.
std::u32string to_characters(std::string_view text);
std::string to_text(std::u32string_view characters);

} // namespace slipway::rendering
