#include "run-job/deployment/take_back.hpp"

#include "core/text.hpp"
#include "run-job/deployment/promote.hpp"

#include <algorithm>
#include <utility>

namespace slipway::run_job {

namespace {

using Outcome = nomad::Written::Outcome;

constexpr Duration pause{500};

/// How long Nomad may take to register the version that it rolls back to by itself, in looks.
constexpr int most_looks = 20;

/// The version in "... - rolling back to job version 6"; nothing when it does not say so.
/// @source Nomad's DeploymentStatusDescriptionRollback
std::optional<std::uint64_t> rollback_in(std::string_view description) {
    constexpr std::string_view words = "rolling back to job version ";
    const auto at = description.rfind(words);
    if (at == std::string_view::npos) return std::nullopt;
    std::uint64_t version = 0;
    const auto digits = description.substr(at + words.size());
    if (digits.empty() || digits.size() > 18) return std::nullopt;
    for (const char c : digits) {
        if (c < '0' || c > '9') return std::nullopt;
        version = version * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return version;
}

/// One taking back, from the deployment that fails to the version that comes back.
class TakeBack {
public:
    TakeBack(const Registered& registered, nomad::JobApi& api, Follower& follower, cli::Context& context)
        : registered_(registered), api_(api), follower_(follower), context_(context) {}

    TakenBack run(const std::string& deployment_id, FollowBack follow) {
        const auto by_nomad = deployment_id.empty() ? std::nullopt : fail(deployment_id);
        auto back = by_nomad ? wait_for_nomad(*by_nomad) : revert();
        if (back.end != TakenBack::End::following || follow == FollowBack::not_at_all) return back;
        return follow_back(std::move(back));
    }

private:
    /// Fails the deployment, unless it has ended.
    /// @return the version that Nomad brings back by itself
    std::optional<std::uint64_t> fail(const std::string& deployment_id) {
        for (;; context_.clock.sleep_for(pause)) {
            const auto read = api_.deployment(deployment_id);
            if (!read || read->value.is_over()) return read ? rollback_in(read->value.description) : std::nullopt;
            const auto written = api_.fail(deployment_id);
            if (written.outcome == Outcome::done) {
                context_.log.info("deployment " + nomad::short_id(deployment_id) + " is marked as failed");
                const auto reverted = written.answer.find("RevertedJobVersion");
                if (reverted != written.answer.end() && reverted->is_number_unsigned()) return reverted->get<std::uint64_t>();
                return std::nullopt;
            }
            if (written.outcome == Outcome::refused) {
                // It ended between the two requests, or else Nomad has a reason.
                const auto again = api_.deployment(deployment_id);
                if (again && !again->value.is_over()) throw refused("cannot fail deployment " + nomad::short_id(deployment_id) + ": " + visible(written.words));
            } else {
                context_.log.warning("the answer is lost (" + visible(written.words) + "): looking whether deployment " + nomad::short_id(deployment_id) + " has failed");
                if (api_.time_left() <= Duration{0}) throw world_failure("cannot fail deployment " + nomad::short_id(deployment_id) + ": " + visible(written.words));
            }
        }
    }

    /// Until the version that Nomad brings back by itself is registered.
    TakenBack wait_for_nomad(std::uint64_t version) {
        context_.log.info("Nomad brings version " + std::to_string(version) + " back by itself");
        for (int looks = 0; looks < most_looks; ++looks) {
            const auto now = api_.job();
            if (now && now->version > registered_.version) return coming_back(version, *now, {});
            context_.clock.sleep_for(pause);
        }
        return revert();
    }

    TakenBack coming_back(std::uint64_t version, const nomad::JobVersion& now, std::string evaluation) {
        back_ = registered_;
        back_.version = now.version;
        back_.job_modify_index = now.job_modify_index;
        back_.evaluation = std::move(evaluation);
        back_.changed = true; // its deployment may come a moment later, also where no evaluation is known
        return {.end = TakenBack::End::following, .reverted_to = version, .new_version = now.version, .words = {}, .allocations = {}};
    }

    static TakenBack superseded_by(std::uint64_t version) { return {.end = TakenBack::End::superseded, .reverted_to = {}, .new_version = version, .words = {}, .allocations = {}}; }

    /// Brings the newest stable version below back.
    TakenBack revert() {
        for (;; context_.clock.sleep_for(pause)) {
            const auto versions = api_.versions();
            const auto current = std::max_element(versions.begin(), versions.end(), [](const auto& one, const auto& other) { return one.version < other.version; });
            if (current == versions.end()) return {.end = TakenBack::End::nothing_to_go_back_to, .reverted_to = {}, .new_version = {}, .words = "the job is not there any more", .allocations = {}};
            const auto* stable = newest_stable_below(versions);
            if (current->version > registered_.version) {
                // It came back already: by us, when an answer was lost or this began before, or by whoever was faster.
                const bool is_back = stable != nullptr && has_spec_of(*current, *stable);
                return is_back ? coming_back(stable->version, *current, {}) : superseded_by(current->version);
            }
            if (stable == nullptr) return {.end = TakenBack::End::nothing_to_go_back_to, .reverted_to = {}, .new_version = {}, .words = registered_.version == 0 ? "it is the first version" : "Nomad has marked no earlier version as stable", .allocations = {}};
            const auto written = api_.revert(stable->version, registered_.version);
            if (written.outcome == Outcome::done) {
                context_.log.info("job " + to_string(registered_.key) + " goes back to version " + std::to_string(stable->version));
                return after_revert(stable->version, written.answer);
            }
            if (written.outcome == Outcome::refused) {
                const auto now = api_.job();
                if (now && now->version > registered_.version) return superseded_by(now->version);
                throw refused("cannot bring version " + std::to_string(stable->version) + " of job " + to_string(registered_.key) + " back: " + visible(written.words));
            }
            context_.log.warning("the answer is lost (" + visible(written.words) + "): looking whether version " + std::to_string(stable->version) + " comes back");
            if (api_.time_left() <= Duration{0}) throw world_failure("cannot bring version " + std::to_string(stable->version) + " of job " + to_string(registered_.key) + " back: " + visible(written.words));
        }
    }

    TakenBack after_revert(std::uint64_t version, const nomad::Json& answer) {
        const auto evaluation = nomad::text_at(answer, "EvalID");
        for (int looks = 0; looks < most_looks; ++looks) {
            const auto now = api_.job();
            if (now && now->version > registered_.version) return coming_back(version, *now, evaluation);
            context_.clock.sleep_for(pause);
        }
        return {.end = TakenBack::End::failed, .reverted_to = version, .new_version = {}, .words = "Nomad says that version " + std::to_string(version) + " comes back, and shows no new version", .allocations = {}};
    }

    const nomad::JobVersion* newest_stable_below(const std::vector<nomad::JobVersion>& versions) const {
        const nomad::JobVersion* newest = nullptr;
        for (const auto& one : versions) {
            if (one.stable && !one.stopped && one.version < registered_.version && (newest == nullptr || one.version > newest->version)) newest = &one;
        }
        return newest;
    }

    /// Whether two versions run the same: their groups are equal.
    static bool has_spec_of(const nomad::JobVersion& one, const nomad::JobVersion& other) {
        const auto groups = [](const nomad::JobVersion& job) {
            const auto found = job.job.is_object() ? job.job.find("TaskGroups") : job.job.end();
            return found == job.job.end() ? nomad::Json() : *found;
        };
        return groups(one).is_array() && groups(one) == groups(other);
    }

    TakenBack follow_back(TakenBack back) {
        auto followed = follower_.follow(back_);
        // A version that asks for canaries asks for them also when it comes back, and they are what ran before.
        for (int promotions = 0; followed.end == Followed::End::canaries_ready && followed.deployment && promotions < 3; ++promotions) {
            context_.log.info("the version that comes back waits for promotion: promoting it");
            const auto id = followed.deployment->id;
            const auto promoted = promote(id, api_, context_);
            followed = follower_.follow_deployment(id, promoted == Promotion::not_healthy ? Follower::Until::canaries_ready : Follower::Until::over);
        }
        switch (followed.end) {
        case Followed::End::successful: back.end = TakenBack::End::reverted; break;
        case Followed::End::superseded: return superseded_by(followed.newer_version.value_or(0));
        case Followed::End::out_of_time: break; // it goes on without us
        default:
            back.end = TakenBack::End::failed;
            back.words = followed.words;
            back.allocations = std::move(followed.allocations);
            break;
        }
        return back;
    }

    const Registered& registered_;
    nomad::JobApi& api_;
    Follower& follower_;
    cli::Context& context_;
    Registered back_; ///< the version that comes back
};

} // namespace

TakenBack take_back(const Registered& registered, const std::string& deployment_id, FollowBack follow, nomad::JobApi& api, Follower& follower, cli::Context& context) {
    return TakeBack(registered, api, follower, context).run(deployment_id, follow);
}

} // namespace slipway::run_job
