#include "core/text.hpp"
#include "update-gitops-values/waiting/followers.hpp"
#include "update-gitops-values/waiting/judgement.hpp"
#include "update-gitops-values/waiting/object_fields.hpp"
#include "update-gitops-values/waiting/version_watch.hpp"
#include "update-gitops-values/waiting/workloads/events.hpp"
#include "update-gitops-values/waiting/workloads/pod_troubles.hpp"
#include "update-gitops-values/waiting/workloads/rollout_status.hpp"

#include <algorithm>

namespace slipway::update_gitops_values {

namespace {

using Json = nlohmann::json;

class RolloutFollower final : public Follower {
public:
    RolloutFollower(const WaitTarget& target, kubernetes::Client& cluster, const Delivery& delivery)
        : place_(target.name_space + '/' + target.name), target_(target), cluster_(cluster), delivery_(delivery), watch_(name(), delivery) {}

    std::string name() const override { return "Rollout " + place_; }

    Standing look() override {
        const auto rollout = cluster_.get(kubernetes::rollouts, target_.name_space, target_.name);
        if (!rollout) return waiting("there is no such Rollout yet");
        auto template_of = *rollout;
        std::optional<std::int64_t> generation;
        const auto holder = field::text(*rollout, "/spec/workloadRef/name");
        if (!holder.empty()) {
            const auto kind = field::text(*rollout, "/spec/workloadRef/kind");
            if (kind != "Deployment") return cannot_tell(*rollout, "; whether that is this change cannot be told: its workloadRef is a " + visible(one_line(kind)));
            const auto workload = cluster_.get(kubernetes::deployments, target_.name_space, holder);
            if (!workload) return waiting("there is no Deployment " + target_.name_space + '/' + visible(holder) + " yet, which its workloadRef names");
            template_of = *workload;
            generation = field::number(*workload, "/metadata/generation");
        }
        const auto named = holder.empty() ? place_ : target_.name_space + '/' + visible(one_line(holder));
        if (auto line = watch_.why_not_yet(images_of(field::at(template_of, "/spec/template/spec")), named)) return waiting(std::move(*line));
        return standing(*rollout, generation, watch_.reservation());
    }

private:
    static Standing waiting(std::string line) { return {.arrived = false, .line = std::move(line), .stuck = {}}; }

    Standing cannot_tell(const Json& rollout, const std::string& why) { return standing(rollout, std::nullopt, why); }

    Standing standing(const Json& rollout, std::optional<std::int64_t> workload_generation, const std::string& reservation) {
        auto judgement = judge_rollout(rollout, workload_generation);
        if (judgement.state == Judgement::State::failed) throw failure(rollout, judgement);
        if (judgement.state == Judgement::State::stuck) judgement.hint += back();
        if (judgement.state == Judgement::State::arrived) judgement.words += reservation;
        return standing_of(name(), judgement);
    }

    /// The other way out of a pause.
    std::string back() const { return delivery_.rollback.empty() ? "" : "; or take the change back with: " + delivery_.rollback; }

    Error failure(const Json& rollout, const Judgement& judgement) {
        auto facts = analyses_of(rollout);
        const auto troubles = pod_troubles(cluster_, target_.name_space, field::at(rollout, "/spec/selector"), delivery_.versions);
        facts.insert(facts.end(), troubles.begin(), troubles.end());
        const auto events = last_events(cluster_, "Rollout", target_.name_space, target_.name);
        facts.insert(facts.end(), events.begin(), events.end());
        return gave_up(name(), judgement.words, delivery_, facts);
    }

    /// Those of the newest version that did not hold.
    std::vector<std::string> analyses_of(const Json& rollout) {
        std::vector<std::string> facts;
        const auto hash = field::text(rollout, "/status/currentPodHash");
        const auto names = analysis_runs_in(rollout);
        try {
            for (const auto& run : cluster_.list(kubernetes::analysis_runs, target_.name_space, {.labels = hash.empty() ? "" : "rollouts-pod-template-hash=" + hash, .fields = {}})) {
                const auto run_name = field::text(run, "/metadata/name");
                if (!is_owned(run) && std::find(names.begin(), names.end(), run_name) == names.end()) continue;
                auto fact = failure_of_analysis(run);
                if (!fact.empty()) facts.push_back(std::move(fact));
            }
        } catch (const Error& error) {
            facts.push_back("its AnalysisRuns cannot be read: " + error.diagnostics().front().message);
        }
        return facts;
    }

    bool is_owned(const Json& run) const {
        const auto& owners = field::list(run, "/metadata/ownerReferences");
        return std::any_of(owners.begin(), owners.end(), [&](const Json& owner) { return field::text(owner, "/kind") == "Rollout" && field::text(owner, "/name") == target_.name; });
    }

    std::string place_; ///< "prod/web"
    WaitTarget target_;
    kubernetes::Client& cluster_;
    const Delivery& delivery_;
    VersionWatch watch_;
};

} // namespace

std::unique_ptr<Follower> follow_rollout(const WaitTarget& target, kubernetes::Client& cluster, const Delivery& delivery, cli::Context&) {
    return std::make_unique<RolloutFollower>(target, cluster, delivery);
}

} // namespace slipway::update_gitops_values
