#include "update-gitops-values/files/json_file.hpp"

#include "core/places.hpp"
#include "core/text.hpp"
#include "update-gitops-values/files/json_text.hpp"
#include "update-gitops-values/files/operations.hpp"

#include <algorithm>
#include <set>

namespace slipway::update_gitops_values {

namespace {

using Kind = yaml::Operation::Kind;

/// How far a path leads.
struct Spot {
    std::size_t value = 0;       ///< index of the last value that exists
    std::size_t collection = 0;  ///< that `value` is a member of
    std::size_t depth = 0;       ///< how many parts of the path exist
    std::optional<Diagnostic> missing = {}; ///< why it leads no further
};

/// One entry of a collection; without a key in lists.
struct Member {
    std::size_t begin; ///< index of its key, else of its value
    std::size_t value;
};

/// A change of the text, and of its pieces.
struct Splice {
    std::size_t begin; ///< byte
    std::size_t end;
    std::string text;
    std::size_t first;  ///< index of the first piece that goes away
    std::size_t behind; ///< index behind the last
    std::vector<std::string> pieces = {}; ///< what comes in their place, as it is written
};

bool is_collection(const JsonPiece& piece) { return piece.kind == JsonKind::object_start || piece.kind == JsonKind::list_start; }

std::string what_it_is(JsonKind kind) {
    switch (kind) {
    case JsonKind::object_start: return "an object";
    case JsonKind::list_start: return "a list";
    case JsonKind::null: return "null";
    default: return "a single value";
    }
}

class JsonEditor {
public:
    JsonEditor(std::string_view text, const std::string& file) : json_(std::string(text), file), file_(file) {}

    const std::string& text() const { return json_.text(); }

    yaml::Change apply(const yaml::Operation& operation) {
        check_operation(operation, file_);
        auto spot = find(operation);
        yaml::Change change{.path = to_string(operation.path), .old = {}, .value = {}, .place = place(spot.value)};
        if (operation.kind == Kind::remove) {
            if (!spot.missing) remove(operation, change, spot);
            return change;
        }
        const auto value = new_value(operation);
        if (spot.missing) create(operation, change, spot, value);
        else if (operation.kind == Kind::append) append(operation, change, spot, value);
        else set(operation, change, spot, value);
        return change;
    }

private:
    // Finding

    Spot find(const yaml::Operation& operation) const {
        Spot spot;
        for (; spot.depth < operation.path.size(); ++spot.depth) {
            const auto& part = operation.path[spot.depth];
            const auto next = std::holds_alternative<std::string>(part)      ? by_key(operation, spot, std::get<std::string>(part))
                              : std::holds_alternative<yaml::Index>(part)    ? by_index(operation, spot, std::get<yaml::Index>(part))
                              : std::holds_alternative<yaml::Selector>(part) ? by_selector(operation, spot, std::get<yaml::Selector>(part))
                                                                             : within(operation, spot);
            if (!next) return spot;
            spot.collection = spot.value;
            spot.value = *next;
        }
        return spot;
    }

    std::optional<std::size_t> by_key(const yaml::Operation& operation, Spot& spot, const std::string& key) const {
        const auto here = where(operation, spot);
        const auto wanted = "the key '" + visible(key) + "'";
        if (json_[spot.value].kind == JsonKind::list_start) {
            refuse(operation, here + " is a list, no object with " + wanted, place(spot.value), "an entry of a list is named by its number: " + here + "[0]");
        }
        if (json_[spot.value].kind != JsonKind::object_start) {
            return absent(operation, spot, here + " is " + what_it_is(json_[spot.value].kind) + ", no object with " + wanted);
        }
        std::vector<std::string> keys;
        std::optional<Member> found;
        for (const auto& member : members(spot.value)) {
            auto name = json_.value(member.begin);
            if (name == key) {
                if (found) {
                    refuse(operation, wanted + " stands there twice, before that in line " + std::to_string(place(found->begin).line) +
                                          ", and readers disagree on which one counts",
                           place(member.begin));
                }
                found = member;
            }
            keys.push_back(std::move(name));
        }
        if (found) return found->value;
        const auto meant = closest(key, keys);
        return absent(operation, spot, here + " has no key '" + visible(key) + "'", meant ? "did you mean '" + visible(*meant) + "'?" : "--create adds it");
    }

    std::optional<std::size_t> by_index(const yaml::Operation& operation, Spot& spot, yaml::Index index) const {
        const auto entries = list_entries(operation, spot, "an entry [" + std::to_string(index) + "]");
        if (!entries) return std::nullopt;
        const auto count = static_cast<yaml::Index>(entries->size());
        const auto from_front = index < 0 ? index + count : index;
        if (from_front < 0 || from_front >= count) {
            return absent(operation, spot,
                          where(operation, spot) + " has " + (count == 1 ? "1 entry" : std::to_string(count) + " entries") + ", counted from [0]");
        }
        return (*entries)[static_cast<std::size_t>(from_front)].value;
    }

    std::optional<std::size_t> by_selector(const yaml::Operation& operation, Spot& spot, const yaml::Selector& selector) const {
        const auto wanted = visible(selector.key) + " = '" + visible(selector.value) + "'";
        const auto entries = list_entries(operation, spot, "an entry with " + wanted);
        if (!entries) return std::nullopt;
        std::optional<std::size_t> found;
        std::vector<std::string> values;
        for (const auto& entry : *entries) {
            if (json_[entry.value].kind != JsonKind::object_start) continue;
            const auto fields = members(entry.value);
            const auto of_key = [&](const Member& field) { return json_.value(field.begin) == selector.key && !is_collection(json_[field.value]); };
            const auto field = std::find_if(fields.begin(), fields.end(), of_key);
            if (field == fields.end()) continue;
            if (std::find_if(field + 1, fields.end(), of_key) != fields.end()) {
                refuse(operation, "the key '" + visible(selector.key) + "' stands there twice, and readers disagree on which one counts", place(field->begin));
            }
            values.push_back(json_.value(field->value));
            if (values.back() != selector.value) continue;
            if (found) {
                refuse(operation, "several entries have " + wanted + ", in the lines " + std::to_string(place(*found).line) +
                                      " and " + std::to_string(place(entry.value).line),
                       place(entry.value), "name one by its number, such as [0]");
            }
            found = entry.value;
        }
        if (found) return found;
        const auto meant = closest(selector.value, values);
        return absent(operation, spot, where(operation, spot) + " has no entry with " + wanted, meant ? "did you mean '" + visible(*meant) + "'?" : "");
    }

    std::optional<std::vector<Member>> list_entries(const yaml::Operation& operation, Spot& spot, const std::string& wanted) const {
        const auto kind = json_[spot.value].kind;
        if (kind == JsonKind::list_start) return members(spot.value);
        const auto why = where(operation, spot) + " is " + what_it_is(kind) + ", no list with " + wanted;
        if (kind == JsonKind::object_start) refuse(operation, why, place(spot.value));
        absent(operation, spot, why);
        return std::nullopt;
    }

    std::optional<std::size_t> within(const yaml::Operation& operation, const Spot& spot) const {
        refuse(operation, "texts within the values of a JSON file cannot be changed", place(spot.value), "set the whole value " + where(operation, spot));
    }

    std::nullopt_t absent(const yaml::Operation& operation, Spot& spot, const std::string& why, std::string hint = {}) const {
        spot.missing = problem_of(operation, why, place(spot.value), std::move(hint));
        return std::nullopt;
    }

    std::vector<Member> members(std::size_t collection) const {
        std::vector<Member> result;
        const bool keys = json_[collection].kind == JsonKind::object_start;
        for (auto at = collection + 1; at != json_[collection].partner;) {
            const Member member{at, at + (keys ? 1 : 0)};
            result.push_back(member);
            at = json_.behind(member.value);
        }
        return result;
    }

    std::string where(const yaml::Operation& operation, const Spot& spot) const { return visible(yaml::to_string(operation.path, spot.depth)); }
    Place place(std::size_t piece) const { return place_of(json_.text(), file_, json_[piece].begin); }

    // Changing

    JsonText new_value(const yaml::Operation& operation) const {
        if (operation.kind == Kind::set) return {json_string(operation.value), file_};
        try {
            JsonText value(operation.value, {});
            refuse_twice(operation, value);
            return value;
        } catch (const Error& error) {
            if (error.code() != ExitCode::misuse) throw;
            const auto& why = error.diagnostics().front();
            throw Error(ExitCode::misuse, problem_of(operation, "'" + visible(operation.value.substr(0, 60)) + "': " + why.message, {file_},
                                                     "a string stands in double quotes: \"text\""));
        }
    }

    static void refuse_twice(const yaml::Operation& operation, const JsonText& value) {
        std::vector<std::set<std::string>> open;
        for (std::size_t at = 0; at < value.pieces().size(); ++at) {
            if (value[at].kind == JsonKind::object_start) open.emplace_back();
            else if (value[at].kind == JsonKind::object_end) open.pop_back();
            else if (value[at].kind == JsonKind::key && !open.back().insert(value.value(at)).second) {
                refuse(operation, "the new value has the key '" + visible(value.value(at)) + "' twice");
            }
        }
    }

    void set(const yaml::Operation& operation, yaml::Change& change, const Spot& spot, const JsonText& value) {
        const auto kind = json_[spot.value].kind;
        if (operation.kind == Kind::set && is_collection(json_[spot.value])) {
            refuse(operation, "it is " + what_it_is(kind) + ", no single value", place(spot.value),
                   kind == JsonKind::object_start ? "name one of its keys" : "name one of its entries: " + change.path + "[0]");
        }
        note_old(change, spot.value);
        change.retyped = operation.kind == Kind::set && (kind == JsonKind::number || kind == JsonKind::truth);
        note_new(change, value);
        if (change.new_json != change.old_json) replace(operation, change, spot, value);
    }

    void append(const yaml::Operation& operation, yaml::Change& change, const Spot& spot, const JsonText& value) {
        const auto kind = json_[spot.value].kind;
        if (kind != JsonKind::list_start && kind != JsonKind::null) refuse(operation, "it is " + what_it_is(kind) + ", no list", place(spot.value));
        note_old(change, spot.value);
        if (kind == JsonKind::null) replace(operation, change, spot, JsonText('[' + value.text() + ']', file_));
        else insert(operation, change, spot.value, {}, value);
        note_new(change, json_, spot.value);
    }

    /// Makes what is missing of the path: keys alone can be made.
    void create(const yaml::Operation& operation, yaml::Change& change, const Spot& spot, const JsonText& value) {
        const auto& path = operation.path;
        const auto kind = json_[spot.value].kind;
        const bool can_be_made = kind == JsonKind::object_start || kind == JsonKind::null;
        const auto is_key = [](const yaml::PathPart& part) { return std::holds_alternative<std::string>(part); };
        const auto rest = path.begin() + static_cast<std::ptrdiff_t>(spot.depth);
        if (!operation.create || !can_be_made || !std::all_of(rest, path.end(), is_key)) throw Error(ExitCode::refused, *spot.missing);
        // The first key goes into the object that there is, the others around the value.
        auto wrapped = operation.kind == Kind::append ? '[' + value.text() + ']' : value.text();
        note_new(change, JsonText(wrapped, file_));
        for (auto part = path.end() - 1; part != rest; --part) wrapped = '{' + json_string(std::get<std::string>(*part)) + ':' + wrapped + '}';
        const auto key = json_string(std::get<std::string>(*rest));
        if (kind == JsonKind::null) replace(operation, change, spot, JsonText('{' + key + ':' + wrapped + '}', file_));
        else insert(operation, change, spot.value, key, JsonText(wrapped, file_));
    }

    void remove(const yaml::Operation& operation, yaml::Change& change, const Spot& spot) {
        note_old(change, spot.value);
        change.changed = true;
        const auto all = members(spot.collection);
        const auto at = std::find_if(all.begin(), all.end(), [&](const Member& member) { return member.value == spot.value; });
        const auto behind = json_.behind(spot.value);
        // The comma goes with it: the one in front, or of the first member the one behind.
        const auto begin = at == all.begin() ? json_[at->begin].begin : json_[at->begin - 1].end;
        auto end = json_[behind - 1].end;
        if (at == all.begin() && all.size() > 1) end = json_[behind].begin;
        if (all.size() == 1) return commit(operation, {json_[spot.collection].end, json_[json_[spot.collection].partner].begin, {}, at->begin, behind});
        commit(operation, {begin, end, {}, at->begin, behind});
    }

    void replace(const yaml::Operation& operation, yaml::Change& change, const Spot& spot, const JsonText& value) {
        change.changed = true;
        const auto& piece = json_[spot.value];
        const auto behind = json_.behind(spot.value);
        const bool several_lines = is_collection(piece) ? spans_lines(spot.value) : starts_line(spot);
        auto text = laid_out(value, layout(several_lines, piece.begin), indentation(piece.begin));
        commit(operation, {piece.begin, json_[behind - 1].end, std::move(text), spot.value, behind, spelled_pieces(value)});
    }

    /// Puts a member behind the last one. @param key  as it is written; empty in lists
    void insert(const yaml::Operation& operation, yaml::Change& change, std::size_t collection, const std::string& key, const JsonText& value) {
        change.changed = true;
        const auto end = json_[collection].partner;
        const auto all = members(collection);
        Splice splice{json_[collection].end, json_[end].begin, {}, end, end, spelled_pieces(value)};
        if (!key.empty()) splice.pieces.insert(splice.pieces.begin(), key);
        const auto member = [&](bool several_lines, const std::string& indent) {
            const auto how = layout(several_lines, json_[collection].begin);
            return (key.empty() ? key : key + how.colon) + laid_out(value, how, indent);
        };
        if (all.empty()) {
            const bool several_lines = spans_lines(collection);
            const auto how = layout(several_lines, json_[collection].begin);
            const auto outer = indentation(json_[collection].begin);
            splice.text = member(several_lines, outer + how.unit);
            if (several_lines) splice.text = std::string(how.line_break) + outer + how.unit + splice.text + std::string(how.line_break) + outer;
        } else {
            splice.begin = splice.end = json_[end - 1].end;
            const auto separator = separator_of(all);
            const auto line = separator.rfind('\n');
            splice.text = ',' + separator + member(line != std::string::npos, line == std::string::npos ? std::string() : separator.substr(line + 1));
        }
        commit(operation, splice);
    }

    // Layout

    std::string blanks_between(std::size_t begin, std::size_t end) const { return json_.text().substr(begin, end - begin); }

    /// What stands between a comma and the next member, of a collection that has some; blank lines are not repeated.
    std::string separator_of(const std::vector<Member>& members) const {
        const auto begin = json_[members.back().begin].begin;
        const auto before = json_.text().find_last_not_of(" \t\r\n", begin - 1);
        auto blanks = blanks_between(before + 1, begin);
        if (const auto line = blanks.rfind('\n'); line != std::string::npos) return blanks.substr(line > 0 && blanks[line - 1] == '\r' ? line - 1 : line);
        if (blanks.empty() && members.size() == 1 && colon().back() != ':') return " ";
        return blanks;
    }

    /// Whether a collection has its members in lines of their own; an empty one when it stands in such a line itself.
    bool spans_lines(std::size_t collection) const {
        const auto inner = blanks_between(json_[collection].end, json_[collection + 1].begin);
        if (inner.find('\n') != std::string::npos) return true;
        if (json_[collection].partner != collection + 1 || collection == 0) return false;
        return starts_line(json_[collection - 1].kind == JsonKind::key ? collection - 1 : collection);
    }

    bool starts_line(const Spot& spot) const { return starts_line(json_[spot.collection].kind == JsonKind::object_start ? spot.value - 1 : spot.value); }
    bool starts_line(std::size_t piece) const {
        const auto before = json_.text().find_last_not_of(" \t", json_[piece].begin - 1);
        return before != std::string::npos && json_.text()[before] == '\n';
    }

    JsonLayout layout(bool several_lines, std::size_t offset) const {
        const auto between = colon();
        return {several_lines, line_break_near(json_.text(), offset), unit(), between, between.back() == ':' ? "," : ", "};
    }

    /// As it stands behind the first key, with the blanks around it.
    std::string colon() const {
        for (std::size_t at = 0; at < json_.pieces().size(); ++at) {
            if (json_[at].kind != JsonKind::key) continue;
            auto between = blanks_between(json_[at].end, json_[at + 1].begin);
            if (between.find('\n') == std::string::npos) return between;
            break;
        }
        return ": ";
    }

    /// The indentation of the first line that has one.
    std::string unit() const {
        const auto& text = json_.text();
        for (auto line = text.find('\n'); line != std::string::npos; line = text.find('\n', line + 1)) {
            const auto end = text.find_first_not_of(" \t", line + 1);
            if (end != std::string::npos && end > line + 1 && text[end] != '\r' && text[end] != '\n') return text.substr(line + 1, end - line - 1);
        }
        return "  ";
    }

    std::string indentation(std::size_t offset) const {
        const auto& text = json_.text();
        const auto line = offset == 0 ? std::string::npos : text.rfind('\n', offset - 1);
        const auto start = line == std::string::npos ? 0 : line + 1;
        return text.substr(start, text.find_first_not_of(" \t", start) - start);
    }

    // Proof

    static std::vector<std::string> spelled_pieces(const JsonText& value) {
        std::vector<std::string> result;
        for (std::size_t at = 0; at < value.pieces().size(); ++at) result.emplace_back(value.spelled(at));
        return result;
    }

    /// Takes the change over when every other piece reads as before.
    void commit(const yaml::Operation& operation, const Splice& splice) {
        JsonText next = read_again(operation, spliced(json_.text(), splice.begin, splice.end, splice.text));
        const auto count = splice.pieces.size();
        const auto removed = splice.behind - splice.first;
        bool same = next.pieces().size() == json_.pieces().size() - removed + count;
        const auto is_piece = [&](std::size_t now, std::size_t before) {
            return next[now].kind == json_[before].kind && next.spelled(now) == json_.spelled(before);
        };
        for (std::size_t at = 0; same && at < next.pieces().size(); ++at) {
            if (at < splice.first) same = is_piece(at, at);
            else if (at < splice.first + count) same = next.spelled(at) == splice.pieces[at - splice.first];
            else same = is_piece(at, at - count + removed);
        }
        if (!same) throw doubtful_result(operation, file_);
        json_ = std::move(next);
    }

    JsonText read_again(const yaml::Operation& operation, std::string text) const {
        try {
            return {std::move(text), file_};
        } catch (const Error&) {
            throw doubtful_result(operation, file_);
        }
    }

    // What people are told

    void note_old(yaml::Change& change, std::size_t value) const {
        change.old_json = json_.compact(value);
        if (json_[value].kind == JsonKind::string) change.old = json_.value(value);
        else if (json_[value].kind != JsonKind::null) change.old = change.old_json;
    }

    static void note_new(yaml::Change& change, const JsonText& json, std::size_t value = 0) {
        change.new_json = json.compact(value);
        if (json[value].kind == JsonKind::string) change.value = json.value(value);
        else if (json[value].kind != JsonKind::null) change.value = change.new_json;
    }

    JsonText json_;
    const std::string& file_;
};

} // namespace

yaml::Edited edit_json(std::string_view text, const std::string& file, const std::vector<yaml::Operation>& operations) {
    JsonEditor editor(text, file);
    return apply_all(editor, operations);
}

} // namespace slipway::update_gitops_values
