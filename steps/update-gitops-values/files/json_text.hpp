#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::update_gitops_values {

enum class JsonKind { object_start, object_end, list_start, list_end, key, string, number, truth, null };

/// One piece of a JSON text. An object's pieces are its start, key, value, key, value, ..., its end; commas and colons are none.
struct JsonPiece {
    JsonKind kind;
    std::size_t begin; ///< byte
    std::size_t end;   ///< byte behind it
    std::size_t partner = 0; ///< of a start: the index of its end
};

/// A JSON text (RFC 8259) with the place of every piece. Numbers and strings are never converted, so that nothing is lost.
class JsonText {
public:
    /// A byte order mark in front is skipped. Duplicate keys are all there.
    /// @throws Error (misuse) "wrong JSON: ..." with a place; comments, trailing commas, more than one value, invalid UTF-8 and more than
    ///         `deepest` levels included
    JsonText(std::string text, const std::string& file);

    static constexpr std::size_t deepest = 500;

    const std::string& text() const noexcept { return text_; }
    const std::vector<JsonPiece>& pieces() const noexcept { return pieces_; }
    const JsonPiece& operator[](std::size_t index) const { return pieces_[index]; }

    /// A piece as it is written.
    std::string_view spelled(std::size_t index) const;
    /// A key, a string without its escapes (half a surrogate pair is U+FFFD), or any other single value as it is written.
    std::string value(std::size_t index) const;
    /// The index behind the value that begins at `index`.
    std::size_t behind(std::size_t index) const;
    /// A value in one line without blanks, strings with no more escapes than they need: equal texts are equal values.
    std::string compact(std::size_t index) const;

private:
    std::string text_;
    std::vector<JsonPiece> pieces_;
};

/// How collections are written.
struct JsonLayout {
    bool several_lines = false;
    std::string_view line_break = "\n";
    std::string unit = "  ";   ///< of indentation
    std::string colon = ": ";  ///< with the blanks around it
    std::string comma = ", ";  ///< between entries in one line
};

/// A text's root value in another layout, strings and numbers as they are written. @param indent  of the line where it begins
std::string laid_out(const JsonText& json, const JsonLayout& layout, const std::string& indent);

} // namespace slipway::update_gitops_values
