#include "prometheus/ruler_apply.hpp"

#include "core/error.hpp"

#include <algorithm>
#include <exception>
#include <mutex>
#include <thread>

namespace slipway::prometheus {

namespace {

/// One series of changes, shared by the threads that send it.
class Sending {
public:
    Sending(const std::vector<RulerChange>& changes, const RulerAddress& address, const ClientFactory& make_client,
            const io::Cancellation& cancellation, Patience patience, RulerOutcome& outcome)
        : changes_(changes), address_(address), make_client_(make_client), cancellation_(cancellation), patience_(patience), outcome_(outcome) {}

    void run(std::size_t most_at_once) {
        {
            std::vector<std::jthread> threads;
            for (std::size_t i = 1; i < std::min(most_at_once, changes_.size()); ++i) threads.emplace_back([this] { work(); });
            work();
        } // waits
        outcome_.left.insert(outcome_.left.end(), changes_.begin() + static_cast<std::ptrdiff_t>(next_), changes_.end());
        if (unexpected_) std::rethrow_exception(unexpected_);
    }

private:
    void work() {
        std::unique_ptr<io::HttpClient> client;
        while (const auto* change = take()) {
            try {
                if (!client) client = new_client();
                send(*client, *change);
                note(outcome_.sent, *change);
            } catch (const Cancelled& cancelled) {
                note(outcome_.uncertain, *change, [&] { outcome_.signal = cancelled.signal(); });
            } catch (const NothingChanged& error) {
                note(outcome_.left, *change, [&] { outcome_.failures.push_back(error); });
            } catch (const Error& error) {
                const bool unclear = client && error.code() == ExitCode::world;
                note(unclear ? outcome_.uncertain : outcome_.left, *change, [&] { outcome_.failures.push_back(error); });
            } catch (...) {
                note(outcome_.uncertain, *change, [&] { unexpected_ = std::current_exception(); });
            }
        }
    }

    /// The next change; null when there is none, or when nothing further is to be sent.
    const RulerChange* take() {
        const std::lock_guard lock(mutex_);
        if (cancellation_.requested()) {
            outcome_.signal = cancellation_.signal();
            return nullptr;
        }
        if (stop_ || next_ == changes_.size()) return nullptr;
        return &changes_[next_++];
    }

    std::unique_ptr<io::HttpClient> new_client() {
        const std::lock_guard lock(mutex_);
        return make_client_();
    }

    void send(io::HttpClient& client, const RulerChange& change) const {
        RulerApi api(client, address_, patience_);
        if (change.text.empty()) api.delete_group(change.name_space, change.group);
        else api.set_group(change.name_space, change.group, change.text);
    }

    void note(std::vector<RulerChange>& list, const RulerChange& change) {
        const std::lock_guard lock(mutex_);
        list.push_back(change);
    }

    template <class Failure> void note(std::vector<RulerChange>& list, const RulerChange& change, Failure failure) {
        const std::lock_guard lock(mutex_);
        list.push_back(change);
        failure();
        stop_ = true;
    }

    const std::vector<RulerChange>& changes_;
    const RulerAddress& address_;
    const ClientFactory& make_client_;
    const io::Cancellation& cancellation_;
    Patience patience_;
    RulerOutcome& outcome_;
    std::mutex mutex_; ///< for everything below, and for the outcome
    std::size_t next_ = 0;
    bool stop_ = false;
    std::exception_ptr unexpected_;
};

} // namespace

std::vector<RulerChange> RulerOutcome::to_undo() const {
    auto changes = sent;
    changes.insert(changes.end(), uncertain.begin(), uncertain.end());
    return changes;
}

void RulerOutcome::check() const {
    if (signal != 0) throw Cancelled(signal);
    if (failures.empty()) return;
    std::vector<Diagnostic> diagnostics;
    auto code = failures.front().code();
    for (const auto& failure : failures) {
        if (failure.code() == ExitCode::refused) code = ExitCode::refused;
        for (const auto& diagnostic : failure.diagnostics()) {
            // One broken server says the same to every thread.
            if (std::find(diagnostics.begin(), diagnostics.end(), diagnostic) == diagnostics.end()) diagnostics.push_back(diagnostic);
        }
    }
    throw Error(code, std::move(diagnostics));
}

RulerOutcome apply(const RulerChanges& changes, const RulerAddress& address, const ClientFactory& make_client, const io::Cancellation& cancellation,
                   std::size_t most_at_once, Patience patience) {
    RulerOutcome outcome;
    auto stored = changes.added;
    stored.insert(stored.end(), changes.changed.begin(), changes.changed.end());
    Sending(stored, address, make_client, cancellation, patience, outcome).run(most_at_once);
    if (outcome.complete()) {
        Sending(changes.removed, address, make_client, cancellation, patience, outcome).run(most_at_once);
    } else {
        outcome.left.insert(outcome.left.end(), changes.removed.begin(), changes.removed.end());
    }
    return outcome;
}

} // namespace slipway::prometheus
