#include "run-job/deployment/promote.hpp"

#include "core/text.hpp"

namespace slipway::run_job {

namespace {

constexpr Duration pause{500};

/// Nomad's answer is known before every server of the cluster has heard of it.
constexpr int most_looks = 10;

} // namespace

Promotion promote(const std::string& deployment_id, nomad::JobApi& api, cli::Context& context) {
    for (int looks = 0;; context.clock.sleep_for(pause)) {
        const auto written = api.promote(deployment_id);
        if (written.outcome == nomad::Written::Outcome::lost) {
            context.log.warning("the answer to the promotion is lost (" + visible(written.words) + "): looking whether it is promoted");
        }
        for (;; context.clock.sleep_for(pause)) {
            const auto read = api.deployment(deployment_id);
            if (!read) return Promotion::over;
            const auto& deployment = read->value;
            if (!deployment.waits_for_promotion() && !deployment.groups.empty()) return Promotion::done;
            if (deployment.is_over()) return Promotion::over;
            if (written.outcome == nomad::Written::Outcome::lost) break;
            if (written.outcome == nomad::Written::Outcome::refused) {
                if (!deployment.canaries_are_healthy()) return Promotion::not_healthy;
                throw refused("cannot promote deployment " + nomad::short_id(deployment_id) + ": " + visible(written.words));
            }
            if (++looks >= most_looks) {
                throw world_failure("cannot promote deployment " + nomad::short_id(deployment_id) + ": Nomad says that it is done, and it still waits for promotion");
            }
        }
        if (api.time_left() <= Duration{0}) {
            throw world_failure("cannot promote deployment " + nomad::short_id(deployment_id) + ": " + visible(written.words), "it still waits for promotion");
        }
    }
}

} // namespace slipway::run_job
