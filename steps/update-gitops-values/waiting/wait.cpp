#include "wait.hpp"

#include "core/text.hpp"
#include "io/http.hpp"
#include "kubernetes/client.hpp"
#include "kubernetes/cluster.hpp"
#include "update-gitops-values/waiting/followers.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

namespace slipway::update_gitops_values {

namespace {

constexpr Duration first_delay{500}; ///< between looks, after something has changed; doubled as long as nothing does
constexpr Duration longest_delay{2'000};

struct KindName {
    std::string name;
    WaitTarget::Kind kind;
};

const std::vector<KindName>& kind_names() {
    using Kind = WaitTarget::Kind;
    static const std::vector<KindName> names{
        {"argocd", Kind::argocd}, {"flux", Kind::flux}, {"canary", Kind::canary}, {"rollout", Kind::rollout}, {"deployment", Kind::deployment}};
    return names;
}

const char* const forms = "argocd/APP, argocd/NAMESPACE/APP, flux/NAMESPACE/NAME, canary/NAMESPACE/NAME, rollout/NAMESPACE/NAME or deployment/NAMESPACE/NAME";

WaitTarget::Kind kind_of(const std::string& text, const std::string& name) {
    std::vector<std::string> known;
    for (const auto& kind : kind_names()) {
        if (kind.name == name) return kind.kind;
        known.push_back(kind.name);
    }
    const auto meant = closest(lower(name), known);
    throw misuse('\'' + one_line(visible(text)) + "' has no kind that is known: '" + one_line(visible(name)) + '\'', (meant ? "did you mean " + *meant + "? it is " : "it is ") + forms);
}

/// The names that Kubernetes gives to such objects and namespaces; nothing else gets into a URL.
bool is_name(std::string_view text) {
    const auto fits = [](char letter) { return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '-' || letter == '.'; };
    return !text.empty() && text.size() <= 253 && text.front() != '.' && text.front() != '-' && std::all_of(text.begin(), text.end(), fits);
}

/// Of an error, which has at least one.
const Diagnostic& first(const Error& error) { return error.diagnostics().front(); }

void warn(const std::string& message, const std::string& hint, cli::Context& context) {
    context.log.warning(message);
    if (!hint.empty()) context.log.hint(io::LogLevel::warning, hint);
}

class Wait {
public:
    Wait(const std::vector<std::unique_ptr<Follower>>& followers, Duration timeout, cli::Context& context)
        : followers_(followers), timeout_(timeout), context_(context), end_(context.clock.steady() + timeout) {}

    void run() {
        for (const auto& follower : followers_) poke(*follower);
        for (at_ = 0; at_ < followers_.size(); ++at_) wait_for(*followers_[at_]);
    }

private:
    void poke(Follower& follower) {
        try {
            follower.poke();
        } catch (const Error& error) {
            warn(first(error).message, first(error).hint, context_);
        }
    }

    void wait_for(Follower& follower) {
        said_.clear();
        trouble_.reset();
        delay_ = first_delay;
        for (;;) {
            const bool is_last = context_.clock.steady() >= end_;
            if (look(follower)) {
                context_.log.end_progress();
                return;
            }
            if (is_last) give_up(follower);
            context_.clock.sleep_for(std::clamp(std::chrono::ceil<Duration>(end_ - context_.clock.steady()), Duration{0}, delay_));
            delay_ = std::min(2 * delay_, longest_delay);
        }
    }

    /// @return whether it has arrived
    bool look(Follower& follower) {
        Standing standing;
        try {
            standing = follower.look();
        } catch (const io::LastingError&) {
            throw; // no later look would find anything else
        } catch (const Error& error) {
            if (error.code() != ExitCode::world) throw;
            note(follower, error);
            return false;
        }
        if (trouble_) context_.log.info(follower.name() + ": can be looked at again");
        trouble_.reset();
        tell(follower, standing.line);
        if (standing.stuck && !standing.arrived) throw Error(ExitCode::inconclusive, *standing.stuck);
        return standing.arrived;
    }

    /// The world is broken, which may pass: said when it begins, and at the end if it lasts.
    void note(const Follower& follower, const Error& error) {
        if (!trouble_) warn(follower.name() + " cannot be looked at now, and is looked at again until --wait-timeout ends: " + first(error).message, first(error).hint, context_);
        else context_.log.progress(follower.name() + ": " + first(error).message);
        trouble_ = first(error);
    }

    void tell(const Follower& follower, const std::string& line) {
        if (line.empty()) return;
        if (line == said_) return context_.log.progress(follower.name() + ": " + line);
        context_.log.info(follower.name() + ": " + line);
        said_ = line;
        delay_ = first_delay;
    }

    [[noreturn]] void give_up(const Follower& follower) const {
        const auto time = format_duration(timeout_);
        if (trouble_) {
            throw world_failure("could not tell within " + time + " whether " + follower.name() + " serves the change: " + trouble_->message + others(), trouble_->hint);
        }
        throw inconclusive(follower.name() + " does not serve the change after " + time + (said_.empty() ? "" : ": " + said_) + others(),
                           "the change is in Git and may be served yet; --wait-timeout makes the wait longer");
    }

    /// What was not looked at, since it comes later.
    std::string others() const {
        std::vector<std::string> names;
        for (std::size_t i = at_ + 1; i < followers_.size(); ++i) names.push_back(followers_[i]->name());
        return names.empty() ? "" : "; not looked at yet: " + join(names, ", ");
    }

    const std::vector<std::unique_ptr<Follower>>& followers_;
    Duration timeout_;
    cli::Context& context_;
    io::Steady end_;
    std::size_t at_ = 0;
    Duration delay_ = first_delay;
    std::string said_;                  ///< the newest line of the one that is looked at
    std::optional<Diagnostic> trouble_; ///< why the last look failed
};

} // namespace

WaitTarget parse_wait_target(const std::string& text) {
    const auto parts = split(text, '/');
    WaitTarget target{.kind = kind_of(text, std::string(parts.front())), .name_space = {}, .name = {}};
    const bool may_be_short = target.kind == WaitTarget::Kind::argocd;
    if (parts.size() != 3 && !(may_be_short && parts.size() == 2)) {
        throw misuse('\'' + one_line(visible(text)) + "' is no " + (may_be_short ? "argocd/APP or argocd/NAMESPACE/APP" : std::string(parts.front()) + "/NAMESPACE/NAME"), std::string("it is ") + forms);
    }
    target.name = parts.back();
    if (parts.size() == 3) target.name_space = parts[1];
    for (auto part = parts.begin() + 1; part != parts.end(); ++part) {
        if (!is_name(*part)) throw misuse('\'' + one_line(visible(text)) + "' has '" + one_line(visible(*part)) + "' where a name belongs", "names have a to z, 0 to 9, '-' and '.'");
    }
    return target;
}

void follow(const std::vector<std::unique_ptr<Follower>>& followers, Duration timeout, cli::Context& context) { Wait(followers, timeout, context).run(); }

void wait_until_served(const WaitOptions& options, const Delivery& delivery, const cli::TlsOptions& tls, cli::Context& context) {
    using Kind = WaitTarget::Kind;
    std::vector<WaitTarget> targets;
    for (const auto& text : options.targets) targets.push_back(parse_wait_target(text));
    const auto any = [&](const auto& is_it) { return std::any_of(targets.begin(), targets.end(), is_it); };

    std::unique_ptr<io::HttpClient> argocd;
    if (any([](const WaitTarget& target) { return target.kind == Kind::argocd; })) argocd = cli::connect(argocd_server(options), tls, context);

    kubernetes::Cluster found;
    std::unique_ptr<io::HttpClient> api;
    std::unique_ptr<io::HttpClient> receiver;
    if (any([](const WaitTarget& target) { return target.kind != Kind::argocd; })) {
        auto choice = options.cluster;
        choice.allow_insecure = tls.allow_insecure;
        found = kubernetes::find_cluster(choice, context);
        context.log.debug("the cluster is " + found.server + ", by " + found.origin);
        api = context.http(found.settings);
        receiver = cli::connect({}, tls, context);
    }
    std::optional<kubernetes::Client> cluster;
    if (api) cluster.emplace(*api, found.server, "get and list");

    std::vector<std::unique_ptr<Follower>> followers;
    for (const auto& target : targets) {
        switch (target.kind) {
        case Kind::argocd: followers.push_back(follow_argocd(target, options, *argocd, delivery, context)); break;
        case Kind::flux: followers.push_back(follow_flux(target, options, *cluster, *receiver, delivery, context)); break;
        case Kind::canary: followers.push_back(follow_canary(target, *cluster, delivery, context)); break;
        case Kind::rollout: followers.push_back(follow_rollout(target, *cluster, delivery, context)); break;
        case Kind::deployment: followers.push_back(follow_deployment(target, *cluster, delivery, context)); break;
        }
    }
    follow(followers, options.timeout, context);
}

} // namespace slipway::update_gitops_values
