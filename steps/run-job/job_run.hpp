#pragma once

#include "cli/context.hpp"
#include "nomad/client.hpp"
#include "nomad/job_api.hpp"
#include "options.hpp"
#include "outcome.hpp"
#include "run-job/registration/registration.hpp"
#include "run-job/deployment/take_back.hpp"
#include "run-job/follow/follower.hpp"
#include "run-job/gate/gate.hpp"

#include <optional>
#include <string>
#include <vector>

namespace slipway::run_job {

/// A server, and how long it may take.
struct Server {
    nomad::Http& http;
    nomad::Client& client;
    io::Steady deadline; ///< of --timeout
};

/// One job from its plan to its end: registered, followed, judged, promoted or taken back.
class JobRun {
public:
    /// @param before  what the jobs before came to: they stay as they are whatever becomes of this one
    JobRun(const Options& options, Server server, nomad::JobKey job, const std::vector<Outcome>& before, cli::Context& context);

    /// What goes wrong is in the outcome.
    /// @throws Cancelled, after telling how to go on, or taking back where that is wanted
    /// @param payload  of a dispatch
    Outcome run(PlannedJob planned, const std::string& payload);
    /// A job that is registered already: --dispatch or --force.
    Outcome launch(const std::string& payload);
    Outcome stop();

private:
    template <class Work> Outcome guarded(Work work);
    void register_and_follow(PlannedJob& planned, const std::string& payload);
    void start_child(const std::string& payload);
    std::string in_words() const;
    void fill_from(const Followed& followed);

    /// From what was followed to the outcome, with gate and promotion in between.
    void conclude(Followed followed);
    void finish();
    /// @return what to go on with; nothing when it is concluded
    std::optional<Followed> judge(const Followed& followed);
    std::vector<std::string> not_scraped(const std::vector<nomad::Allocation>& allocations, const std::vector<nomad::ServiceAddress>& addresses);
    struct GateEnd {
        GateResult result;
        std::string dead_canary; ///< what happened to one meanwhile; empty: nothing
    };
    GateEnd ask_gate(const Followed& followed, const std::vector<nomad::Allocation>& allocations, const std::vector<nomad::ServiceAddress>& addresses);
    /// @param doubt  exit code when nobody could tell
    std::optional<Followed> decide(const Followed& followed, Verdict verdict, ExitCode doubt, std::string why);
    Followed promote_canaries();
    void hold(bool canaries, ExitCode code, std::string why);
    /// What to do with canaries that stay; add_commands comes before.
    std::string hint_for_canaries() const;

    void fail(const Followed& followed);
    void explain(const Followed& followed, const std::string& why);
    void show(const Diagnosis& diagnosis);
    void stop_what_failed();
    void revert(const Followed& followed, const std::string& why);
    void tell(const TakenBack& back);
    void tell_of_jobs_before();
    void be_superseded(std::optional<std::uint64_t> version);
    void run_out_of_time(const Followed& followed);
    void find_deployment(nomad::JobApi& api);
    void on_cancel();
    void add_commands(bool waits_for_promotion);

    const Options& options_;
    Server server_;
    nomad::JobApi api_;
    const std::vector<Outcome>& before_;
    cli::Context& context_;
    Timeline timeline_;
    Follower follower_;
    Registered registered_;
    bool is_registering_ = false;
    bool is_registered_ = false;
    bool is_taking_back_ = false;
    bool is_at_its_end_ = false; ///< successful, and judged
    std::string deployment_; ///< the one that was followed last
    Outcome outcome_;
};

} // namespace slipway::run_job
