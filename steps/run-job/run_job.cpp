#include "run_job.hpp"

#include "job_run.hpp"
#include "report.hpp"
#include "run-job/input/job_file.hpp"

#include <utility>

namespace slipway::run_job {

namespace {

/// Whether the job is only named, which is enough to do something with what is registered. Folders often have a service's name.
bool is_only_named(const std::string& job, const Options& options, cli::Context& context) {
    if (job == "-" || !(options.stop || options.dispatch || options.force)) return false;
    const auto kind = context.files.kind(job);
    return kind == io::FileKind::none || kind == io::FileKind::directory;
}

/// Before anything is registered, which would start a job that is neither.
/// @throws Error (misuse)
void check_kind(const JobFile& file, const Options& options) {
    const auto has = [&](const char* key) { return file.job.is_object() && file.job.contains(key) && file.job[key].is_object(); };
    if (options.dispatch && !has("ParameterizedJob")) throw misuse("cannot use --dispatch with job " + to_string(file.key) + ": it has no parameterized block");
    if (options.force && !has("Periodic")) throw misuse("cannot use --force with job " + to_string(file.key) + ": it has no periodic block");
}

} // namespace

Plan RunJob::plan(const Options& options, cli::Context& context) {
    nomad::Client client(options.nomad, context);
    Plan plan{.work = {}, .refuses_change = options.fail_on_change, .stops = options.stop, .payload = {}};
    if (!options.payload.empty()) plan.payload = context.files.read(options.payload);
    auto with_files = options;
    std::erase_if(with_files.jobs, [&](const auto& job) { return is_only_named(job, options, context); });
    auto files = read_job_files(with_files, client, context);
    auto next = files.begin();
    for (const auto& job : options.jobs) {
        if (is_only_named(job, options, context)) {
            plan.work.push_back({{job, options.nomad.name_space == "default" ? std::string() : options.nomad.name_space}, std::nullopt});
            continue;
        }
        auto& file = *next++;
        if (options.stop) {
            plan.work.push_back({file.key, std::nullopt});
            continue;
        }
        check_kind(file, options);
        if (options.run_again) mark_for_another_run(file.job, format_timestamp(context.clock.now()));
        for (const auto& warning : file.warnings) context.log.warning(to_line(warning));
        auto planned = plan_job(std::move(file), client);
        for (const auto& group : planned.unplaceable) context.log.warning("job " + to_string(planned.file.key) + " would find no place now: " + group);
        plan.work.push_back({planned.file.key, std::move(planned)});
    }
    return plan;
}

Result RunJob::run(const Options& options, const Plan& plan, cli::Context& context) {
    const auto began = context.clock.steady();
    nomad::Client client(options.nomad, context);
    nomad::Http http(options.nomad, context);
    Result result;
    for (const auto& work : plan.work) {
        context.cancellation.check();
        JobRun run(options, {.http = http, .client = client, .deadline = began + options.timeout}, work.key, result.outcomes, context);
        auto outcome = options.stop ? run.stop() : work.planned ? run.run(*work.planned, plan.payload) : run.launch(plan.payload);
        const bool failed = outcome.code != ExitCode::done;
        result.outcomes.push_back(std::move(outcome));
        if (failed) break;
    }
    result.took = std::chrono::duration_cast<Duration>(context.clock.steady() - began);
    return result;
}

cli::Report RunJob::report(const Plan& plan) {
    std::vector<PlannedJob> planned;
    std::string named;
    for (const auto& work : plan.work) {
        if (work.planned) planned.push_back(*work.planned);
        else named += std::string("would ") + (plan.stops ? "stop" : "start") + " job " + to_string(work.key) + '\n';
    }
    auto report = report_of(planned, plan.refuses_change);
    report.text += named;
    return report;
}

cli::Report RunJob::report(const Result& result) { return report_of(result.outcomes, result.took); }

} // namespace slipway::run_job
