#include "yaml/habits.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace slipway::yaml {

namespace {

/// @return whether they can be told from what is in this collection
bool take_from(JsonLayout& layout, const Document& document, bool flow, std::size_t collection) {
    const auto& first = document.events[collection + 1];
    const auto span = first.kind == EventKind::scalar ? find_span(document.text, first) : std::nullopt;
    if (!span || span->style == Style::block) return false;
    if (flow && span->style == Style::plain && may_not_be_string(first.value)) return false; // a number has no quotes in JSON either
    const bool json = flow && span->style == Style::double_quoted;
    const bool is_map = document.events[collection].kind == EventKind::map_start;
    if (is_map || json) layout.keys = span->style;
    if (!is_map || json) layout.texts = span->style;
    return true;
}

} // namespace

void take_quotes(JsonLayout& layout, const Document& document, const Extents& extents, std::size_t value) {
    const auto& old = document.events[value];
    const bool filled = old.is_start() && old.partner != value + 1;
    const auto nearest = old.is_start() && (filled || extents.is_flow(value)) ? value : extents.parent(value);
    for (auto at = nearest; document.events[at].kind != EventKind::document_start; at = extents.parent(at)) {
        const bool flow = extents.is_flow(at);
        if ((at != nearest && !flow) || take_from(layout, document, flow, at)) break;
    }
    if (old.kind != EventKind::scalar) return;
    const auto span = find_span(document.text, old);
    if (span && (span->style == Style::single_quoted || span->style == Style::double_quoted)) layout.texts = span->style;
}

void take_indentation(JsonLayout& layout, const Document& document, const Extents& extents) {
    const auto& events = document.events;
    std::map<std::size_t, std::size_t> steps;
    std::size_t indented = 0;
    std::size_t level = 0; // lists in the column of their keys
    for (std::size_t map = 0; map < events.size(); ++map) {
        if (events[map].kind != EventKind::map_start || extents.is_flow(map)) continue;
        for (const auto& member : extents.members(map)) {
            const auto& value = events[member.value];
            if (!value.is_start() || extents.is_flow(member.value)) continue;
            const auto begin = skip_properties(document.text, value.offset);
            if (!extents.begins_line(begin)) continue;
            const auto key = events[*member.key].offset;
            const auto column = begin - extents.line_start(begin);
            const auto of_key = key - extents.line_start(key);
            if (column > of_key) ++steps[column - of_key];
            if (value.kind == EventKind::sequence_start) ++(column > of_key ? indented : level);
        }
    }
    const auto most = std::max_element(steps.begin(), steps.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    if (most != steps.end()) layout.step = most->first;
    layout.lists_are_indented = indented >= level;
}

} // namespace slipway::yaml
