#include "cli/step.hpp"

#include "ci/code_quality.hpp"
#include "cli/command_line.hpp"
#include "cli/config_file.hpp"
#include "cli/description.hpp"
#include "cli/help.hpp"
#include "cli/layers.hpp"
#include "core/encoding.hpp"
#include "core/text.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <random>
#include <stdexcept>

namespace slipway::cli {

namespace {

/// The options that every step has.
struct CommonOptions {
    bool dry_run = false;
    bool json = false;
    bool quiet = false;
    bool verbose = false;
    std::string log_format = "text";
    std::string colour = "auto";
    std::string config;
    std::string run_id;
    std::string dotenv;
    std::string dotenv_prefix;
    std::string outputs_dir;
    std::string summary;
    std::string code_quality;
    std::string junit;

    void declare(OptionSet& options) {
        options.section("Options of every step");
        options.add("dry-run", dry_run).shared().help("Say what would be done and where each option came from, change nothing");
        options.add("json", json).shared().help("Print exactly one JSON object on standard output, on every exit code");
        options.add("dotenv", dotenv).shared().value_name("FILE").help("Write the outputs as a GitLab dotenv report, too");
        options.add("dotenv-prefix", dotenv_prefix).shared().value_name("TEXT").help("What stands before their names there, such as image_: the outputs of several steps have the same names");
        options.add("outputs-dir", outputs_dir).shared().value_name("DIR").help("Write the outputs as one file each, too (Tekton, Argo)");
        options.add("summary", summary).shared().value_name("FILE").help("Append the Markdown summary to this file, too");
        options.add("code-quality", code_quality).shared().value_name("FILE").help("Write findings that have a place as a GitLab code-quality report");
        options.add("junit", junit).shared().value_name("FILE").help("Write what was checked as a JUnit report");
        options.add("config", config).shared().value_name("FILE").help("Configuration file").fallback_help("slipway.yaml at the root of the repository");
        options.add("quiet", quiet).shared().help("Log warnings and errors only");
        options.add("verbose", verbose).shared().help("Log details");
        options.add_choice("log-format", log_format, {"text", "json"}).shared().fallback("text").help("Form of the log on standard error");
        options.add_choice("color", colour, {"auto", "always", "never"}).shared().fallback("auto").help("Colour in the log");
        options.add("run-id", run_id).shared().help("Stands on every log line, so that the logs of all steps of a release can be joined").fallback_help("the CI's pipeline and job id, else random");
    }
};

std::string run_id_of(const CommonOptions& options, const ci::Info& info) {
    if (!options.run_id.empty()) return options.run_id;
    if (!info.pipeline_id.empty()) return info.pipeline_id + (info.job_id.empty() ? "" : '/' + info.job_id);
    std::random_device device;
    std::string bytes;
    for (int i = 0; i < 4; ++i) bytes += static_cast<char>(device());
    return hexadecimal(bytes);
}

io::ColourChoice colour_choice(const std::string& word) {
    if (word == "always") return io::ColourChoice::always;
    return word == "never" ? io::ColourChoice::never : io::ColourChoice::automatic;
}

/// One run of one step, from the command line to the exit code.
class Frame {
public:
    Frame(AnyStep& step, const std::vector<std::string>& arguments, World& world)
        : step_(step), arguments_(arguments), world_(world), ci_(ci::detect(world.environment, world.files)),
          log_(world.terminal, world.clock, {.step = std::string(step.info().name), .run_id = run_id_of({}, ci_)}),
          commands_(ci_.system, log_, world.clock) {
        step_.declare(options_);
        own_options_ = options_.all().size();
        common_.declare(options_);
    }

    int run() {
        try {
            const auto line = parse_command_line(arguments_, options_);
            if (line.help || line.version || line.describe) {
                world_.terminal.write_out(line.help      ? help_text(step_.info(), options_)
                                          : line.version ? version_text(step_.info())
                                                         : description(step_.info(), options_, own_options_));
                return 0;
            }
            return deliver(guarded([&] { return report_of(line); }));
        } catch (const Error& error) {
            say(error.diagnostics());
            return static_cast<int>(error.code());
        }
    }

private:
    /// Whatever ends the step early, as a report.
    template <class Work> static Report guarded(Work work) {
        try {
            return work();
        } catch (const Cancelled& cancelled) {
            return {.code = cancelled.code(), .diagnostics = {{.message = "cancelled: what was started is ended, temporary files are removed"}}};
        } catch (const Error& error) {
            return {.code = error.code(), .diagnostics = error.diagnostics()};
        } catch (const std::exception& error) {
            return {.code = ExitCode::world,
                    .diagnostics = {{.message = std::string("internal error: ") + error.what(),
                                     .hint = "this is a mistake in Slipway: please report it with the command and this line"}}};
        }
    }

    Report report_of(const CommandLine& line) {
        const auto provenance = read_options(line);
        Context context{.environment = world_.environment,
                        .files = world_.files,
                        .processes = world_.processes,
                        .clock = world_.clock,
                        .log = log_,
                        .cancellation = world_.cancellation,
                        .commands = commands_,
                        .ci = ci_,
                        .http_factory = world_.http_factory};
        world_.cancellation.check();
        auto report = common_.dry_run ? step_.dry_run(context) : step_.run(context);
        if (common_.dry_run) explain(provenance, report);
        return report;
    }

    std::vector<Provenance> read_options(const CommandLine& line) {
        auto problems = line.problems;
        // The file's own name is an option, too: it is read from the other layers first. Not with the step's own options: a secret
        // may come from a pipe, which gives it once.
        std::vector<Diagnostic> ignored;
        const ConfigSection none;
        resolve(options_, name(), {line, world_.environment, none, ci_, world_.files}, ignored, own_options_);
        const auto section = read_config_file(find_config_file(common_.config, ci_, world_.files), name(), options_, world_.files, problems);
        auto provenance = resolve(options_, name(), {line, world_.environment, section, ci_, world_.files}, problems);
        configure_log();
        for (const auto& option : options_.all()) {
            if (option->kind() == OptionKind::secret && option->secret() != nullptr) commands_.mask(*option->secret());
        }
        for (const auto& entry : provenance) {
            for (const auto& value : entry.values) mask_credentials_in(value);
        }
        if (common_.quiet && common_.verbose) problems.push_back({.message = "--quiet and --verbose contradict each other"});
        if (const auto& prefix = common_.dotenv_prefix; !prefix.empty() && !ci::is_dotenv_name(prefix)) {
            problems.push_back({.message = "cannot use --dotenv-prefix '" + visible(prefix) + "': GitLab's dotenv report takes letters, digits and _ in a name"});
        }
        if (problems.empty()) step_.check(problems);
        if (!problems.empty()) {
            // A place in a file says more than the list of options would.
            auto& last = problems.back();
            if (last.hint.empty() && last.place.file.empty()) last.hint = "try '" + name() + " --help'";
            throw Error(ExitCode::misuse, std::move(problems));
        }
        return provenance;
    }

    /// A URL may carry a password, or a token as the user.
    void mask_credentials_in(const std::string& value) {
        const auto parts = io::split_url(value);
        if (!parts || parts->user_info.empty()) return;
        const auto colon = parts->user_info.find(':');
        const auto secret = colon == std::string::npos ? parts->user_info : parts->user_info.substr(colon + 1);
        if (colon == std::string::npos && secret.size() < Redactor::shortest) return; // a user's name, and no warning about it
        commands_.mask(Secret(secret));
        if (const auto decoded = percent_decode(secret); decoded != secret) commands_.mask(Secret(decoded));
    }

    void configure_log() {
        world_.choose_colour(colour_choice(common_.colour));
        auto settings = log_.settings();
        settings.run_id = common_.run_id.empty() ? settings.run_id : common_.run_id;
        settings.format = common_.log_format == "json" ? io::LogFormat::json : io::LogFormat::text;
        if (common_.quiet) settings.level = io::LogLevel::warning;
        if (common_.verbose) settings.level = io::LogLevel::debug;
        log_.configure(std::move(settings));
    }

    /// Adds to a dry run where each option came from.
    void explain(const std::vector<Provenance>& provenance, Report& report) {
        auto options = Json::object();
        for (const auto& [option, values, source] : provenance) {
            const auto value = join(values, ", ");
            log_.info("option " + option + " = " + value + " (" + to_string(source) + ')');
            options[option] = {{"value", value}, {"source", to_string(source)}};
        }
        report.json["dry_run"] = true;
        report.json["options"] = std::move(options);
    }

    /// Tells everybody who wants to know; a place that cannot be written changes the exit code.
    int deliver(Report report) {
        log_.end_progress();
        say(report.diagnostics);
        auto undelivered = guarded([&] {
            check_declared(report.outputs);
            if (!common_.dry_run) ci::write_outputs(report.outputs, {common_.dotenv, common_.outputs_dir, common_.dotenv_prefix}, world_.environment, world_.files);
            ci::write_summary(log_.redact(report.summary), common_.summary, world_.environment, world_.files);
            // A cancelled step found nothing out, and an empty report would say that nothing is wrong.
            const bool cancelled = report.code == ExitCode::interrupted || report.code == ExitCode::terminated;
            if (!common_.code_quality.empty() && !cancelled) {
                auto shown = report.diagnostics;
                for (auto& diagnostic : shown) diagnostic.message = log_.redact(diagnostic.message);
                world_.files.write_atomic(common_.code_quality, ci::code_quality_report(shown, name(), ci_.workspace));
            }
            if (!common_.junit.empty() && !cancelled) world_.files.write_atomic(common_.junit, junit_of(report, name(), log_));
            return Report{};
        });
        take_over(report, undelivered);
        undelivered = guarded([&] {
            world_.terminal.write_out(common_.json ? json_of(report, log_) : report.verbatim ? report.text : log_.redact(report.text));
            return Report{};
        });
        take_over(report, undelivered);
        return static_cast<int>(report.code);
    }

    /// The manual, actions and components name the outputs that are declared, and people rely on them.
    void check_declared(const std::vector<ci::Output>& outputs) const {
        const auto& declared = step_.info().outputs;
        for (const auto& output : outputs) {
            const bool known = std::any_of(declared.begin(), declared.end(), [&](const OutputInfo& info) { return info.name == output.name; });
            if (!known) throw std::logic_error("the output " + output.name + " is not declared");
        }
    }

    /// A failure while delivering; what the step itself found out weighs more, except a success.
    void take_over(Report& report, const Report& failure) {
        if (failure.code == ExitCode::done) return;
        say(failure.diagnostics);
        if (report.code == ExitCode::done) report.code = failure.code;
        report.diagnostics.insert(report.diagnostics.end(), failure.diagnostics.begin(), failure.diagnostics.end());
    }

    void say(const std::vector<Diagnostic>& diagnostics) {
        for (const auto& diagnostic : diagnostics) {
            log_.line(level_of(diagnostic.severity), to_line(diagnostic));
            if (!diagnostic.hint.empty()) log_.hint(level_of(diagnostic.severity), diagnostic.hint);
            commands_.annotate(diagnostic, name());
        }
    }

    static io::LogLevel level_of(Severity severity) {
        switch (severity) {
        case Severity::error: return io::LogLevel::error;
        case Severity::warning: return io::LogLevel::warning;
        case Severity::notice: break;
        }
        return io::LogLevel::info;
    }

    std::string name() const { return std::string(step_.info().name); }

    AnyStep& step_;
    const std::vector<std::string>& arguments_;
    World& world_;
    ci::Info ci_;
    io::Log log_;
    ci::Commands commands_;
    OptionSet options_;
    std::size_t own_options_ = 0;
    CommonOptions common_;
};

} // namespace

int run_step(AnyStep& step, const std::vector<std::string>& arguments, World& world) {
    try {
        return Frame(step, arguments, world).run();
    } catch (const Cancelled& cancelled) {
        return static_cast<int>(cancelled.code());
    } catch (const std::exception& error) {
        // Not even a report could be made: out of memory, say.
        world.terminal.write_err(std::string(step.info().name) + ": internal error: " + error.what() + '\n');
        return static_cast<int>(ExitCode::world);
    }
}

namespace {

/// Without this the next file that is opened gets the number of a standard stream that our caller closed, and receives what
/// is meant for the stream. The replacement refuses reading or writing, as the closed stream would.
void keep_standard_streams_taken() {
    for (int fd = 0; fd <= 2; ++fd) {
        if (::fcntl(fd, F_GETFD) < 0 && errno == EBADF) ::open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
    }
}

} // namespace

int run_in_process(AnyStep& step, int argc, char** argv, HttpFactory http_factory) try {
    keep_standard_streams_taken();
    io::Cancellation cancellation;
    io::handle_signals(cancellation);
    const io::ProcessEnvironment environment;
    io::DiskFiles files(cancellation);
    io::ChildProcesses processes(cancellation);
    io::SystemClock clock(cancellation);
    io::ProcessTerminal terminal(environment, &cancellation);
    World world{.environment = environment,
                .files = files,
                .processes = processes,
                .clock = clock,
                .terminal = terminal,
                .cancellation = cancellation,
                .http_factory = std::move(http_factory),
                .choose_colour = [&](io::ColourChoice choice) { terminal.choose_colour(choice); }};
    return run_step(step, {argv + std::min(argc, 1), argv + argc}, world);
} catch (const Error& error) {
    std::fprintf(stderr, "%s: %s\n", std::string(step.info().name).c_str(), error.what());
    return static_cast<int>(error.code());
}

} // namespace slipway::cli
