#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace slipway {

/// Without blanks, tabs, CR and LF at both ends.
std::string_view trim(std::string_view text);

/// The parts between separators; "a,,b" has three, "" has one.
std::vector<std::string_view> split(std::string_view text, char separator);

/// The lines without their LF or CRLF; a final line break starts no further line.
std::vector<std::string_view> lines(std::string_view text);

/// The parts would outlive a text that nobody holds.
template <class Text>
    requires std::same_as<Text, std::string>
std::vector<std::string_view> split(Text&&, char) = delete;
template <class Text>
    requires std::same_as<Text, std::string>
std::vector<std::string_view> lines(Text&&) = delete;

/// The lines of several texts, trimmed, without empty ones and those that begin with #.
std::vector<std::string> meaningful_lines(std::span<const std::string> texts);

std::string join(std::span<const std::string> parts, std::string_view separator);

/// ASCII only, independent of the locale.
std::string lower(std::string_view text);
std::string upper(std::string_view text);

void replace_all(std::string& text, std::string_view from, std::string_view to);

/// "1 file", "2 files".
std::string count_of(std::size_t count, std::string_view singular);

/// "34.5 MB", in powers of ten, as registries show sizes.
std::string size_in_words(std::uint64_t bytes);

bool is_valid_utf8(std::string_view text);

/// How many bytes come before the first that is no UTF-8; all of a valid text.
std::size_t valid_utf8_length(std::string_view text);

/// Number of characters (code points) before byte `offset`; bytes that are no UTF-8 count as one each.
std::size_t characters_before(std::string_view text, std::size_t offset);

/// The content of a JSON string: quotes, backslashes and controls escaped.
std::string json_escape(std::string_view text);

/// Control characters as \xNN, so that foreign text cannot move the cursor or fake a line; tabs stay.
std::string visible(std::string_view text);

/// Foreign text of several lines, such as a server's words, as one: breaks become " | ".
std::string one_line(std::string_view text);

/// The candidate that somebody who typed `name` most likely meant; nothing when none is near.
std::optional<std::string> closest(std::string_view name, std::span<const std::string> candidates);

} // namespace slipway
