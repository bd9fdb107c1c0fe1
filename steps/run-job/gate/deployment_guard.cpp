#include "run-job/gate/deployment_guard.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

namespace slipway::run_job {

namespace {

/// A canary that dies changes no deployment, so nothing wakes a blocking read of one.
constexpr Duration longest_wait{2'000};
/// Between reads that a server answers at once although there is nothing new.
constexpr Duration pause{1'000};
/// Between reads of a deployment that changes all the time.
constexpr Duration shortest_round{100};

/// The canary whose end leaves a group with fewer than it wants; nothing while there are enough.
const nomad::Allocation* dead_canary_of(const nomad::Deployment& deployment, const std::vector<nomad::Allocation>& allocations) {
    for (const auto& group : deployment.groups) {
        if (!group.waits_for_promotion()) continue;
        std::uint64_t living = 0;
        const nomad::Allocation* dead = nullptr;
        for (const auto& allocation : allocations) {
            if (!allocation.canary || allocation.group != group.name || allocation.desired_status != "run") continue;
            if (allocation.is_over()) {
                dead = &allocation;
            } else {
                ++living;
            }
        }
        if (dead != nullptr && living < group.desired_canaries) return dead;
    }
    return nullptr;
}

std::string in_words(const nomad::Allocation& allocation) {
    const auto what = allocation.client_status == "failed" ? "failed" : allocation.client_status == "lost" ? "was lost" : "ended";
    return "canary " + nomad::short_id(allocation.id) + ' ' + what + (allocation.node_name.empty() ? "" : " on node " + visible(allocation.node_name));
}

} // namespace

struct DeploymentGuard::Parts {
    Parts(const nomad::ConnectionOptions& connection, nomad::JobKey job, std::string deployment, io::Steady deadline, cli::Context& outside)
        : clock(cancellation),
          context{outside.environment, outside.files, outside.processes, clock, outside.log, cancellation, outside.commands, outside.ci, outside.http_factory},
          http(connection, context, cancellation), id(std::move(deployment)),
          // The clock outside may be another.
          api(http, std::move(job), clock.steady() + std::max(io::Steady::duration{0}, deadline - outside.clock.steady()), context) {}

    void watch() noexcept {
        try {
            nomad::Newer newer{0, longest_wait};
            while (!is_decided && api.time_left() > Duration{0}) {
                const auto began = clock.steady();
                const auto index = look(newer);
                if (is_decided) return;
                const auto shortest = index > newer.index ? shortest_round : pause;
                if (clock.steady() - began < shortest) clock.sleep_for(shortest);
                newer.index = index;
            }
        } catch (const Cancelled&) {
            // The end of this object.
        } catch (const std::exception& error) {
            context.log.warning("cannot watch deployment " + nomad::short_id(id) + " any more: " + error.what());
        }
    }

    /// @return the index to wait for something newer than
    std::uint64_t look(nomad::Newer newer) {
        auto read = api.deployment(id, newer);
        if (!read) {
            is_decided = true; // collected as garbage, which comes long after its end
            return 0;
        }
        auto& deployment = read->value;
        if (deployment.id != id) return read->index; // not a deployment at all: decides nothing
        const bool over = deployment.is_over() || !deployment.canaries_are_healthy();
        std::string words;
        if (!over) {
            const auto allocations = api.deployment_allocations(id);
            if (const auto* dead = dead_canary_of(deployment, allocations)) words = in_words(*dead);
        }
        const std::lock_guard lock(mutex);
        last = std::move(deployment);
        dead_canary = std::move(words);
        if (over || !dead_canary.empty()) is_decided = true;
        return read->index;
    }

    io::Cancellation cancellation;
    io::SystemClock clock;
    cli::Context context;
    nomad::Http http;
    std::string id;
    nomad::JobApi api;
    std::atomic<bool> is_decided{false};
    mutable std::mutex mutex; ///< of the two below
    std::optional<nomad::Deployment> last;
    std::string dead_canary;
    std::thread thread;
};

DeploymentGuard::DeploymentGuard(const nomad::ConnectionOptions& connection, nomad::JobKey job, std::string deployment, io::Steady deadline, cli::Context& context)
    : parts_(std::make_unique<Parts>(connection, std::move(job), std::move(deployment), deadline, context)) {
    parts_->thread = std::thread([parts = parts_.get()] { parts->watch(); });
}

DeploymentGuard::~DeploymentGuard() {
    parts_->cancellation.request(SIGTERM);
    parts_->thread.join();
}

bool DeploymentGuard::is_decided() const { return parts_->is_decided; }

std::optional<nomad::Deployment> DeploymentGuard::last() const {
    const std::lock_guard lock(parts_->mutex);
    return parts_->last;
}

std::string DeploymentGuard::dead_canary() const {
    const std::lock_guard lock(parts_->mutex);
    return parts_->dead_canary;
}

} // namespace slipway::run_job
