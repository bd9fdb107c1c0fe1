#include "titles.hpp"

#include "core/text.hpp"

namespace slipway::update_gitops_values {

namespace {

/// Bytes of the first characters of a text.
std::size_t bytes_of(std::string_view text, std::size_t characters) {
    std::size_t at = 0;
    for (; at < text.size(); ++at) {
        const bool begins_one = (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U;
        if (begins_one && characters-- == 0) return at;
    }
    return at;
}

/// Bytes of the mark that the title begins with; 0 when there is none.
std::size_t mark_of(std::string_view title, const std::vector<std::string>& known) {
    for (const auto& mark : known) {
        if (lower(title.substr(0, mark.size())) == lower(mark)) return mark.size();
    }
    return 0;
}

} // namespace

bool DraftMarks::is_draft(std::string_view title) const { return mark_of(trim(title), known) != 0; }

std::string DraftMarks::bare(std::string_view title) const {
    title = trim(title);
    while (const auto size = mark_of(title, known)) title = trim(title.substr(size));
    return std::string(title);
}

std::string DraftMarks::title(std::string_view bare, bool draft) const {
    auto whole = (draft ? known.front() + ' ' : "") + this->bare(bare);
    const auto end = bytes_of(whole, most_characters);
    if (end == whole.size()) return whole;
    return whole.substr(0, bytes_of(whole, most_characters - 3)) + "...";
}

} // namespace slipway::update_gitops_values
