#include "fuzz.hpp"

#include "cli/command_line.hpp"
#include "core/text.hpp"

using namespace slipway;

// One argument a line.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::vector<std::string> arguments;
    for (const auto argument : split(fuzz::text_of(data, size), '\n')) arguments.emplace_back(argument.substr(0, argument.find('\0')));
    std::string text, output;
    std::vector<std::string> list, files;
    bool flag = false;
    Secret secret;
    cli::OptionSet options;
    options.add("text", text);
    options.add("list", list);
    options.add("flag", flag);
    options.add("secret", secret);
    options.add("output", output).short_name('o');
    options.add("file", files).positional();
    const auto line = cli::parse_command_line(arguments, options);
    for (const auto& problem : line.problems) fuzz::expect(!problem.message.empty(), "a mistake is named");
    for (const auto& [name, values] : line.values) fuzz::expect(!values.empty(), "an option that is given has a value");
    return 0;
}
