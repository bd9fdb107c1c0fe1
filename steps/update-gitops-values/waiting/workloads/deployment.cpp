#include "update-gitops-values/waiting/followers.hpp"
#include "update-gitops-values/waiting/judgement.hpp"
#include "update-gitops-values/waiting/object_fields.hpp"
#include "update-gitops-values/waiting/version_watch.hpp"
#include "update-gitops-values/waiting/workloads/deployment_status.hpp"
#include "update-gitops-values/waiting/workloads/events.hpp"
#include "update-gitops-values/waiting/workloads/pod_troubles.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

namespace slipway::update_gitops_values {

namespace {

using Json = nlohmann::json;

class DeploymentFollower final : public Follower {
public:
    DeploymentFollower(const WaitTarget& target, kubernetes::Client& cluster, const Delivery& delivery, io::Clock& clock)
        : place_(target.name_space + '/' + target.name), target_(target), cluster_(cluster), delivery_(delivery), clock_(clock), watch_(name(), delivery) {}

    std::string name() const override { return "Deployment " + place_; }

    Standing look() override {
        const auto deployment = cluster_.get(kubernetes::deployments, target_.name_space, target_.name);
        if (!deployment) return {.arrived = false, .line = "there is no such Deployment yet", .stuck = {}};
        if (auto line = watch_.why_not_yet(images_of(field::at(*deployment, "/spec/template/spec")), place_)) {
            exceeded_before_ = deadline_exceeded(*deployment);
            return {.arrived = false, .line = std::move(*line), .stuck = {}};
        }
        auto judgement = judge_deployment(*deployment);
        if (judgement.state == Judgement::State::failed && is_left_behind(*deployment)) judgement = {Judgement::State::waiting, "its controller still tells that the version before did not become available in time", {}};
        if (judgement.state == Judgement::State::failed) throw failure(*deployment, judgement);
        if (judgement.state == Judgement::State::waiting) {
            // A cluster's patience is longer than that of somebody who watches.
            const auto troubles = troubles_of(*deployment, 1);
            if (!troubles.empty()) judgement.words += "; " + troubles.front();
        }
        if (judgement.state == Judgement::State::arrived) judgement.words += watch_.reservation();
        return standing_of(name(), judgement);
    }

private:
    /// When it was said that the deadline is over; nothing when it is not.
    static std::optional<std::string> deadline_exceeded(const Json& deployment) {
        const auto& progress = field::condition(deployment, "Progressing");
        if (field::text(progress, "/reason") != "ProgressDeadlineExceeded") return std::nullopt;
        return field::text(progress, "/lastTransitionTime") + ' ' + field::text(progress, "/lastUpdateTime");
    }

    /// A release that comes back to a version whose ReplicaSet is still there keeps the condition of the one that failed until its first pods
    /// are ready, also with the new generation observed. It counts when a whole deadline has gone by with it.
    bool is_left_behind(const Json& deployment) {
        if (!exceeded_before_ || deadline_exceeded(deployment) != exceeded_before_) return false;
        const auto now = clock_.steady();
        if (!since_) since_ = now;
        const auto deadline = std::chrono::seconds(std::clamp<std::int64_t>(field::number(deployment, "/spec/progressDeadlineSeconds").value_or(600), 1, 86'400));
        return now - *since_ < deadline;
    }

    std::vector<std::string> troubles_of(const Json& deployment, std::size_t most) {
        return pod_troubles(cluster_, target_.name_space, field::at(deployment, "/spec/selector"), delivery_.versions, most);
    }

    Error failure(const Json& deployment, const Judgement& judgement) {
        auto facts = troubles_of(deployment, 3);
        const auto events = last_events(cluster_, "Deployment", target_.name_space, target_.name);
        facts.insert(facts.end(), events.begin(), events.end());
        return gave_up(name(), judgement.words, delivery_, facts);
    }

    std::string place_; ///< "prod/web"
    WaitTarget target_;
    kubernetes::Client& cluster_;
    const Delivery& delivery_;
    io::Clock& clock_;
    VersionWatch watch_;
    std::optional<std::string> exceeded_before_; ///< when the version before was out of time
    std::optional<io::Steady> since_;            ///< since when that stands although the version has come
};

} // namespace

std::unique_ptr<Follower> follow_deployment(const WaitTarget& target, kubernetes::Client& cluster, const Delivery& delivery, cli::Context& context) {
    return std::make_unique<DeploymentFollower>(target, cluster, delivery, context.clock);
}

} // namespace slipway::update_gitops_values
