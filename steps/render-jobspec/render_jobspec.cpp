#include "render_jobspec.hpp"

#include "core/sha256.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace slipway::render_jobspec {

namespace {

/// Variables that every shell has: a template that means them says so with --set.
constexpr std::array<std::string_view, 14> shell_names = {
    "HOME", "HOSTNAME", "IFS", "LANG", "LOGNAME", "OLDPWD", "PATH", "PPID", "PWD", "SHELL", "SHLVL", "TERM", "TMPDIR", "USER"};

Lookup make_lookup(const Options& options, const io::Environment& environment) {
    std::map<std::string, std::string> values;
    for (const auto& assignment : options.set) {
        const auto equals = assignment.find('=');
        values[assignment.substr(0, equals)] = assignment.substr(equals + 1);
    }
    return [values = std::move(values), &environment](const std::string& name) -> std::optional<std::string> {
        if (const auto value = values.find(name); value != values.end()) return value->second;
        if (std::find(shell_names.begin(), shell_names.end(), name) != shell_names.end()) return std::nullopt;
        return environment.get(name);
    };
}

cli::Report describe(const Rendered& rendered, const std::string& output) {
    auto names = cli::Json::array();
    for (const auto& name : rendered.names) names.push_back(name);
    cli::Report report;
    report.json["files"] = {{{"path", output.empty() ? cli::Json(nullptr) : cli::Json(output)},
                             {"sha256", sha256(rendered.text)},
                             {"names", std::move(names)}}};
    return report;
}

} // namespace

Plan RenderJobspec::plan(const Options& options, cli::Context& context) {
    const auto& file = options.templates.front();
    const auto text = context.files.read(file);
    return {render(text, file == "-" ? "standard input" : file, make_lookup(options, context.environment)), options.output};
}

Result RenderJobspec::run(const Options&, const Plan& plan, cli::Context& context) {
    if (!plan.output.empty()) {
        context.files.write_atomic(plan.output, plan.rendered.text);
        context.log.info("wrote " + plan.output + " with " + count_of(plan.rendered.names.size(), "name") + " filled in");
    }
    return {plan.rendered, plan.output};
}

cli::Report RenderJobspec::report(const Plan& plan) {
    auto report = describe(plan.rendered, plan.output);
    for (const auto& name : plan.rendered.names) report.text += "would fill in ${" + name + "}\n";
    report.text += "would write " + (plan.output.empty() ? "to standard output" : plan.output) + '\n';
    return report;
}

cli::Report RenderJobspec::report(const Result& result) {
    auto report = describe(result.rendered, result.output);
    report.outputs = {{"path", result.output}, {"sha256", report.json["files"][0]["sha256"].get<std::string>()}};
    if (result.output.empty()) {
        report.text = result.rendered.text;
        report.verbatim = true;
    }
    return report;
}

} // namespace slipway::render_jobspec
