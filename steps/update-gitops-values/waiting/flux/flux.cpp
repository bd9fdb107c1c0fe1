#include "core/hmac.hpp"
#include "core/text.hpp"
#include "core/timestamp.hpp"
#include "git/history.hpp"
#include "update-gitops-values/waiting/field.hpp"
#include "update-gitops-values/waiting/flux/flux_state.hpp"
#include "update-gitops-values/waiting/followers.hpp"
#include "update-gitops-values/waiting/revisions.hpp"

#include <set>

namespace slipway::update_gitops_values {

namespace {

using Json = nlohmann::json;

const kubernetes::Resource kustomizations{"kustomize.toolkit.fluxcd.io", "v1", "kustomizations", "Kustomization"};
const kubernetes::Resource git_repositories{"source.toolkit.fluxcd.io", "v1", "gitrepositories", "GitRepository"};

constexpr Duration absence{120'000}; ///< another Kustomization may be about to make it
constexpr std::size_t attempts_that_fail = 2;

const Diagnostic& first(const Error& error) { return error.diagnostics().front(); }

std::string with(const std::string& text, const std::string& more) { return more.empty() ? text : text + ": " + more; }

std::string in_words(const FluxCondition& condition) { return with(in_a_line(condition.reason), in_a_line(condition.message)); }

class Flux final : public Follower {
public:
    Flux(const WaitTarget& target, const WaitOptions& options, kubernetes::Client& cluster, io::HttpClient& http, const Delivery& delivery, cli::Context& context)
        : target_(target), options_(options), cluster_(cluster), http_(http), delivery_(delivery), context_(context), revisions_(delivery, context.clock) {}

    std::string name() const override { return "Flux Kustomization " + place(); }

    void poke() override {
        if (!options_.flux_receiver.empty()) {
            try {
                return call_receiver();
            } catch (const Error& error) {
                context_.log.warning("cannot call the Flux receiver: " + first(error).message);
                if (!first(error).hint.empty()) context_.log.hint(io::LogLevel::warning, first(error).hint);
            }
        }
        const auto kustomization = get();
        if (kustomization.source_kind == git_repositories.kind) ask(git_repositories, kustomization.source_namespace, kustomization.source_name, read_source(kustomization).uid, "");
        ask_kustomization(kustomization);
    }

    Standing look() override {
        const auto kustomization = get();
        const bool has_ours = revisions_.has(commit_of_flux(kustomization.applied));
        if (has_ours && kustomization.is_applied()) return {.arrived = true, .line = "serves " + short_flux_revision(kustomization.applied), .stuck = {}};
        if (kustomization.is_deleted) return stuck("is being deleted");
        check_attempts(kustomization);
        if (kustomization.is_suspended) return stuck("is suspended", "flux resume kustomization " + target_.name + " -n " + target_.name_space);
        if (kustomization.source_kind != git_repositories.kind) {
            return stuck("reads the " + in_a_line(kustomization.source_kind) + ' ' + in_a_line(kustomization.source_name) + ", which is no GitRepository: its revisions are no commits",
                         "wait for what it deploys, by --wait deployment/NAMESPACE/NAME for example");
        }
        if (kustomization.stalled.status == "True") return stuck("is stalled: " + in_words(kustomization.stalled));
        const auto line = line_of(kustomization);
        if (has_ours || revisions_.has(commit_of_flux(kustomization.attempted))) return {.arrived = false, .line = line, .stuck = {}};
        return look_at_source(kustomization, line);
    }

private:
    std::string place() const { return target_.name_space + '/' + target_.name; }

    FluxKustomization get() {
        const auto object = cluster_.get(kustomizations, target_.name_space, target_.name);
        const auto now = context_.clock.steady();
        if (object) {
            absent_since_.reset();
            return read_flux_kustomization(*object);
        }
        if (!absent_since_) absent_since_ = now;
        const auto message = "there is no Kustomization " + place() + " of Flux";
        const auto* hint = "flux get kustomizations -A lists those that there are";
        if (now - *absent_since_ >= absence) throw io::LastingError(message, hint);
        throw world_failure(message, hint);
    }

    FluxRepository read_source(const FluxKustomization& kustomization) {
        const auto object = cluster_.get(git_repositories, kustomization.source_namespace, kustomization.source_name);
        if (!object) throw world_failure("there is no " + source_of(kustomization), "flux get sources git -A lists those that there are");
        return read_flux_repository(*object);
    }

    static std::string source_of(const FluxKustomization& kustomization) { return "GitRepository " + in_a_line(kustomization.source_namespace) + '/' + in_a_line(kustomization.source_name); }

    /// @source https://fluxcd.io/flux/components/notification/receivers/#generic-hmac-receiver
    void call_receiver() {
        // Who knows this path may call it.
        const auto slash = options_.flux_receiver.rfind('/');
        context_.commands.mask(Secret(options_.flux_receiver.substr(slash + 1)));
        const auto body = Json{{"branch", delivery_.branch}, {"commit", delivery_.commit}}.dump();
        io::Request request{.method = "POST", .url = options_.flux_receiver, .headers = {{"Content-Type", "application/json"}}, .body = body};
        request.retry.also_unsafe_methods = true; // a second call has it look once more
        if (!options_.flux_receiver_secret.empty()) request.headers.push_back({"X-Signature", "sha256=" + hmac_sha256(options_.flux_receiver_secret, body)});
        const auto response = http_.send(request);
        if (response.ok()) return context_.log.info(name() + ": called the receiver");
        const auto what = "POST " + io::url_for_people(options_.flux_receiver) + ": status " + std::to_string(response.status);
        const bool is_signed = !options_.flux_receiver_secret.empty();
        throw world_failure(with(what, in_a_line(response.body)), response.status == 404   ? "a receiver's path is in its status.webhookPath, and changes with its token"
                                                                : response.status >= 500 ? ""
                                                                : is_signed ? "is it a receiver of the type generic-hmac, and --flux-receiver-secret-file its token?"
                                                                            : "a receiver of the type generic-hmac needs --flux-receiver-secret-file");
    }

    /// By the annotation that `flux reconcile` sets. The uid keeps it from making an object that is gone.
    /// @source https://fluxcd.io/flux/components/kustomize/kustomizations/#triggering-a-reconcile
    void ask(const kubernetes::Resource& resource, const std::string& name_space, const std::string& object_name, const std::string& uid, const std::string& interval) {
        auto metadata = Json::object();
        metadata["namespace"] = name_space;
        metadata["name"] = object_name;
        metadata["uid"] = uid;
        metadata["annotations"]["reconcile.fluxcd.io/requestedAt"] = format_timestamp(context_.clock.now());
        auto object = Json::object();
        object["metadata"] = metadata;
        try {
            cluster_.apply(resource, object, {.field_manager = "slipway-update-gitops-values", .force = true});
        } catch (const Error& error) {
            throw world_failure("cannot ask Flux to look now: " + first(error).message,
                                "the account needs the verb patch for " + resource.full_name() + "; without it Flux looks at the end of its interval" + (interval.empty() ? "" : " (" + in_a_line(interval) + ')') + " or when its receiver is called (--flux-receiver-url)");
        }
    }

    void ask_kustomization(const FluxKustomization& kustomization) { ask(kustomizations, target_.name_space, target_.name, kustomization.uid, kustomization.interval); }

    /// Flux tries again for ever, and a second attempt may find what the first one missed: a webhook that was not up yet, a definition that
    /// came with the same commit. Two that failed on one revision with our commit are an answer.
    void check_attempts(const FluxKustomization& kustomization) {
        const auto& ready = kustomization.ready;
        if (ready.status != "False" || !is_final_for_flux(ready.reason) || !revisions_.has(commit_of_flux(kustomization.attempted))) return;
        if (failed_revision_ != kustomization.attempted) failures_.clear();
        failed_revision_ = kustomization.attempted;
        const bool is_new = failures_.insert(ready.since).second;
        if (failures_.size() >= attempts_that_fail) {
            throw refused(name() + " failed " + std::to_string(failures_.size()) + " times to apply " + short_flux_revision(kustomization.attempted) + ": " + in_words(ready),
                          delivery_.rollback.empty() ? "Git still names it" : "Git still names it; to take it back: " + delivery_.rollback);
        }
        if (!is_new) return;
        try {
            ask_kustomization(kustomization); // the next attempt may be an interval away
        } catch (const Error& error) {
            context_.log.debug(first(error).message);
        }
    }

    Standing stuck(const std::string& why, const std::string& hint = {}) const {
        return {.arrived = false, .line = why, .stuck = Diagnostic{.message = name() + " will not serve the change: it " + why, .hint = hint}};
    }

    std::string line_of(const FluxKustomization& kustomization) {
        auto line = kustomization.applied.empty() ? "nothing applied yet" : "at " + short_flux_revision(kustomization.applied);
        const bool tries = kustomization.attempted != kustomization.applied && !kustomization.attempted.empty();
        const auto& ready = kustomization.ready;
        if (ready.status == "False") {
            line += (tries ? ", failed to apply " + short_flux_revision(kustomization.attempted) : std::string(", not ready")) + with("", in_words(ready)) + (is_final_for_flux(ready.reason) ? "; Flux tries again" : "");
        } else if (kustomization.reconciling.status == "True" || ready.status == "Unknown") {
            const auto& news = kustomization.reconciling.status == "True" ? kustomization.reconciling : ready;
            line += with(tries ? ", applying " + short_flux_revision(kustomization.attempted) : ", reconciling", in_a_line(news.message));
        } else if (!kustomization.is_current) {
            line += ", its new spec is not looked at yet";
        }
        return line;
    }

    /// It did not try our commit yet: has its source got it?
    Standing look_at_source(const FluxKustomization& kustomization, const std::string& line) {
        FluxRepository source;
        try {
            source = read_source(kustomization);
        } catch (const io::LastingError& error) {
            return {.arrived = false, .line = line + "; " + source_of(kustomization) + " cannot be read: " + first(error).message, .stuck = {}};
        }
        if (revisions_.has(commit_of_flux(source.fetched))) return {.arrived = false, .line = line + "; " + source_of(kustomization) + " has " + short_flux_revision(source.fetched), .stuck = {}};
        const auto resume = "flux resume source git " + in_a_line(kustomization.source_name) + " -n " + in_a_line(kustomization.source_namespace);
        if (source.is_suspended) return stuck("reads the " + source_of(kustomization) + ", which is suspended at " + short_flux_revision(source.fetched), resume);
        if (source.branch != delivery_.branch) {
            const auto follows = source.branch.empty() ? source.other : "the branch " + in_a_line(source.branch);
            return stuck("reads the " + source_of(kustomization) + ", which follows " + follows + " of " + in_a_line(io::url_for_people(source.url)) + ", and the change is on " + visible(delivery_.branch));
        }
        if (source.stalled.status == "True") return stuck("reads the " + source_of(kustomization) + ", which is stalled: " + in_words(source.stalled));
        const auto& trouble = source.failed.status == "True" ? source.failed : source.ready;
        const bool fails = source.failed.status == "True" || source.ready.status == "False";
        const auto at = source.fetched.empty() ? " has nothing" : " is at " + short_flux_revision(source.fetched);
        return {.arrived = false, .line = line + "; " + source_of(kustomization) + " (" + in_a_line(io::url_for_people(source.url)) + ')' + at + (fails ? with("", in_words(trouble)) : ", without the commit " + git::short_hash(delivery_.commit)), .stuck = {}};
    }

    WaitTarget target_;
    const WaitOptions& options_;
    kubernetes::Client& cluster_;
    io::HttpClient& http_;
    const Delivery& delivery_;
    cli::Context& context_;
    Revisions revisions_;
    std::optional<io::Steady> absent_since_;
    std::string failed_revision_;
    std::set<std::string> failures_; ///< when attempts to apply it had failed
};

} // namespace

std::unique_ptr<Follower> follow_flux(const WaitTarget& target, const WaitOptions& options, kubernetes::Client& cluster, io::HttpClient& http, const Delivery& delivery, cli::Context& context) {
    return std::make_unique<Flux>(target, options, cluster, http, delivery, context);
}

} // namespace slipway::update_gitops_values
