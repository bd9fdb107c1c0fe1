#pragma once

#include "failure.hpp"
#include "failure.hpp"
#include "fakes.hpp"
#include "rendering/render.hpp"

#include <map>
#include <string>
#include <vector>

namespace slipway::rendering {

/// Renders texts as a step does, with values by --set, --set-json and files.
class Bench {
public:
    std::map<std::string, std::string> values;
    std::map<std::string, std::string> json;
    std::vector<std::string> allow;
    std::vector<std::string> keep;
    std::string name_pattern;
    Allowances allowances;
    fake::World world;

    Rendered render(const std::string& text, Format format) {
        ValueSources sources;
        for (const auto& [name, value] : values) sources.set.push_back(name + '=' + value);
        for (const auto& [name, value] : json) sources.set_json.push_back(name + '=' + value);
        auto context = world.context();
        const Names names(allow, keep, name_pattern);
        const Values all(sources, names, context);
        return rendering::render(text, "job.tmpl", format, names, all, allowances);
    }

    /// One line for each problem.
    std::string problems(const std::string& text, Format format) {
        const auto error = failure_of([&] { render(text, format); });
        std::string lines;
        for (const auto& diagnostic : error.diagnostics()) lines += to_line(diagnostic) + '\n';
        return lines;
    }
};

} // namespace slipway::rendering
