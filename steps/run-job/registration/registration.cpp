#include "run-job/registration/registration.hpp"

#include "core/text.hpp"
#include "nomad/plan.hpp"

#include <optional>
#include <string>
#include <utility>

namespace slipway::run_job {

namespace {

using Outcome = nomad::Written::Outcome;

constexpr Duration pause{500};

/// The server that answers may not have heard yet of what another one has written.
constexpr int most_looks = 20;

constexpr int most_plans = 5;

/// Nomad's texts of a lost race.
/// @source Nomad's nomad/job_endpoint.go, RegisterEnforceIndexErrPrefix
bool is_lost_race(std::string_view words) { return words.find("Enforcing job modify index") != std::string_view::npos; }

class Registration {
public:
    Registration(PlannedJob& planned, nomad::JobApi& api, nomad::Client& client, OnConflict on_conflict, cli::Context& context)
        : planned_(planned), api_(api), client_(client), on_conflict_(on_conflict), context_(context) {}

    Registered run() {
        for (;;) {
            if (!planned_.changes) {
                if (auto found = as_it_stands()) return std::move(*found);
                continue;
            }
            const auto written = api_.register_job(planned_.file.job, planned_.job_modify_index, planned_.file.submission);
            switch (written.outcome) {
            case Outcome::done: return described_after(written.answer);
            case Outcome::refused:
                if (!is_lost_race(written.words)) throw refused("Nomad refuses job " + to_string(planned_.file.key) + ": " + written.words);
                plan_upon(api_.job());
                break;
            case Outcome::lost: look_after(written); break;
            }
        }
    }

private:
    Registered described(const nomad::JobVersion& job) const {
        return {.key = planned_.file.key,
                .type = job.type.empty() ? planned_.file.type : job.type,
                .version = job.version,
                .job_modify_index = job.job_modify_index,
                .evaluation = {},
                .changed = false,
                .periodic = job.periodic,
                .parameterized = job.parameterized};
    }

    /// A token may register and not read, and who sees only the error would not know that the job is there.
    Registered described_after(const nomad::Json& answer) {
        std::optional<Registered> found;
        try {
            found = registered(answer);
        } catch (const Error& error) {
            auto diagnostics = error.diagnostics();
            diagnostics.push_back({.severity = Severity::warning, .message = "job " + to_string(planned_.file.key) + " is registered, and goes on without this step"});
            throw Error(error.code(), std::move(diagnostics));
        }
        if (!found) throw world_failure("registered job " + to_string(planned_.file.key) + ", and Nomad does not show it", "look at it with nomad job status");
        return std::move(*found);
    }

    std::optional<Registered> registered(const nomad::Json& answer) {
        const auto index = nomad::number_at(answer, "JobModifyIndex");
        for (int looks = 0; looks < most_looks; ++looks) {
            const auto job = api_.job();
            if (job && job->job_modify_index >= index) {
                auto result = described(*job);
                result.changed = true;
                result.evaluation = nomad::text_at(answer, "EvalID");
                if (job->job_modify_index > index) own_version(index, result);
                return result;
            }
            context_.clock.sleep_for(pause);
        }
        return std::nullopt;
    }

    /// Somebody has registered another version since: what was registered here is below it.
    void own_version(std::uint64_t index, Registered& result) {
        for (const auto& version : api_.versions()) {
            if (version.job_modify_index != index) continue;
            result.version = version.version;
            result.job_modify_index = index;
        }
    }

    /// What Nomad has, when that is the job that was planned and not what somebody made of it since.
    std::optional<Registered> as_it_stands() {
        const auto job = api_.job();
        if (!job || job->job_modify_index != planned_.job_modify_index) {
            context_.clock.sleep_for(pause); // the plan and the job may be told by servers of which one lags behind
            plan_upon(job);
            return std::nullopt;
        }
        auto result = described(*job);
        if (lost_upon_ && *lost_upon_ != job->job_modify_index) {
            context_.log.info("job " + to_string(planned_.file.key) + " is registered");
            result.changed = true;
            result.evaluation = evaluation_of(job->job_modify_index);
        }
        return result;
    }

    /// After an answer that was lost. What was sent may also be registered later: then the race against it is lost.
    void look_after(const nomad::Written& written) {
        if (api_.time_left() <= Duration{0}) {
            throw world_failure("cannot register job " + to_string(planned_.file.key) + ": " + visible(written.words), "whether it is registered is not known: run this step again");
        }
        context_.log.warning("the answer to the registration is lost (" + visible(written.words) + "): looking whether job " + to_string(planned_.file.key) + " is registered");
        if (!lost_upon_) lost_upon_ = planned_.job_modify_index;
        const auto job = api_.job();
        if ((job ? job->job_modify_index : 0) != planned_.job_modify_index) return plan_upon(job);
        context_.log.info("it is not: registering it again");
        context_.clock.sleep_for(pause);
    }

    std::string evaluation_of(std::uint64_t index) {
        std::string id;
        std::uint64_t newest = 0;
        for (const auto& one : api_.evaluations()) {
            if (one.job_modify_index != index || one.triggered_by != "job-register" || one.create_index < newest) continue;
            newest = one.create_index;
            id = one.id;
        }
        return id;
    }

    /// Plans again, as something else stands than was planned upon.
    /// @throws Error (refused) when that is another job, unless it may be replaced all the same
    void plan_upon(const std::optional<nomad::JobVersion>& job) {
        const auto before = planned_.job_modify_index;
        planned_ = plan_job(std::move(planned_.file), client_);
        const auto stands = job ? "version " + std::to_string(job->version) + " with modify index " + std::to_string(job->job_modify_index) + " stands" : std::string("there is none");
        const auto message = "job " + to_string(planned_.file.key) + " was changed by somebody else since the plan: " + stands + " where " +
                             (before == 0 ? std::string("there was none") : std::to_string(before) + " was planned upon");
        if (planned_.changes && on_conflict_ == OnConflict::fail) throw refused(message, "run this step again, or with --retry-on-conflict, which plans again by itself");
        if (++plans_ > most_plans) throw refused(message + ", and so on " + std::to_string(most_plans) + " times", "somebody else registers it all the time");
        if (!planned_.changes) return;
        context_.log.warning(message + "; planned again:");
        planned_.show(context_.log);
    }

    PlannedJob& planned_;
    nomad::JobApi& api_;
    nomad::Client& client_;
    OnConflict on_conflict_;
    cli::Context& context_;
    std::optional<std::uint64_t> lost_upon_; ///< modify index upon which a registration was sent of which nothing was heard
    int plans_ = 0; ///< after the first
};

} // namespace

std::string PlannedJob::difference() const { return nomad::difference_for_people(plan); }

void PlannedJob::show(io::Log& log) const {
    if (log.settings().level <= io::LogLevel::info) log.raw(difference());
}

PlannedJob plan_job(JobFile file, nomad::Client& client) {
    PlannedJob planned;
    planned.plan = client.plan(file.job);
    if (const auto diff = planned.plan.find("Diff"); diff == planned.plan.end() || nomad::text_at(*diff, "Type").empty()) {
        throw world_failure("Nomad's plan of job " + to_string(file.key) + " tells no difference", "is --nomad-addr really a Nomad server's?");
    }
    planned.file = std::move(file);
    planned.job_modify_index = nomad::number_at(planned.plan, "JobModifyIndex");
    planned.changes = nomad::changes_anything(planned.plan);
    planned.unplaceable = nomad::placement_failures(planned.plan);
    return planned;
}

Registered register_planned(PlannedJob& planned, nomad::JobApi& api, nomad::Client& client, OnConflict on_conflict, cli::Context& context) {
    return Registration(planned, api, client, on_conflict, context).run();
}

} // namespace slipway::run_job
