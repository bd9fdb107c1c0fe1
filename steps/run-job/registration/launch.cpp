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

/// What was started, with its first evaluation, which Nomad may show only a moment later.
Launched started(const std::string& job_id, nomad::JobApi& api, cli::Context& context) {
    for (auto child = api.of(job_id);; context.clock.sleep_for(pause)) {
        const auto evaluations = child.evaluations();
        const auto first = std::min_element(evaluations.begin(), evaluations.end(), [](const auto& one, const auto& other) { return one.create_index < other.create_index; });
        if (first != evaluations.end()) return {job_id, first->id};
        if (api.time_left() <= Duration{0}) throw world_failure("job " + visible(job_id) + " is started, and Nomad shows no evaluation of it");
    }
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
        if (written.outcome == Outcome::done) {
            const auto child = nomad::text_at(written.answer, "DispatchedJobID");
            const auto evaluation = nomad::text_at(written.answer, "EvalID");
            if (child.empty()) throw world_failure("dispatched job " + to_string(api.key()) + ", and Nomad does not tell what it started");
            return evaluation.empty() ? started(child, api, context) : Launched{child, evaluation}; // a repetition is told none
        }
        if (written.outcome == Outcome::refused) throw refused("cannot dispatch job " + to_string(api.key()) + ": " + written.words);
        check_time(api, written, context);
    }
}

Launched force_job(nomad::JobApi& api, cli::Context& context) {
    const auto before = api.children();
    for (;; context.clock.sleep_for(pause)) {
        const auto written = api.force_periodic();
        if (written.outcome == Outcome::done) {
            const auto id = nomad::text_at(written.answer, "EvalID");
            const auto evaluation = id.empty() ? std::nullopt : api.evaluation(id);
            if (!evaluation || evaluation->value.job_id.empty()) throw world_failure("started job " + to_string(api.key()) + ", and Nomad does not tell what it started");
            return {evaluation->value.job_id, id};
        }
        if (written.outcome == Outcome::refused) throw refused("cannot start job " + to_string(api.key()) + ": " + written.words);
        check_time(api, written, context);
        for (const auto& child : api.children()) {
            if (std::find(before.begin(), before.end(), child) == before.end()) return started(child, api, context);
        }
    }
}

} // namespace slipway::run_job
