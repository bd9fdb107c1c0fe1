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
constexpr Duration hurried_answer{1'500};

const RulerGroup* find(const RulerState& state, const RulerChange& change) {
    const auto groups = state.find(change.name_space);
    if (groups == state.end()) return nullptr;
    const auto group = std::find_if(groups->second.begin(), groups->second.end(), [&](const auto& candidate) { return candidate.name() == change.group; });
    return group == groups->second.end() ? nullptr : &*group;
}

std::vector<prometheus::Group> parsed_groups(const RulerGroup* group) { return group == nullptr ? std::vector<prometheus::Group>{} : std::vector{group->group}; }

/// Groups and rules of the changes, and the diff of what is not the same.
void describe(const std::vector<RulerChange>& changes, const RulerState& before, const RulerState& wanted, bool same, PublicationPlan& plan) {
    for (const auto& change : changes) {
        const auto old = parsed_groups(find(before, change));
        const auto fresh = same ? old : parsed_groups(find(wanted, change)); // the same in meaning, whatever the texts are
        compare_groups(change.name_space, old, fresh, plan.groups);
        if (same) continue;
        const auto text = [](const std::vector<prometheus::Group>& groups) { return groups.empty() ? std::string() : prometheus::write_rule_file(groups); };
        plan.diff += unified_diff(text(old), text(fresh), change.name_space + '/' + change.group);
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
            auto groups = prometheus::ruler_groups_of_file(input.content(), kind_, input.path);
            auto& list = wanted_[name_space];
            list.insert(list.end(), std::make_move_iterator(groups.begin()), std::make_move_iterator(groups.end()));
        }
    }

    PublicationPlan plan() override {
        const auto client = connect(context_);
        return look(*client);
    }

    Publication publish() override {
        const auto client = connect(context_);
        auto plan = look(*client);
        save_snapshot(options_, nlohmann::ordered_json::parse(prometheus::write_snapshot(before_, kind_)), context_);
        for (const auto& remark : plan.remarks) context_.log.info(remark.message);
        Publication publication{.groups = std::move(plan.groups), .diff = std::move(plan.diff)};
        const bool nothing = changes_.nothing();
        std::vector<RulerChange> done;
        try {
            if (!nothing) send(done);
            prove(*client, nothing);
        } catch (const Cancelled&) {
            take_back_in_a_hurry(done);
            throw;
        } catch (const Error& error) {
            publication.code = error.code();
            publication.diagnostics = error.diagnostics();
            take_back(done, publication);
            return publication;
        } catch (const std::exception&) {
            take_back_in_a_hurry(done);
            throw;
        }
        publication.loaded = true;
        if (nothing) context_.log.info(std::string("nothing to do: ") + name() + " has all groups, and evaluates them");
        else context_.log.info(std::string(name()) + " has loaded " + count_of(publication.groups.present(), "group") + (options_.prove == "evaluated" ? " and evaluates their rules" : ""));
        return publication;
    }

private:
    const char* name() const { return prometheus::name_of(kind_); }

    std::unique_ptr<io::HttpClient> connect(cli::Context& context) const { return cli::connect(options_.ruler_server, options_.tls, context); }

    /// One question for all namespaces, however many they are.
    PublicationPlan look(io::HttpClient& client) {
        prometheus::RulerApi api(client, address_, {std::min(longest_answer, options_.patience()), 4});
        before_.clear();
        if (wanted_.size() == 1) {
            before_[wanted_.begin()->first] = api.groups(wanted_.begin()->first);
        } else {
            auto all = api.list();
            for (const auto& [name_space, groups] : wanted_) before_[name_space] = std::move(all[name_space]);
        }
        changes_ = restores_ ? prometheus::restore(wanted_, before_) : prometheus::compare(wanted_, before_, options_.prune);
        PublicationPlan plan;
        describe(changes_.added, before_, wanted_, false, plan);
        describe(changes_.changed, before_, wanted_, false, plan);
        describe(changes_.removed, before_, wanted_, false, plan);
        describe(changes_.unchanged, before_, wanted_, true, plan);
        if (!changes_.untouched.empty()) {
            std::vector<std::string> names;
            for (const auto& change : changes_.untouched) names.push_back(change.name_space + ':' + change.group);
            plan.remarks.push_back({.severity = Severity::notice, .message = count_of(names.size(), "group") + " of these namespaces " + (names.size() == 1 ? "stands" : "stand") + " in none of the files and " + (names.size() == 1 ? "stays" : "stay") + ": " + visible(join(names, ", ")), .hint = "--prune removes them"});
        }
        return plan;
    }

    void send(std::vector<RulerChange>& done) {
        const auto outcome = prometheus::apply(changes_, address_, [&] { return connect(context_); }, context_.cancellation, 4, {std::min(longest_answer, options_.patience()), 4});
        done = outcome.to_undo();
        outcome.check();
        context_.log.info(std::string(name()) + " has stored " + count_of(outcome.sent.size(), "change"));
    }

    /// @param unchanged  nothing was sent: what was evaluated before counts
    void prove(io::HttpClient& client, bool unchanged) {
        prometheus::RulerProof proof(client, address_, {std::min(longest_answer, options_.patience()), 4});
        const auto look = [&] {
            Look now{.longest_interval = proof.longest_interval()};
            const auto missing = proof.missing(wanted_, changes_.removed);
            now.loaded = missing.empty();
            if (!now.loaded) now.missing = "group '" + visible(missing.front().group) + "' of " + visible(missing.front().name_space) + ": " + missing.front().why;
            else now.evaluation = proof.evaluation(wanted_, Timestamp{});
            now.longest_interval = proof.longest_interval();
            return now;
        };
        wait_until_proven(name(), {options_.prove == "evaluated" && !unchanged, options_.patience()}, look, context_);
        if (proof.left_out_expressions()) context_.log.warning("the server does not say how it prints expressions: names, labels and durations of the rules are compared, expressions are not");
    }

    void take_back(const std::vector<RulerChange>& done, Publication& publication) {
        if (done.empty()) {
            publication.diagnostics.back().hint += publication.diagnostics.back().hint.empty() ? "nothing was changed" : "; nothing was changed";
            return;
        }
        const auto outcome = prometheus::apply(prometheus::undo(before_, done), address_, [&] { return connect(context_); }, context_.cancellation, 4, {std::min(longest_answer, options_.patience()), 4});
        if (outcome.signal != 0) {
            take_back_in_a_hurry(done);
            throw Cancelled(outcome.signal);
        }
        if (outcome.complete()) {
            publication.diagnostics.push_back({.severity = Severity::notice, .message = std::string(name()) + " has the groups back that it had before"});
            return;
        }
        publication.code = ExitCode::world;
        for (const auto& failure : outcome.failures) publication.diagnostics.push_back({.message = std::string("the old groups are not all back: ") + failure.what(), .hint = "run it again once the server answers, or --restore a snapshot"});
    }

    void take_back_in_a_hurry(const std::vector<RulerChange>& done) {
        context_.log.end_progress();
        if (done.empty()) return;
        try {
            auto calm = undisturbed(context_);
            const auto outcome = prometheus::apply(prometheus::undo(before_, done), address_, [&] { return connect(calm); }, calm.cancellation, 4, {hurried_answer, 1});
            if (outcome.complete()) context_.log.info(std::string(name()) + " has the groups back that it had before");
            else context_.log.error(std::string(name()) + " has not got all groups back that it had before");
        } catch (const std::exception& error) {
            context_.log.error(std::string(name()) + " has not got the groups back that it had before: " + error.what());
        }
    }

    const Options& options_;
    cli::Context& context_;
    const prometheus::RulerKind kind_;
    const prometheus::RulerAddress address_;
    const bool restores_;
    RulerState wanted_;
    RulerState before_;
    RulerChanges changes_;
};

} // namespace

std::unique_ptr<Target> make_ruler_target(const Options& options, const Inputs* inputs, cli::Context& context) { return std::make_unique<RulerTarget>(options, inputs, context); }

} // namespace slipway::push_rules
