#include "yaml/scalar_patch.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "yaml/block.hpp"
#include "yaml/extents.hpp"
#include "yaml/scalar.hpp"

#include <algorithm>

namespace slipway::yaml {

namespace {

class Setter {
public:
    Setter(const Document& document, const Located& at, const NewScalar& value, const std::string& doing)
        : document_(document), text_(document.text), at_(at), event_(document.events[at.value]), value_(value), doing_(doing) {}

    Patch patch() const {
        refuse_tags();
        auto bytes = replacement();
        Event expected{.kind = value_.is_null ? EventKind::null : EventKind::scalar};
        if (event_.kind != EventKind::alias) expected.anchor = event_.anchor;
        if (!value_.is_null) {
            expected.value = value_.text;
            const char first = bytes.text[std::min(bytes.text.find_first_not_of(": "), bytes.text.size() - 1)];
            const bool bare = std::string_view("\"'|>").find(first) == std::string_view::npos && properties().find('!') == std::string_view::npos;
            expected.tag = bare ? "?" : "!";
        }
        return {bytes.begin, bytes.end, std::move(bytes.text), at_.value, at_.value + 1, {std::move(expected)}};
    }

private:
    std::string_view properties() const {
        if (event_.kind != EventKind::scalar && event_.anchor == 0) return {};
        if (event_.kind == EventKind::alias) return {};
        return text_.substr(event_.offset, properties_end(text_, event_.offset) - event_.offset);
    }

    void refuse_tags() const {
        if (event_.kind != EventKind::scalar) return;
        const bool fits = value_.is_string ? event_.tag == "?" || event_.tag == "!" || event_.tag == "tag:yaml.org,2002:str"
                                           : properties().find('!') == std::string_view::npos;
        if (!fits)
            fail("it has the tag '" + visible(event_.tag) + "', which makes something else " + (value_.is_string ? "than a string " : "") + "of it");
    }

    Replacement replacement() const {
        if (event_.kind == EventKind::alias) return {event_.offset, name_end(text_, event_.offset), written(Style::plain)};
        if (event_.kind == EventKind::null) return fill();
        if (event_.value.empty() && belongs_to_next(text_, document_.events, at_.value)) {
            const auto end = properties_end(text_, event_.offset); // `a: !!str`
            return {end, end, ' ' + written(Style::plain)};
        }
        const auto span = find_span(text_, event_);
        if (!span) fail("its bytes in the file cannot be told for certain");
        if (span->style == Style::block) return block();
        return {span->begin, span->end, written(span->style)};
    }

    std::string written(Style before) const { return value_.is_string ? write_scalar(value_.text, before) : value_.text; }

    Replacement block() const {
        const auto found = find_block(text_, event_);
        if (!found) fail("where the text block (| or >) ends cannot be told for certain", "write it in double quotes");
        if (value_.is_string) {
            if (auto rewritten = rewrite_block(text_, *found, event_.value, value_.text)) return std::move(*rewritten);
        }
        return replace_block(text_, *found, written(Style::double_quoted));
    }

    /// A value for null: instead of a written one, else behind its properties, its colon or its dash.
    Replacement fill() const {
        if (const auto length = null_length(text_, document_.events, at_.value)) {
            const auto begin = skip_properties(text_, event_.offset);
            return {begin, begin + length, written(Style::plain)};
        }
        const auto behind = event_.anchor != 0 ? properties_end(text_, event_.offset) : Extents(document_, doing_).end(at_);
        const bool needs_colon = event_.anchor == 0 && at_.key && behind > 0 && text_[behind - 1] != ':'; // `{tag}`
        return {behind, behind, (needs_colon ? ": " : " ") + written(Style::plain)};
    }

    [[noreturn]] void fail(const std::string& why, std::string hint = {}) const {
        throw Error(ExitCode::refused, Diagnostic{.message = doing_ + ": " + why, .place = document_.place(at_.value), .hint = std::move(hint)});
    }

    const Document& document_;
    std::string_view text_;
    const Located& at_;
    const Event& event_;
    const NewScalar& value_;
    const std::string& doing_;
};

} // namespace

Patch set_scalar(const Document& document, const Located& at, const NewScalar& value, const std::string& doing) {
    return Setter(document, at, value, doing).patch();
}

} // namespace slipway::yaml
