#pragma once

#include "core/error.hpp"

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::render_jobspec {

/// Gives the value of a name; nothing when it has none.
using Lookup = std::function<std::optional<std::string>(const std::string& name)>;

/// Whether a name can be a placeholder's: [A-Z_][A-Z0-9_]*
bool is_placeholder_name(std::string_view name);

struct Rendered {
    std::string text;
    std::set<std::string> names; ///< the placeholders that were filled in
};

/// Replaces each `${NAME}` with its value, in one pass: a value is never looked into again.
///
/// Left alone, byte for byte: `$${`, `${NOMAD_...}`, and everything in `${...}` that is no plain NAME, which is HCL's
/// or Nomad's own business (`${attr.kernel.name}`, `${UPPER.x}`, `${ X }`).
///
/// A value may not change the structure of the file: within quotes it holds no quote, backslash, control character
/// or template sequence; outside of quotes only [A-Za-z0-9_.:/@+-].
///
/// @param file  the template's name, for places
/// @throws Error (misuse) for all names without a value and all operators such as `${X:-y}`, which are not
///         understood; Error (refused) for all values that do not fit; with places
Rendered render(std::string_view text, const std::string& file, const Lookup& lookup);

} // namespace slipway::render_jobspec
