#pragma once

#include "wait-for-slo/checks/value_source.hpp"
#include "wait-for-slo/sources/server_view.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace slipway::wait_for_slo {

/// Values from Prometheus: of the first replica that answers, beginning with the one that did last time. An answer from which data may be
/// missing is none.
class PrometheusValues final : public ValueSource {
public:
    /// @param replicas  at least one
    explicit PrometheusValues(std::vector<std::unique_ptr<ServerView>> replicas) : replicas_(std::move(replicas)) {}

    QueryValue ask(const std::string& query) override;

private:
    std::vector<std::unique_ptr<ServerView>> replicas_;
    std::size_t first_ = 0;
};

} // namespace slipway::wait_for_slo
