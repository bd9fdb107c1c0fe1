#pragma once

#include <string>
#include <string_view>

namespace slipway::update_gitops_values {

/// The last paragraph of a commit's message, when Git reads it as trailers; empty when it does not. The first paragraph is the title and
/// never one.
/// @source Git 2.39, trailer.c (find_trailer_start), without the trailers that a user may configure
std::string_view trailer_block(std::string_view message);

/// A message that ends in further trailers: in the block that it has, or in one of its own, so that Git sees one block in any case.
///
/// @param body      not blank
/// @param trailers  whole lines; may be empty
std::string with_trailers(std::string_view body, std::string_view trailers);

} // namespace slipway::update_gitops_values
