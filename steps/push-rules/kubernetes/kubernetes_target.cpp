#include "push-rules/kubernetes/kubernetes_target.hpp"

#include "core/diff.hpp"
#include "core/text.hpp"
#include "kubernetes/client.hpp"
#include "kubernetes/cluster.hpp"
#include "kubernetes/owned_fields.hpp"
#include "prometheus/rule_writer.hpp"
#include "push-rules/kubernetes/object_proof.hpp"
#include "push-rules/kubernetes/rule_objects.hpp"
#include "push-rules/kubernetes/undo.hpp"
#include "push-rules/snapshot.hpp"

#include <algorithm>

namespace slipway::push_rules {

namespace {

using nlohmann::json;

constexpr const char* as_before = "the objects are as they were before";

/// An object in the cluster, now and afterwards.
struct Change {
    RuleObject object;
    std::optional<json> before = {}; ///< nothing: it is not there
    std::optional<json> wanted = {}; ///< what is applied; nothing: it shall go
    std::optional<json> after = {};  ///< as the server would have it, with its defaults and what belongs to others
    bool any = false;                ///< whether something must be sent
};

std::vector<prometheus::Group> groups_of(const std::optional<json>& object, const std::string& name) {
    return object ? groups_of_object(*object, name) : std::vector<prometheus::Group>{};
}

/// What does not count as a change.
json without_bookkeeping(json object) {
    auto& metadata = object["metadata"];
    for (const char* key : {"resourceVersion", "generation"})
        metadata.erase(key);
    if (const auto managers = metadata.find("managedFields"); managers != metadata.end() && managers->is_array()) {
        for (auto& manager : *managers) {
            if (manager.is_object()) manager.erase("time");
        }
    }
    return object;
}

std::string text_at(const nlohmann::ordered_json& object, const char* key) {
    return object.is_object() && object.contains(key) && object[key].is_string() ? object[key].get<std::string>()
                                                                                 : std::string();
}

Error refusal(const kubernetes::Applied& applied, const RuleObject& object) {
    auto diagnostics =
        kubernetes::to_error(applied, kubernetes::prometheus_rules, object.name_space, object.name).diagnostics();
    if (!applied.conflicts.empty()) {
        for (auto& diagnostic : diagnostics)
            diagnostic.hint.clear();
        diagnostics.back().hint =
            "leave that to its owner, give the object another name, or take it over with --force-conflicts";
    }
    return {ExitCode::refused, std::move(diagnostics)};
}

class KubernetesTarget final : public Target {
public:
    KubernetesTarget(const Options& options, const Inputs* inputs, cli::Context& context)
        : options_(options), context_(context) {
        auto cluster_options = options.cluster;
        cluster_options.allow_insecure = options.tls.allow_insecure;
        cluster_ = kubernetes::find_cluster(cluster_options, context);
        context.log.debug("the cluster is " + cluster_.server + ", by " + cluster_.origin);
        if (inputs == nullptr) {
            read_snapshot();
        } else {
            for (auto& object : rule_objects(*inputs, options, cluster_.name_space))
                changes_.push_back({.object = std::move(object)});
        }
    }

    PublicationPlan plan() override {
        const auto http = context_.http(cluster_.settings);
        kubernetes::Client client(*http, cluster_.server);
        return look(client);
    }

    Publication publish() override {
        const auto http = context_.http(cluster_.settings);
        kubernetes::Client client(*http, cluster_.server);
        auto plan = look(client);
        const auto proof = ask_prometheus();
        save_snapshot(options_, state(), context_);
        Publication publication{.groups = std::move(plan.groups), .diff = std::move(plan.diff)};
        try {
            write(client);
            if (proof)
                proof->prove(objects_to_prove(), !written_.empty());
            else
                context_.log.warning("the objects are stored; whether a Prometheus has loaded them is not known: "
                                     "--prometheus-url names one to ask");
            publication.diagnostics = std::move(plan.remarks);
            publication.stored = true;
            publication.loaded = proof != nullptr;
        } catch (const Cancelled&) {
            take_back_in_a_hurry();
            throw;
        } catch (const Error& error) {
            publication.code = error.code();
            publication.diagnostics = error.diagnostics();
            take_back(client, publication);
        } catch (const std::exception&) {
            take_back_in_a_hurry();
            throw;
        }
        return publication;
    }

private:
    bool is_restoring() const { return !options_.restore.empty(); }

    void read_snapshot() {
        const auto what = "cannot restore from " + options_.restore + ": ";
        const auto state = load_snapshot(options_, context_);
        if (!state.is_object() || !state.contains("objects") || !state["objects"].is_array())
            throw misuse(what + "the snapshot names no objects");
        for (const auto& item : state["objects"]) {
            RuleObject object{.name_space = text_at(item, "namespace"), .name = text_at(item, "name")};
            if (object.name.empty() || object.name_space.empty()) throw misuse(what + "an object has no name");
            if (!item.contains("before"))
                throw misuse(what + "it does not say how " + visible(object.shown()) + " was");
            if (!item["before"].is_null()) {
                object.object = json(item["before"]);
                const auto metadata = item["before"].is_object()
                                          ? item["before"].value("metadata", nlohmann::ordered_json())
                                          : nlohmann::ordered_json();
                if (text_at(metadata, "name") != object.name || text_at(metadata, "namespace") != object.name_space)
                    throw misuse(what + "what it holds for " + visible(object.shown()) + " is another object");
            }
            changes_.push_back({.object = std::move(object)});
        }
    }

    nlohmann::ordered_json state() const {
        auto list = nlohmann::ordered_json::array();
        for (const auto& change : changes_) {
            list.push_back({{"namespace", change.object.name_space},
                            {"name", change.object.name},
                            {"before", change.before ? nlohmann::ordered_json(*change.before)
                                                     : nlohmann::ordered_json(nullptr)}});
        }
        return {{"objects", std::move(list)}};
    }

    /// Finds out what would change. The server applies each object without storing it: it knows its defaults, what
    /// belongs to others, and all reasons not to take it.
    PublicationPlan look(kubernetes::Client& client) {
        PublicationPlan plan;
        std::vector<Diagnostic> problems;
        for (auto& change : changes_) {
            const auto& object = change.object;
            try {
                find_out(client, change, plan);
            } catch (const Error& error) {
                if (error.code() != ExitCode::refused)
                    throw with_hint(with_hint(error, "the cluster is that of " + cluster_.origin),
                                    "nothing was changed");
                problems.insert(problems.end(), error.diagnostics().begin(), error.diagnostics().end());
                continue;
            }
            const auto old = groups_of(change.before, object.name);
            const auto fresh = groups_of(change.after, object.name);
            compare_groups(object.name_space == cluster_.name_space ? object.name : object.shown(), old, fresh,
                           plan.groups);
            const auto text = [](const std::vector<prometheus::Group>& groups) {
                return groups.empty() ? std::string() : prometheus::write_rule_file(groups);
            };
            plan.diff += unified_diff(text(old), text(fresh), object.shown());
        }
        if (!problems.empty()) throw with_hint({ExitCode::refused, std::move(problems)}, "nothing was changed");
        return plan;
    }

    void find_out(kubernetes::Client& client, Change& change, PublicationPlan& plan) const {
        const auto& object = change.object;
        change.before = client.get(kubernetes::prometheus_rules, object.name_space, object.name);
        const auto& before = change.before;
        change.after = before;
        change.any = false;
        if (!object.object) {
            // Made by somebody else since, it is not ours to remove.
            if (before && !kubernetes::is_owner(*before, field_manager)) {
                plan.remarks.push_back(
                    {.severity = Severity::warning,
                     .message = "PrometheusRule " + object.shown() +
                                " stays: it was not there before, but it is somebody else's by now"});
            } else if (before) {
                change.after.reset();
                change.any = true;
            }
            return;
        }
        change.wanted = is_restoring() ? as_it_was(*object.object, before) : *object.object;
        // All of it is ours already, and nothing else is.
        if (before && kubernetes::owned_by(*before, field_manager) == *change.wanted) return;
        const auto applied = client.apply(kubernetes::prometheus_rules, *change.wanted, apply_options(true));
        if (!applied.ok()) throw refusal(applied, object);
        change.after = applied.object;
        change.any = !before || without_bookkeeping(applied.object) != without_bookkeeping(*before);
    }

    kubernetes::ApplyOptions apply_options(bool dry_run) const {
        return {field_manager, options_.force_conflicts || is_restoring(), dry_run};
    }

    void write(kubernetes::Client& client) {
        for (auto& change : changes_) {
            context_.cancellation.check();
            if (!change.any) continue;
            // The answer may be lost although the object is stored: from here on it counts as written.
            written_.push_back({change.object.name_space, change.object.name, change.before});
            if (change.wanted)
                apply(client, change);
            else
                remove(client, change);
        }
        if (written_.empty()) context_.log.info("nothing to do: the objects are as they should be");
    }

    void apply(kubernetes::Client& client, Change& change) {
        const auto& object = change.object;
        auto applied = client.apply(kubernetes::prometheus_rules, *change.wanted, apply_options(false));
        if (!applied.ok()) {
            written_.pop_back();
            throw refusal(applied, object);
        }
        for (const auto& warning : applied.warnings)
            context_.log.warning("the server says of " + object.shown() + ": " + visible(warning));
        change.after = std::move(applied.object);
        written_.back().written = change.after;
        context_.log.info((change.before ? "changed PrometheusRule " : "created PrometheusRule ") + object.shown());
    }

    void remove(kubernetes::Client& client, const Change& change) {
        const auto& object = change.object;
        if (client.remove(kubernetes::prometheus_rules, object.name_space, object.name,
                          {uid_of(change.before), ""}) == kubernetes::Removal::outdated) {
            written_.pop_back();
            throw refused("cannot remove PrometheusRule " + object.shown() + ": somebody made it anew meanwhile",
                          "run again");
        }
        context_.log.info("removed PrometheusRule " + object.shown());
    }

    static std::string uid_of(const std::optional<json>& object) {
        return object ? object->value(json::json_pointer("/metadata/uid"), "") : std::string();
    }

    /// @return null when no Prometheus is named that could be asked
    std::unique_ptr<ObjectProof> ask_prometheus() const {
        if (options_.server.url.empty()) return nullptr;
        try {
            return std::make_unique<ObjectProof>(objects_to_prove(), options_, context_);
        } catch (const Error& error) {
            throw with_hint(error, "nothing was changed");
        }
    }

    std::vector<ProvenObject> objects_to_prove() const {
        std::vector<ProvenObject> objects;
        for (const auto& change : changes_) {
            ProvenObject object{change.object.name_space, change.object.name,
                                uid_of(change.after ? change.after : change.before)};
            if (change.after)
                object.labels = change.after->value(json::json_pointer("/metadata/labels"), prometheus::Labels{});
            const auto ours = groups_of(change.wanted, object.name);
            for (auto& group : groups_of(change.after, object.name)) {
                const bool is_ours = std::any_of(ours.begin(), ours.end(),
                                                 [&](const auto& candidate) { return candidate.name == group.name; });
                if (is_ours)
                    object.groups.push_back(std::move(group));
                else
                    object.foreign.insert(group.name);
            }
            objects.push_back(std::move(object));
        }
        return objects;
    }

    void take_back(kubernetes::Client& client, Publication& publication) {
        if (written_.empty()) {
            publication.diagnostics =
                with_hint({publication.code, std::move(publication.diagnostics)}, "nothing was changed")
                    .diagnostics();
            return;
        }
        std::vector<Diagnostic> said;
        try {
            said = undo(client, written_);
        } catch (const Cancelled&) {
            take_back_in_a_hurry();
            throw;
        }
        if (said.empty()) said.push_back({.severity = Severity::notice, .message = as_before});
        for (auto& diagnostic : said) {
            if (diagnostic.severity == Severity::error) publication.code = ExitCode::world;
            publication.diagnostics.push_back(std::move(diagnostic));
        }
    }

    void take_back_in_a_hurry() {
        context_.log.end_progress();
        if (written_.empty()) return;
        try {
            const auto said = undo_in_a_hurry(cluster_, written_, context_);
            for (const auto& diagnostic : said)
                context_.log.line(diagnostic.severity == Severity::error ? io::LogLevel::error
                                                                         : io::LogLevel::warning,
                                  diagnostic.message);
            if (said.empty()) context_.log.info(as_before);
        } catch (const std::exception& error) {
            context_.log.error(std::string("the objects are not as they were before: ") + error.what());
        }
    }

    const Options& options_;
    cli::Context& context_;
    kubernetes::Cluster cluster_;
    std::vector<Change> changes_;
    std::vector<Written> written_;
};

} // namespace

std::unique_ptr<Target> make_kubernetes_target(const Options& options, const Inputs* inputs, cli::Context& context) {
    return std::make_unique<KubernetesTarget>(options, inputs, context);
}

} // namespace slipway::push_rules
