#pragma once

#include "core/error.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace slipway::build_image {

enum class RuleType { schedule, semver, pep440, match, edge, ref, raw, sha };

/// One line of --tags, with its type's defaults filled in.
struct Rule {
    RuleType type = RuleType::raw;
    std::string text; ///< as it was written, for messages
    int priority = 0;
    std::map<std::string, std::string> attributes; ///< keys in lower case
    std::optional<std::string> prefix; ///< empty: none, also not the flavor's; nothing: the flavor's
    std::optional<std::string> suffix;
    std::shared_ptr<const re2::RE2> expression; ///< of `match` types and `match=`
    std::size_t group = 0;

    const std::string& get(const char* attribute) const; ///< empty when it is not given
};

/// What --flavor says for all tags.
struct Flavor {
    enum class Latest { automatic, yes, no };
    Latest latest = Latest::automatic;
    std::string prefix;
    bool prefix_for_latest = false;
    std::string suffix;
    bool suffix_for_latest = false;
};

struct TagRules {
    std::vector<Rule> rules; ///< by priority, the highest first; none: nothing was asked for
    Flavor flavor;
};

/// Reads the rules of --tags and --flavor, in the language of docker/metadata-action: one a line, fields separated by commas,
/// each `key=value` or a bare value.
///
/// @param tags, flavor  texts of one or more lines
/// @param problems      gets what is wrong, each with the rule that it is in
/// @source github.com/docker/metadata-action, "tags input" and "flavor input"
TagRules read_tag_rules(const std::vector<std::string>& tags, const std::vector<std::string>& flavor, std::vector<Diagnostic>& problems);

/// The fields of a line of CSV: a field in quotes may hold commas, and a quote doubled. Blanks around fields go.
std::vector<std::string> csv_fields(std::string_view line);

} // namespace slipway::build_image
