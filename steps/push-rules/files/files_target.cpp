#include "push-rules/files/files_target.hpp"

#include "core/text.hpp"
#include "push-rules/files/proof.hpp"
#include "push-rules/files/reload.hpp"
#include "push-rules/snapshot.hpp"
#include "push-rules/waiting.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace slipway::push_rules {

namespace {

constexpr Duration pause_for_lock{200};
constexpr Duration longest_answer{30'000};
constexpr Duration longest_reload{120'000};
constexpr Duration longest_return{15'000}; // for the old rules to be loaded again
// Somebody who cancels waits five seconds, not more.
constexpr Duration hurried_reload{2'000};
constexpr Duration hurried_look{1'000};

/// What was done about the old state, for people.
struct Return {
    bool complete = true;         ///< the old files are there, and loaded where that could be expected
    bool refused = false;         ///< the server refuses the old files as well
    std::vector<Diagnostic> said; ///< at most one line for each file and one for the server
};

class FilesTarget final : public Target {
public:
    FilesTarget(const Options& options, const Inputs* inputs, cli::Context& context)
        : options_(options), inputs_(inputs), context_(context), folder_(open_rule_folder(options.rules_dir, options.ssh, context)) {}

    PublicationPlan plan() override {
        const auto changes = compare_with_folder();
        return {.groups = changes.groups, .diff = changes.diff()};
    }

    Publication publish() override {
        const auto lock = lock_folder();
        changes_ = compare_with_folder();
        save_snapshot(options_, state(), context_);
        client_ = cli::connect(options_.server, options_.tls, context_);
        auto api = make_api(*client_, {std::min(longest_answer, options_.patience()), 4});
        if (is_loaded_already(api)) {
            context_.log.info("nothing to do: the files are unchanged, and Prometheus has loaded them");
            return {.groups = changes_.groups, .loaded = true};
        }
        Replacement replacement(*folder_);
        replacement.put(changes_);
        for (const auto& file : changes_.files) {
            if (file.differs()) context_.log.info((file.new_text ? "wrote " : "removed ") + folder_->shown(file.name));
        }
        return load(api, replacement);
    }

private:
    FolderChanges compare_with_folder() {
        if (inputs_ != nullptr) return compare(*inputs_, *folder_);
        std::map<std::string, std::optional<std::string>> files;
        const auto snapshot = load_snapshot(options_, context_);
        if (!snapshot.contains("files") || !snapshot["files"].is_object()) throw misuse("cannot restore from " + options_.restore + ": the snapshot names no files");
        for (const auto& [name, text] : snapshot["files"].items()) {
            // A name that leads out of the folder was not written by us.
            if (name.empty() || name.find('/') != std::string::npos || name.front() == '.' || !(text.is_string() || text.is_null())) throw misuse("cannot restore from " + options_.restore + ": '" + visible(name) + "' is no file of a snapshot");
            files.emplace(name, text.is_null() ? std::nullopt : std::optional(text.get<std::string>()));
        }
        return compare(files, *folder_);
    }

    /// The files of this publication as they are now.
    nlohmann::ordered_json state() const {
        auto files = nlohmann::ordered_json::object();
        for (const auto& file : changes_.files) files[file.name] = file.old_text ? nlohmann::ordered_json(*file.old_text) : nlohmann::ordered_json(nullptr);
        return {{"folder", folder_->name()}, {"files", std::move(files)}};
    }

    std::unique_ptr<io::FolderLock> lock_folder() {
        const auto deadline = context_.clock.steady() + options_.patience();
        for (bool first = true;; first = false) {
            try {
                if (auto lock = folder_->try_lock()) return lock;
            } catch (const Error& error) {
                // Some network file systems have none. Publishing without is what everybody did before.
                context_.log.warning(std::string(error.what()) + ": nothing keeps another push-rules out of the folder");
                return nullptr;
            }
            if (context_.clock.steady() >= deadline) {
                throw inconclusive("another push-rules works in " + folder_->name() + " and has not finished within " + format_duration(options_.patience()), "nothing was changed");
            }
            if (first) context_.log.info("waiting for another push-rules that works in " + folder_->name());
            context_.clock.sleep_for(pause_for_lock);
        }
    }

    prometheus::Api make_api(io::HttpClient& client, prometheus::Patience patience) const { return {client, cli::base_url(options_.server), patience}; }

    /// The questions that change nothing; a server that cannot answer them is not given anything to load.
    bool is_loaded_already(prometheus::Api& api) {
        try {
            before_ = loaded_groups(api);
            if (!changes_.any()) {
                prometheus::RuleComparison comparison(api);
                const auto proof = prove(changes_, before_, comparison, *folder_);
                if (proof.loaded) {
                    const auto evaluation = evaluation_of(changes_, before_, Timestamp{}, *folder_);
                    if (evaluation.state == prometheus::Evaluation::State::failed) context_.log.warning("Prometheus cannot evaluate what was there before: " + evaluation.why);
                    return true;
                }
                context_.log.info("the files are unchanged, but not loaded: " + proof.missing);
            }
            check_lifecycle(api);
            check_rule_files(changes_, api, *folder_);
            reloaded_before_ = reload_state(api);
            return false;
        } catch (const Error& error) {
            throw with_hint(error, "nothing was changed");
        }
    }

    Publication load(prometheus::Api& api, Replacement& replacement) {
        try {
            reload(api, std::min(longest_reload, options_.patience()));
            check_reloaded(api, reloaded_before_);
            prove_it(api);
            replacement.keep();
            context_.log.info("Prometheus has loaded " + count_of(changes_.groups.present(), "group") + (options_.prove == "evaluated" ? " and evaluates their rules" : ""));
            return {.groups = changes_.groups, .diff = changes_.diff(), .loaded = true};
        } catch (const Cancelled&) {
            return_in_a_hurry(replacement);
            throw;
        } catch (const Error& error) {
            return not_loaded(error, api, replacement);
        } catch (const std::exception&) {
            return_in_a_hurry(replacement);
            throw;
        }
    }

    void prove_it(prometheus::Api& api) {
        const auto since = last_evaluation(groups_of(changes_, before_));
        prometheus::RuleComparison comparison(api);
        const auto look = [&] {
            const auto groups = loaded_groups(api);
            auto proof = prove(changes_, groups, comparison, *folder_);
            Look now{.loaded = proof.loaded, .missing = std::move(proof.missing), .hint = std::move(proof.hint)};
            if (!now.loaded) return now;
            now.evaluation = evaluation_of(changes_, groups, since, *folder_);
            for (const auto& group : groups_of(changes_, groups)) now.longest_interval = std::max(now.longest_interval, group.interval);
            return now;
        };
        wait_until_proven("Prometheus", {options_.prove == "evaluated", options_.patience()}, look, context_);
        if (comparison.left_out_expressions()) context_.log.warning(expressions_left_out);
    }

    Publication not_loaded(const Error& error, prometheus::Api& api, Replacement& replacement) {
        Publication publication{.groups = changes_.groups, .diff = changes_.diff(), .code = error.code(), .diagnostics = error.diagnostics()};
        Return back;
        try {
            back = return_to_old(api, replacement);
        } catch (const Cancelled&) {
            return_in_a_hurry(replacement);
            throw;
        }
        if (error.code() == ExitCode::refused) explain_refusal(publication, back, api);
        if (!back.complete) publication.code = ExitCode::world;
        publication.diagnostics.insert(publication.diagnostics.end(), back.said.begin(), back.said.end());
        return publication;
    }

    void explain_refusal(Publication& publication, const Return& back, prometheus::Api& api) {
        const auto found = refused_expressions(inputs_, api);
        auto& hint = publication.diagnostics.front().hint;
        if (!found.empty()) {
            publication.diagnostics.insert(publication.diagnostics.end(), found.begin(), found.end());
        } else if (back.refused || !changes_.any()) {
            publication.code = ExitCode::world;
            hint = "it refuses without these changes, too: the mistake is in its configuration or in other files that it reads; its log names it";
        } else {
            hint = "its log names the mistake";
        }
    }

    /// Files first, then the server.
    Return return_to_old(prometheus::Api& api, Replacement& replacement) {
        Return back;
        if (!changes_.any()) return back;
        for (const auto& failure : replacement.take_back(Hurry::no)) {
            back.complete = false;
            back.said.push_back({.message = failure, .hint = "put the file right by hand: a Prometheus that restarts with a wrong one does not come up"});
        }
        if (!back.complete) return back;
        try {
            reload(api, std::min(longest_return, options_.patience()));
            if (wait_until_back(changes_, before_, api, context_.clock, std::min(longest_return, options_.patience()))) {
                back.said.push_back({.severity = Severity::notice, .message = "the folder is as it was before, and Prometheus runs with the rules it had"});
            } else {
                back.complete = false;
                back.said.push_back({.message = "the folder is as it was before, but Prometheus does not show the rules it had"});
            }
        } catch (const Error& error) {
            back.refused = error.code() == ExitCode::refused;
            back.complete = false;
            back.said.push_back({.message = std::string("the folder is as it was before, but Prometheus has not loaded it again: ") + error.what()});
        }
        return back;
    }

    /// The same when somebody waits for us to end: every wait is short, and cancellation does not interrupt.
    void return_in_a_hurry(Replacement& replacement) {
        context_.log.end_progress();
        if (!changes_.any()) return;
        const auto failures = replacement.take_back(Hurry::yes);
        for (const auto& failure : failures) context_.log.error(failure);
        if (!failures.empty()) return;
        try {
            auto calm = undisturbed(context_);
            const auto client = cli::connect(options_.server, options_.tls, calm);
            auto api = make_api(*client, {hurried_look, 1});
            reload(api, hurried_reload);
            if (groups_of(changes_, loaded_groups(api)) == groups_of(changes_, before_)) context_.log.info("the folder is as it was before, and Prometheus runs with the rules it had");
            else context_.log.warning("the folder is as it was before, but Prometheus does not show the rules it had yet");
        } catch (const std::exception& error) {
            context_.log.warning(std::string("the folder is as it was before, but it is not known whether Prometheus runs with the rules it had: ") + error.what());
        }
    }

    const Options& options_;
    const Inputs* inputs_;
    cli::Context& context_;
    std::unique_ptr<RuleFolder> folder_;
    FolderChanges changes_;
    ReloadState reloaded_before_;
    std::unique_ptr<io::HttpClient> client_;
    std::vector<prometheus::LoadedGroup> before_;
};

} // namespace

std::unique_ptr<Target> make_files_target(const Options& options, const Inputs* inputs, cli::Context& context) { return std::make_unique<FilesTarget>(options, inputs, context); }

} // namespace slipway::push_rules
