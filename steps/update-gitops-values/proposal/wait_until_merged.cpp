#include "propose.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <utility>

namespace slipway::update_gitops_values {

namespace {

constexpr Duration first_pause{2'000};
constexpr Duration longest_pause{10'000};
/// How often a branch must be missing: a forge may delete it a moment before it says that the request is merged.
constexpr int most_missing = 2;

class Waiting {
public:
    Waiting(const Options& options, const std::string& base, Proposed& proposed, Drafts& drafts, git::Repository& repository, Forge& forge, cli::Context& context)
        : options_(options), base_(base), proposed_(proposed), drafts_(drafts), repository_(repository), forge_(forge), context_(context),
          deadline_(context.clock.steady() + options.forge.merge_timeout), head_(proposed_.head) {}

    void run() {
        context_.log.info("waiting until " + name() + " is merged, at most " + format_duration(options_.forge.merge_timeout));
        for (auto pause = first_pause;; pause = std::min(longest_pause, pause * 3 / 2)) {
            try {
                if (look()) return;
            } catch (const Error& error) {
                survive(error);
            }
            const auto left = std::chrono::duration_cast<Duration>(deadline_ - context_.clock.steady());
            if (left <= Duration{0}) give_up();
            context_.clock.sleep_for(std::min(pause, left));
        }
    }

private:
    /// @return true when there is nothing more to wait for
    bool look() {
        // What was spent on waiting is no time that Git was slow in.
        repository_.set_deadline(std::min(deadline_, context_.clock.steady() + options_.timeout));
        const auto now = forge_.read(proposed_.request->number);
        trouble_.clear();
        if (now.state != PullRequest::State::open) return ended(now);
        if (follow_head()) return true;
        if (now.conflicts && now.head_commit == head_ && is_ours_ && make_again()) return true;
        tell(now);
        return false;
    }

    bool ended(const PullRequest& now) {
        context_.log.end_progress();
        proposed_.request = now;
        const auto by = now.ended_by.empty() ? std::string{} : " by " + one_line(visible(now.ended_by));
        if (now.state == PullRequest::State::closed) {
            throw refused(name() + " was closed without a merge" + by + ": " + url(), "--reopen asks once more; another version opens a new one by itself");
        }
        context_.log.info(name() + " is merged" + by + (now.merge_commit.empty() ? "" : " as " + git::short_hash(now.merge_commit)));
        return true;
    }

    /// Looks whether somebody moved the branch. @return true when what it has now is newer than what we wait for
    bool follow_head() {
        const auto tip = repository_.try_fetch(proposed_.branch);
        if (!tip) {
            if (++missing_ < most_missing) return false;
            throw refused("the branch " + proposed_.branch + " of " + name() + " was deleted by somebody: " + url(), "run it again to propose the change again");
        }
        missing_ = 0;
        if (*tip == head_) return false;
        head_ = *tip;
        is_ours_ = false;
        if (!options_.allow_older && !options_.takes_back()) {
            proposed_.late = drafts_.late_in(*tip, {.files = proposed_.files, .late = {}, .record = {.origin = proposed_.origin, .values = {}, .files = {}, .undone = {}}, .undone = {}, .promoted = {}});
        }
        if (!proposed_.late) context_.log.info("somebody pushed to " + proposed_.branch + ": " + repository_.describe(*tip));
        return proposed_.late.has_value();
    }

    /// On the base as it is now. @return true when there is nothing to wait for then
    bool make_again() {
        const auto tip = repository_.fetch(base_);
        if (tip == tried_) return false; // it was made on just that
        context_.log.info(name() + " conflicts with what " + base_ + " has now: making it again on " + repository_.describe(tip));
        const auto draft = drafts_.make(tip);
        auto situation = slipway::update_gitops_values::look(options_, base_, draft, drafts_, repository_, forge_);
        const auto number = proposed_.request->number;
        auto again = propose(options_, base_, tip, draft, std::move(situation), drafts_, repository_, forge_, context_);
        tried_ = tip;
        const bool is_kept = again.kept;
        if (!again.commit && !again.late && again.base_commit.empty()) again.commit = proposed_.commit;
        again.kept = again.kept && proposed_.kept;
        again.notes.insert(again.notes.begin(), proposed_.notes.begin(), proposed_.notes.end());
        proposed_ = std::move(again);
        if (!proposed_.is_open()) return true;
        head_ = proposed_.head;
        is_ours_ = proposed_.kept || proposed_.commit == proposed_.head;
        // Forges forget with a push that they are to merge.
        if (!is_kept || proposed_.request->number != number) prepare_merge(options_, proposed_, forge_, context_);
        return !proposed_.is_open();
    }

    void tell(const PullRequest& now) {
        const auto obstacle = obstacle_of(now);
        if (obstacle != obstacle_) context_.log.info(name() + " waits: " + obstacle);
        obstacle_ = obstacle;
        context_.log.progress("waiting until " + name() + " is merged: " + obstacle);
    }

    static std::string obstacle_of(const PullRequest& now) {
        if (!now.obstacle.empty()) return one_line(visible(now.obstacle));
        return now.conflicts ? "it conflicts with its base branch" : "nobody has merged it yet";
    }

    /// A server that does not answer for a while is no answer.
    void survive(const Error& error) {
        if (error.code() != ExitCode::world) throw;
        const auto words = error.diagnostics().front().message;
        if (words != trouble_) context_.log.warning(words + ": looking again");
        trouble_ = words;
    }

    [[noreturn]] void give_up() {
        context_.log.end_progress();
        const auto why = !trouble_.empty() ? trouble_ : obstacle_.empty() ? "nobody has merged it yet" : obstacle_;
        throw inconclusive(name() + " is not merged after " + format_duration(options_.forge.merge_timeout) + ": " + why, "it stays open: " + url() + "; run it again to go on waiting, or raise --merge-timeout");
    }

    std::string name() const { return name_of(*proposed_.request, forge_); }
    std::string url() const { return one_line(visible(proposed_.request->url)); }

    const Options& options_;
    const std::string& base_;
    Proposed& proposed_;
    Drafts& drafts_;
    git::Repository& repository_;
    Forge& forge_;
    cli::Context& context_;
    io::Steady deadline_;

    std::string head_;      ///< the branch's newest commit
    bool is_ours_ = true;   ///< we made it
    std::string tried_;     ///< the base's commit that it was made again on
    std::string obstacle_;  ///< told last
    std::string trouble_;   ///< with the forge, told last; empty: it answers
    int missing_ = 0;       ///< looks in a row that did not find the branch
};

} // namespace

void wait_until_merged(const Options& options, const std::string& base, Proposed& proposed, Drafts& drafts, git::Repository& repository, Forge& forge, cli::Context& context) {
    Waiting(options, base, proposed, drafts, repository, forge, context).run();
}

} // namespace slipway::update_gitops_values
