#pragma once

#include "acceptance.hpp"
#include "cli/context.hpp"
#include "sequential_test.hpp"
#include "source.hpp"
#include "verdict.hpp"

#include <functional>
#include <optional>
#include <string>

namespace slipway::wait_for_slo {

struct WatchSettings {
    Objective objective;
    Duration watch{0};
    std::string start_when; ///< empty: begin at once
    Duration start_timeout{0};
    Duration interval{0}; ///< 0: as often as is scraped
    long max_errors = 1;
    std::string good;  ///< the selectors as they were asked, for messages
    std::string total;
};

/// What came of it.
struct Outcome {
    Verdict verdict = Verdict::error;
    ExitCode code = ExitCode::world; ///< before the user's own choice
    std::string reason;
    std::string hint = {};
    Duration watched{0};
    std::optional<Reading> counts = {}; ///< the newest that could be read
};

/// Waits for the new version, looks until a violation is proven or the time is over, and judges.
class Watch {
public:
    /// @param is_hopeless  whether the last failure is one that no second look changes
    Watch(Source& source, WatchSettings settings, cli::Context& context, std::function<bool()> is_hopeless)
        : source_(source), settings_(std::move(settings)), context_(context), is_hopeless_(std::move(is_hopeless)),
          test_(settings_.objective.allowed(), settings_.objective.alpha) {}

    /// What goes wrong is an outcome as well: its code is misuse when the server refuses a query.
    /// @throws Cancelled
    Outcome run();

private:
    Outcome look_until_known();
    /// Tries once. Nothing when that failed and may be tried again.
    /// @throws Error when it failed too often, or for good
    template <class Look> auto attempt(Look look) -> std::optional<decltype(look())>;

    /// Nothing when the new version did not come in time.
    std::optional<Timestamp> wait_for_start();
    void check(const Reading& reading) const;
    void take(const Reading& reading);
    Outcome found_violated();
    Outcome at_the_end() const;
    Outcome with(Verdict verdict, std::string reason, std::string hint = {}) const;
    void show_progress(const Reading& reading) const;
    Duration pause() const;
    double elapsed() const;

    Source& source_;
    WatchSettings settings_;
    cli::Context& context_;
    std::function<bool()> is_hopeless_;
    SequentialTest test_;
    Dispersion dispersion_;
    long failures_ = 0;
    io::Steady began_{};
    Duration watched_{0};
    std::optional<Reading> newest_;
    double counted_bad_ = 0;   ///< what the test has been told
    double counted_total_ = 0;
    io::Steady version_seen_{};
};

} // namespace slipway::wait_for_slo
