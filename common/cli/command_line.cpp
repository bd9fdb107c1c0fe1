#include "cli/command_line.hpp"

#include "core/text.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <utility>

namespace slipway::cli {

namespace {

Diagnostic unknown_option(const std::string& argument, const OptionSet& options) {
    const auto name = argument.substr(0, argument.find('='));
    std::vector<std::string> known = {"--help", "--version"};
    for (const auto& option : options.all()) {
        known.push_back(option->flag());
        if (option->kind() == OptionKind::secret && name == "--" + option->name()) {
            return {.message = "unknown option '" + name + "'",
                    .hint = "a secret on the command line can be read by everybody on the machine: use " + option->flag() + " or a variable"};
        }
    }
    Diagnostic problem{.message = "unknown option '" + visible(name) + "'"};
    if (const auto meant = closest(name, known)) problem.hint = "did you mean " + *meant + "?";
    return problem;
}

/// The declared options as CLI11's. Only its splitting of the command line is used: its conversions, defaults,
/// environment and configuration files differ between versions and from the order that we promise.
class Parser {
public:
    explicit Parser(const OptionSet& options) : options_(options) {
        app_.set_help_flag("");
        app_.allow_extras();
        help_ = app_.add_flag("--help,-h");
        version_ = app_.add_flag("--version");
        for (const auto& option : options.all()) declare(*option);
    }

    CommandLine parse(std::vector<std::string> arguments) {
        CommandLine result;
        std::vector<std::string> loose; // arguments without a name
        const auto end = std::find(arguments.begin(), arguments.end(), "--");
        if (end != arguments.end()) loose.assign(end + 1, arguments.end());
        arguments.erase(end, arguments.end());
        std::reverse(arguments.begin(), arguments.end()); // CLI11 takes them from the back
        try {
            app_.parse(std::move(arguments));
        } catch (const CLI::ArgumentMismatch& error) {
            // Its text begins with the option's name in every version: "--image: 1 required TEXT missing".
            const std::string text = error.what();
            result.problems.push_back({.message = text.substr(0, text.find(':')) + " needs a value"});
        } catch (const CLI::ParseError& error) {
            result.problems.push_back({.message = one_line(error.what())});
        }
        result.help = help_->count() > 0;
        result.version = version_->count() > 0;
        for (const auto& [option, parsed] : declared_) {
            if (parsed->count() > 0) result.values[option->name()] = parsed->results();
        }
        std::vector<std::string> before_end;
        for (const auto& argument : app_.remaining()) {
            if (argument.size() > 1 && argument[0] == '-') result.problems.push_back(unknown_option(argument, options_));
            else before_end.push_back(argument);
        }
        loose.insert(loose.begin(), before_end.begin(), before_end.end());
        take_loose(loose, result);
        for (const auto& [option, parsed] : declared_) refuse_repetition(*option, result);
        return result;
    }

private:
    void declare(const Option& option) {
        std::string names = option.flag();
        if (option.traits().short_name != 0) names += std::string(",-") + option.traits().short_name;
        auto* parsed = option.kind() == OptionKind::flag ? app_.add_flag(names) : app_.add_option(names);
        parsed->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
        if (option.kind() != OptionKind::flag) parsed->expected(1)->allow_extra_args(false);
        declared_.emplace_back(&option, parsed);
    }

    void take_loose(const std::vector<std::string>& loose, CommandLine& line) const {
        if (const auto* positional = options_.positional()) {
            if (loose.empty()) return;
            auto& values = line.values[positional->name()];
            values.insert(values.end(), loose.begin(), loose.end());
            return;
        }
        for (const auto& argument : loose) line.problems.push_back({.message = "unexpected argument '" + visible(argument) + "'"});
    }

    static void refuse_repetition(const Option& option, CommandLine& line) {
        const auto values = line.values.find(option.name());
        if (values == line.values.end() || option.kind() == OptionKind::list || values->second.size() < 2) return;
        line.problems.push_back({.message = option.flag() + " is given " + std::to_string(values->second.size()) + " times, and takes one value"});
    }

    const OptionSet& options_;
    CLI::App app_;
    CLI::Option* help_ = nullptr;
    CLI::Option* version_ = nullptr;
    std::vector<std::pair<const Option*, CLI::Option*>> declared_;
};

} // namespace

CommandLine parse_command_line(const std::vector<std::string>& arguments, const OptionSet& options) {
    return Parser(options).parse(arguments);
}

} // namespace slipway::cli
