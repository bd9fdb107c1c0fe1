#include "io/limits.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <sstream>
#include <string_view>

namespace slipway::io {

namespace {

constexpr std::uint64_t most_by_default = 1048576;
constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

std::string text_of(const char* path, Files& files) { return files.status(path) ? files.read(path) : std::string(); }

/// The first number in a text; none is in "unlimited".
std::uint64_t number_in(std::string_view text) {
    std::istringstream stream{std::string(text)};
    std::uint64_t number = 0;
    return stream >> number ? number : unlimited;
}

/// Of "Max open files            1024                 524288               files" the second number.
std::uint64_t hard_limit(std::string_view all, std::string_view title) {
    for (const auto line : lines(all)) {
        if (line.rfind(title, 0) != 0) continue;
        const auto values = trim(line.substr(title.size()));
        return number_in(values.substr(std::min(values.find(' '), values.size())));
    }
    return unlimited;
}

} // namespace

std::vector<std::string> limits_for_buildah(Files& files) {
    const auto own = text_of("/proc/self/limits", files);
    std::vector<std::string> options;
    const auto add = [&](const char* name, std::uint64_t hard) {
        const auto number = std::to_string(hard);
        if (hard < most_by_default) options.insert(options.end(), {"--ulimit", name + ('=' + number) + ':' + number});
    };
    add("nofile", hard_limit(own, "Max open files"));
    // Buildah first lowers its own limit to the processes that this machine has numbers for.
    add("nproc", std::min(hard_limit(own, "Max processes"), number_in(text_of("/proc/sys/kernel/pid_max", files))));
    return options;
}

} // namespace slipway::io
