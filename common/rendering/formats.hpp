#pragma once

#include "core/places.hpp"
#include "rendering/expansion.hpp"
#include "rendering/placeholder.hpp"
#include "rendering/render.hpp"

namespace slipway::rendering {

/// What a renderer of one format needs.
struct Job {
    std::string_view text;
    const Names& names;
    const Values& values;
    const Allowances& allowances;
    const Places& places;
};

Rendered render_hcl(const Job& job);
Rendered render_yaml(const Job& job);
Rendered render_text(const Job& job);

/// "the value of ${X} is refused: why". @param hint  NAME in it stands for the name
Diagnostic refusal(const Job& job, const Placeholder& placeholder, const std::string& why, std::string hint = {});

/// Ends with everything that was found, if anything was.
void throw_problems(const std::vector<Diagnostic>& missing, const std::vector<Diagnostic>& refused);

} // namespace slipway::rendering
