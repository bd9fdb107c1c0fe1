#include "run-job/follow/deployment_progress.hpp"

#include "core/text.hpp"

#include <algorithm>

namespace slipway::run_job {

namespace {

/// What a status that is neither the usual one nor an end means for whoever waits.
std::string explained(const nomad::Deployment& deployment) {
    if (deployment.status == "paused") return "somebody paused it: nothing goes on until it is resumed";
    if (deployment.status == "blocked") return "it waits for the other regions of the job";
    if (deployment.status == "pending") return "it waits for its turn after the regions before";
    if (deployment.status == "unblocking") return "the other regions are ready";
    return one_line(deployment.description);
}

} // namespace

std::string in_words(const nomad::GroupState& group) {
    auto words = "group " + visible(group.name) + ": " + std::to_string(group.placed) + " placed, " + std::to_string(group.healthy) + " of " + std::to_string(group.desired_total) + " healthy";
    if (group.unhealthy > 0) words += ", " + std::to_string(group.unhealthy) + " unhealthy";
    if (group.waits_for_promotion()) words += ", canaries " + std::to_string(std::min(group.healthy, group.desired_canaries)) + '/' + std::to_string(group.desired_canaries) + " healthy";
    return words;
}

std::string in_words(const nomad::Deployment& deployment) {
    std::vector<std::string> groups;
    for (const auto& group : deployment.groups) groups.push_back(in_words(group));
    return join(groups, "; ");
}

bool misses_allocations(const nomad::Deployment& deployment) {
    return std::any_of(deployment.groups.begin(), deployment.groups.end(), [](const auto& group) { return group.placed < group.wanted(); });
}

std::vector<std::string> DeploymentProgress::update(const nomad::Deployment& deployment) {
    std::vector<std::string> news;
    for (const auto& group : deployment.groups) {
        auto line = in_words(group);
        auto& said = lines_[group.name];
        if (line == said) continue;
        news.push_back(line);
        said = std::move(line);
    }
    if (deployment.status != status_) {
        status_ = deployment.status;
        if (!deployment.is_over()) news.push_back("deployment " + nomad::short_id(deployment.id) + " is " + visible(status_) + (status_ == "running" ? std::string() : ": " + explained(deployment)));
    }
    return news;
}

} // namespace slipway::run_job
