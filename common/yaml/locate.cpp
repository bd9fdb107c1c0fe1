#include "yaml/locate.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <set>
#include <variant>
#include <vector>

namespace slipway::yaml {

namespace {

constexpr auto set_at_anchor = "set the value where it is defined, or give --follow-alias: other places that use it change with it";

std::string what_it_is(const Event& event) {
    switch (event.kind) {
    case EventKind::map_start: return "a map";
    case EventKind::sequence_start: return "a list";
    case EventKind::null: return "empty";
    default: return "a single value";
    }
}

/// The members of a map with that key.
std::vector<Located> members_with(const Events& events, std::size_t map, std::string_view key) {
    std::vector<Located> found;
    for (auto at = map + 1; at != events[map].partner;) {
        const auto value = behind(events, at);
        if (events[at].kind == EventKind::scalar && events[at].value == key) found.push_back({value, at});
        at = behind(events, value);
    }
    return found;
}

/// The key of a map's value; nothing for an entry of a list, and for what is a key itself.
std::optional<std::size_t> key_of(const Events& events, std::size_t value) {
    const auto map = events[value].parent;
    if (events[map].kind != EventKind::map_start) return std::nullopt;
    for (auto key = map + 1; key < value; key = behind(events, behind(events, key))) {
        if (behind(events, key) == value) return key;
    }
    return std::nullopt;
}

std::vector<std::string> keys_of(const Events& events, std::size_t map) {
    std::vector<std::string> keys;
    for (auto at = map + 1; at != events[map].partner; at = behind(events, behind(events, at))) {
        if (events[at].kind == EventKind::scalar) keys.push_back(events[at].value);
    }
    return keys;
}

std::size_t meant(const Events& events, std::size_t node) { return events[node].kind == EventKind::alias ? anchored(events, node) : node; }

/// The value that a map has through `<<`: of the first map that has the key. A map is looked into once, even if it merges itself.
std::optional<std::size_t> merged_value(const Events& events, std::size_t map, std::string_view key, std::set<std::size_t>& seen) {
    const auto look_into = [&](std::size_t node) -> std::optional<std::size_t> {
        node = meant(events, node);
        if (events[node].kind != EventKind::map_start || !seen.insert(node).second) return std::nullopt;
        if (const auto own = members_with(events, node, key); !own.empty()) return own.back().value;
        return merged_value(events, node, key, seen);
    };
    for (const auto& merge : members_with(events, map, "<<")) {
        if (events[*merge.key].tag != "?") continue;
        const auto source = meant(events, merge.value);
        if (events[source].kind != EventKind::sequence_start) {
            if (const auto value = look_into(source)) return value;
            continue;
        }
        for (auto at = source + 1; at != events[source].partner; at = behind(events, at)) {
            if (const auto value = look_into(at)) return value;
        }
    }
    return std::nullopt;
}

std::optional<std::size_t> merged_value(const Events& events, std::size_t map, std::string_view key) {
    std::set<std::size_t> seen{map};
    return merged_value(events, map, key, seen);
}

/// The path of a value, with numbers for all entries of lists, from the root of its document.
KeyPath path_of(const Events& events, std::size_t value) {
    std::size_t node = value;
    while (events[node].kind != EventKind::document_start)
        node = events[node].parent;
    KeyPath path;
    ++node;
    while (node != value) {
        const bool is_map = events[node].kind == EventKind::map_start;
        Index number = 0;
        for (auto at = node + 1;; ++number) {
            const auto member = is_map ? behind(events, at) : at;
            const auto next = behind(events, member);
            if (value < next) {
                if (is_map) path.emplace_back(events[at].value);
                else path.emplace_back(number);
                node = value < member ? value : member; // within a key that is a collection
                break;
            }
            at = next;
        }
    }
    return path;
}

class Walk {
public:
    Walk(const Document& document, const KeyPath& path, const Search& search)
        : document_(document), events_(document.events), path_(path), search_(search) {}

    /// @param start  index of the document's start
    Reached from(std::size_t start, std::size_t number) {
        reached_ = {.document = number, .at = {start + 1, std::nullopt}, .container = start};
        for (; reached_.depth < path_.size(); ++reached_.depth) {
            if (events_[value()].kind == EventKind::alias) go_on_at_anchor();
            const auto next = step(path_[reached_.depth]);
            if (!next) return reached_;
            reached_.container = value();
            reached_.at = *next;
        }
        reached_.found = true;
        if (events_[value()].kind == EventKind::alias && !search_.keep_last_alias) last_alias();
        return reached_;
    }

private:
    std::size_t value() const { return reached_.at.value; }

    std::optional<Located> step(const PathPart& part) {
        if (const auto* index = std::get_if<Index>(&part)) return entry(*index);
        if (const auto* selector = std::get_if<Selector>(&part)) return selected(*selector);
        return member(std::get<std::string>(part));
    }

    std::optional<Located> entry(Index index) {
        if (events_[value()].kind != EventKind::sequence_start)
            return miss(here() + " is " + what_it_is(events_[value()]) + ", no list with an entry [" + std::to_string(index) + "]");
        const auto count = static_cast<Index>(entries_of(value()).size());
        const auto wanted = index < 0 ? index + count : index;
        if (wanted >= 0 && wanted < count) return entry_at(wanted);
        return miss(here() + " has " + (count == 1 ? "1 entry" : std::to_string(count) + " entries") + ", counted from [0]");
    }

    Located entry_at(Index number) {
        reached_.path.emplace_back(number);
        return {entries_of(value())[static_cast<std::size_t>(number)], std::nullopt};
    }

    std::optional<Located> selected(const Selector& selector) {
        const auto wanted = visible(to_string({selector}));
        if (events_[value()].kind != EventKind::sequence_start)
            return miss(here() + " is " + what_it_is(events_[value()]) + ", no list with an entry " + wanted);
        const auto& numbers = numbers_of(value(), selector.key);
        if (const auto found = numbers.find(selector.value); found != numbers.end()) {
            if (found->second.size() == 1) return entry_at(found->second[0]);
            fail(entries_of(value())[static_cast<std::size_t>(found->second[1])],
                 wanted + " matches several entries of " + here() + ", in the lines " + lines_of(found->second), "name one by its number");
        }
        std::vector<std::string> others;
        for (const auto& [text, number] : numbers) others.push_back(text);
        std::string hint;
        if (const auto near = closest(selector.value, others)) hint = "did you mean '" + visible(*near) + "'?";
        return miss(here() + " has no entry " + wanted, hint);
    }

    const std::map<std::string, std::vector<Index>>& numbers_of(std::size_t list, const std::string& key) const {
        const auto [place, is_new] = document_.lookups.numbers.try_emplace({list, key});
        if (!is_new) return place->second;
        try {
            const auto& entries = entries_of(list);
            for (std::size_t i = 0; i < entries.size(); ++i) {
                if (const auto text = text_of_key(entries[i], key)) place->second[*text].push_back(static_cast<Index>(i));
            }
        } catch (...) {
            document_.lookups.numbers.erase(place);
            throw;
        }
        return place->second;
    }

    /// What a reader sees as the value of an entry's key; nothing when that is no single value.
    std::optional<std::string> text_of_key(std::size_t entry, const std::string& key) const {
        entry = meant(events_, entry);
        if (events_[entry].kind != EventKind::map_start) return std::nullopt;
        const auto own = members_with(events_, entry, key);
        if (own.size() > 1) fail_twice(own, key);
        const auto found = own.empty() ? merged_value(events_, entry, key) : own[0].value;
        if (!found) return std::nullopt;
        const auto& event = events_[meant(events_, *found)];
        return event.kind == EventKind::scalar ? std::optional(event.value) : std::nullopt;
    }

    std::optional<Located> member(const std::string& key) {
        const auto& event = events_[value()];
        if (event.kind == EventKind::sequence_start) {
            return miss(here() + " is a list, no map with the key '" + visible(key) + "'",
                        "an entry of a list is named by its number: " + (reached_.depth == 0 ? "" : here()) + "[0]");
        }
        if (event.kind != EventKind::map_start)
            return miss(here() + " is " + what_it_is(event) + ", no map with the key '" + visible(key) + "'");
        const auto found = members(value(), key);
        if (found.size() == 1) {
            reached_.path.emplace_back(key);
            return found[0];
        }
        if (found.size() > 1) fail_twice(found, key);
        reached_.merged = merged_value(events_, value(), key);
        if (reached_.merged && reached_.depth + 1 < path_.size()) {
            // A map of its own would hide everything else that the merged one holds.
            if (search_.aliases == OnAlias::follow) {
                const Located merged{*reached_.merged, *reached_.merged - 1};
                reached_.merged.reset();
                reached_.path = path_of(events_, merged.value);
                return merged;
            }
            fail(*reached_.merged, "'" + visible(key) + "' comes from << as a whole", set_at_anchor);
        }
        std::string hint;
        if (const auto near = closest(key, keys_of(events_, value()))) hint = "did you mean '" + visible(*near) + "'?";
        return miss(here() + " has no key '" + visible(key) + "'", hint);
    }

    std::vector<Located> members(std::size_t map, std::string_view key) const {
        const auto [place, is_first] = document_.lookups.members.try_emplace(map);
        if (is_first) return members_with(events_, map, key);
        auto& table = place->second;
        const bool is_second = table.empty();
        for (auto at = map + 1; is_second && at != events_[map].partner;) {
            const auto value = behind(events_, at);
            if (events_[at].kind == EventKind::scalar) table[events_[at].value].push_back({value, at});
            at = behind(events_, value);
        }
        const auto found = table.find(key);
        return found == table.end() ? std::vector<Located>() : found->second;
    }

    void go_on_at_anchor() {
        if (search_.aliases != OnAlias::follow) {
            fail(value(), here() + " is an alias, its value stands elsewhere",
                 search_.aliases == OnAlias::refuse ? set_at_anchor
                                                    : "only an alias that is the value itself can be replaced by a value of its own");
        }
        resolve();
    }

    void last_alias() {
        if (search_.aliases == OnAlias::refuse)
            fail(value(), "it is an alias, its value stands elsewhere", std::string(set_at_anchor) + "; --break-alias changes this place alone");
        if (search_.aliases == OnAlias::follow) resolve();
    }

    void resolve() {
        const auto target = anchored(events_, value());
        reached_.container = events_[target].parent;
        reached_.at = {target, key_of(events_, target)};
        reached_.path = path_of(events_, target);
    }

    const std::vector<std::size_t>& entries_of(std::size_t list) const {
        const auto [place, is_new] = document_.lookups.entries.try_emplace(list);
        for (auto at = list + 1; is_new && at != events_[list].partner; at = behind(events_, at))
            place->second.push_back(at);
        return place->second;
    }

    /// Of entries of the list that was reached.
    std::string lines_of(const std::vector<Index>& entries) const {
        std::vector<std::string> lines;
        for (const auto number : entries)
            lines.push_back(std::to_string(document_.place(entries_of(value())[static_cast<std::size_t>(number)]).line));
        return join(lines, ", ");
    }

    std::string here() const { return visible(to_string(path_, reached_.depth)); }

    Diagnostic diagnostic(std::size_t event, const std::string& why, std::string hint) const {
        return {.message = "cannot " + search_.doing + ' ' + visible(to_string(path_)) + ": " + why,
                .place = document_.place(event),
                .hint = std::move(hint)};
    }

    std::nullopt_t miss(const std::string& why, std::string hint = {}) {
        reached_.why = diagnostic(value(), why, std::move(hint));
        return std::nullopt;
    }

    [[noreturn]] void fail(std::size_t event, const std::string& why, std::string hint = {}) const {
        throw Error(ExitCode::refused, diagnostic(event, why, std::move(hint)));
    }

    [[noreturn]] void fail_twice(const std::vector<Located>& found, const std::string& key) const {
        fail(*found[1].key, "the key '" + visible(key) + "' stands there twice, before that in line " +
                                std::to_string(document_.place(*found[0].key).line) + ", and readers disagree on which one counts");
    }

    const Document& document_;
    const Events& events_;
    const KeyPath& path_;
    const Search& search_;
    Reached reached_;
};

[[noreturn]] void fail_among(const Document& document, const KeyPath& path, const Search& search,
                              const std::vector<Reached>& several, const std::string& why) {
    std::vector<std::string> lines;
    std::vector<std::string> numbers;
    for (const auto& reached : several) {
        lines.push_back(std::to_string(document.place(reached.at.value).line));
        numbers.push_back(std::to_string(reached.document));
    }
    throw Error(ExitCode::refused,
                Diagnostic{.message = "cannot " + search.doing + ' ' + visible(to_string(path)) + ": " + why + ", in the lines " + join(lines, ", "),
                           .place = document.place(several[0].at.value),
                           .hint = "choose one of the documents " + join(numbers, ", ") + " with --document"});
}

} // namespace

Reached locate(const Document& document, const KeyPath& path, const Search& search) {
    std::vector<Reached> found;
    std::vector<Reached> nearest;
    std::size_t count = 0;
    for (std::size_t i = 0; i < document.events.size(); i = behind(document.events, i)) {
        const auto number = count++;
        if (search.document && *search.document != number) continue;
        auto reached = Walk(document, path, search).from(i, number);
        if (reached.found) {
            found.push_back(std::move(reached));
            continue;
        }
        const auto reach = [](const Reached& one) { return one.depth + (one.merged ? 1 : 0); };
        if (!nearest.empty() && reach(reached) > reach(nearest[0])) nearest.clear();
        if (nearest.empty() || reach(reached) == reach(nearest[0])) nearest.push_back(std::move(reached));
    }
    if (found.size() > 1) fail_among(document, path, search, found, "several documents of the file have it");
    if (found.size() == 1) return found[0];
    if (!nearest.empty()) {
        if (nearest.size() > 1 && nearest[0].merged) fail_among(document, path, search, nearest, "several documents of the file have it");
        if (nearest.size() > 1 && search.must_be_one) fail_among(document, path, search, nearest, "several documents of the file could have it");
        return nearest[0];
    }
    const auto why = count == 0 ? std::string("the file is empty")
                                : "the file has " + (count == 1 ? "1 document" : std::to_string(count) + " documents") + ", counted from 0";
    throw Error(ExitCode::refused,
                Diagnostic{.message = "cannot " + search.doing + ' ' + visible(to_string(path)) + ": " + why, .place = {document.file}});
}

Located locate(const Document& document, const KeyPath& path) {
    auto reached = locate(document, path, Search{});
    if (!reached.found) throw Error(ExitCode::refused, std::move(reached.why));
    return reached.at;
}

std::size_t anchored(const Events& events, std::size_t alias) {
    for (auto at = alias; at-- > 0 && events[at].kind != EventKind::document_start;) {
        if (events[at].anchor == events[alias].anchor && events[at].kind != EventKind::alias) return at;
    }
    return alias; // yaml-cpp refuses an alias of nothing
}

} // namespace slipway::yaml
