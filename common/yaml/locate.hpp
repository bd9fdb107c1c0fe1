#pragma once

#include "yaml/events.hpp"
#include "yaml/path.hpp"

#include "core/error.hpp"
#include "core/places.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace slipway::yaml {

/// A value that a path leads to.
struct Located {
    std::size_t value;              ///< index of its event
    std::optional<std::size_t> key; ///< index of its key's event; nothing for an entry of a list
};

/// What many operations on one document ask for again, each made when somebody asks for the first time.
struct Lookups {
    std::optional<Places> places = {};
    /// Of a map: its members by key; empty when it was looked into once, which takes no table.
    std::map<std::size_t, std::unordered_map<std::string_view, std::vector<Located>>> members = {};
    std::map<std::size_t, std::vector<std::size_t>> entries = {}; ///< of a list
    /// Of a list and a key: which entries, by number, have which text under it.
    std::map<std::pair<std::size_t, std::string>, std::map<std::string, std::vector<Index>>> numbers = {};
};

/// A text and what stands in it.
struct Document {
    std::string_view text;
    const std::string& file;
    const Events& events;

    Place place(std::size_t event) const {
        if (!lookups.places) lookups.places.emplace(text, file);
        return lookups.places->at(events[event].offset);
    }

    mutable Lookups lookups = {};
};

/// What happens when the value is an alias (`*name`), or stands behind one.
enum class OnAlias {
    refuse,
    follow,      ///< the value with the anchor is changed, and with it every place that refers to it
    break_apart, ///< the alias is replaced by the value, of this place alone
};

struct Search {
    std::optional<std::size_t> document = {}; ///< its number in the stream, from 0; nothing: the one that has the path
    OnAlias aliases = OnAlias::refuse;        ///< `follow` goes on at the anchor
    bool keep_last_alias = false;             ///< an alias at the path's end is what was looked for
    bool must_be_one = false;                 ///< refuse when several documents could take what is missing
    std::string doing = "set";                ///< for errors: "cannot set a.b: ..."
};

/// How far a path leads.
struct Reached {
    std::size_t document = 0;  ///< its number in the stream, from 0
    std::size_t depth = 0;     ///< how many parts of the path exist
    KeyPath path = {};         ///< of `at`, from its document's root, with numbers for all entries of lists
    Located at = {};           ///< the value, or the last on the way that exists
    std::size_t container = 0; ///< the collection, or the document's start, in which `at` stands
    std::optional<std::size_t> merged = {}; ///< the value that the next part, a key, has through `<<` alone
    Diagnostic why = {};       ///< why there is no more; empty when it was found
    bool found = false;
};

/// Follows a path in the one document that has it; when none has it, in the one where it leads furthest.
///
/// Selectors read through aliases and merge keys; what they select may not.
///
/// @param path  without `Within`
/// @throws Error (refused) with a place: it exists in several documents; a selector matches several
///         entries; a key on the way stands there twice; an alias on the way that may not be followed; no such document
Reached locate(const Document& document, const KeyPath& path, const Search& search);

/// The same for what must be there.
/// @throws Error (refused) with a place: it does not exist
Located locate(const Document& document, const KeyPath& path);

/// The event that an alias refers to.
std::size_t anchored(const Events& events, std::size_t alias);

} // namespace slipway::yaml
