#include "yaml/extents.hpp"

#include <yaml-cpp/emitterstyle.h>

#include <algorithm>

namespace slipway::yaml {

namespace {

constexpr auto npos = std::string_view::npos;

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_break(char c) { return c == '\n' || c == '\r'; }

} // namespace

Extents::Extents(const Document& document, std::string doing)
    : document_(document), events_(document.events), text_(document.text), doing_(std::move(doing)) {}

std::vector<Located> Extents::members(std::size_t collection) const {
    std::vector<Located> found;
    const bool is_map = events_[collection].kind == EventKind::map_start;
    for (auto i = collection + 1; i != events_[collection].partner;) {
        const auto key = is_map ? std::optional(i) : std::nullopt;
        if (is_map) i = behind(events_, i);
        found.push_back({i, key});
        i = behind(events_, i);
    }
    return found;
}

bool Extents::is_flow(std::size_t node) const { return events_[node].is_start() && events_[node].layout == YAML::EmitterStyle::Flow; }

bool Extents::is_unwritten(std::size_t node) const {
    return events_[node].kind == EventKind::null && events_[node].anchor == 0 && null_length(text_, events_, node) == 0;
}

bool Extents::is_block_text(std::size_t node) const {
    if (events_[node].kind != EventKind::scalar) return false;
    const auto span = find_span(text_, events_[node]);
    return span && span->style == Style::block;
}

std::size_t Extents::end(const Located& node) const {
    const auto& event = events_[node.value];
    switch (event.kind) {
    case EventKind::alias: return name_end(text_, event.offset);
    case EventKind::scalar: {
        const auto span = find_span(text_, event);
        if (!span) fail(node.value, "the bytes of a value cannot be told for certain");
        return span->style == Style::block ? block(node.value).content_end : span->end;
    }
    case EventKind::null: return end_of_null(node);
    default: break;
    }
    if (is_flow(node.value)) return end_of_flow(node.value);
    return end(last_within(node));
}

std::size_t Extents::end_of_null(const Located& node) const {
    const auto offset = events_[node.value].offset;
    if (is_unwritten(node.value)) return lead(node).value_or(offset);
    if (const auto length = null_length(text_, events_, node.value); length > 0) return skip_properties(text_, offset) + length;
    return name_end(text_, offset); // an anchor alone
}

std::size_t Extents::opening(std::size_t collection) const {
    const auto begin = skip_properties(text_, events_[collection].offset);
    if (at(begin) != (events_[collection].kind == EventKind::map_start ? '{' : '['))
        fail(collection, "the brackets around it cannot be found");
    return begin;
}

std::size_t Extents::closing(std::size_t collection) const { return end_of_flow(collection) - 1; }

std::size_t Extents::end_of_flow(std::size_t collection) const {
    // `[a: 1]`: a map without braces
    const bool is_map = events_[collection].kind == EventKind::map_start;
    const bool bare = is_map && at(skip_properties(text_, events_[collection].offset)) != '{';
    const auto all = members(collection);
    if (bare && !all.empty()) return end(all.back());
    auto last = all.empty() ? opening(collection) + 1 : end(all.back());
    last = skip_space(last);
    if (at(last) == ',') last = skip_space(last + 1);
    if (at(last) != (is_map ? '}' : ']')) fail(collection, "the end of its brackets cannot be found");
    return last + 1;
}

Located Extents::last_within(Located node) const {
    while (events_[node.value].is_start() && !is_flow(node.value)) {
        const auto all = members(node.value);
        if (all.empty()) fail(node.value, "a collection without brackets has nothing in it");
        node = all.back();
    }
    return node;
}

BlockScalar Extents::block(std::size_t node) const {
    auto found = find_block(text_, events_[node]);
    if (!found) fail(node, "where a text block (| or >) ends cannot be told for certain");
    return std::move(*found);
}

Chomping Extents::chomping(const BlockScalar& block) const {
    const auto indicators = text_.substr(block.header, block.header_end - block.header);
    if (indicators.find('+') != npos) return Chomping::keep;
    return indicators.find('-') != npos ? Chomping::strip : Chomping::clip;
}

std::size_t Extents::next_line(const Located& node) const {
    const auto last = last_within(node);
    if (!is_block_text(last.value)) return behind_line(end_of_last_line(end(last), last.value));
    const auto text = block(last.value);
    return chomping(text) == Chomping::keep ? text.next_line : behind_line(text.content_end);
}

Chomping Extents::last_chomping(const Located& node) const {
    const auto last = last_within(node).value;
    return is_block_text(last) ? chomping(block(last)) : Chomping::strip;
}

std::optional<std::size_t> Extents::lead(const Located& value) const {
    const auto around = parent(value.value);
    if (events_[around].kind == EventKind::document_start) {
        const auto line = line_start(events_[value.value].offset);
        return text_.substr(line, 3) == "---" && (is_blank(at(line + 3)) || is_break(at(line + 3))) && events_[value.value].offset > line
                   ? std::optional(line + 3)
                   : std::nullopt;
    }
    if (events_[around].kind == EventKind::sequence_start) {
        if (is_flow(around)) fail(value.value, "an entry without a value cannot be found in the text");
        return dash(value) + 1;
    }
    if (!value.key) fail(value.value, "a key of the map is empty");
    if (events_[*value.key].is_start()) fail(*value.key, "a key of the map is a collection");
    const auto key_end = end({*value.key, std::nullopt});
    const auto colon = is_flow(around) ? skip_space(key_end) : skip_blanks(key_end);
    if (at(colon) == ':') return colon + 1;
    if (is_flow(around) && is_unwritten(value.value)) return key_end;
    fail(*value.key, "the colon behind a key cannot be found");
}

std::size_t Extents::dash(const Located& entry) const {
    const auto list = parent(entry.value);
    const auto first = skip_properties(text_, events_[list].offset);
    if (at(first) != '-') fail(list, "the dashes of the list cannot be found");
    if (entry.value == list + 1) return first;
    const auto all = members(list);
    auto i = static_cast<std::size_t>(std::find_if(all.begin(), all.end(), [&](const Located& one) { return one.value == entry.value; }) - all.begin());
    // Empty entries end with their dashes, which are found by those in front of them.
    const auto wanted = i;
    while (i > 0 && is_unwritten(all[i - 1].value)) --i;
    auto found = i == 0 ? first : skip_space(next_line(all[i - 1]));
    for (;; ++i) {
        const auto behind_dash = at(found + 1);
        if (at(found) != '-' || (!is_blank(behind_dash) && !is_break(behind_dash) && found + 1 < text_.size()))
            fail(all[i].value, "the dash of an entry cannot be found");
        if (i == wanted) return found;
        found = skip_space(found + 1);
    }
}

std::size_t Extents::column(std::size_t offset, std::size_t about) const {
    const auto start = line_start(offset);
    for (auto i = start; i < offset; ++i) {
        if (text_[i] == ' ' || (text_[i] == '-' && text_[i + 1] == ' ')) continue;
        fail(about, "something stands in front of it in its line", "write it in lines of its own");
    }
    return offset - start;
}

bool Extents::begins_line(std::size_t offset) const { return text_.find_first_not_of(' ', line_start(offset)) == offset; }

std::size_t Extents::line_start(std::size_t offset) const {
    const auto before = offset == 0 ? npos : text_.rfind('\n', offset - 1);
    if (before != npos) return before + 1;
    return text_.substr(0, 3) == "\xEF\xBB\xBF" ? std::min<std::size_t>(offset, 3) : 0;
}

std::size_t Extents::line_end(std::size_t offset) const {
    const auto end = text_.find('\n', offset);
    if (end == npos) return text_.size();
    return end > offset && text_[end - 1] == '\r' ? end - 1 : end;
}

std::size_t Extents::behind_line(std::size_t offset) const {
    const auto end = text_.find('\n', offset);
    return end == npos ? text_.size() : end + 1;
}

std::size_t Extents::end_of_last_line(std::size_t offset, std::size_t about) const {
    const auto behind_blanks = skip_blanks(offset);
    if (behind_blanks < line_end(offset) && comment(offset).empty()) fail(about, "something else follows in its line");
    return line_end(offset);
}

std::string_view Extents::comment(std::size_t offset) const {
    const auto begin = skip_blanks(offset);
    if (at(begin) != '#' || begin == offset) return {};
    return text_.substr(offset, line_end(offset) - offset);
}

std::size_t Extents::skip_blanks(std::size_t offset) const { return std::min(text_.find_first_not_of(" \t", offset), text_.size()); }

std::size_t Extents::skip_space(std::size_t offset) const {
    for (;;) {
        offset = std::min(text_.find_first_not_of(" \t\r\n", offset), text_.size());
        if (at(offset) != '#') return offset;
        offset = line_end(offset);
    }
}

std::string_view Extents::line_break(std::size_t offset) const {
    auto end = text_.find('\n', offset);
    if (end == npos) end = text_.rfind('\n');
    return end != npos && end > 0 && text_[end - 1] == '\r' ? "\r\n" : "\n";
}

void Extents::fail(std::size_t about, const std::string& why, std::string hint) const {
    fail_at(about < events_.size() ? events_[about].offset : text_.size(), why, std::move(hint));
}

void Extents::fail_at(std::size_t offset, const std::string& why, std::string hint) const {
    throw Error(ExitCode::refused,
                Diagnostic{.message = doing_ + ": " + why, .place = place_of(text_, document_.file, offset), .hint = std::move(hint)});
}

} // namespace slipway::yaml
