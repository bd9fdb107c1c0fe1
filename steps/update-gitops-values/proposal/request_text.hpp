#pragma once

#include "git/history.hpp"

#include <string>
#include <string_view>

namespace slipway::update_gitops_values {

/// Title and text of a request: what the commit's message says. Both come from that alone, so that whoever writes them last, of several
/// pipelines, writes the same. The text ends in the commit's trailers, which nobody sees there, so that a squashed commit that gets the
/// request's text as its message keeps them.
struct RequestText {
    std::string title; ///< at most 250 bytes
    std::string body;  ///< Markdown, at most 60,000 bytes
};
RequestText request_text(std::string_view commit_message);

/// What tells one proposal from another: a hash of the new values and files that a commit's message, or the text of its request, records,
/// whatever they were before. Empty for a text that records none.
std::string change_of(std::string_view text);

/// The commit of the source that such a text names; empty: none.
std::string source_commit_of(std::string_view text);

} // namespace slipway::update_gitops_values
