#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace slipway::yaml {

/// A value as a YAML document in block style, for people to read: texts of several lines as literal blocks, others plain where every
/// reader of YAML 1.1 and 1.2 takes them for the same text, else in double quotes. Ends with a line break.
///
/// @param json  objects keep their order; texts must be UTF-8
std::string write_document(const nlohmann::ordered_json& json);

} // namespace slipway::yaml
