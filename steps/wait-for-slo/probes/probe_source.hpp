#pragma once

#include "cli/context.hpp"
#include "cli/server_options.hpp"
#include "io/prober.hpp"
#include "wait-for-slo/probes/options.hpp"
#include "wait-for-slo/probes/probing.hpp"
#include "wait-for-slo/source.hpp"

#include <atomic>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace slipway::wait_for_slo {

/// Values of headers, and passwords in URLs, are hidden from then on.
void hide_credentials(const ProbeOptions& options, cli::Context& context);

/// Makes what sends the requests.
using ProberFactory = std::function<std::unique_ptr<io::Prober>(io::ProberSettings, const io::Cancellation&)>;

/// Requests of our own as a source of events: one objective for each --probe, in their order. They are sent by a thread of its own, and go
/// on while others wait for their answers.
class ProbeSource final : public Source {
public:
    /// Hides credentials, too.
    /// @throws Error (misuse) when a file cannot be read, or credentials would travel unprotected
    ProbeSource(const ProbeOptions& options, const cli::TlsOptions& tls, cli::Context& context, const ProberFactory& make_prober = io::make_curl_prober);
    ~ProbeSource() override;
    ProbeSource(const ProbeSource&) = delete;
    ProbeSource& operator=(const ProbeSource&) = delete;

    /// Sends no more requests. Those under way are given up, and do not count.
    void stop() noexcept;

    /// As of the newest `read`.
    std::vector<ProbeRecord> records() const;

    /// At once without a command. With one it sends requests until each address gave a good answer, none of which counts: what does not
    /// answer before the command runs says nothing about the command.
    /// @throws Error (misuse) when an address seems mistyped
    /// @throws io::LastingError when one gives no good answer
    /// @throws Cancelled
    Beginning begin() override;
    /// Requests that are sent from this call on count, whatever instant is given: nobody can ask in the past.
    void count_from(Timestamp since) override;
    Reading read() override;
    std::optional<QueryMistake> mistake_in(std::size_t objective) override;
    /// The good answers, and the failed requests by their reason.
    std::vector<SeriesCount> series_of(std::size_t objective) const override;

private:
    void start();
    void await_good_answers();
    void probe() noexcept;
    void rethrow() const;

    cli::Context& context_;
    bool has_command_;
    Duration patience_; ///< for the first good answers
    mutable std::mutex mutex_; ///< for `probing_` and `failure_`
    Probing probing_;
    std::exception_ptr failure_; ///< what ended the thread
    std::atomic<bool> stopping_{false};
    std::unique_ptr<io::Prober> prober_; ///< null once it is stopped
    std::thread thread_;
};

} // namespace slipway::wait_for_slo
