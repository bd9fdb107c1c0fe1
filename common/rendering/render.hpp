#pragma once

#include "core/places.hpp"
#include "rendering/names.hpp"
#include "rendering/values.hpp"

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::rendering {

enum class Format {
    hcl,  ///< Nomad's, version 2
    yaml, ///< and JSON, which YAML includes
    text, ///< values as they are
};

std::string to_string(Format format);

/// What a file's name says of its format, a last ".tmpl", ".tpl" or ".template" left aside: text for all endings but those
/// of HCL, YAML and JSON. Nothing for a name without an ending.
std::optional<Format> format_of(std::string_view file);

/// What the user allows beyond the usual.
struct Allowances {
    std::set<std::string, std::less<>> raw; ///< names whose values may hold ${ and %{
    bool multiline = false;                 ///< values of several lines in <<- heredocs, which get the heredoc's indent
};

/// A placeholder's bytes in the template, and what became of them.
struct Cut {
    std::size_t in_begin = 0;
    std::size_t in_end = 0;
    std::size_t out_begin = 0;
    std::size_t out_end = 0;
};

struct Rendered {
    std::string text;
    std::set<std::string, std::less<>> names; ///< whose values went in
    std::vector<Cut> cuts;                    ///< in the order of the text
    std::vector<Diagnostic> warnings;
};

/// The byte of the template that a byte of the rendered text came from; within a value, the placeholder's.
std::size_t template_offset(const std::vector<Cut>& cuts, std::size_t offset);

/// The place in the template that a line and column of the rendered text came from.
Place template_place(const Rendered& rendered, const Places& template_places, int line, int column);

/// Replaces the placeholders of a template, each where it stands: a value becomes exactly the content of the string,
/// heredoc or scalar around it, or it is refused. Everything else stays byte for byte.
///
/// The result is proven: read again, it has the template's structure. Its placeholders in comments stay as they are.
///
/// @param file  the template's name, for places
/// @throws Error (misuse) with places for all that is missing and for placeholders that are none; Error (refused) for
///         values that do not fit, and for a template that is no HCL or YAML. Both together are a misuse
Rendered render(std::string_view text, const std::string& file, Format format, const Names& names, const Values& values, const Allowances& allowances);

} // namespace slipway::rendering
