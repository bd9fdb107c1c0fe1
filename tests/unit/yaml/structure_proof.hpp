#pragma once

#include "catch.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "yaml/patch.hpp"
#include "yaml/structure.hpp"

#include <optional>
#include <string>
#include <vector>

// Puts a patch into its text, and reads the result against what the patch promises.
namespace slipway::yaml::proof {

/// The value at keys and numbers of entries with slashes between them: "spec/env/0".
inline Located find(const Events& events, std::string_view path, std::size_t document = 0) {
    std::size_t start = 0;
    while (document-- > 0) start = behind(events, start);
    Located at{events.empty() ? 0 : start + 1, std::nullopt};
    if (path.empty()) return at;
    for (const auto part : split(path, '/')) {
        const bool is_map = events[at.value].kind == EventKind::map_start;
        auto left = is_map ? 0 : std::stoul(std::string(part));
        std::optional<Located> found;
        for (auto i = at.value + 1; i != events[at.value].partner && !found; i = behind(events, i)) {
            const auto key = i;
            if (is_map) i = behind(events, i);
            if (is_map ? events[key].value == part : left-- == 0) found = Located{i, is_map ? std::optional(key) : std::nullopt};
        }
        REQUIRE(found);
        at = *found;
    }
    return at;
}

/// @return nothing when the result reads otherwise than the patch promises
inline std::optional<std::string> tried(const Document& document, const Patch& patch) {
    REQUIRE(patch.begin <= patch.end);
    REQUIRE(patch.end <= document.text.size());
    REQUIRE(patch.first <= patch.behind);
    REQUIRE(patch.behind <= document.events.size());
    try {
        auto text = apply(document, {patch});
        read_events(text, "f.yaml"); // the proof may have been libyaml's
        return text;
    } catch (const Error&) {
        return std::nullopt;
    }
}

enum class What { set, add, append, remove };

struct Step {
    What what;
    std::string path; ///< of add: the map
    std::string key = {};
    std::string json = {};
    std::size_t document = 0;
};

inline Patch patch_of(const Document& document, const Step& step) {
    const auto at = find(document.events, step.path, step.document);
    switch (step.what) {
    case What::set: return replace_value(document, at, step.json);
    case What::add: return insert_key(document, at, step.key, step.json);
    case What::append: return append_entry(document, at, step.json);
    default: break;
    }
    const auto slash = step.path.rfind('/');
    const auto around = find(document.events, slash == std::string::npos ? "" : step.path.substr(0, slash), step.document);
    return remove_member(document, around.value, at);
}

/// The text with the change, which must read as promised.
inline std::string after(const std::string& text, const Step& step) {
    const auto events = read_events(text, "f.yaml");
    const std::string file = "f.yaml";
    const Document document{text, file, events};
    const auto patch = patch_of(document, step);
    INFO("replaced from byte " << patch.begin << " to " << patch.end << " by\n" << patch.text);
    const auto result = tried(document, patch);
    REQUIRE(result);
    return *result;
}

} // namespace slipway::yaml::proof
