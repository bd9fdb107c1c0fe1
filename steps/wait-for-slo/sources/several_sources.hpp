#pragma once

#include "wait-for-slo/source.hpp"
#include "io/clock.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace slipway::wait_for_slo {

/// Several sources as one: their objectives one after the other, each counted by the clock of its own server.
///
/// One that does not answer, or is not ready yet, spoils the look of its own objectives only.
class SeveralSources final : public Source {
public:
    explicit SeveralSources(io::Clock& clock) : clock_(clock) {}

    /// The one that waits for the new version comes first: the others begin when it has.
    /// @param objectives  how many it has
    void add(std::unique_ptr<Source> source, std::size_t objectives);

    /// The instant of the first source; without any it is now.
    Beginning begin() override;
    void count_from(Timestamp since) override;
    Reading read() override;
    std::optional<QueryMistake> mistake_in(std::size_t objective) override;
    std::vector<SeriesCount> series_of(std::size_t objective) const override;

private:
    struct Part {
        std::unique_ptr<Source> source;
        std::size_t objectives;
        Beginning beginning = {};
        io::Steady began = {};  ///< when it was asked for that
        Duration interval{0};   ///< between its scrapes, or what it has in their place
    };
    /// @return the source, and the objective's number in it
    std::pair<Source*, std::size_t> find(std::size_t objective) const;

    io::Clock& clock_;
    std::vector<Part> parts_;
};

} // namespace slipway::wait_for_slo
