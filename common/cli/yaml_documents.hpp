#pragma once

#include <yaml-cpp/yaml.h>

#include <string>
#include <vector>

namespace slipway::cli {

/// YAML::LoadAll that also ends on text which yaml-cpp 0.7 reads as empty documents for ever, such as a comma at the
/// beginning.
///
/// @throws YAML::Exception
std::vector<YAML::Node> load_documents(const std::string& text);

} // namespace slipway::cli
