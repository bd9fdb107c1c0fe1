#include "run-job/registration/registration.hpp"

#include "core/text.hpp"
#include "nomad/plan.hpp"

#include <algorithm>
#include <utility>

namespace slipway::run_job {

namespace {

using Outcome = nomad::Written::Outcome;

constexpr Duration pause{500};

/// The server that answers may not have heard yet of what another one has written.
constexpr int most_looks = 20;

constexpr int most_plans = 5;

std::uint64_t index_in(const nomad::Json& answer, const char* key) {
    const auto value = answer.is_object() ? answer.find(key) : answer.end();
    return answer.is_object() && value != answer.end() && value->is_number_unsigned() ? value->get<std::uint64_t>() : 0;
}

/// Nomad's texts of a lost race.
/// @source Nomad's nomad/job_endpoint.go, RegisterEnforceIndexErrPrefix
bool is_lost_race(std::string_view words) { return words.find("Enforcing job modify index") != std::string_view::npos; }

class Registration {
public:
    Registration(PlannedJob& planned, nomad::JobApi& api, nomad::Client& client, OnConflict on_conflict, cli::Context& context)
        : planned_(planned), api_(api), client_(client), on_conflict_(on_conflict), context_(context) {}

    Registered run() {
        while (planned_.changes) {
            const auto written = api_.register_job(planned_.file.job, planned_.job_modify_index, planned_.file.submission);
            if (written.outcome == Outcome::done) return registered(written.answer);
            if (written.outcome == Outcome::refused) {
                if (!is_lost_race(written.words)) throw refused("Nomad refuses job " + to_string(planned_.file.key) + ": " + written.words);
                plan_upon(api_.job());
            } else if (auto found = look_after(written)) {
                return std::move(*found);
            }
        }
        return unchanged();
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
                .parameterized = job.parameterized,
                .existed = planned_.job_modify_index != 0,
                .warnings = {}};
    }

    Registered registered(const nomad::Json& answer) {
        const auto index = index_in(answer, "JobModifyIndex");
        for (int looks = 0; looks < most_looks; ++looks) {
            const auto job = api_.job();
            if (job && job->job_modify_index >= index) {
                auto result = described(*job);
                result.changed = true;
                result.evaluation = nomad::text_at(answer, "EvalID");
                if (job->job_modify_index > index) own_version(index, result);
                const auto warnings = nomad::text_at(answer, "Warnings");
                if (!warnings.empty()) result.warnings.push_back(one_line(trim(warnings)));
                return result;
            }
            context_.clock.sleep_for(pause);
        }
        throw world_failure("registered job " + to_string(planned_.file.key) + ", and Nomad does not show it", "look at it with nomad job status");
    }

    /// Somebody has registered another version since: what was registered here is below it.
    void own_version(std::uint64_t index, Registered& result) {
        for (const auto& version : api_.versions()) {
            if (version.job_modify_index != index) continue;
            result.version = version.version;
            result.job_modify_index = index;
        }
    }

    Registered unchanged() {
        const auto job = api_.job();
        if (!job) throw refused("job " + to_string(planned_.file.key) + " was there when it was planned, and is gone now", "run this step again");
        return described(*job);
    }

    /// After an answer that was lost.
    /// @return what is registered; nothing when it has to be sent again
    std::optional<Registered> look_after(const nomad::Written& written) {
        context_.log.warning("the answer to the registration is lost (" + visible(written.words) + "): looking whether job " + to_string(planned_.file.key) + " is registered");
        if (api_.time_left() <= Duration{0}) throw world_failure("cannot register job " + to_string(planned_.file.key) + ": " + visible(written.words), "whether it is registered is not known: run this step again");
        const auto job = api_.job();
        if ((job ? job->job_modify_index : 0) == planned_.job_modify_index) {
            context_.log.info("it is not: registering it again");
            context_.clock.sleep_for(pause);
            return std::nullopt;
        }
        const auto before = planned_.job_modify_index;
        plan_again();
        if (planned_.changes) {
            conflict(job, before);
            return std::nullopt;
        }
        context_.log.info("it is registered");
        auto result = described(*job);
        result.changed = true;
        result.existed = before != 0;
        result.evaluation = evaluation_of(job->job_modify_index);
        return result;
    }

    std::string evaluation_of(std::uint64_t index) {
        const auto all = api_.evaluations();
        const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.job_modify_index == index && one.triggered_by == "job-register"; });
        return found == all.end() ? std::string() : found->id;
    }

    /// After a race that was lost.
    void plan_upon(const std::optional<nomad::JobVersion>& job) {
        const auto before = planned_.job_modify_index;
        if (on_conflict_ == OnConflict::fail) conflict(job, before);
        plan_again();
        if (planned_.changes) conflict(job, before);
    }

    void plan_again() {
        auto file = std::move(planned_.file);
        planned_ = plan_job(std::move(file), client_);
    }

    /// @throws Error (refused) unless it may be planned again
    void conflict(const std::optional<nomad::JobVersion>& job, std::uint64_t before) {
        const auto stands = job ? "version " + std::to_string(job->version) + " with modify index " + std::to_string(job->job_modify_index) + " stands" : std::string("nothing stands");
        const auto message = "job " + to_string(planned_.file.key) + " was changed by somebody else since the plan: " + stands + " where " + (before == 0 ? std::string("there was no job") : "modify index " + std::to_string(before) + " was planned upon");
        if (on_conflict_ == OnConflict::fail) throw refused(message, "run this step again, or with --retry-on-conflict, which plans again by itself");
        if (++plans_ >= most_plans) throw refused(message + ", " + std::to_string(plans_) + " times");
        context_.log.warning(message + "; planned again:");
        context_.log.raw(context_.log.redact(planned_.difference()));
    }

    PlannedJob& planned_;
    nomad::JobApi& api_;
    nomad::Client& client_;
    OnConflict on_conflict_;
    cli::Context& context_;
    int plans_ = 0;
};

} // namespace

std::string PlannedJob::difference() const { return nomad::difference_for_people(plan); }

PlannedJob plan_job(JobFile file, nomad::Client& client) {
    PlannedJob planned;
    planned.plan = client.plan(file.job);
    planned.file = std::move(file);
    planned.job_modify_index = index_in(planned.plan, "JobModifyIndex");
    planned.changes = nomad::changes_anything(planned.plan);
    planned.unplaceable = nomad::placement_failures(planned.plan);
    return planned;
}

Registered register_planned(PlannedJob& planned, nomad::JobApi& api, nomad::Client& client, OnConflict on_conflict, cli::Context& context) {
    return Registration(planned, api, client, on_conflict, context).run();
}

} // namespace slipway::run_job
