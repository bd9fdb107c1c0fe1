#include "push_rules.hpp"

#include "push-rules/check/checker.hpp"
#include "push-rules/check/metric_source.hpp"
#include "push-rules/check/server.hpp"
#include "core/text.hpp"
#include "report.hpp"
#include "targets.hpp"

#include <utility>

namespace slipway::push_rules {

namespace {

/// What the server says of itself and its targets. A server that the rules are published to is asked again then, so here it may be
/// away.
void learn_from_server(const Options& options, CheckSettings& settings, cli::Context& context) {
    if (options.server.url.empty()) return;
    try {
        const auto client = cli::connect(options.server, options.tls, context);
        const prometheus::Patience patience{.attempts = options.check ? 4 : 1};
        prometheus::Api api(*client, cli::base_url(options.server), patience);
        if (options.prometheus_version.empty()) {
            if (const auto version = version_of(api)) settings.language.dialect.version = *version;
        }
        ask_server(api, settings.service);
    } catch (const Error& error) {
        if (options.check) throw;
        context.log.debug(error.what());
        context.log.info("the server does not answer: the rules are checked for Prometheus " + to_string(settings.language.dialect.version) + ", and not against its targets");
    }
}

MetricRequest request_of(const Options& options) {
    return {.warm_up = options.warm_up, .port = options.port, .path = options.path, .patience = options.patience(), .tls = options.tls};
}

void learn_from_service(const Options& options, CheckSettings& settings, cli::Context& context) {
    auto& service = settings.service;
    service.normalizes_buckets = settings.language.dialect.at_least(3, 0);
    for (const auto& label : comma_separated(options.target_labels)) service.target_labels.insert(label);
    if (!options.has_metrics()) return;
    settings.has_metrics = true;
    const auto request = request_of(options);
    for (const auto& source : options.metrics) add_metrics(source, request, context, service.metrics);
    if (!options.image.empty()) add_metrics_of_image(options.image, request, context, service.metrics);
    service.has_baseline = !options.baseline.empty();
    for (const auto& source : options.baseline) {
        const bool image = !is_url(source) && context.files.kind(source) == io::FileKind::none;
        if (image) add_metrics_of_image(source, request, context, service.baseline);
        else add_metrics(source, request, context, service.baseline);
    }
    service.external = ExternalMetrics(comma_separated(options.external_metrics));
    context.log.info("the service exposes " + count_of(service.metrics.metrics().size(), "metric"));
}

void plan_dashboards(const Options& options, const slo::RuleSettings& settings, cli::Context& context, Plan& plan) {
    if (!options.dashboards.wanted()) return;
    plan.dashboards = make_dashboards(plan.inputs->objectives, settings, options.dashboards);
    if (plan.dashboards.empty()) context.log.warning("there are no objectives, so there is no dashboard");
    if (options.dashboards.writes()) plan.dashboard_files = dashboard_files(options.dashboards, plan.dashboards, options.cluster.name_space);
    if (options.publishes() && options.dashboards.publishes()) plan.dashboard_changes = compare_dashboards(options.dashboards, options.tls, plan.dashboards, context);
}

/// Dashboards go out when the rules that they show are there.
void publish_dashboards(const Options& options, const Plan& plan, cli::Context& context, Result& result) {
    auto& publication = result.publication;
    if (publication.code != ExitCode::done || !options.dashboards.publishes() || plan.dashboards.empty()) return;
    result.dashboards = push_dashboards(options.dashboards, options.tls, plan.dashboards, release_of(context.ci, publication.groups.any()), context);
    publication.code = result.dashboards.code;
    const auto& diagnostics = result.dashboards.diagnostics;
    publication.diagnostics.insert(publication.diagnostics.end(), diagnostics.begin(), diagnostics.end());
}

} // namespace

Plan PushRules::plan(const Options& options, cli::Context& context) {
    if (!options.restore.empty()) {
        Plan plan{.inputs = std::make_shared<Inputs>(), .target = make_target(options, nullptr, context)};
        plan.publication = plan.target->plan();
        return plan;
    }
    CheckSettings settings{.language = language_of(options), .severities = severities_of(options), .scrape_interval = options.scrape_interval};
    learn_from_server(options, settings, context);
    learn_from_service(options, settings, context);
    const ReadSettings read_settings{settings.language, settings_of(options.slo, context.files), options.is_ruler() ? prometheus::KeepTree::yes : prometheus::KeepTree::no};
    const auto read = std::make_shared<Inputs>(read_inputs(options.rules, read_settings, context.files, context.cancellation));
    Plan plan{.inputs = read};
    auto& inputs = *read;
    check_names(inputs, options.publishes() ? Severity::error : Severity::warning);
    check_all(inputs, settings, context.processes, context.cancellation);
    inputs.sort_problems();
    if (inputs.unreadable) plan.code = ExitCode::misuse;
    else if (inputs.has_errors()) plan.code = ExitCode::refused;
    if (plan.code != ExitCode::done) return plan;
    unwrap_manifests(inputs);
    context.log.info("checked " + what_was_checked(inputs) + " for Prometheus " + to_string(settings.language.dialect.version));
    plan_dashboards(options, read_settings.slo, context, plan);
    if (options.emits_into_folder(context.files)) plan.emitted_files = emit_files(options, read_settings.slo, inputs);
    else if (!options.emit.empty()) plan.emitted = emit(options, read_settings.slo, inputs);
    if (options.publishes()) {
        plan.target = make_target(options, &inputs, context);
        plan.publication = plan.target->plan();
    }
    return plan;
}

Result PushRules::run(const Options& options, const Plan& plan, cli::Context& context) {
    Result result{.inputs = plan.inputs, .publication = {.groups = {}, .code = plan.code}};
    if (plan.code != ExitCode::done) return result;
    write_dashboards(plan.dashboard_files, context);
    if (options.publishes()) {
        result.publication = plan.target->publish();
        publish_dashboards(options, plan, context, result);
    } else if (options.emits_into_folder(context.files)) {
        context.files.make_folders(options.output);
        for (const auto& file : plan.emitted_files) {
            const auto path = io::Path(options.output) / file.name;
            context.files.write_atomic(path, file.text);
            context.log.info("wrote " + path.string());
        }
    } else if (!options.output.empty()) {
        context.files.write_atomic(options.output, plan.emitted);
        context.log.info("wrote " + options.output);
    } else {
        result.emitted = plan.emitted;
    }
    return result;
}

} // namespace slipway::push_rules
