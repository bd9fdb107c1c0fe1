#pragma once

#include "wait-for-slo/sources/start_sign.hpp"
#include "wait-for-slo/source.hpp"
#include "io/clock.hpp"

#include <memory>
#include <vector>

namespace slipway::wait_for_slo {

/// A source without objectives: it waits until the address of a start sign shows the new version, for sources that know no such sign.
class AddressSource final : public Source {
public:
    AddressSource(StartSign sign, std::unique_ptr<io::HttpClient> client, io::Clock& clock) : sign_(std::move(sign)), client_(std::move(client)), clock_(clock) {}

    Beginning begin() override {
        auto missing = missing_of(sign_, {}, clock_.now(), client_.get());
        if (!missing.empty()) return {.missing = std::move(missing)};
        return {.since = clock_.now()};
    }
    void count_from(Timestamp) override {}
    Reading read() override { return {.objectives = {}, .new_version = missing_of(sign_, {}, clock_.now(), client_.get()).empty()}; }
    std::optional<QueryMistake> mistake_in(std::size_t) override { return std::nullopt; }
    std::vector<SeriesCount> series_of(std::size_t) const override { return {}; }

private:
    StartSign sign_;
    std::unique_ptr<io::HttpClient> client_;
    io::Clock& clock_;
};

} // namespace slipway::wait_for_slo
