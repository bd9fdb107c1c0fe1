#include "fuzz.hpp"

#include "cli/config_file.hpp"
#include "cli/layers.hpp"
#include "fakes.hpp"

using namespace slipway;

// A slipway.yaml, from the text to the options.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fake::Files files;
    files.contents["slipway.yaml"] = fuzz::text_of(data, size);
    std::string text, choice;
    std::vector<std::string> list;
    bool flag = false;
    double number = 0;
    Secret secret;
    cli::OptionSet options;
    options.add("text", text);
    options.add("list", list);
    options.add("flag", flag);
    options.add("number", number);
    options.add("secret", secret);
    options.add_choice("choice", choice, {"red", "blue"});
    std::vector<Diagnostic> problems;
    const auto section = cli::read_config_file("slipway.yaml", "render-jobspec", options, files, problems);
    fuzz::expect(section.readable || !problems.empty(), "a file that cannot be read is a mistake");
    for (const auto& problem : problems) fuzz::expect(problem.place.file == "slipway.yaml", "a mistake names the file");
    const fake::Environment environment;
    cli::resolve(options, "render-jobspec", {{}, environment, section, {}, files}, problems);
    return 0;
}
