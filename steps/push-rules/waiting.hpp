#pragma once

#include "cli/context.hpp"
#include "core/duration.hpp"
#include "prometheus/loaded_rules.hpp"

#include <functional>
#include <string>
#include <thread>

namespace slipway::push_rules {

/// What one look at a server showed.
struct Look {
    bool loaded = false;       ///< exactly what was published
    std::string missing = {};  ///< if not: such as "group 'a' of x.yml is not there"
    std::string hint = {};
    prometheus::Evaluation evaluation = {}; ///< once it is loaded
    Duration longest_interval{0};           ///< of the groups that were published
};

/// How long to look, and for what.
struct ProofSettings {
    bool evaluated = true; ///< the rules must be evaluated, too: that may take their longest interval more
    Duration timeout{60'000};
};

/// What a proof could not compare, for people.
constexpr const char* expressions_left_out = "the server does not say how it prints expressions: names, labels and durations of the rules are compared, expressions are not";

/// Looks again and again until the server has what was published.
///
/// @param server  "Prometheus", for messages
/// @throws Error (world failure) when it does not in time, or a rule fails, with what is missing
/// @throws Cancelled
void wait_until_proven(const char* server, const ProofSettings& settings, const std::function<Look()>& look, cli::Context& context);

/// A context whose work is not interrupted: for taking back what was done when somebody cancels. What is waited for must be short.
cli::Context undisturbed(const cli::Context& context);

/// The same with an end of its own, which must outlive it.
cli::Context undisturbed(const cli::Context& context, const io::Cancellation& end);

/// Ends what is done for somebody who waits.
class Deadline {
public:
    explicit Deadline(Duration after);

    /// Is requested then.
    const io::Cancellation& cancellation() const noexcept { return cancellation_; }

private:
    io::Cancellation cancellation_;
    std::jthread alarm_;
};

} // namespace slipway::push_rules
