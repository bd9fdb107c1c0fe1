#pragma once

#include "nomad/json.hpp"

#include <string>
#include <vector>

namespace slipway::nomad {

/// Whether registering the job would change anything. @param plan  the answer of Client::plan
bool changes_anything(const Json& plan);

/// What registering the job would change, for people: groups with what becomes of their allocations, and every field
/// with its old and new value. One line each, with line breaks; "no change" when there is none.
std::string difference_for_people(const Json& plan);

/// What Nomad could not place, in words, a line a group: "group web: 1 node filtered by ${attr.kernel.name} = plan9".
std::vector<std::string> placement_failures(const Json& plan);

} // namespace slipway::nomad
