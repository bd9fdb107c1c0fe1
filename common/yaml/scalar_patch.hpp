#pragma once

#include "yaml/patch.hpp"

#include <string>
#include <string_view>

namespace slipway::yaml {

/// What a scalar, an alias or an empty value becomes.
struct NewScalar {
    std::string text;
    bool is_string = true; ///< else a number, a truth value or null, written as it is
    bool is_null = false;
};

/// One scalar in place of a scalar, an alias or an empty value: quotes, anchor, tag and comments stay, a text block stays one when
/// every reader would read the new text from it; an empty value is filled behind its colon or dash.
///
/// @param doing  for errors: "cannot set a.b"
/// @throws Error (refused) with a place: it has a tag that makes something else of it, or its bytes cannot be told for certain
Patch set_scalar(const Document& document, const Located& at, const NewScalar& value, const std::string& doing);

} // namespace slipway::yaml
