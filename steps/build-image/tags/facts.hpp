#pragma once

#include "core/timestamp.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace slipway::build_image {

/// What rules for tags can name, the same on every CI. An empty text means that there is none.
///
/// At most one of branch, tag and pull_request is set: a pull request is built as a merge, which is no branch.
struct Facts {
    std::string commit;       ///< full hash
    std::string short_commit; ///< as the CI cuts it
    std::string branch;
    std::string tag;
    std::string pull_request; ///< number
    std::string base_ref;     ///< branch that a pull request goes to, or that a tag was pushed from
    std::string default_branch;
    bool is_schedule = false;
    std::size_t short_length = 7; ///< digits of `{{sha}}` and type=sha
    Timestamp now;
    std::optional<Timestamp> commit_time;
};

} // namespace slipway::build_image
