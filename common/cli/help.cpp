#include "cli/help.hpp"

#include "cli/layers.hpp"
#include "core/text.hpp"
#include "core/version.hpp"

namespace slipway::cli {

namespace {

constexpr std::size_t width = 98;
constexpr std::size_t indent = 6;

/// Words in lines of at most `width` columns, each line indented.
std::string wrapped(std::string_view text) {
    std::string result;
    std::string line;
    for (const auto word : split(text, ' ')) {
        if (!line.empty() && indent + line.size() + 1 + word.size() > width) {
            result += std::string(indent, ' ') + line + '\n';
            line.clear();
        }
        if (!line.empty()) line += ' ';
        line += word;
    }
    return result + std::string(indent, ' ') + line + '\n';
}

std::string describe(const Option& option, std::string_view step) {
    const auto& traits = option.traits();
    std::string text = "  ";
    if (traits.short_name != 0) text += std::string("-") + traits.short_name + ", ";
    text += option.flag();
    if (option.kind() != OptionKind::flag) text += ' ' + traits.value_name;
    text += '\n';
    auto sentence = traits.help;
    if (option.kind() == OptionKind::list) sentence += "; repeatable";
    if (traits.required) sentence += "; required";
    text += wrapped(sentence);
    if (!traits.ci_help.empty()) text += wrapped("default: " + traits.ci_help);
    if (traits.fallback) text += wrapped("default: " + *traits.fallback);
    if (!traits.fallback_help.empty()) text += wrapped("default: " + traits.fallback_help);
    text += wrapped("variable: " + join(variables_of(option, step), ", "));
    return text;
}

constexpr std::string_view endings = R"(Exit codes:
  0 done, or yes
  1 no: the thing itself is refused or failed
  2 called wrongly, or unreadable input; nothing was changed
  3 the world is broken (network, server, credentials, disk): could not do it or could not tell
  4 out of time or not enough data: inconclusive
  130, 143 cancelled by SIGINT or SIGTERM, cleaned up

An option --foo-bar is looked up, strongest first, as the flag, SLIPWAY_<STEP>_FOO_BAR (SLIPWAY_FOO_BAR
for those that mean the same in every step), INPUT_FOO-BAR (GitHub), PLUGIN_FOO_BAR (Woodpecker, Drone),
another tool's own variable where one is named, the step's section of slipway.yaml, what the CI knows,
and the default. --dry-run says where each value came from.
)";

} // namespace

std::string help_text(const StepInfo& info, const OptionSet& options) {
    std::string text = std::string(info.name) + ": " + std::string(info.summary) + "\n\nUsage: " + std::string(info.name) +
                       ' ' + std::string(info.usage) + "\n\nExample:\n";
    for (const auto line : lines(info.example)) text += "  " + std::string(line) + '\n';
    text += "\nOptions:\n";
    std::string section;
    for (std::size_t i = 0; i < options.all().size(); ++i) {
        const auto& option = *options.all()[i];
        if (option.traits().section != section) {
            section = option.traits().section;
            text += '\n' + section + ":\n";
        }
        text += describe(option, info.name);
    }
    text += "  -h, --help\n      This text\n  --version\n      Version, commit and date\n  --describe\n      Options and outputs as one JSON object, for programs\n\n";
    return text + std::string(endings);
}

std::string version_text(const StepInfo& info) {
    const auto built = version();
    return std::string(info.name) + ' ' + std::string(built.number) + " (commit " + std::string(built.commit) + ", " + std::string(built.date) + ")\n";
}

} // namespace slipway::cli
