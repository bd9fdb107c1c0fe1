#pragma once

#include "cli/step.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "fakes.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

// A step with an option of each kind, once of its own and once shared by all steps. It has the name of a real one, because a
// section in slipway.yaml needs that.
namespace slipway::toy {

struct Options {
    struct OfEachKind {
        std::string text;
        std::vector<std::string> list;
        bool flag = false;
        long number = 0;
        double real = 0;
        Duration duration{0};
        std::string choice;
        Secret secret;
    };
    OfEachKind own, shared;
    std::vector<std::string> files;
    std::string must;
};
struct Plan {};
struct Result {
    cli::Report report;
};

inline Options seen;                                                              ///< what the last run got
inline std::function<cli::Report(cli::Context&)> work = [](cli::Context&) { return cli::Report{}; }; ///< what a run does
inline bool needs_must = false;                                                   ///< whether --must is required

/// What a CI that wants to set an option of this kind must say where.
inline const std::map<std::string, std::pair<std::string, std::string ci::Info::*>> from_ci = {
    {"text", {"CI_COMMIT_BRANCH", &ci::Info::branch}},     {"list", {"CI_COMMIT_TAG", &ci::Info::tag}},
    {"flag", {"CI_MERGE_REQUEST_IID", &ci::Info::pull_request}}, {"number", {"CI_PIPELINE_ID", &ci::Info::pipeline_id}},
    {"real", {"CI_JOB_ID", &ci::Info::job_id}},            {"duration", {"CI_COMMIT_TIMESTAMP", &ci::Info::commit_time}},
    {"choice", {"CI_PROJECT_PATH", &ci::Info::project_name}},
};

inline void declare(cli::OptionSet& set, const std::string& prefix, Options::OfEachKind& target, bool is_shared) {
    const auto complete = [&](cli::Option& option) {
        auto tool = "TOOL_" + upper(option.name());
        replace_all(tool, "-", "_");
        option.variable(tool).help("An option");
        if (is_shared) option.shared();
        const auto known = from_ci.find(option.name().substr(prefix.size()));
        if (known == from_ci.end()) return;
        option.from_ci([member = known->second.second](const ci::Info& info) { return info.*member; }, "what it knows");
    };
    complete(set.add(prefix + "text", target.text).fallback("default"));
    complete(set.add(prefix + "list", target.list).fallback("default"));
    complete(set.add(prefix + "flag", target.flag).fallback("false"));
    complete(set.add(prefix + "number", target.number).fallback("99"));
    complete(set.add(prefix + "real", target.real).fallback("9.5"));
    complete(set.add(prefix + "duration", target.duration).fallback("99s"));
    complete(set.add_choice(prefix + "choice", target.choice, {"red", "blue", "none"}).fallback("none"));
    complete(set.add(prefix + "secret", target.secret));
}

struct Toy {
    static constexpr cli::OutputInfo outputs[] = {{"name", "a name"}, {"digest", "a digest"}};
    static constexpr cli::StepInfo info{
        .name = "render-jobspec",
        .summary = "plays with options",
        .usage = "FILE...",
        .example = "render-jobspec x",
        .outputs = outputs,
    };
    using Options = toy::Options;
    using Plan = toy::Plan;
    using Result = toy::Result;

    static void declare(cli::OptionSet& set, Options& options) {
        toy::declare(set, "", options.own, false);
        toy::declare(set, "shared-", options.shared, true);
        set.add("file", options.files).positional().value_name("FILE").help("Files");
        set.section("Duties");
        auto& must = set.add("must", options.must).short_name('m').help("Sometimes required");
        if (needs_must) must.required();
    }
    static void check(const Options& options, std::vector<Diagnostic>& problems) {
        if (options.own.text == "refused by check") problems.push_back({.message = "the text is refused"});
    }
    static Plan plan(const Options& options, cli::Context&) {
        seen = options;
        return {};
    }
    static Result run(const Options&, const Plan&, cli::Context& context) { return {work(context)}; }
    static cli::Report report(const Plan&) { return {.text = "would work\n"}; }
    static cli::Report report(const Result& result) { return result.report; }
};

/// One run of the step in a world of fakes.
struct Run {
    fake::World world;
    int code = -1;

    Run() {
        seen = {};
        work = [](cli::Context&) { return cli::Report{}; };
        needs_must = false;
    }

    Run& operator()(const std::vector<std::string>& arguments) {
        cli::Step<Toy> step;
        world.terminal.out.clear();
        world.terminal.err.clear();
        code = world.run(step, arguments);
        return *this;
    }
    Run& set(const std::string& name, const std::string& value) {
        world.environment.variables[name] = value;
        return *this;
    }
    Run& file(const std::string& name, const std::string& content) {
        world.files.contents[name] = content;
        return *this;
    }
    const std::string& out() const { return world.terminal.out; }
    const std::string& err() const { return world.terminal.err; }
    /// Standard output, which must be exactly one JSON object.
    nlohmann::json json() const { return nlohmann::json::parse(out()); }
    bool says(const std::string& text) const { return err().find(text) != std::string::npos; }
};

} // namespace slipway::toy
