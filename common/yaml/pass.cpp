#include "yaml/pass.hpp"

#include "core/text.hpp"
#include "yaml/json_form.hpp"
#include "yaml/scalar.hpp"
#include "yaml/scalar_patch.hpp"
#include "yaml/structure.hpp"
#include "yaml/tree.hpp"

#include <algorithm>
#include <set>

namespace slipway::yaml {

namespace {

/// Whether a line of a template, which is no YAML, is to blame for an error.
bool is_template(std::string_view text, int line) {
    const auto all = lines(text);
    const auto control = [](std::string_view one) { return trim(one).substr(0, 2) == "{{"; };
    if (std::any_of(all.begin(), all.end(), control)) return true;
    const auto number = static_cast<std::size_t>(std::max(line, 1)) - 1;
    return number < all.size() && all[number].find("{{") != std::string_view::npos;
}

/// What cannot be read by anybody ends with misuse; what others read, or shall read once it is rendered, is refused.
Events read_editable(std::string_view text, const std::string& file) {
    refuse_doubtful_bytes(text, file);
    try {
        return read_events(text, file);
    } catch (const Error& error) {
        auto diagnostic = error.diagnostics().front();
        if (is_template(text, diagnostic.place.line)) throw Error(ExitCode::refused, std::move(diagnostic));
        try {
            const Tree tree(text, file);
        } catch (const Error&) {
            throw error;
        }
        diagnostic.message = "this YAML cannot be edited, for not all programs read it: " + diagnostic.message;
        diagnostic.hint = "write the line in another way";
        throw Error(ExitCode::refused, std::move(diagnostic));
    }
}

/// The value within maps for the parts of a path from `from` on.
JsonValue nested(const KeyPath& path, std::size_t from, JsonValue value) {
    for (auto i = path.size(); i-- > from;) {
        JsonValue map{.kind = JsonValue::Kind::map};
        map.keys.push_back(std::get<std::string>(path[i]));
        map.values.push_back(std::move(value));
        value = std::move(map);
    }
    return value;
}

std::string shown(const JsonValue& value) { return value.kind == JsonValue::Kind::text ? value.text : json_of(value); }

class Planner {
public:
    Planner(const Document& document, const EditSettings& settings, std::size_t documents, const std::vector<std::size_t>& aliases)
        : document_(document), events_(document.events), settings_(settings), documents_(documents), aliases_(aliases) {}

    /// @param value  what is to be there, or to be added
    Step plan(const Operation& operation, const JsonValue& value) const {
        switch (operation.kind) {
        case Operation::Kind::remove: return removal(operation);
        case Operation::Kind::append: return addition(operation, value);
        default: return setting(operation, value);
        }
    }

    std::optional<std::string> text_at(const Operation& operation, bool needed) const {
        if (events_.empty() && !needed) return std::nullopt;
        const auto reached = search(operation);
        if (!reached.found) {
            if (needed) throw Error(ExitCode::refused, reached.why);
            return std::nullopt;
        }
        const auto& event = events_[meant(reached.at.value)];
        if (event.kind == EventKind::null) {
            if (needed) fail(operation, reached.at.value, "it is empty, no text with YAML in it");
            return std::nullopt;
        }
        if (event.kind != EventKind::scalar) fail(operation, reached.at.value, "it is no text that could hold YAML");
        return event.value;
    }

private:
    [[noreturn]] void fail(const Operation& operation, std::size_t event, const std::string& why, std::string hint = {}) const {
        throw Error(ExitCode::refused,
                    Diagnostic{.message = doing(operation) + ": " + why, .place = document_.place(event), .hint = std::move(hint)});
    }

    static std::string doing(const Operation& operation) { return "cannot " + doing_of(operation) + ' ' + visible(to_string(operation.path)); }

    Reached search(const Operation& operation) const {
        return locate(document_, operation.path,
                      {.document = operation.document,
                       .aliases = settings_.aliases,
                       .keep_last_alias = operation.kind == Operation::Kind::remove,
                       .must_be_one = operation.create,
                       .doing = doing_of(operation)});
    }

    std::size_t meant(std::size_t node) const { return events_[node].kind == EventKind::alias ? anchored(events_, node) : node; }

    /// As a person reads it; nothing for null.
    std::optional<std::string> shown_old(std::size_t node) const {
        const auto& event = events_[meant(node)];
        if (event.kind == EventKind::null) return std::nullopt;
        return event.kind == EventKind::scalar ? event.value : json_of(document_, node);
    }

    Step begin(const Operation& operation, const Reached& reached) const {
        Step step;
        Change change{.path = to_string(operation.path), .place = document_.place(reached.at.value)};
        // The place of an empty value is that of whatever comes next; its key is what people look for.
        if (events_[reached.at.value].kind == EventKind::null && reached.at.key) change.place = document_.place(*reached.at.key);
        if (operation.document || documents_ > 1) change.document = reached.document;
        step.changes.push_back(std::move(change));
        auto path = reached.path;
        path.insert(path.end(), operation.path.begin() + static_cast<std::ptrdiff_t>(reached.depth), operation.path.end());
        step.target = std::to_string(reached.document) + ':' + to_string(path);
        return step;
    }

    Step setting(const Operation& operation, const JsonValue& value) const {
        if (events_.empty() && operation.create) return first_of_file(operation, value);
        const auto reached = search(operation);
        auto step = begin(operation, reached);
        auto& change = step.changes[0];
        change.value = shown(value);
        change.new_json = json_of(value);
        if (!reached.found) {
            add_key(operation, reached, value, step);
            return step;
        }
        const auto& at = reached.at;
        const auto& event = events_[at.value];
        if (operation.kind == Operation::Kind::set) refuse_collections(operation, at.value);
        change.old = shown_old(at.value);
        change.old_json = json_of(document_, at.value);
        change.aliases = aliases_of(at.value);
        if (is_there(at.value, value, change)) return step;
        change.changed = true;
        if (event.is_start() || value.is_collection()) {
            step.patch = replace_value(document_, at, change.new_json);
            step.alone = true;
        } else {
            const bool is_string = value.kind == JsonValue::Kind::text;
            step.patch = set_scalar(document_, at, {change.value, is_string, value.kind == JsonValue::Kind::null}, doing(operation));
        }
        return step;
    }

    void refuse_collections(const Operation& operation, std::size_t value) const {
        const auto kind = events_[meant(value)].kind;
        if (events_[value].kind == EventKind::alias) return; // it stands for a collection, and is itself a single word
        if (kind == EventKind::map_start) fail(operation, value, "it is a map, no single value", "name one of its keys");
        if (kind == EventKind::sequence_start)
            fail(operation, value, "it is a list, no single value", "name one of its entries: " + visible(to_string(operation.path)) + "[0]");
    }

    /// Whether readers see the value already; notes when they may have taken the same text for something else.
    bool is_there(std::size_t node, const JsonValue& value, Change& change) const {
        const auto& event = events_[meant(node)];
        if (value.kind != JsonValue::Kind::text) return change.old_json == change.new_json;
        if (event.kind != EventKind::scalar) return false;
        change.retyped = may_be_bare(meant(node)) && may_not_be_string(event.value);
        return event.value == value.text && !change.retyped;
    }

    bool may_be_bare(std::size_t node) const {
        if (events_[node].tag != "?") return false;
        const auto span = find_span(document_.text, events_[node]);
        return !span || span->style == Style::plain;
    }

    /// A key that is not there: one of its own in front of a merged one, or one that is made.
    void add_key(const Operation& operation, const Reached& reached, const JsonValue& value, Step& step) const {
        auto& change = step.changes[0];
        if (reached.merged) {
            change.old = shown_old(*reached.merged);
            change.old_json = json_of(document_, *reached.merged);
            if (is_there(*reached.merged, value, change)) return;
        } else {
            refuse_to_make(operation, reached);
        }
        const auto& key = std::get<std::string>(operation.path[reached.depth]);
        step.patch = insert_key(document_, reached.at, key, json_of(nested(operation.path, reached.depth + 1, value)));
        step.alone = true;
        change.changed = true;
    }

    void refuse_to_make(const Operation& operation, const Reached& reached) const {
        const auto kind = events_[reached.at.value].kind;
        const bool only_keys = std::all_of(operation.path.begin() + static_cast<std::ptrdiff_t>(reached.depth), operation.path.end(),
                                           [](const PathPart& part) { return std::holds_alternative<std::string>(part); });
        const bool possible = only_keys && (kind == EventKind::map_start || kind == EventKind::null);
        if (operation.create && possible) return;
        auto why = reached.why;
        if (why.hint.empty() && possible) why.hint = "--create adds keys that are missing";
        throw Error(ExitCode::refused, std::move(why));
    }

    Step first_of_file(const Operation& operation, const JsonValue& value) const {
        const bool only_keys = std::all_of(operation.path.begin(), operation.path.end(),
                                           [](const PathPart& part) { return std::holds_alternative<std::string>(part); });
        if (!only_keys || operation.document.value_or(0) != 0) search(operation); // which refuses
        const auto rest = json_of(nested(operation.path, 1, value));
        Step step{.patch = insert_key(document_, {events_.size(), std::nullopt}, std::get<std::string>(operation.path[0]), rest), .alone = true};
        step.target = "0:" + to_string(operation.path);
        step.changes.push_back({.path = to_string(operation.path),
                                .value = shown(value),
                                .new_json = json_of(value),
                                .place = {document_.file},
                                .changed = true});
        return step;
    }

    Step addition(const Operation& operation, const JsonValue& value) const {
        const JsonValue list{.kind = JsonValue::Kind::list, .values = {value}};
        std::size_t count = 0;
        Step step;
        if (events_.empty() && operation.create) {
            step = first_of_file(operation, list);
        } else {
            const auto reached = search(operation);
            step = begin(operation, reached);
            if (!reached.found) {
                if (reached.merged) fail(operation, reached.at.value, "the list comes from <<", "add the entry where the list is defined");
                add_key(operation, reached, list, step);
            } else {
                const auto& event = events_[reached.at.value];
                if (event.kind != EventKind::sequence_start && event.kind != EventKind::null) fail(operation, reached.at.value, "it is no list");
                for (auto at = reached.at.value + 1; event.kind == EventKind::sequence_start && at != event.partner; at = behind(events_, at))
                    ++count;
                step.changes[0].aliases = aliases_of(reached.at.value);
                step.patch = append_entry(document_, reached.at, json_of(value));
            }
        }
        auto& change = step.changes[0];
        auto path = operation.path;
        path.emplace_back(static_cast<Index>(count));
        change.path = to_string(path);
        change.value = shown(value);
        change.new_json = json_of(value);
        change.changed = true;
        step.alone = true;
        step.target.clear();
        return step;
    }

    Step removal(const Operation& operation) const {
        Step nothing{.changes = {{.path = to_string(operation.path), .document = operation.document, .place = {document_.file}}},
                     .target = "gone:" + to_string(operation.path)};
        if (events_.empty()) return nothing;
        const auto reached = search(operation);
        if (!reached.found && reached.merged)
            fail(operation, reached.at.value, "it comes from <<", "remove it where it is defined");
        if (!reached.found) return nothing;
        auto step = begin(operation, reached);
        auto& change = step.changes[0];
        change.old = shown_old(reached.at.value);
        change.old_json = json_of(document_, reached.at.value);
        change.changed = true;
        step.patch = remove_member(document_, reached.container, reached.at);
        step.alone = true;
        return step;
    }

    /// How many aliases refer to the value, or to something that it stands in.
    std::size_t aliases_of(std::size_t value) const {
        if (aliases_.empty()) return 0;
        std::set<std::size_t> anchors;
        auto start = value;
        for (; events_[start].kind != EventKind::document_start; start = events_[start].parent) {
            const auto& event = events_[start];
            if (event.anchor != 0 && event.kind != EventKind::alias) anchors.insert(event.anchor);
        }
        if (anchors.empty()) return 0;
        return static_cast<std::size_t>(std::count_if(aliases_.begin(), aliases_.end(), [&](std::size_t alias) {
            return alias > start && alias < events_[start].partner && anchors.count(events_[alias].anchor) != 0;
        }));
    }

    const Document& document_;
    const Events& events_;
    const EditSettings& settings_;
    std::size_t documents_;
    const std::vector<std::size_t>& aliases_;
};

} // namespace

Pass::Pass(std::string_view text, const std::string& file, const EditSettings& settings)
    : events_(read_editable(text, file)), document_{text, file, events_}, settings_(settings) {
    for (std::size_t i = 0; i < events_.size(); ++i) {
        if (events_[i].kind == EventKind::document_start) ++documents_;
        if (events_[i].kind == EventKind::alias) aliases_.push_back(i);
    }
}

Step Pass::plan(const Operation& operation, const JsonValue& value) const {
    return Planner(document_, settings_, documents_, aliases_).plan(operation, value);
}

std::optional<std::string> Pass::text_at(const Operation& operation, bool needed) const {
    return Planner(document_, settings_, documents_, aliases_).text_at(operation, needed);
}

std::string doing_of(const Operation& operation) {
    switch (operation.kind) {
    case Operation::Kind::remove: return "remove";
    case Operation::Kind::append: return "add to";
    default: return "set";
    }
}

} // namespace slipway::yaml
