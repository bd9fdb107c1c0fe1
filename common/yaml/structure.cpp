#include "yaml/structure.hpp"

#include "core/text.hpp"
#include "yaml/extents.hpp"
#include "yaml/habits.hpp"
#include "yaml/json_value.hpp"

#include <algorithm>

namespace slipway::yaml {

namespace {

constexpr std::string_view white = " \t\r\n";

class Change {
public:
    Change(const Document& document, const std::string& doing)
        : document_(document), events_(document.events), text_(document.text), extents_(document, doing) {}

    Patch replace(const Located& at, const JsonValue& value) {
        Patch patch{.first = at.value, .behind = behind(events_, at.value)};
        const auto anchor = is_referenced(at.value) ? anchor_of(at.value) : std::string();
        refuse_referenced(anchor.empty() ? at.value : at.value + 1, patch.behind);
        const auto around = extents_.parent(at.value);
        take_quotes(layout_, document_, extents_, at.value);
        const bool flow = extents_.is_flow(around);
        const bool block = !flow && value.is_collection() && !value.values.empty();
        if (block) take_indentation(layout_, document_, extents_);
        layout_.line_break = extents_.line_break(events_[at.value].offset);
        patch.expected = events_of(value, layout_, !block);
        if (!anchor.empty()) patch.expected.front().anchor = events_[at.value].anchor;
        if (block)
            put_block(patch, at, value, anchor);
        else
            put_inline(patch, at, (anchor.empty() ? "" : anchor + ' ') + write_flow(value, layout_), flow);
        return patch;
    }

    Patch insert(const Located& map, const std::string& key, const JsonValue& value) {
        JsonValue pair{.kind = JsonValue::Kind::map, .keys = {key}, .values = {value}};
        if (map.value >= events_.size()) return begin_stream(pair);
        if (events_[map.value].kind == EventKind::null) return replace(map, pair);
        if (events_[map.value].kind != EventKind::map_start) extents_.fail(map.value, "what it belongs to is no map");
        for (const auto& member : extents_.members(map.value)) {
            const auto& other = events_[*member.key];
            if (other.kind == EventKind::scalar && other.value == key) extents_.fail(*member.key, "the key exists");
        }
        return add(map.value, pair);
    }

    Patch append(const Located& list, const JsonValue& value) {
        const JsonValue entry{.kind = JsonValue::Kind::list, .values = {value}};
        if (list.value >= events_.size()) return begin_stream(entry);
        if (events_[list.value].kind == EventKind::null) return replace(list, entry);
        if (events_[list.value].kind != EventKind::sequence_start) extents_.fail(list.value, "what it belongs to is no list");
        return add(list.value, entry);
    }

    Patch remove(std::size_t collection, const Located& member) {
        const auto all = extents_.members(collection);
        const auto found = std::find_if(all.begin(), all.end(), [&](const Located& one) { return one.value == member.value; });
        if (found == all.end()) extents_.fail(collection, "it is not within this collection");
        const auto i = static_cast<std::size_t>(found - all.begin());
        Patch patch{.first = found->key.value_or(found->value), .behind = behind(events_, found->value)};
        refuse_referenced(patch.first, patch.behind);
        if (extents_.is_flow(collection)) {
            take_from_flow(patch, collection, all, i);
            return patch;
        }
        if (all.size() == 1)
            return replace({collection, key_of(collection)},
                           {.kind = found->key ? JsonValue::Kind::map : JsonValue::Kind::list});
        take_lines(patch, all, i);
        return patch;
    }

private:
    /// The first and only document of a stream, behind the comments that may be there.
    Patch begin_stream(const JsonValue& value) {
        Patch patch{.begin = text_.size(), .end = text_.size()};
        patch.expected = events_of(value, layout_, false);
        patch.expected.insert(patch.expected.begin(), {.kind = EventKind::document_start});
        patch.expected.push_back({.kind = EventKind::document_end});
        layout_.line_break = extents_.line_break(text_.size());
        put_line(patch, 0, write_block(value, 0, layout_));
        return patch;
    }

    /// Adds the one member that a collection of the same kind has.
    Patch add(std::size_t collection, const JsonValue& one) {
        const auto end = events_[collection].partner;
        Patch patch{.first = end, .behind = end};
        take_quotes(layout_, document_, extents_, collection);
        take_indentation(layout_, document_, extents_);
        const bool flow = extents_.is_flow(collection);
        patch.expected = events_of(one, layout_, flow);
        patch.expected.erase(patch.expected.begin());
        patch.expected.pop_back();
        if (flow)
            add_to_flow(patch, collection, one);
        else
            add_line(patch, collection, one);
        return patch;
    }

    // ---- block layout

    void add_line(Patch& patch, std::size_t collection, const JsonValue& one) {
        const auto all = extents_.members(collection);
        if (all.empty()) extents_.fail(collection, "nothing is within it that shows its column");
        const auto first = begin_of(all.front());
        const auto last = begin_of(all.back());
        const auto column = extents_.column(first, collection);
        if (last != first && (!extents_.begins_line(last) || extents_.column(last, collection) != column))
            extents_.fail_at(last, "the members of the collection do not begin in one column");
        patch.begin = patch.end = extents_.next_line(all.back());
        if (patch.begin == text_.size() && text_.back() != '\n' && extents_.last_chomping(all.back()) != Chomping::strip)
            extents_.fail(all.back().value, "a text block at the end of the file would change", "end the file with a line break");
        layout_.line_break = extents_.line_break(patch.begin == 0 ? 0 : patch.begin - 1);
        if (one.kind == JsonValue::Kind::map) return put_line(patch, column, write_block(one, column, layout_));
        const auto gap = gap_of(all);
        put_line(patch, column, '-' + gap + write_block(one.values[0], column + 1 + gap.size(), layout_));
    }

    /// The blanks behind the last dash of a list, or else the first.
    std::string gap_of(const std::vector<Located>& entries) const {
        for (const auto& entry : {entries.back(), entries.front()}) {
            const auto dash = extents_.dash(entry);
            const auto content = extents_.skip_blanks(dash + 1);
            if (content != events_[entry.value].offset || extents_.is_unwritten(entry.value)) continue;
            auto gap = std::string(text_.substr(dash + 1, content - dash - 1));
            return gap.find('\t') == std::string::npos ? gap : " ";
        }
        return " ";
    }

    /// Lines of their own at the patch's place, the beginning of a line or the end of the text.
    void put_line(Patch& patch, std::size_t column, const std::string& lines) {
        const auto indented = std::string(column, ' ') + lines;
        const bool begins = extents_.line_start(patch.begin) == patch.begin;
        patch.text = begins ? indented + std::string(layout_.line_break) : std::string(layout_.line_break) + indented;
    }

    void take_lines(Patch& patch, const std::vector<Located>& all, std::size_t i) {
        const auto begin = begin_of(all[i]);
        extents_.column(begin, all[i].key.value_or(all[i].value));
        patch.end = extents_.next_line(all[i]);
        if (!extents_.begins_line(begin)) { // behind a dash, where the next member takes its place
            if (i != 0) extents_.fail_at(begin, "it does not begin its line");
            patch.begin = begin;
            patch.end = std::min(text_.find_first_not_of(white, patch.end), text_.size());
            return;
        }
        patch.begin = extents_.line_start(begin);
        if (i == 0) return;
        const auto chomping = extents_.next_line(all[i - 1]) == patch.begin ? extents_.last_chomping(all[i - 1]) : Chomping::strip;
        if (patch.end == text_.size() && text_.back() != '\n' && chomping == Chomping::strip)
            patch.begin = extents_.line_end(patch.begin - 1) - (text_.substr(patch.begin - 2, 2) == "\r\n" ? 1 : 0);
        // Empty lines would become content of the `|+` in front of them.
        while (chomping == Chomping::keep && patch.end < text_.size() && extents_.skip_blanks(patch.end) == extents_.line_end(patch.end) &&
               extents_.line_end(patch.end) < text_.size())
            patch.end = extents_.behind_line(patch.end);
    }

    /// A collection in lines of its own, behind its key's colon or its dash.
    /// @param anchor  "&name" or nothing
    void put_block(Patch& patch, const Located& at, const JsonValue& value, const std::string& anchor) {
        const auto old = events_[at.value].offset;
        const auto lead = extents_.lead(at);
        if (!lead) return put_root(patch, at, value, anchor);
        const bool empty = extents_.is_unwritten(at.value);
        const auto comment = comment_of(at, *lead);
        patch.begin = *lead;
        patch.end = extents_.end_of_last_line(extents_.end(at), at.value);
        std::size_t column = 0;
        if (at.key) {
            column = column_within(value, extents_.column(events_[*at.key].offset, *at.key), layout_);
        } else if (events_[extents_.parent(at.value)].kind == EventKind::sequence_start) {
            const auto behind_dash = extents_.column(*lead - 1, at.value) + 1;
            if (comment.empty() && anchor.empty()) {
                const auto blanks = text_.substr(*lead, extents_.skip_blanks(*lead) - *lead);
                const bool same = !empty && *lead + blanks.size() == old && blanks.find('\t') == std::string_view::npos;
                const auto gap = same ? std::string(blanks) : std::string(" ");
                patch.text = gap + write_block(value, behind_dash + gap.size(), layout_);
                return;
            }
            column = behind_dash + 1;
        }
        patch.text = (anchor.empty() ? "" : ' ' + anchor) + comment + std::string(layout_.line_break) + std::string(column, ' ') +
                     write_block(value, column, layout_);
    }

    void put_root(Patch& patch, const Located& at, const JsonValue& value, const std::string& anchor) {
        const auto old = events_[at.value].offset;
        patch.begin = patch.end = old;
        if (extents_.is_unwritten(at.value)) {
            if (old < text_.size() && extents_.line_start(old) != old)
                extents_.fail(at.value, "the end of the empty document cannot be told for certain");
            return put_line(patch, 0, write_block(value, 0, layout_));
        }
        if (extents_.column(old, at.value) != 0) extents_.fail(at.value, "the document does not begin in the first column");
        patch.end = extents_.end_of_last_line(extents_.end(at), at.value);
        if (const auto head = anchor + comment_of(at, std::nullopt); !head.empty())
            patch.text = std::string(trim(head)) + std::string(layout_.line_break);
        patch.text += write_block(value, 0, layout_);
    }

    void put_inline(Patch& patch, const Located& at, const std::string& written, bool flow) {
        const auto old = events_[at.value].offset;
        if (extents_.is_unwritten(at.value)) {
            const auto lead = extents_.lead(at);
            patch.begin = patch.end = lead.value_or(old);
            patch.text = (lead && flow && text_[*lead - 1] != ':' ? ": " : " ") + written;
            if (!lead) put_line(patch, 0, written);
            return;
        }
        const auto content = skip_properties(text_, old);
        const bool one_piece = !is_block(at.value) && extents_.line_end(old) >= content;
        if (flow || one_piece) {
            patch.begin = old;
            patch.end = extents_.end(at);
            patch.text = written;
            return;
        }
        const auto lead = extents_.lead(at);
        patch.begin = lead.value_or(old);
        patch.end = extents_.end_of_last_line(extents_.end(at), at.value);
        patch.text = (lead ? " " : "") + written + comment_of(at, lead);
    }

    /// Whether it is written in lines of its own: a block collection, or a text as `|` or `>`.
    bool is_block(std::size_t value) const {
        const bool collection = events_[value].is_start() && !extents_.is_flow(value);
        return collection || extents_.is_block_text(value);
    }

    /// The comment in the line of a value's key or dash, with the blanks in front of it.
    std::string comment_of(const Located& at, std::optional<std::size_t> lead) const {
        const auto old = events_[at.value].offset;
        const bool block_collection = events_[at.value].is_start() && !extents_.is_flow(at.value);
        if (lead) {
            if (const auto comment = extents_.comment(*lead); !comment.empty()) return std::string(comment);
        }
        if (extents_.is_unwritten(at.value)) return {};
        const auto content = skip_properties(text_, old);
        if (block_collection && content == old) return {};
        // Anchor, tag and the header of a text block stand in front of the comment, else the value itself.
        auto from = is_block(at.value) || content > extents_.line_end(old) ? old : extents_.end(at);
        while (from < extents_.line_end(from)) {
            if (const auto comment = extents_.comment(from); !comment.empty()) return std::string(comment);
            const auto blank = text_.find_first_of(white, extents_.skip_blanks(from));
            if (blank == std::string_view::npos) break;
            from = blank;
        }
        return {};
    }

    // ---- flow layout

    void add_to_flow(Patch& patch, std::size_t collection, const JsonValue& one) {
        auto entry = write_flow(one, layout_);
        entry = entry.substr(1, entry.size() - 2);
        const auto all = extents_.members(collection);
        const auto open = extents_.opening(collection) + 1;
        if (all.empty()) return fill_flow(patch, open, extents_.closing(collection), entry);
        const auto content = extents_.end(all.back());
        const auto begin = begin_of(all.back());
        const auto start = extents_.line_start(begin);
        const auto comma = extents_.skip_blanks(content);
        const bool trailing = comma < text_.size() && text_[comma] == ',';
        if (extents_.skip_blanks(start) != begin || start < open) {
            patch.begin = patch.end = content;
            patch.text = gap_behind(content) + separator(all) + entry;
            return;
        }
        patch.begin = trailing ? comma + 1 : content;
        const auto comment = extents_.comment(patch.begin);
        patch.end = patch.begin + comment.size();
        patch.text = (trailing ? "" : gap_behind(content) + ",") + std::string(comment) + std::string(extents_.line_break(start)) +
                     std::string(text_.substr(start, begin - start)) + entry + (trailing ? "," : "");
    }

    void fill_flow(Patch& patch, std::size_t open, std::size_t close, const std::string& entry) const {
        const auto inner = text_.substr(open, close - open);
        patch.begin = inner.find('#') == std::string_view::npos ? open : close;
        patch.end = close;
        patch.text = entry;
        if (patch.begin == close || inner.empty()) return;
        if (inner.find('\n') == std::string_view::npos) {
            patch.text = std::string(inner) + entry + std::string(inner);
            return;
        }
        const auto start = extents_.line_start(open);
        const auto indentation = std::string(text_.substr(start, extents_.skip_blanks(start) - start));
        const auto line_break = std::string(extents_.line_break(open));
        patch.text = line_break + indentation + std::string(layout_.step, ' ') + entry + line_break + indentation;
    }

    /// Behind the colon of an empty value: many readers take `b:,` and `b:}` for a key with a colon in it, or for nothing at all.
    std::string gap_behind(std::size_t end) const { return text_[end - 1] == ':' ? " " : ""; }

    /// What stands between the last two members.
    std::string separator(const std::vector<Located>& all) const {
        if (all.size() < 2) return ", ";
        const auto end = extents_.end(all[all.size() - 2]);
        const auto from = gap_behind(end).empty() ? end : extents_.skip_blanks(end);
        auto between = std::string(text_.substr(from, begin_of(all.back()) - from));
        return between.find_first_not_of(" ,") == std::string::npos ? between : ", ";
    }

    void take_from_flow(Patch& patch, std::size_t collection, const std::vector<Located>& all, std::size_t i) const {
        const auto open = extents_.opening(collection) + 1;
        const auto begin = begin_of(all[i]);
        const auto previous = i == 0 ? open : extents_.end(all[i - 1]);
        const auto comma = extents_.skip_space(previous); // in front of it, when there is one before
        const auto found = i == 0 ? comma : extents_.skip_space(comma + 1);
        if (found != begin || (i > 0 && text_[comma] != ',')) extents_.fail_at(begin, "something stands in front of it within the brackets");
        const auto content = extents_.end(all[i]);
        const auto next = extents_.skip_space(content);
        const bool comma_follows = next < text_.size() && text_[next] == ',';
        const auto behind_comma = comma_follows ? next + 1 : content;
        const auto behind_comment = behind_comma + extents_.comment(behind_comma).size();
        if (all.size() == 1) {
            patch.begin = open;
            patch.end = extents_.closing(collection);
        } else if (i + 1 < all.size()) {
            patch.begin = begin;
            patch.end = text_.find_first_not_of(white, behind_comment);
        } else if (const auto start = extents_.line_start(begin); start <= comma || extents_.skip_blanks(start) != begin) {
            patch.begin = previous;
            patch.end = content;
            patch.text = gap_behind(previous);
        } else {
            // Comments of the lines before stay there, and of the two commas only the one behind it.
            const auto line_before = extents_.line_end(extents_.line_start(start - 1));
            patch.begin = comma_follows ? line_before : comma;
            patch.end = behind_comment;
            if (!comma_follows) patch.text = text_.substr(comma + 1, line_before - comma - 1);
        }
    }

    // ---- what is around

    /// Where a member begins: its key, its dash, or its value within brackets.
    std::size_t begin_of(const Located& member) const {
        if (member.key) return events_[*member.key].offset;
        return extents_.is_flow(extents_.parent(member.value)) ? events_[member.value].offset : extents_.dash(member);
    }

    std::optional<std::size_t> key_of(std::size_t value) const {
        const auto around = extents_.parent(value);
        if (events_[around].kind != EventKind::map_start) return std::nullopt;
        for (const auto& member : extents_.members(around)) {
            if (member.value == value) return member.key;
        }
        return std::nullopt;
    }

    bool is_referenced(std::size_t value) const {
        if (events_[value].anchor == 0 || events_[value].kind == EventKind::alias) return false;
        for (auto i = value; i < events_.size() && events_[i].kind != EventKind::document_end; ++i) {
            if (events_[i].kind == EventKind::alias && events_[i].anchor == events_[value].anchor) return true;
        }
        return false;
    }

    /// As it is written: "&name".
    std::string anchor_of(std::size_t value) const {
        const auto begin = std::min(text_.find('&', events_[value].offset), text_.size());
        return std::string(text_.substr(begin, name_end(text_, begin) - begin));
    }

    void refuse_referenced(std::size_t first, std::size_t last) const {
        std::vector<std::size_t> anchors;
        for (auto i = first; i < last; ++i) {
            if (events_[i].anchor != 0 && events_[i].kind != EventKind::alias) anchors.push_back(events_[i].anchor);
        }
        if (anchors.empty()) return;
        for (auto i = last; i < events_.size() && events_[i].kind != EventKind::document_end; ++i) {
            if (events_[i].kind == EventKind::alias && std::find(anchors.begin(), anchors.end(), events_[i].anchor) != anchors.end())
                extents_.fail(i, "this alias refers to it", "write its value here first");
        }
    }

    const Document& document_;
    const Events& events_;
    std::string_view text_;
    Extents extents_;
    JsonLayout layout_;
};

/// For errors.
std::string name_of(const Document& document, const Located& at) {
    if (at.key && document.events[*at.key].kind == EventKind::scalar) return "'" + visible(document.events[*at.key].value) + "'";
    return at.key ? "a value" : "an entry";
}

} // namespace

Patch replace_value(const Document& document, const Located& at, std::string_view json) {
    return Change(document, "cannot set " + name_of(document, at)).replace(at, read_json(json));
}

Patch insert_key(const Document& document, const Located& map, std::string_view key, std::string_view json) {
    return Change(document, "cannot add '" + visible(key) + "'").insert(map, std::string(key), read_json(json));
}

Patch append_entry(const Document& document, const Located& list, std::string_view json) {
    return Change(document, "cannot add an entry").append(list, read_json(json));
}

Patch remove_member(const Document& document, std::size_t collection, const Located& member) {
    return Change(document, "cannot remove " + name_of(document, member)).remove(collection, member);
}

} // namespace slipway::yaml
