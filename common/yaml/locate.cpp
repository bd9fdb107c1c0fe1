#include "yaml/locate.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <variant>
#include <vector>

namespace slipway::yaml {

namespace {

/// Why a path leads nowhere in one document.
struct Miss {
    std::size_t depth; ///< how many of its parts exist
    Diagnostic why;
};

using Outcome = std::variant<Located, Miss>;

std::string what_it_is(const Event& event) {
    switch (event.kind) {
    case EventKind::map_start: return "a map";
    case EventKind::sequence_start: return "a list";
    case EventKind::null: return "empty";
    default: return "a single value";
    }
}

class Walk {
public:
    Walk(const Document& document, const KeyPath& path)
        : document_(document), events_(document.events), path_(path) {}

    /// @param start  index of the document's start
    Outcome from(std::size_t start) {
        Located at{start + 1, std::nullopt};
        for (depth_ = 0; depth_ < path_.size(); ++depth_) {
            if (events_[at.value].kind == EventKind::alias) return behind_alias(at.value);
            const auto* index = std::get_if<std::size_t>(&path_[depth_]);
            auto next =
                index != nullptr ? entry(at.value, *index) : member(at.value, std::get<std::string>(path_[depth_]));
            if (std::holds_alternative<Miss>(next)) return next;
            at = std::get<Located>(next);
        }
        return at;
    }

private:
    Outcome entry(std::size_t list, std::size_t index) const {
        if (events_[list].kind != EventKind::sequence_start) {
            return miss(list, here() + " is " + what_it_is(events_[list]) + ", no list with an entry [" +
                                  std::to_string(index) + "]");
        }
        std::size_t count = 0;
        for (auto at = list + 1; at != events_[list].partner; at = behind(events_, at)) {
            if (count++ == index) return Located{at, std::nullopt};
        }
        return miss(list, here() + " has " + (count == 1 ? "1 entry" : std::to_string(count) + " entries") +
                              ", counted from [0]");
    }

    Outcome member(std::size_t map, const std::string& key) const {
        if (events_[map].kind == EventKind::sequence_start) {
            return miss(map, here() + " is a list, no map with the key '" + visible(key) + "'",
                        "an entry of a list is named by its number: " + here() + "[0]");
        }
        if (events_[map].kind != EventKind::map_start) {
            return miss(map,
                        here() + " is " + what_it_is(events_[map]) + ", no map with the key '" + visible(key) + "'");
        }
        std::vector<Located> found;
        std::vector<std::string> keys;
        bool merges = false;
        for (auto at = map + 1; at != events_[map].partner;) {
            const auto value = behind(events_, at);
            if (events_[at].kind == EventKind::scalar) {
                if (events_[at].value == key) found.push_back({value, at});
                keys.push_back(events_[at].value);
                merges = merges || (events_[at].value == "<<" && events_[at].tag == "?");
            }
            at = behind(events_, value);
        }
        if (found.size() == 1) return found[0];
        if (found.size() > 1) {
            const auto first = document_.place(*found[0].key);
            return miss(*found[1].key, "the key '" + visible(key) + "' stands there twice, before that in line " +
                                           std::to_string(first.line) + ", and readers disagree on which one counts");
        }
        std::string hint;
        if (const auto meant = closest(key, keys)) hint = "did you mean '" + visible(*meant) + "'?";
        if (hint.empty() && merges) hint = "a key that comes from << is set where it is defined, or added by hand";
        return miss(map, here() + " has no key '" + visible(key) + "'", hint);
    }

    Outcome behind_alias(std::size_t alias) const {
        return miss(alias, here() + " is an alias, its value stands elsewhere",
                    "set the value where the anchor is, other places that use it change with it");
    }

    std::string here() const { return to_string(path_, depth_); }

    Miss miss(std::size_t event, std::string why, std::string hint = {}) const {
        return {depth_,
                {.message = "cannot set " + to_string(path_) + ": " + std::move(why),
                 .place = document_.place(event),
                 .hint = std::move(hint)}};
    }

    const Document& document_;
    const Events& events_;
    const KeyPath& path_;
    std::size_t depth_ = 0;
};

} // namespace

Located locate(const Document& document, const KeyPath& path) {
    std::vector<Located> found;
    std::optional<Miss> nearest;
    for (std::size_t i = 0; i < document.events.size(); i = behind(document.events, i)) {
        auto outcome = Walk(document, path).from(i);
        if (const auto* located = std::get_if<Located>(&outcome)) {
            found.push_back(*located);
        } else if (auto& miss = std::get<Miss>(outcome); !nearest || miss.depth > nearest->depth) {
            nearest = std::move(miss);
        }
    }
    if (found.size() == 1) return found[0];
    if (found.size() > 1) {
        std::vector<std::string> numbers;
        for (const auto& located : found)
            numbers.push_back(std::to_string(document.place(located.value).line));
        throw Error(ExitCode::refused,
                    Diagnostic{.message = "cannot set " + to_string(path) +
                                          ": several documents of the file have it, in the lines " +
                                          join(numbers, ", "),
                               .place = document.place(found[0].value)});
    }
    if (!nearest)
        throw Error(ExitCode::refused, Diagnostic{.message = "cannot set " + to_string(path) + ": the file is empty",
                                                  .place = {document.file}});
    throw Error(ExitCode::refused, std::move(nearest->why));
}

} // namespace slipway::yaml
