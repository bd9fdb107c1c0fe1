#include "push-rules/ruler/ruler_target.hpp"

#include "core/diff.hpp"
#include "core/text.hpp"
#include "prometheus/rule_writer.hpp"
#include "prometheus/ruler_api.hpp"
#include "prometheus/ruler_apply.hpp"
#include "prometheus/ruler_changes.hpp"
#include "prometheus/ruler_proof.hpp"
#include "push-rules/snapshot.hpp"
#include "push-rules/waiting.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace slipway::push_rules {

namespace {

using prometheus::RulerChange;
using prometheus::RulerChanges;
using prometheus::RulerGroup;
using prometheus::RulerState;

constexpr Duration longest_answer{30'000};
constexpr std::size_t connections = 4;
// Somebody who cancels waits five seconds, not more.
constexpr Duration longest_hurry{4'000};
constexpr Duration hurried_answer{1'500};
constexpr int hurried_attempts = 3;
constexpr std::size_t hurried_connections = 16;

const RulerGroup* find(const RulerState& state, const RulerChange& change) {
    const auto groups = state.find(change.name_space);
    if (groups == state.end()) return nullptr;
    const auto group = std::find_if(groups->second.begin(), groups->second.end(), [&](const auto& candidate) { return candidate.name() == change.group; });
    return group == groups->second.end() ? nullptr : &*group;
}

std::vector<prometheus::Group> parsed_groups(const RulerGroup* group) { return group == nullptr ? std::vector<prometheus::Group>{} : std::vector{group->group}; }

/// Groups and rules of the changes, and the diff.
void describe(const std::vector<RulerChange>& changes, const RulerState& before, const RulerState& wanted, PublicationPlan& plan) {
    for (const auto& change : changes) {
        const auto old = parsed_groups(find(before, change));
        const auto fresh = parsed_groups(find(wanted, change));
        compare_groups(change.name_space, old, fresh, plan.groups);
        const auto text = [](const std::vector<prometheus::Group>& groups) { return groups.empty() ? std::string() : prometheus::write_rule_file(groups); };
        plan.diff += unified_diff(text(old), text(fresh), change.name_space + '/' + change.group);
    }
}

/// Groups that are the same in meaning, whatever their texts are.
void describe_unchanged(const std::vector<RulerChange>& changes, const RulerState& wanted, PublicationPlan& plan) {
    for (const auto& change : changes) {
        plan.groups.unchanged.push_back(change.name_space + ':' + change.group);
        plan.groups.rules_unchanged += find(wanted, change)->group.rules.size();
    }
}

class RulerTarget final : public Target {
public:
    RulerTarget(const Options& options, const Inputs* inputs, cli::Context& context)
        : options_(options), context_(context), kind_(*prometheus::parse_ruler_kind(options.target)), address_(cli::base_url(options.ruler_server), kind_), restores_(inputs == nullptr) {
        if (restores_) {
            const auto snapshot = load_snapshot(options, context);
            wanted_ = prometheus::read_snapshot(snapshot.dump(), kind_, options.restore);
            return;
        }
        for (const auto& input : inputs->files) {
            const auto name_space = options.ruler_namespace.empty() ? io::Path(input.name).stem().string() : options.ruler_namespace;
            auto groups = prometheus::ruler_groups_of_file(input.content(), kind_, input.path, input.rules.groups, input.generated ? nullptr : input.rules.tree);
            auto& list = wanted_[name_space];
            list.insert(list.end(), std::make_move_iterator(groups.begin()), std::make_move_iterator(groups.end()));
        }
    }

    PublicationPlan plan() override {
        if (!client_) client_ = connect(context_);
        plan_ = look(*client_);
        return plan_;
    }

    Publication publish() override {
        // What the plan saw a moment ago is not asked again: the server has no lock that would make it more certain.
        if (!client_) plan();
        auto plan = std::move(plan_);
        if (!options_.snapshot.empty()) save_snapshot(options_, nlohmann::ordered_json::parse(prometheus::write_snapshot(before_, kind_)), context_);
        Publication publication{.groups = std::move(plan.groups), .diff = std::move(plan.diff)};
        const bool nothing = changes_.nothing();
        std::vector<RulerChange> done;
        try {
            if (!nothing) send(done);
            prove(*client_, nothing);
        } catch (const Cancelled&) {
            take_back_in_a_hurry(done);
            throw;
        } catch (const Error& error) {
            publication.code = error.code();
            publication.diagnostics = error.diagnostics();
            take_back(done, publication);
            publication.diagnostics.insert(publication.diagnostics.end(), plan.remarks.begin(), plan.remarks.end());
            return publication;
        } catch (const std::exception&) {
            take_back_in_a_hurry(done);
            throw;
        }
        publication.loaded = true;
        publication.diagnostics = std::move(plan.remarks);
        say_what_is_proven(publication.groups, nothing);
        return publication;
    }

private:
    const char* name() const { return prometheus::name_of(kind_); }

    bool proves_evaluation() const { return options_.prove == "evaluated"; }

    void say_what_is_proven(const GroupChanges& groups, bool nothing) const {
        const auto server = std::string(name());
        if (nothing) context_.log.info("nothing to do: " + server + " has all groups, and has loaded them");
        else if (groups.present() == 0) context_.log.info(server + " has unloaded " + count_of(groups.removed.size(), "group"));
        else context_.log.info(server + " has loaded " + count_of(groups.present(), "group") + (proves_evaluation() ? " and evaluates the rules that are new" : ""));
        if (!failing_.empty()) context_.log.warning(server + " cannot evaluate what was there before: " + failing_);
    }

    std::unique_ptr<io::HttpClient> connect(cli::Context& context) const { return cli::connect(options_.ruler_server, options_.tls, context); }

    /// The groups of our namespaces. One question for all of them, however many they are.
    RulerState stored_now(io::HttpClient& client) const {
        prometheus::RulerApi api(client, address_, {std::min(longest_answer, options_.patience()), 4});
        RulerState state;
        if (wanted_.size() == 1) {
            state[wanted_.begin()->first] = api.groups(wanted_.begin()->first);
        } else {
            auto all = api.list();
            for (const auto& [name_space, groups] : wanted_) state[name_space] = std::move(all[name_space]);
        }
        return state;
    }

    PublicationPlan look(io::HttpClient& client) {
        before_ = stored_now(client);
        changes_ = restores_ ? prometheus::restore(wanted_, before_) : prometheus::compare(wanted_, before_, options_.prune);
        PublicationPlan plan;
        describe(changes_.added, before_, wanted_, plan);
        describe(changes_.changed, before_, wanted_, plan);
        describe(changes_.removed, before_, wanted_, plan);
        describe_unchanged(changes_.unchanged, wanted_, plan);
        if (!changes_.untouched.empty()) {
            std::vector<std::string> names;
            for (const auto& change : changes_.untouched) names.push_back(change.name_space + ':' + change.group);
            plan.remarks.push_back({.severity = Severity::notice, .message = count_of(names.size(), "group") + " of these namespaces " + (names.size() == 1 ? "stands" : "stand") + " in none of the files and " + (names.size() == 1 ? "stays" : "stay") + ": " + visible(join(names, ", ")), .hint = "--prune removes them"});
        }
        return plan;
    }

    void send(std::vector<RulerChange>& done) {
        const auto outcome = prometheus::apply(changes_, address_, [&] { return connect(context_); }, context_.cancellation, connections, {std::min(longest_answer, options_.patience()), 4});
        done = outcome.to_undo();
        outcome.check();
        context_.log.info(std::string(name()) + " has stored " + count_of(outcome.sent.size(), "change"));
    }

    static std::string what_is_missing(const std::vector<prometheus::UnprovenGroup>& missing) {
        const auto& first = missing.front();
        const auto others = missing.size() - 1;
        return "group '" + visible(first.group) + "' of namespace '" + visible(first.name_space) + "': " + first.why + (others == 0 ? "" : " (and " + count_of(others, "other group") + ')');
    }

    std::string hint_for_waiting() const {
        switch (kind_) {
        case prometheus::RulerKind::mimir: return "a ruler that runs takes over what is stored within some seconds; when it cannot, its log says why";
        case prometheus::RulerKind::cortex: return "its ruler looks for changes once in -ruler.poll-interval, 1m without it: give --timeout longer than that; when it cannot load rules, its log says why";
        case prometheus::RulerKind::loki: return "its ruler looks for changes once in ruler.poll_interval, 1m without it: give --timeout longer than that; when it cannot load rules, its log says why";
        }
        return {};
    }

    /// @param unchanged  nothing was sent
    void prove(io::HttpClient& client, bool unchanged) {
        auto sent = changes_.added;
        sent.insert(sent.end(), changes_.changed.begin(), changes_.changed.end());
        prometheus::RulerProof proof(client, address_, {std::min(longest_answer, options_.patience()), 4});
        const auto look = [&] {
            Look now;
            const auto missing = proof.missing(wanted_, changes_.removed);
            now.loaded = missing.empty();
            if (!now.loaded) {
                now.missing = what_is_missing(missing);
                now.hint = hint_for_waiting();
                return now;
            }
            now.evaluation = proof.evaluation(sent, Timestamp{});
            now.longest_interval = proof.longest_interval(sent);
            // A rule that failed before must not keep others from being put right.
            const auto before = proof.evaluation(changes_.unchanged, Timestamp{});
            failing_ = before.state == prometheus::Evaluation::State::failed ? before.why : "";
            return now;
        };
        wait_until_proven(name(), {proves_evaluation() && !unchanged, options_.patience()}, look, context_);
        if (proof.left_out_expressions()) context_.log.warning(expressions_left_out);
    }

    /// Whether a group is this one as far as it matters; servers leave out fields that they do not know.
    static bool has_rules_of(const RulerGroup* stored, const RulerGroup* group) {
        if (stored == nullptr || group == nullptr) return stored == group;
        const auto& x = stored->group.rules;
        const auto& y = group->group.rules;
        return std::equal(x.begin(), x.end(), y.begin(), y.end(), [](const auto& a, const auto& b) { return a.kind == b.kind && a.name == b.name && prometheus::same_expression(a, b); });
    }

    /// Without the groups that somebody else has stored since: taking ours back must not take theirs back.
    std::vector<RulerChange> still_ours(const std::vector<RulerChange>& done, Publication& publication) {
        RulerState now;
        try {
            now = stored_now(*client_);
        } catch (const std::exception&) {
            return done; // a server that does not say what it has may take it all the same; who cancelled is told by the next request
        }
        std::vector<RulerChange> ours;
        for (const auto& change : done) {
            const auto* stored = find(now, change);
            if (has_rules_of(stored, find(before_, change)) || has_rules_of(stored, change.text.empty() ? nullptr : find(wanted_, change))) ours.push_back(change);
            else publication.diagnostics.push_back({.severity = Severity::warning, .message = "somebody else has changed group '" + visible(change.group) + "' of namespace '" + visible(change.name_space) + "' meanwhile: it stays as it is now", .hint = "let one pipeline alone publish a namespace"});
        }
        return ours;
    }

    void take_back(const std::vector<RulerChange>& done, Publication& publication) {
        if (done.empty()) {
            publication.diagnostics = with_hint({publication.code, std::move(publication.diagnostics)}, "nothing was changed").diagnostics();
            return;
        }
        const auto ours = still_ours(done, publication);
        if (ours.empty()) return;
        const auto outcome = prometheus::apply(prometheus::undo(before_, ours), address_, [&] { return connect(context_); }, context_.cancellation, connections, {std::min(longest_answer, options_.patience()), 4});
        if (outcome.signal != 0) {
            take_back_in_a_hurry(done);
            throw Cancelled(outcome.signal);
        }
        if (outcome.complete()) {
            publication.diagnostics.push_back({.severity = Severity::notice, .message = std::string(name()) + " has the " + (ours.size() < done.size() ? "other " : "") + "groups back that it had before"});
            return;
        }
        publication.code = ExitCode::world;
        for (const auto& failure : outcome.failures) publication.diagnostics.push_back({.message = std::string("the old groups are not all back: ") + failure.what(), .hint = "run it again once the server answers, or --restore a snapshot"});
    }

    void take_back_in_a_hurry(const std::vector<RulerChange>& done) {
        context_.log.end_progress();
        if (done.empty()) return;
        try {
            const Deadline deadline(longest_hurry);
            auto calm = undisturbed(context_, deadline.cancellation());
            const auto outcome = prometheus::apply(prometheus::undo(before_, done), address_, [&] { return connect(calm); }, calm.cancellation, hurried_connections, {hurried_answer, hurried_attempts});
            if (outcome.complete()) context_.log.info(std::string(name()) + " has the groups back that it had before");
            else context_.log.error(std::string(name()) + " has not got all groups back that it had before: " + count_of(outcome.left.size() + outcome.uncertain.size(), "group") + " may be new; run it again, or --restore a snapshot");
        } catch (const std::exception& error) {
            context_.log.error(std::string(name()) + " has not got the groups back that it had before: " + error.what());
        }
    }

    const Options& options_;
    cli::Context& context_;
    const prometheus::RulerKind kind_;
    const prometheus::RulerAddress address_;
    const bool restores_;
    std::unique_ptr<io::HttpClient> client_;
    PublicationPlan plan_;
    RulerState wanted_;
    RulerState before_;
    RulerChanges changes_;
    std::string failing_; ///< a rule of a group that was not sent, and why it fails
};

} // namespace

std::unique_ptr<Target> make_ruler_target(const Options& options, const Inputs* inputs, cli::Context& context) { return std::make_unique<RulerTarget>(options, inputs, context); }

} // namespace slipway::push_rules
