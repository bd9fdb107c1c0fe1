#include "run-job/registration/launch.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <random>

namespace slipway::run_job {

namespace {

using Outcome = nomad::Written::Outcome;

constexpr Duration pause{500};

/// Names one dispatch among all.
std::string new_token() {
    std::random_device device;
    std::string bytes;
    for (int i = 0; i < 16; ++i) bytes += static_cast<char>(device());
    return "slipway-" + hexadecimal(bytes);
}

void check_time(const nomad::JobApi& api, const nomad::Written& written, cli::Context& context) {
    if (api.time_left() <= Duration{0}) throw world_failure("cannot start job " + to_string(api.key()) + ": " + visible(written.words), "whether it was started is not known");
    context.log.warning("the answer is lost (" + visible(written.words) + "): looking whether job " + to_string(api.key()) + " was started");
}

/// The job that an evaluation is of.
Launched launched_by(const std::string& evaluation_id, nomad::JobApi& api) {
    const auto evaluation = api.evaluation(evaluation_id);
    if (!evaluation) throw world_failure("started job " + to_string(api.key()) + ", and Nomad does not show what it started");
    return {evaluation->value.job_id, evaluation_id};
}


} // namespace

Launched dispatch_job(nomad::JobApi& api, const std::vector<std::string>& meta, const std::string& payload, cli::Context& context) {
    std::map<std::string, std::string> pairs;
    for (const auto& pair : meta) {
        const auto equals = pair.find('=');
        pairs[pair.substr(0, equals)] = pair.substr(equals + 1);
    }
    const auto token = new_token();
    for (;; context.clock.sleep_for(pause)) {
        const auto written = api.dispatch(pairs, payload, token);
        if (written.outcome == Outcome::done) return {nomad::text_at(written.answer, "DispatchedJobID"), nomad::text_at(written.answer, "EvalID")};
        if (written.outcome == Outcome::refused) throw refused("cannot dispatch job " + to_string(api.key()) + ": " + written.words);
        check_time(api, written, context);
    }
}

Launched force_job(nomad::JobApi& api, cli::Context& context) {
    const auto before = api.children();
    for (;; context.clock.sleep_for(pause)) {
        const auto written = api.force_periodic();
        if (written.outcome == Outcome::done) return launched_by(nomad::text_at(written.answer, "EvalID"), api);
        if (written.outcome == Outcome::refused) throw refused("cannot start job " + to_string(api.key()) + ": " + written.words);
        check_time(api, written, context);
        for (const auto& child : api.children()) {
            if (std::find(before.begin(), before.end(), child) != before.end()) continue;
            const auto evaluations = api.of(child).evaluations();
            if (!evaluations.empty()) return {child, evaluations.back().id};
        }
    }
}

} // namespace slipway::run_job
