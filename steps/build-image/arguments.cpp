#include "arguments.hpp"

#include "core/text.hpp"

#include <map>

namespace slipway::build_image {

namespace {

std::vector<BuildArgument> read_file(const std::string& file, cli::Context& context, std::vector<Diagnostic>& problems) {
    std::vector<BuildArgument> arguments;
    const auto text = context.files.read(file);
    int number = 0;
    for (const auto line : lines(text)) {
        ++number;
        if (trim(line).empty() || trim(line)[0] == '#') continue;
        const auto equals = line.find('=');
        const auto name = trim(line.substr(0, equals));
        if (equals == std::string_view::npos || name.empty()) {
            problems.push_back({.message = "'" + visible(trim(line)) + "' is no NAME=VALUE", .place = {.file = file, .line = number}});
            continue;
        }
        arguments.push_back({std::string(name), std::string(line.substr(equals + 1))});
    }
    return arguments;
}

} // namespace

std::vector<BuildArgument> collect_arguments(const std::vector<std::string>& texts, const std::vector<std::string>& files,
                                             cli::Context& context, std::vector<Diagnostic>& problems) {
    std::map<std::string, BuildArgument> arguments;
    for (const auto& file : files) {
        for (auto& argument : read_file(file, context, problems)) arguments[argument.name] = argument;
    }
    for (const auto& text : texts) {
        const auto equals = text.find('=');
        const auto name = text.substr(0, equals);
        if (equals != std::string::npos) {
            arguments[name] = {name, text.substr(equals + 1)};
        } else if (const auto value = context.environment.get(name)) {
            arguments[name] = {name, *value, true};
        } else {
            problems.push_back({.message = "no value for --build-arg " + name + ": there is no such environment variable", .hint = "write " + name + "=VALUE"});
        }
    }
    std::vector<BuildArgument> result;
    for (auto& [name, argument] : arguments) result.push_back(std::move(argument));
    return result;
}

} // namespace slipway::build_image
