#include "job_run.hpp"

#include "core/text.hpp"
#include "run-job/deployment/promote.hpp"
#include "run-job/gate/deployment_guard.hpp"
#include "run-job/registration/launch.hpp"
#include "run-job/registration/stop.hpp"
#include "run-job/services/addresses.hpp"
#include "run-job/services/scraped.hpp"

#include <algorithm>
#include <utility>

namespace slipway::run_job {

namespace {

using End = Followed::End;

/// Taking back gets that much time, however late it is.
constexpr Duration time_to_take_back{std::chrono::minutes{5}};

/// Asking for what is only told at the end.
constexpr Duration time_to_tell{10'000};

/// For an answer of the Prometheus that scrapes.
constexpr Duration scrape_patience{10'000};

/// A process that is asked to end is killed soon after.
constexpr Duration time_when_cancelled{3'000};

/// Nothing comes back where something ran to its end: an older migration would run again.
bool can_come_back(const std::string& type) { return type == "service" || type == "system"; }

bool should_run(const nomad::Allocation& allocation) { return allocation.desired_status == "run" && !allocation.is_over(); }

std::vector<std::string> ids_of(const std::vector<nomad::Allocation>& allocations) {
    std::vector<std::string> ids;
    for (const auto& allocation : allocations) ids.push_back(allocation.id);
    return ids;
}

std::vector<std::string> own_option_names() {
    Options options;
    cli::OptionSet set;
    declare(set, options);
    std::vector<std::string> names;
    for (const auto& option : set.all()) names.push_back(option->name());
    return names;
}

/// "nomad deployment promote -namespace=team"
std::string nomad_command(const std::string& words, const nomad::JobKey& job) {
    return "nomad " + words + (job.name_space.empty() ? "" : " -namespace=" + job.name_space);
}

std::string status_of(End end, const std::string& type) {
    switch (end) {
    case End::successful: return can_come_back(type) ? "successful" : "complete";
    case End::canaries_ready: return "held";
    case End::failed: return "failed";
    case End::unplaced: return "unplaced";
    case End::superseded: return "superseded";
    case End::stopped: return "stopped";
    case End::out_of_time: break;
    }
    return "timed_out";
}

std::string words_of(const GateResult& gate) {
    const auto ended = " (" + gate.how + ')' + (gate.last_line.empty() ? "" : ": " + gate.last_line);
    switch (gate.verdict) {
    case Verdict::holds: return "the gate says yes" + ended;
    case Verdict::violated: return "the gate says no" + ended;
    case Verdict::inconclusive: return "the gate could not tell" + ended;
    default: return "the gate did not judge" + ended;
    }
}

} // namespace

JobRun::JobRun(const Options& options, Server server, nomad::JobKey job, const std::vector<Outcome>& before, cli::Context& context)
    : options_(options), server_(server), api_(server.http, job, server.deadline, context), before_(before), context_(context), timeline_(context.clock),
      follower_(api_, {.placement_timeout = options.placement_timeout, .logs = options.logs}, timeline_, context) {
    outcome_.job = std::move(job);
}

template <class Work> Outcome JobRun::guarded(Work work) {
    const auto began = context_.clock.steady();
    try {
        work();
    } catch (const Error& error) {
        outcome_.code = error.code();
        if (outcome_.status == "held") add_commands(true);
        outcome_.status = "error";
        outcome_.diagnostics.insert(outcome_.diagnostics.end(), error.diagnostics().begin(), error.diagnostics().end());
        if (is_registered_ && error.code() == ExitCode::world) {
            outcome_.diagnostics.push_back({.severity = Severity::notice, .message = in_words() + " is registered, and goes on without this step", .hint = "run this step again: it goes on where it stands"});
        }
    } catch (const Cancelled&) {
        on_cancel();
        throw;
    }
    outcome_.phases = timeline_.phases();
    outcome_.took = std::chrono::duration_cast<Duration>(context_.clock.steady() - began);
    return std::move(outcome_);
}

Outcome JobRun::run(PlannedJob planned, const std::string& payload) {
    return guarded([&] { register_and_follow(planned, payload); });
}

Outcome JobRun::launch(const std::string& payload) {
    return guarded([&] {
        const auto job = api_.job();
        if (!job) throw refused("cannot start job " + to_string(api_.key()) + ": there is no such job", "register it first: name its file instead");
        registered_ = {.key = api_.key(), .type = job->type, .version = job->version, .job_modify_index = job->job_modify_index, .evaluation = {}, .changed = false, .periodic = job->periodic, .parameterized = job->parameterized};
        start_child(payload);
    });
}

Outcome JobRun::stop() {
    return guarded([&] {
        const auto stopped = stop_job(api_, options_.purge ? nomad::JobApi::Purge::yes : nomad::JobApi::Purge::no, context_);
        outcome_.status = "stopped";
        outcome_.changed = stopped.changed;
        outcome_.version = stopped.version;
    });
}

void JobRun::register_and_follow(PlannedJob& planned, const std::string& payload) {
    outcome_.type = planned.file.type;
    outcome_.difference = planned.difference();
    planned.show(context_.log);
    if (planned.changes && options_.fail_on_change) throw refused("registering the job would change it", "--fail-on-change refuses that");
    is_registering_ = planned.changes;
    registered_ = register_planned(planned, api_, server_.client, options_.retry_on_conflict ? OnConflict::plan_again : OnConflict::fail, context_);
    is_registering_ = false;
    is_registered_ = true;
    outcome_.difference = planned.difference();
    outcome_.version = registered_.version;
    outcome_.changed = registered_.changed;
    context_.log.info(registered_.changed ? "registered " + in_words() : in_words() + " is registered already, and nothing about it changes");
    if (options_.dispatch || options_.force) return start_child(payload);
    if (nomad::value_at(planned.file.job, "Multiregion").is_object()) {
        context_.log.info("a multi-region job: this region's deployment is followed, Nomad begins the others by itself");
    }
    if (registered_.periodic || registered_.parameterized) {
        outcome_.status = registered_.changed ? "registered" : "unchanged";
        context_.log.info(registered_.periodic ? "it starts when its time comes; --force starts it now" : "it starts when it is dispatched, as by --dispatch");
        return;
    }
    conclude(follower_.follow(registered_));
}

void JobRun::start_child(const std::string& payload) {
    const auto child = options_.dispatch ? dispatch_job(api_, options_.meta, payload, context_) : force_job(api_, context_);
    context_.log.info("started " + visible(child.job_id));
    deployment_.clear();
    is_registered_ = true;
    auto api = api_.of(child.job_id);
    Follower follower(api, {.placement_timeout = options_.placement_timeout, .logs = options_.logs}, timeline_, context_);
    outcome_.type = registered_.type;
    outcome_.version = registered_.version;
    outcome_.child = child.job_id;
    conclude(follower.follow_tasks(child.evaluation, 0));
}

/// "job web, version 7"
std::string JobRun::in_words() const {
    const auto job = "job " + visible(to_string(outcome_.child.empty() ? registered_.key : nomad::JobKey{outcome_.child, registered_.key.name_space}));
    return outcome_.child.empty() ? job + ", version " + std::to_string(registered_.version) : job;
}

void JobRun::fill_from(const Followed& followed) {
    outcome_.status = status_of(followed.end, registered_.type);
    if (followed.deployment) deployment_ = outcome_.deployment = followed.deployment->id;
    if (!followed.allocations.empty()) outcome_.allocations = followed.allocations;
}

void JobRun::conclude(Followed followed) {
    for (bool judged = false;;) {
        fill_from(followed);
        switch (followed.end) {
        case End::canaries_ready:
        case End::successful: {
            const bool is_end = followed.end == End::successful && (judged || !can_come_back(registered_.type));
            auto next = is_end ? std::nullopt : judge(followed);
            judged = true;
            if (!next) return finish();
            followed = std::move(*next);
            break;
        }
        case End::failed:
        case End::unplaced: return fail(followed);
        case End::superseded: return be_superseded(followed.newer_version);
        case End::stopped:
            outcome_.code = ExitCode::refused;
            outcome_.diagnostics.push_back({.message = in_words() + " was stopped by somebody else meanwhile"});
            return;
        case End::out_of_time: return run_out_of_time(followed);
        }
    }
}

void JobRun::finish() {
    is_at_its_end_ = true;
    if (!can_come_back(registered_.type) || outcome_.reverted_to) return;
    try {
        // Nobody waits until --timeout for what is only told.
        nomad::JobApi api(server_.http, registered_.key, std::min(server_.deadline, context_.clock.steady() + time_to_tell), context_);
        auto running = outcome_.allocations;
        std::erase_if(running, [](const auto& allocation) { return !should_run(allocation); });
        outcome_.services = addresses_of(running, api);
    } catch (const Error& error) {
        context_.log.warning(std::string("the addresses of its services are not known: ") + error.what());
    }
}

std::optional<Followed> JobRun::judge(const Followed& followed) {
    const bool canaries = followed.end == End::canaries_ready;
    if (canaries && !options_.has_gate() && !options_.promote) {
        hold(canaries, ExitCode::inconclusive, "the canaries are healthy and wait for promotion, and neither --gate nor --promote says who decides");
        return std::nullopt;
    }
    auto allocations = followed.allocations;
    std::erase_if(allocations, [&](const auto& allocation) { return !should_run(allocation) || (canaries && !allocation.canary); });
    const bool asks = options_.has_gate() || !options_.scraped.url.empty();
    // A gate that is told no canary would judge the version before.
    if (canaries && asks && allocations.empty()) return decide(followed, Verdict::broken, ExitCode::world, "it is not known which allocations are the canaries");
    std::vector<nomad::ServiceAddress> addresses;
    if (asks) addresses = addresses_of(allocations, api_);
    if (!options_.scraped.url.empty() && !allocations.empty()) {
        try {
            const auto unscraped = not_scraped(allocations, addresses);
            if (!unscraped.empty()) return decide(followed, Verdict::inconclusive, ExitCode::inconclusive, "a gate would measure nothing: " + join(unscraped, "; "));
        } catch (const Error& error) {
            if (error.code() != ExitCode::world) throw;
            return decide(followed, Verdict::inconclusive, ExitCode::world, std::string("it is not known what is scraped: ") + error.what());
        }
    }
    if (!options_.has_gate()) return decide(followed, Verdict::holds, ExitCode::done, {});
    const auto [result, dead_canary] = ask_gate(followed, allocations, addresses);
    if (result.verdict == Verdict::ended_early) context_.log.warning("the gate is ended, as there is nothing to judge any more: " + (dead_canary.empty() ? "the deployment is decided" : dead_canary));
    if (result.verdict == Verdict::ended_early && dead_canary.empty()) return follower_.follow_deployment(deployment_, Follower::Until::canaries_ready);
    // Nomad itself goes on with a deployment whose canary dies once it was healthy, and the gate may have said yes in the same moment.
    if (!dead_canary.empty() && result.verdict != Verdict::violated) {
        auto failed = followed;
        failed.end = End::failed;
        failed.words = dead_canary;
        failed.allocations = api_.deployment_allocations(deployment_);
        return failed;
    }
    if (result.verdict == Verdict::inconclusive && api_.time_left() <= Duration{0}) {
        auto late = followed;
        late.end = End::out_of_time;
        late.words = "the gate had not decided";
        return late;
    }
    const auto why = words_of(result);
    return decide(followed, result.verdict, result.verdict == Verdict::broken ? ExitCode::world : ExitCode::inconclusive, why);
}

std::vector<std::string> JobRun::not_scraped(const std::vector<nomad::Allocation>& allocations, const std::vector<nomad::ServiceAddress>& addresses) {
    std::vector<std::string> problems;
    for (const auto& allocation : allocations) {
        const bool has_address = std::any_of(addresses.begin(), addresses.end(), [&](const auto& address) { return address.allocation == allocation.id; });
        if (!has_address) problems.push_back("allocation " + nomad::short_id(allocation.id) + " has no service with an address, by which Prometheus could find it");
    }
    if (!problems.empty()) return problems;
    const auto client = cli::connect(options_.scraped, options_.nomad.tls, context_);
    prometheus::Api prometheus(*client, cli::base_url(options_.scraped), {.timeout = scrape_patience, .attempts = 1}); // it is asked again anyhow
    problems = wait_until_scraped(addresses, prometheus, std::min(options_.scrape_timeout, api_.time_left()), context_);
    timeline_.end_phase("scraped", !problems.empty());
    return problems;
}

JobRun::GateEnd JobRun::ask_gate(const Followed& followed, const std::vector<nomad::Allocation>& allocations, const std::vector<nomad::ServiceAddress>& addresses) {
    const bool canaries = followed.end == End::canaries_ready;
    GateFacts facts{.job = registered_.key, .version = registered_.version, .deployment = outcome_.deployment, .allocations = ids_of(allocations), .canary_addresses = address_list(addresses), .baseline_addresses = {}, .since = {}, .own_options = own_option_names()};
    if (canaries) {
        auto old = api_.allocations().value;
        std::erase_if(old, [&](const auto& allocation) { return !should_run(allocation) || allocation.job_version >= registered_.version; });
        facts.baseline_addresses = address_list(addresses_of(old, api_));
    }
    for (const auto& allocation : allocations) {
        if (allocation.created && (!facts.since || *allocation.created < *facts.since)) facts.since = allocation.created;
    }
    const auto argv = options_.gate.empty() ? options_.gate_words : split_command(options_.gate);
    std::optional<DeploymentGuard> guard;
    if (canaries) guard.emplace(options_.nomad, registered_.key, outcome_.deployment, server_.deadline, context_);
    const auto is_pointless = [&] { return guard && guard->is_decided(); };
    auto result = run_gate(argv, facts, is_pointless, api_.time_left(), context_);
    timeline_.end_phase("gate", result.verdict != Verdict::holds);
    return {std::move(result), guard ? guard->dead_canary() : std::string()};
}

std::optional<Followed> JobRun::decide(const Followed& followed, Verdict verdict, ExitCode doubt, std::string why) {
    const bool canaries = followed.end == End::canaries_ready;
    if (verdict == Verdict::inconclusive && options_.on_inconclusive != "hold") {
        context_.log.warning(why + "; --on-inconclusive " + options_.on_inconclusive);
        verdict = options_.on_inconclusive == "promote" ? Verdict::holds : Verdict::violated;
    }
    switch (verdict) {
    case Verdict::holds: return canaries ? std::optional(promote_canaries()) : std::nullopt;
    case Verdict::violated: revert(followed, why); return std::nullopt;
    default: hold(canaries, doubt, std::move(why)); return std::nullopt;
    }
}

Followed JobRun::promote_canaries() {
    const auto promoted = promote(deployment_, api_, context_);
    if (promoted == Promotion::done) {
        outcome_.promoted = true;
        timeline_.end_phase("promoted");
        context_.log.info("deployment " + nomad::short_id(deployment_) + " is promoted");
    }
    return follower_.follow_deployment(deployment_, promoted == Promotion::not_healthy ? Follower::Until::canaries_ready : Follower::Until::over);
}

void JobRun::hold(bool canaries, ExitCode code, std::string why) {
    outcome_.code = code;
    outcome_.diagnostics.push_back({.message = in_words() + ": " + why, .hint = "the new version stays as it is"});
    add_commands(canaries);
    if (!canaries) return;
    outcome_.status = "held";
    outcome_.diagnostics.back().hint = hint_for_canaries();
}

std::string JobRun::hint_for_canaries() const { return "the canaries stay as they are: promote them with '" + outcome_.commands.at(0) + "', or take them back with '" + outcome_.commands.at(1) + '\''; }

void JobRun::add_commands(bool waits_for_promotion) {
    if (waits_for_promotion) {
        outcome_.commands.push_back(nomad_command("deployment promote", registered_.key) + ' ' + deployment_);
        outcome_.commands.push_back(nomad_command("deployment fail", registered_.key) + ' ' + deployment_);
    } else if (!deployment_.empty()) {
        outcome_.commands.push_back(nomad_command("deployment status", registered_.key) + ' ' + deployment_);
    } else {
        outcome_.commands.push_back(nomad_command("job status", registered_.key) + ' ' + visible(outcome_.child.empty() ? registered_.key.id : outcome_.child));
    }
}

void JobRun::fail(const Followed& followed) {
    const bool unplaced = followed.end == End::unplaced;
    std::string why = followed.words;
    if (unplaced) why = "no place was found in " + format_duration(options_.placement_timeout) + ": " + followed.words;
    if (can_come_back(registered_.type)) return revert(followed, why);
    explain(followed, why);
    outcome_.exit_code = followed.exit_code;
    if (options_.stop_on_failure) return stop_what_failed();
    if (unplaced) outcome_.diagnostics.push_back({.severity = Severity::notice, .message = in_words() + " runs as soon as there is a place", .hint = "--stop-on-failure stops it instead"});
}

/// Says why it failed, once and for all.
void JobRun::explain(const Followed& followed, const std::string& why) {
    outcome_.code = ExitCode::refused;
    outcome_.diagnosis = diagnose(followed.allocations, api_, context_);
    show(outcome_.diagnosis);
    const auto reasons = in_one_line(outcome_.diagnosis);
    // Of a batch job the reasons say it all; a deployment has words of its own.
    const auto said = followed.end == End::failed && !can_come_back(registered_.type) && !reasons.empty() ? std::string() : visible(why);
    outcome_.diagnostics.push_back({.message = in_words() + ": " + said + (reasons.empty() || said.empty() ? "" : "; ") + reasons});
}

/// The details are foreign text, and deeper in the log than what they explain.
void JobRun::show(const Diagnosis& diagnosis) {
    std::optional<ci::ForeignOutput> output;
    for (const auto& line : lines_for_people(diagnosis)) {
        if (line.starts_with("  ")) {
            if (!output) output.emplace(context_.commands);
            output->line(std::string_view(line).substr(2));
        } else {
            output.reset();
            context_.log.warning(line);
        }
    }
}

void JobRun::stop_what_failed() {
    auto api = api_.of(outcome_.child.empty() ? registered_.key.id : outcome_.child);
    try {
        // Nomad stops whatever version there is.
        const auto now = outcome_.child.empty() ? api.job() : std::nullopt;
        if (now && now->version > registered_.version) {
            be_superseded(now->version);
            outcome_.code = ExitCode::refused; // that it failed was known before
            return;
        }
        stop_job(api, nomad::JobApi::Purge::no, context_);
    } catch (const Error& error) {
        outcome_.diagnostics.insert(outcome_.diagnostics.end(), error.diagnostics().begin(), error.diagnostics().end());
        outcome_.diagnostics.push_back({.severity = Severity::warning, .message = in_words() + " was not stopped"});
    }
}

void JobRun::revert(const Followed& followed, const std::string& why) {
    explain(followed, why);
    if (!registered_.changed && followed.end == End::successful) {
        outcome_.diagnostics.push_back({.severity = Severity::notice, .message = in_words() + " was deployed before this run, and stays"});
        outcome_.status = "failed";
        return;
    }
    outcome_.status = followed.end == End::unplaced ? "unplaced" : "failed";
    is_taking_back_ = true;
    nomad::JobApi api(server_.http, registered_.key, std::max(server_.deadline, context_.clock.steady() + time_to_take_back), context_);
    Timeline phases(context_.clock); // taking back is one phase of ours
    Follower follower(api, {.placement_timeout = options_.placement_timeout, .logs = false}, phases, context_);
    try {
        tell(take_back(registered_, deployment_, FollowBack::to_its_end, api, follower, context_));
    } catch (const Error& error) {
        outcome_.diagnostics.insert(outcome_.diagnostics.end(), error.diagnostics().begin(), error.diagnostics().end());
        outcome_.diagnostics.push_back({.severity = Severity::warning, .message = in_words() + " was not taken back"});
        add_commands(false);
    }
    is_taking_back_ = false;
    tell_of_jobs_before();
}

void JobRun::tell(const TakenBack& back) {
    const auto say = [&](Severity severity, std::string message, std::string hint = {}) { outcome_.diagnostics.push_back({.severity = severity, .message = std::move(message), .hint = std::move(hint)}); };
    switch (back.end) {
    case TakenBack::End::reverted:
    case TakenBack::End::following:
        outcome_.reverted_to = back.reverted_to;
        timeline_.end_phase("taken back");
        say(Severity::notice, "version " + std::to_string(back.reverted_to.value_or(0)) + " of job " + visible(to_string(registered_.key)) + (back.end == TakenBack::End::reverted ? " is back" : " comes back") + (back.new_version ? ", as version " + std::to_string(*back.new_version) : std::string()));
        return;
    case TakenBack::End::nothing_to_go_back_to:
        if (options_.stop_on_failure) return stop_what_failed();
        say(Severity::warning, "there is nothing to go back to: " + visible(back.words), "what was registered is left as it is; --stop-on-failure stops it instead");
        return;
    case TakenBack::End::superseded:
        be_superseded(back.new_version);
        outcome_.code = ExitCode::refused; // that it failed was known before
        return;
    case TakenBack::End::failed: {
        outcome_.reverted_to = back.reverted_to;
        timeline_.end_phase("taken back", true);
        const auto diagnosis = diagnose(back.allocations, api_, context_);
        show(diagnosis);
        const auto reasons = in_one_line(diagnosis);
        say(Severity::error, "version " + std::to_string(back.reverted_to.value_or(0)) + " of job " + visible(to_string(registered_.key)) + " was brought back, and is not healthy either: " + visible(back.words) + (reasons.empty() ? "" : "; ") + reasons, "look at the job at once: " + nomad_command("job status", registered_.key) + ' ' + visible(registered_.key.id));
        return;
    }
    }
}

void JobRun::tell_of_jobs_before() {
    for (const auto& job : before_) {
        if (!job.changed) continue;
        const auto version = job.version ? ", version " + std::to_string(*job.version) + "," : std::string();
        outcome_.diagnostics.push_back({.severity = Severity::notice, .message = "job " + visible(to_string(job.job)) + version + " ran before, and is not taken back"});
    }
}

void JobRun::be_superseded(std::optional<std::uint64_t> version) {
    outcome_.superseded = true;
    outcome_.status = "superseded";
    if (!options_.allow_superseded) outcome_.code = ExitCode::refused;
    const auto by = version ? "version " + std::to_string(*version) : std::string("a newer version");
    outcome_.diagnostics.push_back({.severity = options_.allow_superseded ? Severity::notice : Severity::error, .message = in_words() + " is superseded: " + by + " was registered by somebody else meanwhile, and stays"});
}

void JobRun::run_out_of_time(const Followed& followed) {
    const auto why = "not over in " + format_duration(options_.timeout) + (followed.words.empty() ? "" : ": " + followed.words);
    if (options_.on_timeout == "revert" && can_come_back(registered_.type)) {
        revert(followed, why);
    } else {
        explain(followed, why);
        const bool waits = followed.deployment && followed.deployment->canaries_are_healthy();
        add_commands(waits);
        outcome_.diagnostics.back().hint = waits ? hint_for_canaries() : "the job goes on without this step; run it again to follow the job from where it stands then";
    }
    outcome_.status = "timed_out";
    outcome_.code = ExitCode::inconclusive;
}

/// The deployment of what was registered, when it was not followed yet.
void JobRun::find_deployment(nomad::JobApi& api) {
    for (const auto& deployment : api.deployments()) {
        if (deployment.spec_modify_index == registered_.job_modify_index) deployment_ = deployment.id;
    }
}

void JobRun::on_cancel() {
    if (is_registering_) context_.log.warning("cancelled while job " + to_string(outcome_.job) + " was being registered: whether it is registered is not known; run this step again to go on from where it stands");
    if (!is_registered_ || is_at_its_end_) return;
    // What was found to be bad is not left half taken back.
    const bool leaves = options_.on_cancel == "leave" && !is_taking_back_;
    if (leaves || !can_come_back(registered_.type) || !(registered_.changed || is_taking_back_)) {
        const bool waits = !deployment_.empty() && outcome_.status == "held";
        add_commands(waits);
        context_.log.warning("cancelled: " + in_words() + " goes on without this step; run it again to follow it from where it stands");
        context_.log.info(waits ? hint_for_canaries() : "look at it with '" + outcome_.commands.back() + '\'');
        return;
    }
    // Everything of the context ends at once now, so this goes by another one.
    const io::Cancellation none;
    io::SystemClock clock(none);
    cli::Context context{.environment = context_.environment, .files = context_.files, .processes = context_.processes, .clock = clock, .log = context_.log, .cancellation = none, .commands = context_.commands, .ci = context_.ci, .http_factory = context_.http_factory};
    try {
        nomad::Http http(options_.nomad, context, none);
        nomad::JobApi api(http, registered_.key, clock.steady() + time_when_cancelled, context);
        Follower follower(api, {}, timeline_, context);
        if (deployment_.empty()) find_deployment(api);
        const auto back = take_back(registered_, deployment_, FollowBack::not_at_all, api, follower, context);
        if (back.reverted_to) context.log.warning("cancelled: version " + std::to_string(*back.reverted_to) + " of job " + visible(to_string(registered_.key)) + " comes back");
        else context.log.warning("cancelled: " + in_words() + " was not taken back: " + (back.end == TakenBack::End::superseded ? "a newer version stands" : visible(back.words)));
    } catch (const Error& error) {
        context.log.error("cancelled: " + in_words() + " was not taken back: " + error.what());
    }
}

} // namespace slipway::run_job
