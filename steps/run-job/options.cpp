#include "options.hpp"

#include "run-job/gate/gate.hpp"

#include <algorithm>

namespace slipway::run_job {

namespace {

void declare_input(cli::OptionSet& set, Options& options) {
    set.add("job", options.jobs).positional().required().value_name("FILE").help("Job file, HCL or JSON, or a template of one when values are given; several run one after the other; - for standard input. With --stop, --dispatch and --force also the name of a job");
    set.section("Nomad");
    nomad::declare(set, options.nomad);
    set.section("Values and variables");
    rendering::declare(set, options.values);
    set.add("keep", options.keep).value_name("NAME").help("A name in a template that is left as it is, for Nomad or the task");
    set.add("secret", options.secrets).value_name("NAME").help("A name whose value is hidden, and not shown by Nomad beside the job");
    set.add("var", options.variables).value_name("NAME=VALUE").help("Variable of HCL2 (Nomad 1.6 and newer)");
    set.add("var-file", options.variable_files).value_name("FILE").help("File of variables of HCL2; later ones win");
}

void declare_registration(cli::OptionSet& set, Options& options) {
    set.section("Registration");
    set.add("fail-on-change", options.fail_on_change).help("Exit 1 when a job would change, and change nothing");
    set.add("retry-on-conflict", options.retry_on_conflict).help("When somebody changed the job since the plan: plan again, and register upon that");
    set.add("run-again", options.run_again).help("Make a new version of a job that has not changed, by the meta key slipway_run: it runs again");
    set.section("Starting and stopping");
    set.add("dispatch", options.dispatch).help("Start a parameterized job, and wait for what was started");
    set.add("meta", options.meta).value_name("KEY=VALUE").help("With --dispatch: metadata of the started job");
    set.add("payload", options.payload).value_name("FILE").help("With --dispatch: payload of the started job; - for standard input");
    set.add("force", options.force).help("Start a periodic job now, and wait for what was started");
    set.add("stop", options.stop).help("Stop jobs instead; one that is not there is no error");
    set.add("purge", options.purge).help("With --stop: Nomad forgets the job, with its versions");
}

void declare_following(cli::OptionSet& set, Options& options) {
    set.section("Following");
    set.add("timeout", options.timeout).fallback("30m").value_name("DURATION").help("How long all jobs together may take; taking back may take longer");
    set.add("placement-timeout", options.placement_timeout).fallback("2m").value_name("DURATION").help("How long an allocation may find no place before the deployment has failed");
    set.add_choice("on-timeout", options.on_timeout, {"leave", "revert"}).fallback("leave").help("What becomes of a deployment that is not over in time; the exit code is 4 either way");
    set.add_choice("on-cancel", options.on_cancel, {"leave", "revert"}).fallback("leave").help("What becomes of a deployment when this step is cancelled");
    set.add("allow-superseded", options.allow_superseded).help("Exit 0 when somebody registered a newer version meanwhile");
    set.add("logs", options.logs).help("Show what the tasks of batch jobs print while they run");
}

void declare_gate(cli::OptionSet& set, Options& options) {
    set.section("The gate");
    set.add("gate", options.gate).value_name("COMMAND").help("Command that judges healthy canaries, or the whole new version where there are none: exit code 0 promotes, 1 takes back; words and quotes as in a shell, without a shell");
    set.add("gate-argv", options.gate_words).after_dashes().value_name("WORD").help("The same, a word at a time; also all that stands after --");
    set.add("promote", options.promote).help("Promote canaries as soon as they are healthy");
    set.add_choice("on-inconclusive", options.on_inconclusive, {"hold", "promote", "revert"}).fallback("hold").help("What becomes of the canaries when the gate ends with exit code 3 or 4: it could not tell");
    set.add("stop-on-failure", options.stop_on_failure).help("Stop a job that failed and has no earlier version to come back");
    cli::declare_server(set, "expect-scraped", options.scraped, "a Prometheus that must scrape every new allocation before the gate begins", cli::Tenants::yes, "");
    set.add("scrape-timeout", options.scrape_timeout).fallback("2m").value_name("DURATION").help("How long --expect-scraped waits");
}

} // namespace

void declare(cli::OptionSet& set, Options& options) {
    declare_input(set, options);
    declare_registration(set, options);
    declare_following(set, options);
    declare_gate(set, options);
}

namespace {

void check_pairs(const std::vector<std::string>& pairs, const std::string& option, const std::string& form, std::vector<Diagnostic>& problems) {
    for (const auto& pair : pairs) {
        const auto equals = pair.find('=');
        if (equals != std::string::npos && equals > 0) continue;
        problems.push_back({.message = "cannot use --" + option + ": a value is given as " + form});
    }
}

/// Things to do with a job that exclude each other, and what belongs to one of them.
void check_mode(const Options& options, std::vector<Diagnostic>& problems) {
    const auto needs = [&](bool given, const std::string& option, bool has, const std::string& other) {
        if (given && !has) problems.push_back({.message = "--" + option + " needs --" + other});
    };
    if (int{options.stop} + int{options.dispatch} + int{options.force} > 1) problems.push_back({.message = "--stop, --dispatch and --force are different things to do: give one"});
    needs(options.purge, "purge", options.stop, "stop");
    needs(!options.meta.empty(), "meta", options.dispatch, "dispatch");
    needs(!options.payload.empty(), "payload", options.dispatch, "dispatch");
    if (options.stop && (options.has_gate() || options.promote || options.run_again || options.fail_on_change)) {
        problems.push_back({.message = "--stop registers nothing: --gate, --promote, --run-again and --fail-on-change do not go with it"});
    }
    if (std::count(options.jobs.begin(), options.jobs.end(), "-") + int{options.payload == "-"} > 1) problems.push_back({.message = "cannot use '-' twice: standard input can be read once"});
    if ((options.dispatch || options.force) && options.jobs.size() > 1) problems.push_back({.message = "--dispatch and --force take one job"});
}

void check_gate(const Options& options, std::vector<Diagnostic>& problems) {
    if (!options.gate.empty() && !options.gate_words.empty()) problems.push_back({.message = "--gate and a command after -- are two gates: give one"});
    if (options.has_gate() && options.promote) problems.push_back({.message = "--promote would promote without asking the gate: give one of them"});
    if (!options.gate_words.empty() && options.gate_words.front().empty()) problems.push_back({.message = "cannot use the command after --: it names no program"});
    try {
        const auto words = split_command(options.gate);
        if (!words.empty() && words.front().empty()) throw misuse("it names no program");
    } catch (const Error& error) {
        problems.push_back({.message = std::string("cannot use --gate: ") + error.what(), .hint = error.diagnostics().front().hint});
    }
}

} // namespace

void check(const Options& options, std::vector<Diagnostic>& problems) {
    rendering::check_sources(options.values, problems);
    check_pairs(options.variables, "var", "NAME=VALUE", problems);
    check_pairs(options.meta, "meta", "KEY=VALUE", problems);
    check_mode(options, problems);
    check_gate(options, problems);
    if (options.timeout <= Duration{0}) problems.push_back({.message = "cannot use --timeout: it must be longer than 0"});
    nomad::check(options.nomad, problems);
    if (!options.scraped.url.empty()) cli::check_server("expect-scraped", options.scraped, options.nomad.tls, problems, "");
}

} // namespace slipway::run_job
