#pragma once

#include "build-image/tags/facts.hpp"
#include "build-image/tags/rules.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace slipway::build_image {

/// The tags for one commit.
struct Tags {
    std::vector<std::string> names;    ///< without duplicates, the most important first
    std::string version;               ///< the first of them
    std::string immutable;             ///< the first that names this version or commit; empty when none does
    std::vector<std::string> warnings; ///< for people
};

/// The tags that a repository has, in Git or in a registry; nothing when it cannot be asked.
using OtherTags = std::function<std::optional<std::vector<std::string>>()>;

/// The tags that the rules give. Without rules: the commit in full and short, the Git tag, branch or pr-NUMBER, and `latest`
/// on the default branch.
///
/// `latest` of a version is left out when there is a newer one: it never moves back.
///
/// @param others  asked when a version would get `latest`
/// @throws Error (misuse) when there is no tag at all, or a rule cannot be used here
Tags choose_tags(const TagRules& rules, const Facts& facts, const OtherTags& others);

/// A text as a tag: runs of other characters become "-", no "." or "-" at the front, 128 characters at most.
std::string tag_slug(std::string_view name);

/// Whether a tag is a complete version such as "1.2.3", "v1.2.3" or "1.2.3-rc.1", which no later release gets again.
bool is_complete_version(std::string_view tag);

} // namespace slipway::build_image
