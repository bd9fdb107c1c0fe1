#pragma once

#include "io/cancellation.hpp"
#include "prometheus/ruler_api.hpp"
#include "prometheus/ruler_changes.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace slipway::prometheus {

/// Makes one more client for the server, for a thread of its own. Is called by one thread at a time.
using ClientFactory = std::function<std::unique_ptr<io::HttpClient>()>;

/// What became of the changes; each is in exactly one of the lists.
struct RulerOutcome {
    std::vector<RulerChange> sent = {};      ///< the server has stored them
    std::vector<RulerChange> uncertain = {}; ///< sent, and no answer tells what became of them
    std::vector<RulerChange> left = {};      ///< refused, or not sent any more
    std::vector<Error> failures = {};        ///< of all that failed, in the order in which they did
    int signal = 0;                          ///< that cancelled it; 0: none

    bool complete() const noexcept { return uncertain.empty() && left.empty() && failures.empty() && signal == 0; }
    /// What may have to be taken back: sent, and uncertain.
    std::vector<RulerChange> to_undo() const;
    /// @throws Cancelled when it was cancelled, else Error with all failures together (refused when the server refused one, else as the
    ///         first); nothing when it is complete
    void check() const;
};

/// Sends changes, several at once: first what is stored, and only when all of it is what is deleted, so that a rule that moves is
/// missing at no time. After the first failure nothing further is sent; what is on its way is waited for.
///
/// @param most_at_once  connections, at least 1
RulerOutcome apply(const RulerChanges& changes, const RulerAddress& address, const ClientFactory& make_client, const io::Cancellation& cancellation,
                   std::size_t most_at_once = 4, Patience patience = {});

} // namespace slipway::prometheus
