#include "io/limits.hpp"

#include "core/text.hpp"

#include <array>
#include <cstdint>
#include <sstream>
#include <string_view>
#include <utility>

namespace slipway::io {

namespace {

/// Titles in /proc/self/limits, and names of --ulimit.
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> limits = {{{"Max open files", "nofile"}, {"Max processes", "nproc"}}};
constexpr std::uint64_t most_by_default = 1048576;

} // namespace

std::vector<std::string> limits_for_buildah(Files& files) {
    const Path own_limits = "/proc/self/limits";
    std::vector<std::string> options;
    if (!files.status(own_limits)) return options;
    const auto text = files.read(own_limits);
    // "Max open files            1024                 524288               files"
    for (const auto line : lines(text)) {
        for (const auto& [title, name] : limits) {
            if (line.rfind(title, 0) != 0) continue;
            std::istringstream numbers{std::string(line.substr(title.size()))};
            std::string soft;
            std::uint64_t hard = 0;
            numbers >> soft >> hard; // no number is read from "unlimited"
            if (!numbers || hard >= most_by_default) continue;
            options.insert(options.end(), {"--ulimit", std::string(name) + '=' + std::to_string(hard) + ':' + std::to_string(hard)});
        }
    }
    return options;
}

} // namespace slipway::io
