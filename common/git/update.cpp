#include "git/update.hpp"

#include "core/text.hpp"

namespace slipway::git {

namespace {

/// Lost answers in a row: a server that breaks each time does not get better by the twentieth.
constexpr int most_lost_answers = 4;

/// Of others, after one of ours that is looked for by its message: between an answer that is lost and the look are seconds.
constexpr int most_commits_after = 100;

class Update {
public:
    Update(Repository& repository, std::string tip, const Edit& edit, const UpdateSettings& settings,
           cli::Context& context)
        : repository_(repository), tip_(std::move(tip)), edit_(edit), settings_(settings), context_(context),
          absent_(settings.new_branch) {}

    std::optional<Landed> run() {
        repository_.set_deadline(context_.clock.steady() + settings_.timeout);
        if (!propose()) return std::nullopt;
        for (int attempt = 1;; ++attempt) {
            const auto result = publish();
            switch (result.kind) {
            case PushResult::Kind::landed: return Landed{commit_, result.request_url};
            case PushResult::Kind::refused:
                throw refused(what() + ": the server declines it: " + result.words, hint_for(result.words));
            case PushResult::Kind::failed: throw to_error(result.failure, what(), repository_.has_credentials());
            case PushResult::Kind::stale: lost_answers_ = 0; break;
            case PushResult::Kind::locked:
                // libcurl may have sent the push twice, over a connection that broke: then our own first one is in
                // the way.
                lost_answers_ = 0;
                in_doubt_.push_back({commit_, parent_, proposal_->message});
                break;
            case PushResult::Kind::uncertain:
                context_.log.warning(what() + ": " + result.failure.words +
                                     ": looking whether the commit arrived all the same");
                ++lost_answers_;
                in_doubt_.push_back({commit_, parent_, proposal_->message});
            }
            // First the wait, then the look: what is pushed next is built on a branch as young as can be.
            repository_.wait(attempt);
            const bool moved = look_again();
            if (const auto landed = one_that_landed(moved)) {
                context_.log.info("the server did not say so, but " + *landed + " is on the branch " +
                                  settings_.branch);
                return Landed{*landed};
            }
            if (repository_.is_late() || lost_answers_ >= most_lost_answers) give_up(result, moved, attempt);
            if (moved) context_.log.info("somebody was faster: " + winner_ + "; making the change on top of that");
            // The same commit is pushed again where the branch did not move: should an earlier push of it still get
            // through, it is the same one.
            if (moved && !propose()) return std::nullopt;
        }
    }

private:
    struct Push {
        std::string commit; ///< empty: a publisher's, which did not come to know it
        std::string parent;
        std::string message;
    };

    /// @return false when there is nothing to change
    bool propose() {
        proposal_ = edit_(tip_);
        if (!proposal_) return false;
        parent_ = proposal_->parent.empty() ? tip_ : proposal_->parent;
        if (settings_.publisher == nullptr) commit_ = repository_.commit(parent_, proposal_->files, proposal_->message, settings_.identity);
        return true;
    }

    PushResult publish() {
        if (settings_.publisher != nullptr) return settings_.publisher->publish(settings_.branch, tip_, *proposal_, commit_);
        context_.log.debug("pushing " + commit_ + " to " + settings_.branch);
        return repository_.push(commit_, settings_.branch, absent_ ? "" : tip_);
    }

    /// Reads the branch after a push that did not succeed; whether it moved.
    bool look_again() {
        std::string now;
        try {
            if (absent_) {
                const auto made = repository_.try_fetch(settings_.branch);
                if (!made) return false;
                absent_ = false;
                now = *made;
            } else {
                now = repository_.fetch(settings_.branch);
            }
        } catch (const Error& error) {
            if (in_doubt_.empty()) throw;
            auto diagnostics = error.diagnostics();
            diagnostics.front().hint = "it cannot be told whether the commit" + (commit_.empty() ? "" : ' ' + commit_) +
                                       " arrived; run this again, it changes nothing that is changed already";
            throw Error(ExitCode::world, std::move(diagnostics));
        }
        if (now == tip_) return false;
        if (now != commit_) winner_ = repository_.describe(now);
        tip_ = now;
        return true;
    }

    std::optional<std::string> one_that_landed(bool moved) {
        if (!moved) return std::nullopt;
        for (const auto& push : in_doubt_) {
            if (push.commit.empty()) {
                if (auto commit = one_that_says(push)) return commit;
            } else if (repository_.contains(settings_.branch, tip_, push.commit, push.parent)) {
                return push.commit;
            }
        }
        return std::nullopt;
    }

    /// A publisher's commit has a hash that only the lost answer named. It is known by its parent, on which there is one commit of a branch's
    /// own line, and by its message.
    std::optional<std::string> one_that_says(const Push& push) {
        for (const auto& commit : repository_.history(settings_.branch, most_commits_after)) {
            if (commit.parents == std::vector{push.parent} && trim(commit.message) == trim(push.message)) return commit.hash;
        }
        return std::nullopt;
    }

    [[noreturn]] void give_up(const PushResult& result, bool moved, int attempts) const {
        const auto times = " (" + count_of(static_cast<std::size_t>(attempts), "attempt") + " in " +
                           format_duration(settings_.timeout) + ')';
        if (result.kind == PushResult::Kind::uncertain)
            throw to_error(result.failure,
                           what() + " (" + count_of(static_cast<std::size_t>(attempts), "attempt") + ')',
                           repository_.has_credentials());
        if (moved)
            throw inconclusive(what() + ": somebody was faster each time, at last " + winner_ + times,
                               "run it again, or raise --timeout");
        throw inconclusive(what() + ": the server holds the branch locked" + times +
                               (result.words.empty() ? "" : ": " + result.words),
                           "run it again, or raise --timeout; where it stays so, the server's owner can remove a "
                           "lock that a crash left");
    }

    static std::string hint_for(const std::string& words) {
        if (words.find("protected") != std::string::npos)
            return "the token's user must be allowed to push to this branch";
        if (words.find("currently checked out") != std::string::npos)
            return "push to a bare repository, or edit the folder itself with --dir";
        return {};
    }

    std::string what() const { return "cannot push to " + settings_.branch + " of " + repository_.address(); }

    Repository& repository_;
    std::string tip_;
    const Edit& edit_;
    const UpdateSettings& settings_;
    cli::Context& context_;
    bool absent_; ///< there is no such branch yet
    std::optional<Proposal> proposal_;
    std::string parent_; ///< of the commit
    std::string commit_;
    std::string winner_;
    std::vector<Push> in_doubt_; ///< sent to the server, with no clear answer
    int lost_answers_ = 0;
};

} // namespace

std::optional<Landed> update_branch(Repository& repository, std::string tip, const Edit& edit,
                                         const UpdateSettings& settings, cli::Context& context) {
    return Update(repository, std::move(tip), edit, settings, context).run();
}

} // namespace slipway::git
