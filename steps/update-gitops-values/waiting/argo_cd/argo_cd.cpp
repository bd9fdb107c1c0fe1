#include "core/text.hpp"
#include "git/history.hpp"
#include "update-gitops-values/waiting/argo_cd/argo_api.hpp"
#include "update-gitops-values/waiting/argo_cd/sync_windows.hpp"
#include "update-gitops-values/waiting/field.hpp"
#include "update-gitops-values/waiting/followers.hpp"
#include "update-gitops-values/waiting/revisions.hpp"

#include <algorithm>
#include <map>

namespace slipway::update_gitops_values {

namespace {

constexpr Duration between_pokes{30'000};    ///< as long as it has not seen the commit
constexpr Duration between_windows{10'000};
constexpr Duration absence{120'000};         ///< another Application may be about to make it
constexpr Duration retries_come{30'000};     ///< a failed sync that has retries left may be seen before it is tried again
constexpr Duration degraded_stands{60'000};
constexpr Duration error_stands{120'000};

/// Since when something holds without a break.
class Since {
public:
    /// @return whether it has held for that long
    bool holds(bool now_holds, io::Steady now, Duration time) {
        if (!now_holds) begin_.reset();
        else if (!begin_) begin_ = now;
        return begin_ && now - *begin_ >= time;
    }

private:
    std::optional<io::Steady> begin_;
};

bool has(const std::string& text, std::string_view words) { return text.find(words) != std::string::npos; }

/// Errors that come from servers in between, and go with them.
bool may_pass(const std::string& message) {
    const auto words = lower(message);
    for (const auto* passing : {"unavailable", "connection refused", "connection reset", "deadlineexceeded", "deadline exceeded", "timeout", "timed out", "no such host", "eof", "tls handshake"}) {
        if (has(words, passing)) return true;
    }
    return false;
}

std::string in_words(const std::vector<std::string>& revisions) {
    std::vector<std::string> shown;
    for (const auto& revision : revisions) shown.push_back(is_commit_hash(revision) ? git::short_hash(revision) : in_a_line(revision));
    return shown.empty() ? "no revision yet" : first_few(shown);
}

std::string with(const std::string& text, const std::string& more, const char* between = ": ") { return more.empty() ? text : text + between + more; }

class ArgoCd final : public Follower {
public:
    ArgoCd(ArgoApi api, bool asks_for_sync, const Delivery& delivery, cli::Context& context)
        : api_(std::move(api)), asks_for_sync_(asks_for_sync), delivery_(delivery), context_(context), revisions_(delivery, context.clock) {}

    std::string name() const override { return "Argo CD application " + api_.application(); }

    void poke() override {
        try {
            refresh();
        } catch (const Error& error) {
            const auto& first = error.diagnostics().front();
            throw world_failure("cannot ask Argo CD to look at Git for " + api_.application() + " now: " + first.message, "it looks by itself, usually every 3 minutes");
        }
    }

    Standing look() override {
        const auto state = get();
        if (!before_) before_ = asks_for_sync_ && !state.is_automated && !state.operation.is_running() ? state.operation.started : "";
        const bool has_seen = revisions_.any(state.revisions);
        if (state.is_deleted) return stuck(state, "it is being deleted");
        const bool is_busy = state.is_asked || state.operation.is_running();
        if (has_seen && state.sync == "Synced" && state.health == "Healthy" && !is_busy && !has_failed(state.operation)) {
            return {.arrived = true, .line = "serves " + in_words(state.revisions) + ": Synced, Healthy", .stuck = {}};
        }
        check_operation(state);
        check_health(state, has_seen && state.sync == "Synced" && !is_busy);
        if (state.is_skipped) return stuck(state, "the annotation argocd.argoproj.io/skip-reconcile keeps Argo CD from it", "take the annotation away");
        if (state.is_hydrated) return stuck(state, "its source hydrator makes commits of its own, in which ours is not found", "wait for what it deploys, by --wait deployment/NAMESPACE/NAME for example");
        if (!has_seen) {
            if (auto other = other_target(state)) return *other;
            ask_again();
        } else if (state.sync == "OutOfSync" && !is_busy && !has_failed(state.operation)) {
            if (auto standing = unsynced(state)) return *standing;
        }
        if (auto standing = lasting_error(state)) return *standing;
        return {.arrived = false, .line = line_of(state, has_seen, is_busy), .stuck = {}};
    }

private:
    ArgoState get() {
        const auto now = context_.clock.steady();
        try {
            auto state = api_.get();
            absent_.holds(false, now, absence);
            return state;
        } catch (const ArgoAbsent& error) {
            const auto& first = error.diagnostics().front();
            if (absent_.holds(true, now, absence)) throw io::LastingError(first.message, first.hint);
            throw;
        }
    }

    void refresh() {
        api_.refresh();
        poked_ = context_.clock.steady();
    }

    /// What it heard before may be forgotten, by a restart for example.
    void ask_again() {
        if (poked_ && context_.clock.steady() - *poked_ < between_pokes) return;
        try {
            refresh();
        } catch (const Error& error) {
            context_.log.debug(error.diagnostics().front().message);
            poked_ = context_.clock.steady();
        }
    }

    std::string rollback_hint() const { return delivery_.rollback.empty() ? "Git still names it" : "Git still names it; to take it back: " + delivery_.rollback; }

    Standing stuck(const ArgoState& state, const std::string& why, const std::string& hint = {}) const {
        auto line = with(state.sync.empty() ? "not compared with Git" : in_a_line(state.sync) + " at " + in_words(state.revisions), why);
        return {.arrived = false, .line = line, .stuck = Diagnostic{.message = name() + " will not serve the change: " + why, .hint = hint}};
    }

    /// A failed sync that has our commit; not one that was there before we asked for another.
    bool has_failed(const ArgoOperation& operation) {
        if (!operation.has_failed() || !revisions_.any(operation.revisions)) return false;
        return !is_from_before(operation);
    }

    bool is_from_before(const ArgoOperation& operation) const { return !before_->empty() && operation.started == *before_; }

    void check_operation(const ArgoState& state) {
        const auto& operation = state.operation;
        const bool failed = has_failed(operation) && !state.is_asked;
        const bool has_retries = (operation.most_retries < 0 || operation.retries < operation.most_retries) && !has(lower(operation.message), "terminated");
        const bool stays = failed_.holds(failed, context_.clock.steady(), retries_come);
        if (!failed || (has_retries && !stays)) return;
        std::vector<Diagnostic> diagnostics{{.message = name() + " failed to sync " + in_words(operation.revisions) + (operation.retries > 0 ? " after " + std::to_string(operation.retries) + (operation.retries == 1 ? " retry" : " retries") : "") + ": " +
                                                        in_a_line(operation.phase) + ": " + in_a_line(operation.message),
                                             .hint = rollback_hint()}};
        constexpr std::size_t most = 10;
        for (const auto& resource : operation.failed) {
            if (diagnostics.size() <= most) diagnostics.push_back({.message = name() + ": " + resource});
        }
        throw Error(ExitCode::refused, std::move(diagnostics));
    }

    /// Degraded may be a moment's, and also what the release before left behind while the new one comes up.
    void check_health(const ArgoState& state, bool is_settled) {
        const bool degraded = is_settled && state.health == "Degraded" && !state.is_progressing;
        if (!degraded_.holds(degraded, context_.clock.steady(), degraded_stands)) return;
        throw refused(name() + " is degraded since " + format_duration(degraded_stands) + " and more with " + in_words(state.revisions) + with("", health_of(state)), rollback_hint());
    }

    static std::string health_of(const ArgoState& state) {
        if (!state.unhealthy.empty()) return first_few(state.unhealthy);
        return in_a_line(state.health_message);
    }

    /// When no source is, or may be, our branch.
    std::optional<Standing> other_target(const ArgoState& state) {
        std::vector<std::string> others;
        for (const auto& source : state.sources) {
            if (source.is_chart) continue;
            const auto target = source.target.starts_with("refs/heads/") ? source.target.substr(11) : source.target;
            // The default branch may be ours.
            if (target.empty() || target == "HEAD" || target == delivery_.branch) return std::nullopt;
            others.push_back('\'' + in_a_line(target) + "' of " + in_a_line(io::url_for_people(source.url)));
        }
        if (others.empty()) return stuck(state, "its source is no Git repository");
        return stuck(state, "it follows " + first_few(others) + ", and the change is on " + visible(delivery_.branch), "give the --branch that it follows, or another application");
    }

    /// It knows the commit, and nothing moves.
    std::optional<Standing> unsynced(const ArgoState& state) {
        const bool by_hand = !state.is_automated;
        const bool is_synced = state.operation.phase == "Succeeded" && revisions_.any(state.operation.revisions) && !is_from_before(state.operation);
        if (by_hand && !asks_for_sync_ && !is_synced) {
            return stuck(state, "it is OutOfSync, and has no automated sync", "sync it by `argocd app sync " + api_.application() + "`, or give --argocd-sync to have it done here");
        }
        look_at_windows(by_hand);
        if (!window_.empty()) return Standing{.arrived = false, .line = "OutOfSync at " + in_words(state.revisions) + ", not synced: " + window_, .stuck = {}};
        if (by_hand && !is_synced && !has_asked_) ask_for_sync(state);
        return std::nullopt;
    }

    void look_at_windows(bool by_hand) {
        const auto now = context_.clock.steady();
        if (windows_read_ && now - *windows_read_ < between_windows) return;
        windows_read_ = now;
        const auto windows = api_.sync_windows();
        window_ = windows ? closed_window(*windows, by_hand) : "";
    }

    void ask_for_sync(const ArgoState& state) {
        // A newer commit that Argo CD knows already must not be taken back by syncing ours. With several sources, the hash of one says nothing
        // of the others.
        std::string revision;
        if (!state.has_several_sources) {
            const auto known = std::find_if(state.revisions.begin(), state.revisions.end(), [&](const std::string& one) { return revisions_.has(one); });
            revision = known == state.revisions.end() ? delivery_.commit : *known;
        }
        const auto asked = api_.sync(revision, state.project);
        has_asked_ = asked.begun;
        if (asked.begun) context_.log.info(name() + ": asked for a sync" + (revision.empty() ? "" : " to " + git::short_hash(revision)));
        else window_ = asked.why_not;
    }

    /// Errors of the Application itself, such as manifests that cannot be made.
    std::optional<Standing> lasting_error(const ArgoState& state) {
        const auto lasting = std::find_if(state.errors.begin(), state.errors.end(), [](const ArgoCondition& error) {
            return (error.type == "ComparisonError" || error.type == "InvalidSpecError" || error.type == "UnknownError") && !may_pass(error.message);
        });
        const bool is_there = lasting != state.errors.end();
        if (!error_.holds(is_there, context_.clock.steady(), error_stands)) return std::nullopt;
        return stuck(state, in_a_line(lasting->type) + " since " + format_duration(error_stands) + " and more: " + in_a_line(lasting->message), delivery_.rollback.empty() ? "" : "if the change is the reason, take it back: " + delivery_.rollback);
    }

    std::string line_of(const ArgoState& state, bool has_seen, bool is_busy) {
        auto line = state.sync.empty() ? "not compared with Git yet" : in_a_line(state.sync) + " at " + in_words(state.revisions);
        if (!has_seen) line += ", without the commit " + git::short_hash(delivery_.commit);
        const auto& operation = state.operation;
        if (operation.is_running()) {
            line += ", syncing " + in_words(operation.revisions) + with("", in_a_line(operation.message));
        } else if (is_busy) {
            line += ", a sync is asked for";
        } else if (has_failed(operation)) {
            line += ", sync failed (" + std::to_string(operation.retries) + " of " + std::to_string(operation.most_retries) + " retries)" + with("", in_a_line(operation.message));
        } else if (has_seen && !state.unlike.empty() && state.sync == "OutOfSync") {
            line += ": " + first_few(state.unlike);
        }
        if (has_seen && state.sync == "Synced" && state.health != "Healthy" && !state.health.empty()) line += ", " + in_a_line(state.health) + with("", health_of(state));
        for (const auto& error : state.errors) line += "; " + in_a_line(error.type) + ": " + in_a_line(error.message);
        return line;
    }

    ArgoApi api_;
    bool asks_for_sync_;
    const Delivery& delivery_;
    cli::Context& context_;
    Revisions revisions_;
    std::optional<std::string> before_; ///< when the sync began that was over when we came, and asks for another; empty: it counts
    std::optional<io::Steady> poked_;
    std::optional<io::Steady> windows_read_;
    std::string window_; ///< why no sync begins
    bool has_asked_ = false;
    Since absent_;
    Since failed_;
    Since degraded_;
    Since error_;
};

} // namespace

std::unique_ptr<Follower> follow_argocd(const WaitTarget& target, const WaitOptions& options, io::HttpClient& http, const Delivery& delivery, cli::Context& context) {
    return std::make_unique<ArgoCd>(ArgoApi(http, cli::base_url(argocd_server(options)), target.name_space, target.name), options.argocd_sync, delivery, context);
}

} // namespace slipway::update_gitops_values
