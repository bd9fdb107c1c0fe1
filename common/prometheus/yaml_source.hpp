#pragma once

#include "core/error.hpp"

#include <yaml-cpp/yaml.h>

#include <string>
#include <string_view>
#include <vector>

namespace slipway::prometheus {

/// The text that YAML nodes were read from, to say where they stand. yaml-cpp counts columns in bytes, people count
/// characters.
class YamlSource {
public:
    YamlSource(std::string_view text, std::string file);

    Place place(const YAML::Mark& mark) const;
    Place place(const YAML::Node& node) const { return place(node.Mark()); }
    /// A line, counted from 1, without its end; empty behind the last one.
    std::string_view line(int number) const;
    const std::string& file() const noexcept { return file_; }

private:
    std::string file_;
    std::vector<std::string_view> lines_;
};

/// One entry of a map.
struct YamlField {
    YAML::Node key;
    YAML::Node value;
    std::string name;
};

/// The entries of a map in their order, those that merge keys ("<<") bring included. Keys that are no text or stand there
/// twice become problems and are left out.
std::vector<YamlField> fields_of(const YAML::Node& map, const YamlSource& source, std::vector<Diagnostic>& problems);

/// All documents of a YAML text.
///
/// @throws Error (misuse) with the place, for what is no YAML, no UTF-8, or holds control characters
std::vector<YAML::Node> load_documents(std::string_view text, const YamlSource& source);

} // namespace slipway::prometheus
