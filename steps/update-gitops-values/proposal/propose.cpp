#include "propose.hpp"

#include "core/text.hpp"
#include "git/update.hpp"
#include "update-gitops-values/proposal/request_commits.hpp"
#include "update-gitops-values/proposal/request_text.hpp"

#include <algorithm>
#include <utility>

namespace slipway::update_gitops_values {

namespace {

/// How often it is begun anew because somebody merged, closed or deleted what was worked on.
constexpr int most_rounds = 6;

class Proposing {
public:
    Proposing(const Options& options, const std::string& base, std::string base_tip, Draft draft, Situation situation, Drafts& drafts, git::Repository& repository, Forge& forge, cli::Context& context)
        : options_(options), base_(base), base_tip_(std::move(base_tip)), draft_(std::move(draft)), situation_(std::move(situation)), drafts_(drafts), repository_(repository), forge_(forge), context_(context),
          deadline_(context.clock.steady() + options.timeout) {}

    Proposed run() {
        for (int round = 1;; ++round) {
            if (draft_.late) return late(*draft_.late, base_);
            if (draft_.files.empty()) return held();
            if (situation_.late) return late(*situation_.late, situation_.branch);
            if (const auto closed = closed_request()) return declined(*closed);
            push();
            if (late_) return late(*late_, late_on_base_ ? base_ : situation_.branch);
            if (!draft_.files.empty() && ask()) return asked();
            if (round == most_rounds || is_out_of_time()) throw inconclusive(cannot() + ": somebody changed its branch or " + base_ + " each time", "run it again");
            context_.clock.sleep_for(std::chrono::milliseconds(200) * round);
            look_again();
        }
    }

private:
    // What there is nothing to do about.

    Proposed result() const { return {.files = draft_.files, .origin = draft_.record.origin, .late = {}, .branch = situation_.branch, .commit = {}, .request = {}, .head = {}, .base_commit = {}, .notes = {}}; }

    Proposed late(Late late, const std::string& where) {
        auto proposed = result();
        proposed.branch = where;
        proposed.late = std::move(late);
        // Who was faster may have opened it meanwhile.
        if (where != base_ && !situation_.open()) situation_.requests = forge_.requests_of(situation_.branch, base_);
        proposed.request = situation_.open();
        if (proposed.request && where == base_) note_leftover(proposed, *proposed.request, "a newer version of what this run proposes");
        return proposed;
    }

    /// The base has it: by our own request, or in some other way.
    Proposed held() {
        auto proposed = result();
        proposed.branch = base_;
        proposed.base_commit = base_tip_;
        if (const auto open = situation_.open()) note_leftover(proposed, *open, "all that this run proposes");
        const bool has_merged = !situation_.requests.empty() && situation_.requests.front().state == PullRequest::State::merged;
        if (!has_merged) return proposed;
        const auto& merged = situation_.requests.front();
        const auto source = source_commit_of(merged.body);
        const bool is_pushed = !pushed_.empty() && (merged.head_commit == pushed_ || change_of(merged.body) == change_of(pushed_message_));
        if (is_pushed) {
            proposed.files = pushed_files_;
            proposed.commit = pushed_;
        } else if (source.empty() || source != draft_.record.origin.commit) {
            return proposed; // it brought some other version
        }
        proposed.request = merged;
        return proposed;
    }

    void note_leftover(Proposed& proposed, const PullRequest& open, const std::string& what) const {
        proposed.notes.push_back({.severity = Severity::warning,
                                  .message = name_of(open, forge_) + " is open still, and " + base_ + " holds " + what + " already: " + one_line(visible(open.url)),
                                  .hint = "close it, unless somebody added to it: merged, it may bring an older version back"});
    }

    std::optional<PullRequest> closed_request() {
        if (options_.forge.reopen || situation_.open()) return std::nullopt;
        return situation_.closed_for(proposal_of(draft_, options_, context_).message, repository_);
    }

    Proposed declined(const PullRequest& found) {
        auto proposed = result();
        // GitHub's lists do not say who closed one.
        const auto closed = found.ended_by.empty() ? forge_.read(found.number) : found;
        proposed.request = closed;
        proposed.declined = true;
        const auto by = closed.ended_by.empty() ? std::string{} : " by " + one_line(visible(closed.ended_by));
        proposed.notes.push_back({.severity = Severity::notice,
                                  .message = "nothing is changed: " + name_of(closed, forge_) + ", which proposed the same, was closed without a merge" + by + ": " + one_line(visible(closed.url)),
                                  .hint = "--reopen asks once more; another version opens a new one by itself"});
        return proposed;
    }

    // The branch.

    void push() {
        kept_.clear();
        late_.reset();
        late_on_base_ = false;
        has_others_ = false;
        calls_ = 0;
        const git::Edit edit = [this](const std::string& tip) { return edit_on(tip); };
        git::UpdateSettings settings{.branch = situation_.branch, .identity = git::parse_identity(options_.author), .timeout = options_.timeout, .new_branch = situation_.tip.empty()};
        std::optional<git::Landed> landed;
        try {
            landed = git::update_branch(repository_, settings.new_branch ? base_tip_ : situation_.tip, edit, settings, context_);
        } catch (const Error& error) {
            const bool may_be_deleted = error.code() == ExitCode::misuse && !settings.new_branch;
            if (!may_be_deleted || repository_.try_fetch(situation_.branch)) throw;
            context_.log.info("somebody deleted the branch " + situation_.branch + ": making it again");
            situation_.tip.clear();
            return push();
        }
        if (!landed) {
            head_ = kept_;
            return;
        }
        head_ = pushed_ = landed->commit;
        pushed_message_ = repository_.info(pushed_).message;
        pushed_files_ = draft_.files;
        situation_.tip = head_;
        context_.log.info("pushed " + git::short_hash(pushed_) + " to " + situation_.branch + " of " + repository_.address());
    }

    /// @param tip  the branch's, fetched last; the base's as long as there is no such branch
    std::optional<git::Proposal> edit_on(const std::string& tip) {
        const bool is_first = ++calls_ == 1;
        if (tip == base_tip_) return proposal_of(draft_, options_, context_);
        const auto message = repository_.info(tip).message;
        const bool counts = !options_.allow_older && !options_.takes_back() && !situation_.is_closed(message);
        if (counts && (late_ = drafts_.late_in(tip, draft_))) return std::nullopt;
        const auto on = commits_of(repository_, situation_.branch, tip, base_, base_tip_, context_.log);
        has_others_ = on.others && !is_merged(tip, on);
        if (has_others_) return on_top_of(tip);
        if (!is_first) follow_base();
        if (draft_.late || draft_.files.empty()) {
            late_ = draft_.late;
            late_on_base_ = draft_.late.has_value();
            return std::nullopt;
        }
        auto proposal = proposal_of(draft_, options_, context_);
        if (is_there(tip, on, proposal.message)) {
            kept_ = tip;
            return std::nullopt;
        }
        proposal.parent = base_tip_;
        return proposal;
    }

    /// All that the branch has came in, though not as it stands there: squashed, or rebased.
    bool is_merged(const std::string& tip, const RequestCommits& on) {
        const bool has_merged = !situation_.requests.empty() && situation_.requests.front().state == PullRequest::State::merged;
        return has_merged && is_in(repository_, on, tip, base_tip_);
    }

    std::optional<git::Proposal> on_top_of(const std::string& tip) {
        auto draft = drafts_.make(tip);
        if (draft.late || draft.files.empty()) {
            late_ = draft.late;
            kept_ = tip;
            return std::nullopt;
        }
        context_.log.info("somebody else added to " + situation_.branch + ": the change goes on top of " + repository_.describe(tip));
        return proposal_of(draft, options_, context_);
    }

    void follow_base() {
        const auto tip = repository_.fetch(base_);
        if (tip == base_tip_) return;
        base_tip_ = tip;
        draft_ = drafts_.make(tip);
    }

    /// Whether the branch is one commit, which does just this. Where other files of the base moved, it may stay as it is; where these did, it
    /// conflicts with the base even when it has the same text.
    bool is_there(const std::string& tip, const RequestCommits& on, const std::string& message) {
        if (on.commits.size() != 1 || on.commits.front().parents.size() != 1 || change_of(on.commits.front().message) != change_of(message)) return false;
        const auto& parent = on.commits.front().parents.front();
        return std::all_of(draft_.files.begin(), draft_.files.end(), [&](const EditedFile& file) {
            if (parent != base_tip_ && !is_same_at(repository_, file.path, parent, base_tip_)) return false;
            const auto entry = repository_.find(tip, file.path);
            if (!file.after || !entry) return !file.after && !entry;
            return entry->hash == git::blob_hash(*file.after) && entry->mode == file.mode;
        });
    }

    // The request.

    /// One open request, which says what the branch's newest commit says.
    /// @return false when the branch or the request is not there any more
    bool ask() {
        for (;;) {
            const auto message = message_at(head_);
            auto requests = forge_.requests_of(situation_.branch, base_);
            const auto open = std::find_if(requests.begin(), requests.end(), [](const PullRequest& request) { return request.state == PullRequest::State::open; });
            if (open == requests.end() && situation_.open()) return false; // merged or closed meanwhile
            request_ = open == requests.end() ? open_request(message) : *open;
            if (!request_) return false;
            rewrite(*request_, message);
            // Whoever was faster wrote the text of an older commit over ours, or we over theirs: who writes last, looks last.
            const auto tip = repository_.try_fetch(situation_.branch);
            if (!tip) return false;
            if (*tip == head_) return true;
            head_ = *tip;
            if (is_out_of_time()) throw inconclusive(cannot() + ": its branch moves all the time, at last to " + repository_.describe(head_), "run it again, or raise --timeout");
        }
    }

    std::string message_at(const std::string& tip) {
        auto message = repository_.info(tip).message;
        if (read_record(message)) return message;
        message = newest_message(commits_of(repository_, situation_.branch, tip, base_, base_tip_, context_.log));
        return message.empty() ? pushed_message_ : message;
    }

    std::optional<PullRequest> open_request(const std::string& message) {
        const auto text = request_text(message);
        try {
            auto opened = forge_.open({.head_branch = situation_.branch, .base_branch = base_, .title = text.title, .body = text.body, .draft = options_.forge.draft});
            if (opened) context_.log.info(name_of(*opened, forge_) + " is open: " + one_line(visible(opened->url)));
            else context_.log.info(forge_.name() + " says that " + situation_.branch + " has nothing that " + base_ + " does not have: looking again");
            return opened;
        } catch (const Error& error) {
            if (error.code() != ExitCode::refused || repository_.try_fetch(situation_.branch)) throw;
            return std::nullopt; // somebody deleted the branch meanwhile
        }
    }

    void rewrite(PullRequest& request, const std::string& message) {
        if (message.empty()) return;
        const auto text = request_text(message);
        auto body = request.body;
        std::erase(body, '\r');
        // GitLab and Gitea mark a draft in front of its title.
        if (trim(body) == trim(text.body) && request.title.ends_with(text.title)) return;
        forge_.rewrite(request.number, text.title, text.body);
        request.title = text.title;
        request.body = text.body;
        context_.log.info(name_of(request, forge_) + " says now: " + text.title);
    }

    Proposed asked() {
        auto proposed = result();
        proposed.request = request_;
        proposed.request->head_commit = proposed.head = head_;
        proposed.kept = pushed_.empty();
        proposed.has_others = has_others_;
        if (proposed.kept) context_.log.info(name_of(*request_, forge_) + " proposes this already: nothing to push");
        else proposed.commit = pushed_;
        if (pushed_.empty() || head_ == pushed_) return proposed;
        // Somebody pushed since.
        if (!options_.allow_older && !options_.takes_back()) proposed.late = drafts_.late_in(head_, draft_);
        if (proposed.late) proposed.commit.reset();
        else context_.log.warning("somebody pushed to " + situation_.branch + " since: " + repository_.describe(head_));
        return proposed;
    }

    void look_again() {
        base_tip_ = repository_.fetch(base_);
        draft_ = drafts_.make(base_tip_);
        situation_ = look(options_, base_, draft_, drafts_, repository_, forge_);
    }

    bool is_out_of_time() const { return context_.clock.steady() >= deadline_; }
    std::string cannot() const { return "cannot open a " + forge_.noun() + " from " + situation_.branch + " to " + base_ + " of " + repository_.address(); }

    const Options& options_;
    const std::string& base_;
    std::string base_tip_; ///< `draft_` is made on it
    Draft draft_;
    Situation situation_;
    Drafts& drafts_;
    git::Repository& repository_;
    Forge& forge_;
    cli::Context& context_;
    io::Steady deadline_;

    int calls_ = 0;           ///< of edit_on, for one push
    std::optional<Late> late_;
    bool late_on_base_ = false;
    bool has_others_ = false; ///< the branch has commits of other people
    std::string kept_;        ///< the branch's newest commit, which does what we would do; empty: none does
    std::string head_;        ///< the branch's newest commit
    std::string pushed_;      ///< the last commit of ours; empty: none was needed
    std::string pushed_message_;
    Changeset pushed_files_;
    std::optional<PullRequest> request_;
};

} // namespace

Proposed propose(const Options& options, const std::string& base, const std::string& tip, const Draft& draft, Situation situation, Drafts& drafts, git::Repository& repository, Forge& forge, cli::Context& context) {
    return Proposing(options, base, tip, draft, std::move(situation), drafts, repository, forge, context).run();
}

void prepare_merge(const Options& options, Proposed& proposed, Forge& forge, cli::Context& context) {
    if (!options.forge.labels.empty() || !options.forge.reviewers.empty()) forge.adorn(*proposed.request, options.forge.labels, options.forge.reviewers);
    if (options.forge.auto_merge.empty()) return;
    const bool is_ours = !proposed.has_others && (proposed.kept || proposed.commit == proposed.head);
    if (!is_ours) {
        context.log.warning(name_of(*proposed.request, forge) + " has commits of somebody else, and is left to people to merge: " + one_line(visible(proposed.request->url)));
        return;
    }
    forge.merge_when_ready(*proposed.request, options.forge.auto_merge);
    const auto now = forge.read(proposed.request->number);
    if (now.state == PullRequest::State::merged) context.log.info(name_of(now, forge) + " is merged");
    else context.log.info(name_of(now, forge) + " will be merged by " + forge.name() + " as soon as its conditions are met" + (now.obstacle.empty() ? "" : ": " + one_line(visible(now.obstacle))));
    if (now.state != PullRequest::State::open) proposed.request = now;
}

} // namespace slipway::update_gitops_values
