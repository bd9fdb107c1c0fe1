#include "build-image/buildah/rights.hpp"

#include "core/text.hpp"

#include <array>
#include <vector>

namespace slipway::build_image {

namespace {

constexpr Duration patience{10'000};

/// Of the two calls themselves. That no users could be mapped is another matter, which Buildah has its own ways around.
constexpr std::array<std::string_view, 2> refusals = {"unshare failed", "cannot change root filesystem propagation"};

} // namespace

std::optional<std::string> mount_refusal(cli::Context& context) {
    if (!context.processes.has("unshare")) return std::nullopt;
    // Whoever may mount needs no user namespace for it; Buildah tries in this order as well.
    std::string why;
    for (const auto& options : {std::vector<std::string>{"--mount"}, {"--user", "--map-root-user", "--mount"}}) {
        io::Command command{.argv = {"unshare"}, .timeout = patience};
        command.argv.insert(command.argv.end(), options.begin(), options.end());
        command.argv.emplace_back("true");
        command.environment.set("LC_ALL", "C");
        const auto result = context.processes.run(command);
        if (result.ok()) return std::nullopt;
        why = one_line(trim(result.err));
    }
    // What the kernel says when no more namespaces are allowed; who reads it looks for a full disk.
    if (why.find("unshare failed: No space left") != std::string::npos) why += " (user.max_user_namespaces is 0 on this machine, or too low)";
    for (const auto refusal : refusals) {
        if (why.find(refusal) != std::string::npos) return why;
    }
    return std::nullopt;
}

} // namespace slipway::build_image
