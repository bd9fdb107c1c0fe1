#pragma once

#include "cli/context.hpp"
#include "cli/option_set.hpp"
#include "cli/report.hpp"
#include "io/http.hpp"
#include "io/terminal.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::cli {

/// One named output, for later steps of the pipeline.
struct OutputInfo {
    std::string_view name;    ///< snake_case
    std::string_view meaning; ///< what it holds, and when it is empty; Markdown
};

/// What --help and the manual say about a step besides its options.
struct StepInfo {
    std::string_view name;    ///< the executable's
    std::string_view summary; ///< one sentence
    std::string_view usage;   ///< what follows the name: "TEMPLATE [options]"
    std::string_view example; ///< one complete call
    std::span<const OutputInfo> outputs = {}; ///< all that its reports may have
};

/// A step behind one face, whatever its Options, Plan and Result are.
class AnyStep {
public:
    virtual ~AnyStep() = default;
    virtual const StepInfo& info() const = 0;
    virtual void declare(OptionSet& options) = 0;
    /// Mistakes that no single option shows; called when all options have their values.
    virtual void check(std::vector<Diagnostic>& problems) const = 0;
    /// Options -> Plan. Changes nothing.
    virtual Report dry_run(Context& context) = 0;
    /// Options -> Plan -> Result.
    virtual Report run(Context& context) = 0;
};

/// Turns a step's static functions into an AnyStep. A step is a struct S with
///
///     static constexpr StepInfo info;
///     using Options = ...; using Plan = ...; using Result = ...;
///     static void declare(OptionSet&, Options&);
///     static void check(const Options&, std::vector<Diagnostic>&);
///     static Plan plan(const Options&, Context&);       // changes nothing
///     static Result run(const Options&, const Plan&, Context&);
///     static Report report(const Plan&);
///     static Report report(const Result&);
template <class S> class Step final : public AnyStep {
public:
    const StepInfo& info() const override { return S::info; }
    void declare(OptionSet& options) override { S::declare(options, options_); }
    void check(std::vector<Diagnostic>& problems) const override { S::check(options_, problems); }
    Report dry_run(Context& context) override { return S::report(S::plan(options_, context)); }
    Report run(Context& context) override {
        const auto plan = S::plan(options_, context);
        context.cancellation.check(); // the last moment at which nothing is changed
        return S::report(S::run(options_, plan, context));
    }

private:
    typename S::Options options_;
};

/// The outside world of one run; a test gives its own.
struct World {
    const io::Environment& environment;
    io::Files& files;
    io::Processes& processes;
    io::Clock& clock;
    io::Terminal& terminal;
    const io::Cancellation& cancellation;
    HttpFactory http_factory;
    std::function<void(io::ColourChoice)> choose_colour;
};

/// Reads the options, runs the step, and tells everybody who wants to know.
///
/// @param arguments  without the program's name
/// @return the exit code; nothing is thrown
int run_step(AnyStep& step, const std::vector<std::string>& arguments, World& world);

/// `run_step` in the real world: signals, environment, disk, standard streams.
int run_in_process(AnyStep& step, int argc, char** argv, HttpFactory http_factory);

template <class S> int run(int argc, char** argv) {
    Step<S> step;
    return run_in_process(step, argc, argv, io::make_http_client);
}

} // namespace slipway::cli
