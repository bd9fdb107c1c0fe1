#include "core/text.hpp"
#include "update-gitops-values/waiting/followers.hpp"
#include "update-gitops-values/waiting/judgement.hpp"
#include "update-gitops-values/waiting/object_fields.hpp"
#include "update-gitops-values/waiting/version_watch.hpp"
#include "update-gitops-values/waiting/workloads/canary_status.hpp"
#include "update-gitops-values/waiting/workloads/events.hpp"
#include "update-gitops-values/waiting/workloads/pod_troubles.hpp"

namespace slipway::update_gitops_values {

namespace {

using Json = nlohmann::json;

class CanaryFollower final : public Follower {
public:
    CanaryFollower(const WaitTarget& target, kubernetes::Client& cluster, const Delivery& delivery, cli::Context& context)
        : place_(target.name_space + '/' + target.name), target_(target), cluster_(cluster), delivery_(delivery), context_(context), watch_(name(), delivery) {}

    std::string name() const override { return "Canary " + place_; }

    /// Asks Flagger for nothing, which looks by itself; but the earlier it is seen what was there before, the better.
    void poke() override {
        try {
            look_at(cluster_.get(kubernetes::canaries, target_.name_space, target_.name));
        } catch (const Error&) { // the first look says it
        }
    }

    Standing look() override {
        const auto canary = cluster_.get(kubernetes::canaries, target_.name_space, target_.name);
        const auto line = look_at(canary);
        if (!line.empty()) return {.arrived = false, .line = line, .stuck = {}};
        auto judgement = judge_canary(*canary, surroundings(*canary));
        if (judgement.state == Judgement::State::failed) throw failure(*canary, judgement);
        if (judgement.state == Judgement::State::arrived) judgement.words += watch_.reservation();
        return standing_of(name(), judgement);
    }

private:
    /// What its pods are made from; daemon sets are the other kind that has pods.
    struct Target {
        const kubernetes::Resource* resource = nullptr; ///< null: one without pods of its own, such as a Service
        std::string name;
    };

    static Target target_of(const Json& canary) {
        const auto kind = field::text(canary, "/spec/targetRef/kind");
        return {kind == "Deployment" ? &kubernetes::deployments : kind == "DaemonSet" ? &kubernetes::daemon_sets : nullptr, field::text(canary, "/spec/targetRef/name")};
    }

    /// Remembers what was there before the version came. @return why there is nothing to judge yet; empty: there is
    std::string look_at(const std::optional<Json>& canary) {
        if (!canary) return "there is no such Canary yet";
        const auto target = target_of(*canary);
        if (target.name.empty()) return "it names no target (spec.targetRef)";
        if (target.resource == nullptr) {
            notice(*canary);
            return {};
        }
        const auto holder = target_.name_space + '/' + visible(one_line(target.name));
        const auto object = cluster_.get(*target.resource, target_.name_space, target.name);
        if (!object) return "there is no " + target.resource->kind + ' ' + holder + " yet, which is its target";
        auto line = watch_.why_not_yet(images_of(field::at(*object, "/spec/template/spec")), holder);
        if (line) before_ = mark_of(*canary);
        else notice(*canary);
        return line.value_or("");
    }

    /// The target has the version.
    void notice(const Json& canary) {
        const auto mark = mark_of(canary);
        if (!since_) since_ = context_.clock.steady();
        if (!before_) before_ = mark;
        if (is_analysis(mark.phase)) is_news_ = true;
        if (mark == *before_) return;
        // A promotion that was under way when the target changed ends as that of the version before.
        if (is_end(before_->phase) || is_analysis(before_->phase)) is_news_ = true;
        else before_ = mark;
    }

    CanarySurroundings surroundings(const Json& canary) {
        const bool has_settled = context_.clock.steady() - *since_ >= 2 * interval_of(canary);
        return {.primary_has_it = primary_has_it(canary), .saw_target_change = watch_.saw_another(), .is_news = is_news_, .has_settled = has_settled};
    }

    /// Flagger's copy of the target, which serves. @return nothing when it cannot be told
    std::optional<bool> primary_has_it(const Json& canary) {
        const auto target = target_of(canary);
        if (target.resource == nullptr || !watch_.can_tell() || !is_end(field::text(canary, "/status/phase"))) return std::nullopt;
        try {
            const auto primary = cluster_.get(*target.resource, target_.name_space, target.name + "-primary");
            if (!primary) return std::nullopt;
            return watch_.is_ours(images_of(field::at(*primary, "/spec/template/spec")));
        } catch (const Error& error) {
            context_.log.debug("cannot read the primary of " + name() + ": " + error.diagnostics().front().message);
            return std::nullopt; // a permission for one name, say
        }
    }

    Error failure(const Json& canary, const Judgement& judgement) {
        auto facts = last_events(cluster_, "Canary", target_.name_space, target_.name);
        if (const auto target = target_of(canary); target.resource != nullptr) {
            // Scaled to zero by now, but for a pod that is just ending.
            const auto events = last_events(cluster_, target.resource->kind, target_.name_space, target.name, 2);
            facts.insert(facts.end(), events.begin(), events.end());
        }
        return gave_up(name(), judgement.words, delivery_, facts);
    }

    std::string place_; ///< "prod/web"
    WaitTarget target_;
    kubernetes::Client& cluster_;
    const Delivery& delivery_;
    cli::Context& context_;
    VersionWatch watch_;
    std::optional<CanaryMark> before_; ///< how it stood when the target did not have the version, or at the first look
    std::optional<io::Steady> since_;  ///< since when the target has the version, as far as we saw
    bool is_news_ = false;             ///< what the status says is about the version
};

} // namespace

std::unique_ptr<Follower> follow_canary(const WaitTarget& target, kubernetes::Client& cluster, const Delivery& delivery, cli::Context& context) {
    return std::make_unique<CanaryFollower>(target, cluster, delivery, context);
}

} // namespace slipway::update_gitops_values
