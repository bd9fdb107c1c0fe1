#include "run-job/follow/deployment_watch.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace slipway::run_job {

namespace {

using End = Followed::End;

constexpr Duration patience{50'000};
constexpr Duration pause{500};

bool is_placed(const nomad::Deployment& deployment) {
    return std::all_of(deployment.groups.begin(), deployment.groups.end(), [](const auto& group) { return group.placed >= group.wanted(); });
}

/// Newer ones last.
void sort_by_age(std::vector<nomad::Allocation>& allocations) {
    std::stable_sort(allocations.begin(), allocations.end(), [](const auto& one, const auto& other) { return one.create_index < other.create_index; });
}

} // namespace

std::string progress_of(const nomad::Deployment& deployment) {
    std::vector<std::string> groups;
    for (const auto& group : deployment.groups) {
        const auto count = [](std::uint64_t number) { return std::to_string(number); };
        auto words = "group " + visible(group.name) + ": " + count(group.placed) + " of " + count(group.wanted());
        words += (group.waits_for_promotion() ? " canaries placed, " : " placed, ") + count(group.healthy) + " healthy";
        if (group.unhealthy > 0) words += ", " + count(group.unhealthy) + " unhealthy";
        groups.push_back(std::move(words));
    }
    return join(groups, "; ");
}

Followed DeploymentWatch::run(const std::string& id, Follower::Until until) {
    std::uint64_t index = 0;
    std::uint64_t version = 0;
    Duration wait = patience;
    for (;;) {
        const auto read = api_.deployment(id, {index, wait});
        if (!read) return gone(version);
        const auto& deployment = read->value;
        version = deployment.job_version;
        tell(deployment);
        if (deployment.is_over()) return ended(deployment);
        const auto with = [&](End end, std::string words = {}) { return Followed{.end = end, .words = std::move(words), .deployment = deployment, .allocations = {}, .exit_code = {}, .newer_version = {}}; };
        auto stops = std::optional<Followed>();
        if (until == Follower::Until::canaries_ready && deployment.canaries_are_healthy() && !deployment.promotes_itself()) stops = with(End::canaries_ready);
        const bool placed = is_placed(deployment);
        if (!stops && (!placed || placement_.is_blocked())) placement_.look();
        if (!stops && placement_.is_hopeless()) stops = with(End::unplaced, placement_.words());
        if (!stops && api_.time_left() <= Duration{0}) stops = with(End::out_of_time, progress_of(deployment));
        if (stops) {
            stops->allocations = api_.deployment_allocations(id);
            sort_by_age(stops->allocations);
            return std::move(*stops);
        }
        wait = placed && !placement_.is_blocked() ? patience : placement_.patience();
        if (read->index == 0) context_.clock.sleep_for(pause); // a server that names none would be asked without a pause
        index = read->index;
    }
}

void DeploymentWatch::tell(const nomad::Deployment& deployment) {
    auto words = progress_of(deployment);
    if (deployment.status != "running" && !deployment.is_over()) words = "deployment is " + visible(deployment.status) + ": " + visible(deployment.description) + "; " + words;
    context_.log.progress(words);
    if (words != told_ && !context_.log.is_live()) context_.log.info(words);
    told_ = std::move(words);
}

Followed DeploymentWatch::ended(nomad::Deployment deployment) {
    context_.log.end_progress();
    Followed followed{.end = deployment.status == "successful" ? End::successful : End::failed, .words = deployment.description, .deployment = deployment, .allocations = api_.deployment_allocations(deployment.id), .exit_code = {}, .newer_version = {}};
    sort_by_age(followed.allocations);
    if (deployment.status != "cancelled") return followed;
    auto why = gone(deployment.job_version);
    followed.end = why.end;
    followed.newer_version = why.newer_version;
    return followed;
}

/// Why a deployment was cancelled, or is not there any more.
Followed DeploymentWatch::gone(std::uint64_t version) {
    context_.log.end_progress();
    Followed followed{.end = End::stopped, .words = {}, .deployment = {}, .allocations = {}, .exit_code = {}, .newer_version = {}};
    const auto job = api_.job();
    if (!job || job->stopped) return followed;
    followed.end = End::superseded;
    if (job->version > version) followed.newer_version = job->version;
    return followed;
}

} // namespace slipway::run_job
