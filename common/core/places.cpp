#include "core/places.hpp"

#include "core/text.hpp"
#include "core/unicode.hpp"

#include <algorithm>

namespace slipway {

void Places::find_lines() const {
    if (!starts_.empty()) return;
    starts_.push_back(text_.substr(0, 3) == "\xEF\xBB\xBF" ? 3 : 0);
    for (auto at = text_.find('\n'); at != std::string_view::npos; at = text_.find('\n', at + 1)) starts_.push_back(at + 1);
}

Place Places::at(std::size_t offset) const {
    find_lines();
    offset = std::min(offset, text_.size());
    auto line = std::upper_bound(starts_.begin(), starts_.end(), offset);
    if (line != starts_.begin()) --line;
    const auto start = std::min(*line, offset); // within the byte order mark
    const auto in_line = text_.substr(start, offset - start);
    return {file_, static_cast<int>(line - starts_.begin()) + 1, static_cast<int>(characters_before(in_line, in_line.size())) + 1};
}

std::size_t Places::offset(int line, int column) const {
    find_lines();
    if (line < 1 || static_cast<std::size_t>(line) > starts_.size()) return text_.size();
    auto at = starts_[static_cast<std::size_t>(line) - 1];
    for (int passed = 1; passed < column && at < text_.size() && text_[at] != '\n'; ++passed) at += first_character(text_.substr(at)).length;
    return at;
}

Place place_of(std::string_view text, const std::string& file, std::size_t offset) { return Places(text, file).at(offset); }

} // namespace slipway
