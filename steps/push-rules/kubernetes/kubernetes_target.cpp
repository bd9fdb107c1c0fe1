#include "push-rules/kubernetes/kubernetes_target.hpp"

#include "core/diff.hpp"
#include "core/text.hpp"
#include "kubernetes/client.hpp"
#include "kubernetes/cluster.hpp"
#include "kubernetes/owned_fields.hpp"
#include "prometheus/loaded_rules.hpp"
#include "prometheus/rule_writer.hpp"
#include "push-rules/kubernetes/rule_objects.hpp"
#include "push-rules/snapshot.hpp"
#include "push-rules/waiting.hpp"

#include <algorithm>

namespace slipway::push_rules {

namespace {

using nlohmann::json;

constexpr const char* manager = "slipway";
constexpr Duration longest_answer{30'000};
constexpr Duration hurried_answer{2'000};

/// An object that was written, and how it was before.
struct Written {
    const RuleObject* object;
    std::optional<json> before;
    json now; ///< null when it was removed
};

/// Whether a file that Prometheus has loaded is what the operator makes of an object: NAMESPACE-NAME-UID.yaml, in older versions
/// without the UID.
bool is_file_of(const std::string& path, const RuleObject& object) {
    const auto file = path.substr(path.rfind('/') + 1);
    const auto stem = object.name_space + '-' + object.name;
    if (file == stem + ".yaml") return true;
    constexpr std::size_t uid_length = 36;
    return file.size() == stem.size() + 1 + uid_length + std::string(".yaml").size() && file.compare(0, stem.size() + 1, stem + '-') == 0 && file.compare(file.size() - 5, 5, ".yaml") == 0;
}

class KubernetesTarget final : public Target {
public:
    KubernetesTarget(const Options& options, const Inputs* inputs, cli::Context& context) : options_(options), context_(context) {
        auto cluster_options = options.cluster;
        cluster_options.allow_insecure = options.tls.allow_insecure;
        cluster_ = kubernetes::find_cluster(cluster_options, context);
        context.log.debug("the cluster is " + cluster_.server + ", by " + cluster_.origin);
        if (inputs != nullptr) objects_ = rule_objects(*inputs, options, cluster_.name_space);
        else read_snapshot();
    }

    PublicationPlan plan() override {
        const auto http = context_.http(cluster_.settings);
        kubernetes::Client client(*http, cluster_.server);
        auto plan = look(client);
        // The server's own checks, admission included, without storing anything.
        for (std::size_t i = 0; i < objects_.size(); ++i) {
            if (!objects_[i].object || !differs(i)) continue;
            const auto applied = client.apply(kubernetes::prometheus_rules, to_apply(i), {manager, options_.force_conflicts || is_restoring(), true});
            if (!applied.ok()) throw conflict(applied, objects_[i]);
        }
        return plan;
    }

    Publication publish() override {
        const auto http = context_.http(cluster_.settings);
        kubernetes::Client client(*http, cluster_.server);
        auto plan = look(client);
        save_snapshot(options_, state(), context_);
        Publication publication{.groups = std::move(plan.groups), .diff = std::move(plan.diff)};
        try {
            write(client);
            publication.loaded = prove();
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
        const auto state = load_snapshot(options_, context_);
        if (!state.contains("objects") || !state["objects"].is_array()) throw misuse("cannot restore from " + options_.restore + ": the snapshot names no objects");
        for (const json item : state["objects"]) {
            RuleObject object{.name_space = item.value("namespace", ""), .name = item.value("name", "")};
            if (object.name.empty() || object.name_space.empty()) throw misuse("cannot restore from " + options_.restore + ": an object has no name");
            if (item.contains("before") && item["before"].is_object()) {
                object.object = item["before"];
                object.groups = groups_of_object(item["before"], object.name);
            }
            objects_.push_back(std::move(object));
        }
    }

    nlohmann::ordered_json state() const {
        auto list = nlohmann::ordered_json::array();
        for (std::size_t i = 0; i < objects_.size(); ++i) {
            list.push_back({{"namespace", objects_[i].name_space}, {"name", objects_[i].name}, {"before", before_[i] ? nlohmann::ordered_json(*before_[i]) : nlohmann::ordered_json(nullptr)}});
        }
        return {{"objects", std::move(list)}};
    }

    PublicationPlan look(kubernetes::Client& client) {
        PublicationPlan plan;
        before_.clear();
        for (const auto& object : objects_) {
            before_.push_back(client.get(kubernetes::prometheus_rules, object.name_space, object.name));
            const auto old = before_.back() ? groups_of_object(*before_.back(), object.name) : std::vector<prometheus::Group>{};
            compare_groups(object.name, old, object.groups, plan.groups);
            const auto text = [](const std::vector<prometheus::Group>& groups) { return groups.empty() ? std::string() : prometheus::write_rule_file(groups); };
            plan.diff += unified_diff(text(old), text(object.groups), object.shown());
        }
        return plan;
    }

    /// What is applied: a snapshot's object only with the fields that are ours.
    json to_apply(std::size_t i) const {
        if (!is_restoring()) return *objects_[i].object;
        return before_[i] ? kubernetes::restoring(*objects_[i].object, *before_[i], manager) : kubernetes::owned_by(*objects_[i].object, manager);
    }

    /// Whether applying would change anything that can be seen beforehand.
    bool differs(std::size_t i) const {
        const auto& object = objects_[i];
        if (!object.object || !before_[i]) return object.object.has_value() != before_[i].has_value();
        const auto& now = *before_[i];
        const auto wanted = to_apply(i);
        const auto contains = [](const json& whole, const json& part) { return !part.is_object() || std::all_of(part.items().begin(), part.items().end(), [&](const auto& item) { return whole.is_object() && whole.contains(item.key()) && whole.at(item.key()) == item.value(); }); };
        const auto metadata = wanted.value("metadata", json::object());
        const auto known = now.value("metadata", json::object());
        for (const char* key : {"labels", "annotations"}) {
            if (metadata.contains(key) && !contains(known.value(key, json::object()), metadata.at(key))) return true;
        }
        // A field that is ours by now and not wanted any more would go.
        const auto owned = kubernetes::owned_by(now, manager);
        return wanted.value("spec", json::object()) != now.value("spec", json::object()) || owned.value("spec", json::object()) != wanted.value("spec", json::object()) ||
               owned.value("metadata", json::object()) != metadata;
    }

    void write(kubernetes::Client& client) {
        std::size_t kept = 0;
        for (std::size_t i = 0; i < objects_.size(); ++i) {
            context_.cancellation.check();
            const auto& object = objects_[i];
            if (!differs(i)) {
                ++kept;
                continue;
            }
            // The answer may be lost although the object is stored: from here on it counts as written.
            written_.push_back({&object, before_[i], json(nullptr)});
            if (!object.object) {
                client.remove(kubernetes::prometheus_rules, object.name_space, object.name);
                context_.log.info("removed PrometheusRule " + object.shown());
                continue;
            }
            const auto applied = client.apply(kubernetes::prometheus_rules, to_apply(i), {manager, options_.force_conflicts || is_restoring(), false});
            if (!applied.ok()) {
                written_.pop_back();
                throw conflict(applied, object);
            }
            for (const auto& warning : applied.warnings) context_.log.warning("the server says of " + object.shown() + ": " + visible(warning));
            written_.back().now = applied.object;
            context_.log.info((before_[i] ? "changed PrometheusRule " : "created PrometheusRule ") + object.shown());
        }
        if (kept == objects_.size()) context_.log.info("nothing to do: the objects are as they should be");
    }

    Error conflict(const kubernetes::Applied& applied, const RuleObject& object) const {
        auto error = kubernetes::to_error(applied, kubernetes::prometheus_rules, object.name_space, object.name);
        auto diagnostics = error.diagnostics();
        if (!applied.conflicts.empty() && diagnostics.back().hint.empty()) diagnostics.back().hint = "--force-conflicts takes the fields from them";
        return Error(error.code(), std::move(diagnostics));
    }

    /// @return false when no Prometheus is named that could be asked
    bool prove() {
        if (options_.server.url.empty()) {
            context_.log.warning("the objects are stored; whether a Prometheus has loaded them is not known: --prometheus-url names one to ask");
            return false;
        }
        const auto client = cli::connect(options_.server, options_.tls, context_);
        prometheus::Api api(*client, cli::base_url(options_.server), {std::min(longest_answer, options_.patience()), 4});
        prometheus::RuleComparison comparison(api);
        const auto since = written_.empty() ? Timestamp{} : last_evaluation_of_ours(api);
        wait_until_proven("Prometheus", {options_.prove == "evaluated" && !written_.empty(), options_.patience()}, [&] { return look_at(loaded_groups(api), comparison, since); }, context_);
        context_.log.info("Prometheus has loaded " + count_of(total_groups(), "group") + (options_.prove == "evaluated" ? " and evaluates their rules" : ""));
        return true;
    }

    std::size_t total_groups() const {
        std::size_t count = 0;
        for (const auto& object : objects_) count += object.groups.size();
        return count;
    }

    static std::vector<prometheus::LoadedGroup> groups_for(const RuleObject& object, const std::vector<prometheus::LoadedGroup>& loaded) {
        std::vector<prometheus::LoadedGroup> found;
        std::copy_if(loaded.begin(), loaded.end(), std::back_inserter(found), [&](const auto& group) { return is_file_of(group.file, object); });
        return found;
    }

    Timestamp last_evaluation_of_ours(prometheus::Api& api) const {
        Timestamp last{};
        const auto loaded = loaded_groups(api);
        for (const auto& object : objects_) last = std::max(last, last_evaluation(groups_for(object, loaded)));
        return last;
    }

    Look look_at(const std::vector<prometheus::LoadedGroup>& loaded, prometheus::RuleComparison& comparison, Timestamp since) const {
        Look look{.hint = "does the Prometheus object select them (ruleSelector, ruleNamespaceSelector)? The operator and the kubelet hand them on within some two minutes"};
        for (const auto& object : objects_) {
            const auto theirs = groups_for(object, loaded);
            for (const auto& group : object.groups) {
                const auto found = std::find_if(theirs.begin(), theirs.end(), [&](const auto& candidate) { return candidate.name == group.name; });
                const auto why = found == theirs.end() ? std::string("is not there") : comparison.difference(group, *found);
                if (!why.empty()) {
                    look.missing = "group '" + visible(group.name) + "' of " + object.shown() + (found == theirs.end() ? " " : " is another one there: ") + why;
                    return look;
                }
                look.longest_interval = std::max(look.longest_interval, found->interval);
                auto evaluation = evaluation_of(*found, since);
                if (look.evaluation.state != prometheus::Evaluation::State::failed && evaluation.state != prometheus::Evaluation::State::done) look.evaluation = std::move(evaluation);
            }
            for (const auto& group : theirs) {
                if (std::any_of(object.groups.begin(), object.groups.end(), [&](const auto& candidate) { return candidate.name == group.name; })) continue;
                look.missing = "group '" + visible(group.name) + "' of " + object.shown() + " is still there";
                return look;
            }
        }
        look.loaded = true;
        return look;
    }

    /// @return one line for each object that is not as it was before
    std::vector<std::string> undo(kubernetes::Client& client) {
        std::vector<std::string> failures;
        for (; !written_.empty(); written_.pop_back()) {
            const auto& [object, before, now] = written_.back();
            try {
                if (!before) {
                    const auto metadata = now.is_object() ? now.value("metadata", json::object()) : json::object();
                    client.remove(kubernetes::prometheus_rules, object->name_space, object->name, {metadata.value("uid", ""), ""});
                    continue;
                }
                const auto present = client.get(kubernetes::prometheus_rules, object->name_space, object->name);
                const auto wanted = present ? kubernetes::restoring(*before, *present, manager) : kubernetes::owned_by(*before, manager);
                const auto applied = client.apply(kubernetes::prometheus_rules, wanted, {manager, true, false});
                if (!applied.ok()) throw kubernetes::to_error(applied, kubernetes::prometheus_rules, object->name_space, object->name);
            } catch (const Error& error) {
                failures.push_back("PrometheusRule " + object->shown() + " is not as it was before: " + error.what());
            }
        }
        return failures;
    }

    void take_back(kubernetes::Client& client, Publication& publication) {
        auto& diagnostics = publication.diagnostics;
        if (written_.empty()) {
            auto& hint = diagnostics.back().hint;
            hint += hint.empty() ? "nothing was changed" : "; nothing was changed";
            return;
        }
        const auto failures = undo(client);
        for (const auto& failure : failures) diagnostics.push_back({.message = failure, .hint = "run it again once the server answers, or --restore a snapshot"});
        if (failures.empty()) diagnostics.push_back({.severity = Severity::notice, .message = "the objects are as they were before"});
        else publication.code = ExitCode::world;
    }

    void take_back_in_a_hurry() {
        context_.log.end_progress();
        if (written_.empty()) return;
        try {
            auto calm = undisturbed(context_);
            const auto http = calm.http(cluster_.settings);
            HurriedClient hurried(*http);
            kubernetes::Client client(hurried, cluster_.server);
            const auto failures = undo(client);
            for (const auto& failure : failures) context_.log.error(failure);
            if (failures.empty()) context_.log.info("the objects are as they were before");
        } catch (const std::exception& error) {
            context_.log.error(std::string("the objects are not as they were before: ") + error.what());
        }
    }

    /// Somebody waits for us to end: no repetitions, and short answers only.
    class HurriedClient final : public io::HttpClient {
    public:
        explicit HurriedClient(io::HttpClient& client) : client_(client) {}
        io::Response send(const io::Request& request) override {
            auto hurried = request;
            hurried.timeout = hurried_answer;
            hurried.retry.attempts = 1;
            return client_.send(hurried);
        }

    private:
        io::HttpClient& client_;
    };

    const Options& options_;
    cli::Context& context_;
    kubernetes::Cluster cluster_;
    std::vector<RuleObject> objects_;
    std::vector<std::optional<json>> before_; ///< of each object
    std::vector<Written> written_;
};

} // namespace

std::unique_ptr<Target> make_kubernetes_target(const Options& options, const Inputs* inputs, cli::Context& context) { return std::make_unique<KubernetesTarget>(options, inputs, context); }

} // namespace slipway::push_rules
