#include "yaml/edit.hpp"

#include "core/text.hpp"
#include "yaml/events.hpp"
#include "yaml/locate.hpp"
#include "yaml/scalar.hpp"

#include <algorithm>
#include <iterator>
#include <map>

namespace slipway::yaml {

namespace {

struct Splice {
    std::size_t begin;
    std::size_t end;
    std::string text;
};

class Editor {
public:
    Editor(std::string_view text, const std::string& file)
        : text_(text), file_(file), events_(read_events(text, file)) {}

    Edited apply(const std::vector<Assignment>& assignments) {
        Edited result;
        std::vector<Diagnostic> problems;
        for (const auto& assignment : assignments) {
            try {
                result.changes.push_back(prepare(assignment));
            } catch (const Error& error) {
                problems.insert(problems.end(), error.diagnostics().begin(), error.diagnostics().end());
            }
        }
        if (!problems.empty()) throw Error(ExitCode::refused, std::move(problems));
        result.text = spliced();
        if (!splices_.empty()) prove(result.text);
        return result;
    }

private:
    Change prepare(const Assignment& assignment) {
        const auto at = locate({text_, file_, events_}, assignment.path);
        const auto& event = events_[at.value];
        Change change{.path = to_string(assignment.path),
                      .old = std::nullopt,
                      .value = assignment.value,
                      .place = place_of(text_, file_, event.offset)};
        if (targets_.count(at.value) != 0) fail(change, "it is given more than once");
        refuse_unfit(change, event);
        change.aliases = aliases_of(at.value);
        auto splice = event.kind == EventKind::null ? fill(change, at) : replace(change, event);
        targets_[at.value] = assignment.value;
        if (!splice) return change;
        change.changed = true;
        splices_.push_back(std::move(*splice));
        return change;
    }

    void refuse_unfit(const Change& change, const Event& event) const {
        switch (event.kind) {
        case EventKind::alias:
            fail(change, "it is an alias, its value stands elsewhere",
                 "set the value where the anchor is, other places that use it change with it");
        case EventKind::map_start: fail(change, "it is a map, no single value", "name one of its keys");
        case EventKind::sequence_start:
            fail(change, "it is a list, no single value", "name one of its entries: " + change.path + "[0]");
        default: break;
        }
        if (!event.tag.empty() && event.tag != "?" && event.tag != "!" && event.tag != "tag:yaml.org,2002:str") {
            fail(change,
                 "it has the tag '" + visible(event.tag) + "', which makes something else than a string of it");
        }
    }

    /// @return nothing when the string is there already
    std::optional<Splice> replace(Change& change, const Event& event) const {
        const auto span = find_span(text_, event);
        if (!span) fail(change, "its bytes in the file cannot be told for certain");
        const bool bare = span->style == Style::plain && event.tag == "?";
        change.old = event.value;
        change.retyped = bare && may_not_be_string(event.value);
        if (event.value == change.value && !change.retyped) return std::nullopt;
        if (span->style == Style::block) fail(change, "it is a text block (| or >), which cannot be replaced yet");
        return Splice{span->begin, span->end, write_scalar(change.value, span->style)};
    }

    /// A value for null: instead of a written one, else behind the colon of its key.
    Splice fill(Change& change, const Located& at) const {
        const auto begin = skip_properties(text_, events_[at.value].offset);
        if (const auto length = written_null(at.value, begin))
            return {begin, begin + length, write_scalar(change.value, Style::plain)};
        if (begin != events_[at.value].offset)
            fail(change, "it has an anchor or a tag, and no value", "write an empty value into the file: \"\"");
        if (!at.key)
            fail(change, "an empty entry of a list cannot be set yet", "write an empty value into the file: \"\"");
        // The place of an empty value is that of whatever comes next; its key is what people look for.
        change.place = place_of(text_, file_, events_[*at.key].offset);
        const auto key = find_span(text_, events_[*at.key]);
        const auto colon = key ? text_.find_first_not_of(" \t", key->end) : std::string_view::npos;
        if (colon == std::string_view::npos || text_[colon] != ':')
            fail(change, "the colon behind its key cannot be found", "write an empty value into the file: \"\"");
        return {colon + 1, colon + 1, ' ' + write_scalar(change.value, Style::plain)};
    }

    /// The length of `~` or `null` at a null's place; 0 when nothing is written there. When the next thing in the
    /// file begins at the same place, the word belongs to that: `a:` followed by a key that is called null.
    std::size_t written_null(std::size_t value, std::size_t begin) const {
        for (auto next = value + 1; next < events_.size(); ++next) {
            if (events_[next].is_end()) continue;
            if (events_[next].offset <= begin) return 0;
            break;
        }
        for (const std::string_view word : {"~", "null", "Null", "NULL"}) {
            if (text_.substr(std::min(begin, text_.size()), word.size()) == word) return word.size();
        }
        return 0;
    }

    std::size_t aliases_of(std::size_t value) const {
        const auto anchor = events_[value].anchor;
        if (anchor == 0) return 0;
        std::size_t count = 0;
        for (auto at = value + 1; events_[at].kind != EventKind::document_end; ++at) {
            if (events_[at].kind == EventKind::alias && events_[at].anchor == anchor) ++count;
        }
        return count;
    }

    std::string spliced() {
        std::sort(splices_.begin(), splices_.end(),
                  [](const Splice& a, const Splice& b) { return a.begin < b.begin; });
        std::string result;
        std::size_t copied = 0;
        for (const auto& splice : splices_) {
            result += text_.substr(copied, splice.begin - copied);
            result += splice.text;
            copied = splice.end;
        }
        return result += text_.substr(copied);
    }

    /// Reads the result, and compares it with what it was made from.
    void prove(const std::string& result) const {
        const auto doubt = [&] {
            return Error(
                ExitCode::refused,
                Diagnostic{.message = "cannot edit the file: it would read differently in other places as well",
                           .place = {file_},
                           .hint = "nothing was written; simplify the lines around the value"});
        };
        Events now;
        try {
            now = read_events(result, file_);
        } catch (const Error&) {
            throw doubt();
        }
        if (now.size() != events_.size()) throw doubt();
        for (std::size_t i = 0; i < now.size(); ++i) {
            const auto target = targets_.find(i);
            const bool as_wanted =
                target == targets_.end() ? is_same(events_[i], now[i]) : is_set(events_[i], now[i], target->second);
            if (!as_wanted) throw doubt();
        }
    }

    static bool is_same(const Event& a, const Event& b) {
        return a.kind == b.kind && a.partner == b.partner && a.anchor == b.anchor && a.tag == b.tag &&
               a.value == b.value && a.layout == b.layout;
    }

    static bool is_set(const Event& before, const Event& now, const std::string& value) {
        const bool written_tag = before.kind == EventKind::scalar && before.tag != "?" && before.tag != "!";
        const bool string =
            written_tag ? now.tag == before.tag
                        : now.tag == "!" || (now.tag == "?" && is_safe_plain(value)) || now.value == before.value;
        return now.kind == EventKind::scalar && now.anchor == before.anchor && now.value == value && string;
    }

    [[noreturn]] static void fail(const Change& change, const std::string& why, std::string hint = {}) {
        throw Error(ExitCode::refused, Diagnostic{.message = "cannot set " + change.path + ": " + why,
                                                  .place = change.place,
                                                  .hint = std::move(hint)});
    }

    std::string_view text_;
    const std::string& file_;
    Events events_;
    std::vector<Splice> splices_;
    std::map<std::size_t, std::string> targets_; ///< what each event must read as
};

} // namespace

bool Edited::changed() const {
    return std::any_of(changes.begin(), changes.end(), [](const Change& change) { return change.changed; });
}

Edited set_values(std::string_view text, const std::string& file, const std::vector<Assignment>& assignments) {
    return Editor(text, file).apply(assignments);
}

} // namespace slipway::yaml
