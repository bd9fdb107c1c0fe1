#include "build-image/buildah/tool.hpp"

#include "build-image/buildah/complaint.hpp"
#include "build-image/buildah/rights.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <nlohmann/json.hpp>

namespace slipway::build_image {

namespace {

constexpr Duration patience{60'000};

io::ProcessResult ask(const std::string& verb, const std::string& option, const Tool& tool, cli::Context& context) {
    auto argv = tool.command(verb);
    argv.push_back(option);
    return context.processes.run({.argv = std::move(argv), .environment = tool.environment, .timeout = patience});
}

/// The line of the help that begins with the option; empty when there is none.
std::string_view help_line(std::string_view help, const std::string& option) {
    for (const auto line : lines(help)) {
        const auto at = line.find("--" + option);
        if (at == std::string_view::npos || line.substr(0, at).find_first_not_of(" -,abcdefghijklmnopqrstuvwxyzD") != std::string_view::npos) continue;
        const auto rest = line.substr(at + 2 + option.size());
        if (rest.empty() || rest[0] == ' ' || rest[0] == '[') return line;
    }
    return {};
}

bool is_about_overlay(const std::string& why) {
    return why.find("is not supported over") != std::string::npos || why.find("mount_program is required") != std::string::npos ||
           why.find("unsupported for this graph driver") != std::string::npos || why.find("driver not supported") != std::string::npos;
}

void read_store(Tool& tool, const std::string& words) {
    const auto info = nlohmann::json::parse(words, nullptr, false);
    try {
        const auto& store = info.at("store");
        tool.storage = store.at("GraphRoot").get<std::string>();
        tool.driver = store.at("GraphDriverName").get<std::string>();
        const auto& host = info.at("host");
        tool.version = info.at("debug").at("buildah version").get<std::string>();
        tool.platform = host.at("os").get<std::string>() + '/' + host.at("arch").get<std::string>();
    } catch (const nlohmann::json::exception&) {
        throw world_failure("buildah does not work here: 'buildah info' does not say where its storage is, and its version");
    }
}

} // namespace

std::vector<std::string> Tool::command(const std::string& verb) const {
    std::vector<std::string> argv = {"buildah", verb};
    if (driver == "vfs") argv.insert(argv.end(), {"--storage-driver", driver});
    return argv;
}

bool Tool::knows(const std::string& option) const { return !help_line(build_help, option).empty(); }

bool Tool::takes_several(const std::string& option) const {
    const auto line = help_line(build_help, option);
    return line.find(" stringArray") != std::string_view::npos || line.find(" strings") != std::string_view::npos;
}

Tool inspect_tool(const std::string& driver, bool with_help, cli::Context& context) {
    if (!context.processes.has("buildah")) {
        throw world_failure("cannot build: buildah is not installed or not on the PATH", "on Debian: apt-get install buildah");
    }
    Tool tool{.driver = driver};
    if (!driver.empty()) tool.environment.set("STORAGE_DRIVER", driver);
    auto info = ask("info", "--debug", tool, context);
    if (!info.ok() && driver.empty() && is_about_overlay(info.err)) {
        context.log.info("Buildah keeps whole copies of layers (vfs), since its storage folder allows no overlay: a volume for it is faster");
        tool.driver = "vfs";
        tool.environment.set("STORAGE_DRIVER", tool.driver);
        info = ask("info", "--debug", tool, context);
    }
    if (!info.ok()) {
        // Buildah may name what it could not do instead of why.
        if (const auto why = mount_refusal(context)) throw world_failure("buildah does not work here: " + *why, rights_hint);
        const auto complaint = read_complaint(info, Phase::push); // nothing of it can be the Containerfile's fault
        throw world_failure("buildah does not work here: " + complaint.why, complaint.hint);
    }
    read_store(tool, info.out);
    if (with_help) tool.build_help = ask("build", "--help", tool, context).out;
    return tool;
}

} // namespace slipway::build_image
