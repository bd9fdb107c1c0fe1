#include "build-image/scan/scan.hpp"

#include "cli/talk.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

namespace slipway::build_image {

namespace {

/// What shells say of a command that they cannot run.
constexpr int not_executable = 126;
constexpr int not_found = 127;
/// And of one that a signal has ended, which they add to this.
constexpr int ended_by_signal = 128;
constexpr int most_signals = 64;

bool is_ended_by_signal(const io::ProcessResult& result) {
    return result.signal != 0 || (result.exit_code > ended_by_signal && result.exit_code <= ended_by_signal + most_signals);
}

/// Of a scan that did not come to its end; empty when it did, and says no.
std::string hint_for(const io::ProcessResult& result) {
    if (result.exit_code == not_executable || result.exit_code == not_found) return "the scanner must be in the job's image, and on the PATH";
    if (is_ended_by_signal(result)) return "signal 9, or exit code 137, is often a lack of memory";
    return {};
}

} // namespace

void scan(const std::string& command, const ScanInput& input, cli::Context& context) {
    const auto doing = "scanning " + input.name + " for " + input.platform;
    io::Command shell{.argv = {"sh", "-c", command}};
    const auto set = [&](const char* name, const std::string& value) {
        if (value.empty()) shell.environment.remove(name);
        else shell.environment.set(name, value);
    };
    set("IMAGE_LAYOUT", input.layout.string());
    set("IMAGE_NAME", input.name);
    set("IMAGE_DIGEST", input.digest);
    set("IMAGE_PLATFORM", input.platform);
    set("IMAGE_SPDX", input.spdx.string());
    set("IMAGE_CYCLONEDX", input.cyclonedx.string());
    io::ProcessResult result;
    {
        cli::Talk talk(doing, context);
        shell.on_line = [&](io::Stream, std::string_view line) { talk.line(line); };
        shell.on_wait = [&] { talk.wait(); };
        result = context.processes.run(shell);
    }
    if (result.ok()) return;
    const auto what = "'" + one_line(command) + "': " + io::how_it_ended(result);
    const auto hint = hint_for(result);
    if (!hint.empty()) throw world_failure("cannot scan " + input.name + ": " + what, hint);
    throw refused("the scan refuses " + input.name + ": " + what, "nothing was pushed; what the scanner found is in the log above");
}

} // namespace slipway::build_image
