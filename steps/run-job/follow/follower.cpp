#include "run-job/follow/follower.hpp"

#include "core/text.hpp"
#include "run-job/follow/task_log.hpp"

#include <algorithm>
#include <utility>

namespace slipway::run_job {

namespace {

using End = Followed::End;

constexpr Duration usual_wait{50'000};
/// Nothing changes about a deployment when its allocations get no place, so evaluations are looked at that often.
constexpr Duration wait_while_misplaced{10'000};
constexpr Duration wait_for_output{1'000};
/// A scheduler that is about to do something is waited for that long between two looks at the allocations.
constexpr Duration wait_for_scheduler{1'000};
constexpr Duration pause{250};
/// What changes all the time, as a thousand allocations do, is looked at that often after a while; nobody waits longer for an end because of it.
constexpr Duration shortest_round{50};
constexpr int most_quick_rounds = 20;
/// A deployment or an allocation may appear a moment after its evaluation: that many looks, with pauses in between, are 2 s.
constexpr int most_looks = 9;

bool any_group(const nomad::JobVersion& job, bool (*holds)(const nomad::Json&)) {
    const auto& groups = nomad::value_at(job.job, "TaskGroups");
    return groups.is_array() && std::any_of(groups.begin(), groups.end(), holds);
}

bool is_positive(const nomad::Json& number) { return number.is_number() && number.get<double>() > 0; }

bool has_count(const nomad::Json& group) { return !nomad::value_at(group, "Count").is_number() || is_positive(nomad::value_at(group, "Count")); }

/// Whether Nomad makes deployments of the job, as far as the job itself tells.
bool is_deployed(const nomad::JobVersion& job) {
    return any_group(job, [](const nomad::Json& group) { return has_count(group) && is_positive(nomad::value_at(nomad::value_at(group, "Update"), "MaxParallel")); });
}

nomad::Deployment deployment_of(const std::string& id) {
    nomad::Deployment deployment;
    deployment.id = id;
    return deployment;
}

std::string nothing_to_place(const nomad::JobVersion& job) {
    if (!any_group(job, &has_count)) return "count 0: nothing to place";
    return job.type == "system" || job.type == "sysbatch" ? "nothing to place: no node is eligible" : "nothing to place: Nomad has no allocation of this version";
}

/// Whether what runs goes on running: nobody judges the health of allocations without a deployment, and a task that ends at once runs, too.
class Calm {
public:
    explicit Calm(io::Clock& clock) : clock_(clock) {}

    /// @param allocations  all running
    bool proven(const std::vector<nomad::Allocation>& allocations) {
        std::uint64_t restarts = 0;
        for (const auto& allocation : allocations) {
            for (const auto& task : allocation.tasks) restarts += task.restarts;
        }
        if (!has_begun_ || restarts != restarts_) since_ = clock_.steady();
        has_begun_ = true;
        restarts_ = restarts;
        return clock_.steady() - since_ >= time_to_prove;
    }
    /// How long it takes yet; nothing when nothing runs.
    std::optional<Duration> patience() const {
        if (!has_begun_) return std::nullopt;
        return std::max(Duration{1}, std::chrono::ceil<Duration>(since_ + time_to_prove - clock_.steady()));
    }

private:
    static constexpr Duration time_to_prove{5'000};
    io::Clock& clock_;
    bool has_begun_ = false;
    io::Steady since_{};
    std::uint64_t restarts_ = 0;
};

} // namespace

Follower::Follower(nomad::JobApi& api, FollowSettings settings, Timeline& timeline, cli::Context& context)
    : api_(api), settings_(settings), timeline_(timeline), context_(context), placement_(settings.placement_timeout, context.clock, context.log) {}

Followed Follower::follow(const Registered& registered) {
    if (registered.type == "batch" || registered.type == "sysbatch") return follow_tasks(registered.evaluation, registered.version);
    placement_.restart();
    const auto evaluation = registered.evaluation.empty() ? pending_evaluation() : registered.evaluation;
    if (auto ended = settle(evaluation, registered.version)) return std::move(*ended);
    if (const auto deployment = find_deployment(registered, registered.changed || !evaluation.empty())) return follow_deployment(deployment->id, Until::canaries_ready);
    return follow_allocations(Purpose::to_run, registered.version, true);
}

Followed Follower::follow_tasks(const std::string& evaluation, std::uint64_t version) {
    placement_.restart();
    if (auto ended = settle(evaluation, version)) return std::move(*ended);
    return follow_allocations(Purpose::to_end, version, !evaluation.empty());
}

std::optional<Followed> Follower::settle(std::string id, std::uint64_t version) {
    for (std::uint64_t index = 0; !id.empty();) {
        if (api_.time_left() <= Duration{0}) return end_with(End::out_of_time, "evaluation " + nomad::short_id(id) + " is not complete");
        const auto began = context_.clock.steady();
        const auto read = api_.evaluation(id, {index, usual_wait});
        if (!read) break;
        const auto& evaluation = read->value;
        if (evaluation.status == "complete" || evaluation.status == "blocked") {
            if (const auto failures = unplaced_in(evaluation); !failures.empty()) placement_.update(failures);
            break;
        }
        if (evaluation.status == "failed" || evaluation.status == "canceled") {
            if (auto ended = interrupted(version)) return ended;
            if (evaluation.next_eval.empty() || evaluation.next_eval == id) {
                // A later one of the same job does the same.
                if (evaluation.status == "canceled" && is_unsettled(api_.evaluations())) break;
                return end_with(End::failed, "the evaluation is " + evaluation.status + (evaluation.description.empty() ? "" : ": " + one_line(evaluation.description)), "failed");
            }
            context_.log.warning("evaluation " + nomad::short_id(id) + " failed, and Nomad tries again: " + one_line(evaluation.description));
            id = evaluation.next_eval;
            index = 0;
            context_.clock.sleep_for(pause);
            continue;
        }
        pace(index, read->index, began);
        index = read->index;
    }
    timeline_.end_phase("evaluated");
    return std::nullopt;
}

std::string Follower::pending_evaluation() {
    std::string id;
    std::uint64_t newest = 0;
    for (const auto& one : api_.evaluations()) {
        // Others are put off until it is time to reschedule something.
        const bool decides_now = one.triggered_by == "job-register" || one.triggered_by == "deployment-watcher";
        if (!decides_now || one.status != "pending" || one.create_index < newest) continue;
        newest = one.create_index;
        id = one.id;
    }
    return id;
}

std::optional<nomad::Deployment> Follower::find_deployment(const Registered& registered, bool is_new) {
    for (int look = 1;; ++look) {
        for (auto& deployment : api_.deployments()) {
            const bool is_ours = deployment.spec_modify_index == registered.job_modify_index || (!is_new && deployment.job_version == registered.version);
            if (is_ours && !deployment.id.empty()) return std::move(deployment);
        }
        if (!is_new || look == most_looks || api_.time_left() <= Duration{0}) return std::nullopt;
        if (look == 1) {
            const auto job = api_.job();
            if (!job || job->stopped || job->version != registered.version || !is_deployed(*job)) return std::nullopt;
        }
        context_.clock.sleep_for(pause);
    }
}

Followed Follower::follow_deployment(const std::string& id, Until until) {
    DeploymentProgress progress;
    std::optional<nomad::Deployment> last;
    bool waited = false;
    for (std::uint64_t index = 0;;) {
        if (last && api_.time_left() <= Duration{0}) break;
        const auto began = context_.clock.steady();
        auto read = api_.deployment(id, {index, longest_wait(last && misses_allocations(*last))});
        if (!read) return without_deployment(last.value_or(deployment_of(id)));
        const auto& deployment = last.emplace(std::move(read->value));
        tell(deployment, progress);
        tell_canaries(deployment, waited);
        if (deployment.is_over()) return over(deployment);
        if (until == Until::canaries_ready && deployment.canaries_are_healthy() && !deployment.promotes_itself()) {
            auto ready = end_with(End::canaries_ready, {});
            ready.deployment = deployment;
            return with_allocations(std::move(ready));
        }
        placement_.update(misses_allocations(deployment) ? unplaced_in(api_.evaluations()) : std::vector<std::string>());
        if (placement_.is_overdue()) {
            auto unplaced = end_with(End::unplaced, placement_.words(), "no place");
            unplaced.deployment = deployment;
            return with_allocations(std::move(unplaced));
        }
        pace(index, read->index, began);
        index = read->index;
    }
    auto late = end_with(End::out_of_time, in_words(*last) + (placement_.is_missing() ? "; no place: " + placement_.words() : ""), "out of time");
    late.deployment = std::move(last);
    return with_allocations(std::move(late));
}

void Follower::tell(const nomad::Deployment& deployment, DeploymentProgress& progress) {
    const auto news = progress.update(deployment);
    for (const auto& line : news) {
        if (!context_.log.is_live() || deployment.status != "running") context_.log.info(line); // else the live line says it
    }
    if (!deployment.is_over() && (news.empty() || context_.log.is_live())) context_.log.progress("deployment " + nomad::short_id(deployment.id) + ": " + in_words(deployment));
}

void Follower::tell_canaries(const nomad::Deployment& deployment, bool& waited) {
    const bool waits = deployment.waits_for_promotion();
    const bool is_promoted = waited && !waits && deployment.status != "failed" && deployment.status != "cancelled";
    if (canaries_seen_ != deployment.id && (deployment.canaries_are_healthy() || is_promoted)) {
        canaries_seen_ = deployment.id;
        timeline_.end_phase("canaries healthy");
        if (waits) context_.log.info(deployment.promotes_itself() ? "the canaries are healthy, and Nomad promotes them by itself" : "the canaries are healthy and wait for promotion");
    }
    if (is_promoted) {
        timeline_.end_phase("promoted");
        context_.log.info("the canaries are promoted");
    }
    waited = waits;
}

Followed Follower::over(const nomad::Deployment& deployment) {
    Followed followed;
    const auto words = one_line(deployment.description);
    if (deployment.status == "successful") {
        followed = end_with(End::successful, words, "successful");
    } else if (auto ended = deployment.status == "cancelled" ? interrupted(deployment.job_version) : std::nullopt) {
        followed = std::move(*ended);
        if (!words.empty()) followed.words = words;
    } else {
        followed = end_with(End::failed, words.empty() ? "the deployment is " + deployment.status : words, "failed");
    }
    followed.deployment = deployment;
    return with_allocations(std::move(followed));
}

Followed Follower::without_deployment(const nomad::Deployment& last) {
    const auto job = api_.job();
    const auto version = last.status.empty() && job ? job->version : last.job_version;
    if (auto ended = interrupted(version)) return std::move(*ended);
    context_.log.warning("deployment " + nomad::short_id(last.id) + " is not there any more: going on with the allocations of version " + std::to_string(version));
    return follow_allocations(Purpose::to_run, version, true);
}

Followed Follower::follow_allocations(Purpose purpose, std::uint64_t version, bool is_settled) {
    TaskLog output(api_, context_);
    const bool shows_output = settings_.logs && purpose == Purpose::to_end;
    std::string said;
    std::vector<nomad::Allocation> allocations;
    const auto ended_as = [&](Followed followed) {
        if (shows_output) output.finish(allocations);
        followed.allocations = std::move(allocations);
        return followed;
    };
    Calm is_calm(context_.clock);
    std::uint64_t index = 0;
    for (int looks = 1;; ++looks) {
        if (looks > 1 && api_.time_left() <= Duration{0}) break;
        const auto began = context_.clock.steady();
        const auto wait = longest_wait(placement_.is_missing());
        const auto longest = is_calm.patience() ? std::min(wait, *is_calm.patience()) : wait;
        auto read = api_.allocations({index, shows_output ? std::min(longest, wait_for_output) : longest});
        allocations = of_version(std::move(read.value), version);
        const auto state = state_of(allocations, purpose);
        if (shows_output) output.fetch(allocations);
        if (state.is == AllocationState::Is::none && !is_settled && looks < most_looks) {
            context_.clock.sleep_for(pause);
            continue;
        }
        if (state.words != said && state.is != AllocationState::Is::none) {
            said = state.words;
            context_.log.info(state.is == AllocationState::Is::failed ? said : "allocations: " + said);
        }
        if (state.is != AllocationState::Is::going_on || placement_.is_missing()) {
            const auto evaluations = api_.evaluations();
            placement_.update(unplaced_in(evaluations));
            if (placement_.is_overdue()) return ended_as(end_with(End::unplaced, placement_.words(), "no place"));
            if (await_scheduler(evaluations)) {
                pace(0, 1, began);
                index = 0;
                continue;
            }
            if (!is_unsettled(evaluations)) {
                // What the scheduler did until it was asked shows only in what is read afterwards.
                read = api_.allocations();
                allocations = of_version(std::move(read.value), version);
                const bool is_to_prove = purpose == Purpose::to_run && state_of(allocations, purpose).is == AllocationState::Is::reached;
                if (is_to_prove && !is_calm.proven(allocations)) {
                    pace(index, read.index, began);
                    index = read.index;
                    continue;
                }
                if (auto ended = judge(allocations, purpose, version)) return ended_as(std::move(*ended));
            }
        }
        if (!said.empty() && (context_.log.is_live() || read.index <= index)) context_.log.progress("allocations: " + said);
        pace(index, read.index, began);
        index = read.index;
    }
    return ended_as(end_with(End::out_of_time, said + (placement_.is_missing() ? (said.empty() ? "" : "; ") + ("no place: " + placement_.words()) : ""), "out of time"));
}

bool Follower::await_scheduler(const std::vector<nomad::Evaluation>& evaluations) {
    const auto pending = std::find_if(evaluations.begin(), evaluations.end(), [](const auto& evaluation) { return evaluation.status == "pending"; });
    if (pending == evaluations.end() || api_.time_left() <= Duration{0}) return false;
    const auto now = api_.evaluation(pending->id);
    if (!now || now->value.status != "pending") {
        context_.clock.sleep_for(pause / 5); // a server whose list says otherwise is not asked without end
        return true;
    }
    const auto began = context_.clock.steady();
    const auto later = api_.evaluation(pending->id, {now->index, wait_for_scheduler});
    pace(now->index, later ? later->index : 0, began);
    return true;
}

std::optional<Followed> Follower::judge(const std::vector<nomad::Allocation>& allocations, Purpose purpose, std::uint64_t version) {
    using Is = AllocationState::Is;
    auto state = state_of(allocations, purpose);
    if (state.is == Is::stopped) {
        if (auto ended = interrupted(version)) return ended;
        // Drained or scaled down: what is left decides.
        auto left = allocations;
        std::erase_if(left, should_stop);
        state = state_of(left, purpose);
        if (state.is == Is::none) return end_with(End::stopped, "its allocations were stopped: " + one_line(allocations.back().desired_description), "stopped");
    }
    switch (state.is) {
    case Is::failed: {
        auto failed = end_with(End::failed, state.words, "failed");
        failed.exit_code = state.exit_code;
        return failed;
    }
    case Is::reached:
        if (placement_.is_missing()) return std::nullopt;
        return end_with(End::successful, state.words, purpose == Purpose::to_end ? "complete" : "successful");
    case Is::none: {
        if (auto ended = interrupted(version)) return ended;
        if (placement_.is_missing()) return std::nullopt;
        const auto job = api_.job();
        auto words = nothing_to_place(job.value_or(nomad::JobVersion{}));
        context_.log.info(words);
        return end_with(End::successful, std::move(words), purpose == Purpose::to_end ? "complete" : "successful");
    }
    default: return std::nullopt;
    }
}

std::optional<Followed> Follower::interrupted(std::uint64_t version) {
    const auto job = api_.job();
    if (!job) return end_with(End::stopped, "the job is not there any more", "stopped");
    if (job->stopped) return end_with(End::stopped, "the job was stopped", "stopped");
    if (job->version <= version) return std::nullopt;
    auto superseded = end_with(End::superseded, "version " + std::to_string(job->version) + " was registered", "superseded");
    superseded.newer_version = job->version;
    return superseded;
}

Duration Follower::longest_wait(bool misses_places) const {
    const auto wait = misses_places ? wait_while_misplaced : usual_wait;
    const auto patience = placement_.time_left();
    // 0 would be Nomad's default, which is minutes.
    return patience ? std::clamp(*patience, Duration{1}, wait) : wait;
}

void Follower::pace(std::uint64_t asked, std::uint64_t answered, io::Steady began) {
    const auto took = std::chrono::floor<Duration>(context_.clock.steady() - began);
    const bool is_new = answered > asked;
    const bool has_waited = asked > 0 && took >= pause;
    if (answered == 0 || (!is_new && !has_waited)) {
        context_.clock.sleep_for(std::clamp(api_.time_left(), Duration{1}, pause));
    } else if (took >= shortest_round) {
        quick_rounds_ = 0;
    } else if (++quick_rounds_ > most_quick_rounds) {
        context_.clock.sleep_for(shortest_round - took);
    }
}

Followed Follower::end_with(End end, std::string words, std::string phase) {
    context_.log.end_progress();
    if (!phase.empty()) timeline_.end_phase(std::move(phase), end != End::successful);
    Followed followed;
    followed.end = end;
    followed.words = std::move(words);
    return followed;
}

Followed Follower::with_allocations(Followed followed) {
    try {
        if (followed.deployment) followed.allocations = api_.deployment_allocations(followed.deployment->id);
    } catch (const Error& error) {
        // The end is known, and counts also without them.
        context_.log.warning(std::string("its allocations are not known: ") + error.what());
    }
    auto& all = followed.allocations;
    std::stable_sort(all.begin(), all.end(), [](const auto& one, const auto& other) { return one.create_index < other.create_index; });
    return followed;
}

} // namespace slipway::run_job
