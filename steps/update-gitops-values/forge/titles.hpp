#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::update_gitops_values {

/// GitLab and Gitea have no field that makes a request a draft: its title begins with a mark, in any case of letters.
struct DraftMarks {
    std::vector<std::string> known; ///< the first one is what we write: "Draft:"
    std::size_t most_characters;    ///< of a title, the mark included; longer ones are cut

    bool is_draft(std::string_view title) const;
    /// The title without marks: what it is about.
    std::string bare(std::string_view title) const;
    /// A title for the forge: with a mark or without.
    std::string title(std::string_view bare, bool draft) const;
};

} // namespace slipway::update_gitops_values
