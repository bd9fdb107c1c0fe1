#include "validation.hpp"

#include "nomad/job_structure.hpp"
#include "nomad/plan.hpp"

#include <algorithm>

namespace slipway::render_jobspec {

Validation::Validation(const Options& options, cli::Context& context) : options_(options), context_(context) {
    if (options.asks_server()) client_.emplace(options.nomad, context);
}

void Validation::look_at(File& file, std::string_view text, std::vector<Diagnostic>& report) {
    const Places places(text, file.path);
    if (file.format != rendering::Format::hcl) {
        if (client_) context_.log.warning(file.path + " is no HCL: Nomad is not asked");
        return;
    }
    const auto images = options_.require_immutable ? nomad::Images::immutable : nomad::Images::any;
    const auto structure = nomad::check_job_structure(file.rendered.text, file.path, images);
    bool refused = false;
    for (const auto& finding : structure.findings) {
        report.push_back({.severity = finding.severity,
                          .message = finding.message,
                          .place = places.at(rendering::template_offset(file.rendered.cuts, finding.offset)),
                          .hint = finding.hint});
        refused = refused || finding.severity == Severity::error;
    }
    if (!client_ || refused) return;
    if (structure.is_job) ask_server(file, places, report);
    else context_.log.warning(file.path + " holds no job: Nomad is not asked");
}

void Validation::ask_server(File& file, const Places& places, std::vector<Diagnostic>& report) {
    const auto parsed = client_->parse(file.rendered.text);
    for (const auto& objection : parsed.objections) {
        Place place{.file = file.path};
        if (objection.line > 0) place = rendering::template_place(file.rendered, places, objection.line, objection.column);
        report.push_back({.message = "Nomad refuses the job: " + objection.message, .place = place});
    }
    if (!parsed.objections.empty()) return;
    if (options_.validate == "server") {
        const auto validation = client_->validate(parsed.job);
        for (const auto& error : validation.errors) report.push_back({.message = "Nomad refuses the job: " + error, .place = {file.path}});
        for (const auto& warning : validation.warnings) report.push_back({.severity = Severity::warning, .message = "Nomad warns: " + warning, .place = {file.path}});
        if (!validation.errors.empty()) return;
    }
    if (!options_.plan) return;
    file.plan = client_->plan(parsed.job);
    for (const auto& failure : nomad::placement_failures(*file.plan)) {
        report.push_back({.severity = Severity::warning, .message = "Nomad could not place all of it now: " + failure, .place = {file.path}});
    }
}

} // namespace slipway::render_jobspec
