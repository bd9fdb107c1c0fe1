#include "run-job/registration/stop.hpp"

#include "core/text.hpp"

namespace slipway::run_job {

namespace {

constexpr Duration pause{500};

} // namespace

Stopped stop_job(nomad::JobApi& api, nomad::JobApi::Purge purge, cli::Context& context) {
    const auto name = to_string(api.key());
    Stopped stopped;
    for (bool sent = false;; context.clock.sleep_for(pause)) {
        const auto job = api.job();
        if (!job || (job->stopped && purge == nomad::JobApi::Purge::no)) {
            if (!sent) context.log.info("job " + name + (job ? " has stopped already" : " is not there: nothing to stop"));
            if (job && !stopped.version) stopped.version = job->version;
            stopped.changed = sent;
            return stopped;
        }
        stopped.version = job->version;
        const auto written = api.stop(purge);
        sent = true;
        switch (written.outcome) {
        case nomad::Written::Outcome::done:
            context.log.info("job " + name + (purge == nomad::JobApi::Purge::yes ? " is stopped and purged" : " is stopped"));
            stopped.changed = true;
            return stopped;
        case nomad::Written::Outcome::refused: throw refused("cannot stop job " + name + ": " + written.words);
        case nomad::Written::Outcome::lost:
            if (api.time_left() <= Duration{0}) throw world_failure("cannot stop job " + name + ": " + visible(written.words));
            context.log.warning("the answer is lost (" + visible(written.words) + "): looking whether job " + name + " has stopped");
            break;
        }
    }
}

} // namespace slipway::run_job
