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
    std::vector<std::string> known = {"--help", "--version", "--describe"};
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
        describe_ = app_.add_flag("--describe");
        for (const auto& option : options.all()) declare(*option);
    }

    CommandLine parse(const std::vector<std::string>& all) {
        CommandLine result;
        auto arguments = with_values(all, result);
        std::vector<std::string> loose; // arguments without a name
        const auto end = std::find(arguments.begin(), arguments.end(), "--");
        if (end != arguments.end()) take_after_dashes({end + 1, arguments.end()}, loose, result);
        arguments.erase(end, arguments.end());
        std::reverse(arguments.begin(), arguments.end()); // CLI11 takes them from the back
        try {
            app_.parse(std::move(arguments));
        } catch (const CLI::ParseError& error) {
            result.problems.push_back({.message = one_line(error.what())});
        }
        result.help = help_->count() > 0;
        result.version = version_->count() > 0;
        result.describe = describe_->count() > 0;
        for (const auto& [option, parsed] : declared_) {
            if (parsed->count() > 0) result.values[option->name()] = parsed->results();
        }
        if (!after_dashes_.empty()) {
            auto& words = result.values[options_.after_dashes()->name()];
            words.insert(words.end(), after_dashes_.begin(), after_dashes_.end());
        }
        std::vector<std::string> before_end;
        bool after_unknown = false;
        for (const auto& argument : app_.remaining()) {
            const bool is_option = argument.size() > 1 && argument[0] == '-';
            if (is_option) result.problems.push_back(unknown_option(argument, options_));
            // What follows an unknown option may be its value, and a secret: it is neither complained about nor shown.
            else if (!after_unknown || options_.positional() != nullptr) before_end.push_back(argument);
            after_unknown = is_option && argument.find('=') == std::string::npos;
        }
        loose.insert(loose.begin(), before_end.begin(), before_end.end());
        take_loose(loose, result);
        for (const auto& [option, parsed] : declared_) refuse_repetition(*option, result);
        return result;
    }

private:
    /// The option that an argument is the bare name of; null when it is none, or carries a value.
    const Option* named_by(const std::string& argument) const {
        for (const auto& option : options_.all()) {
            const auto letter = option->traits().short_name;
            if (argument == option->flag() || (letter != 0 && argument == std::string("-") + letter)) return option.get();
        }
        return nullptr;
    }

    bool is_option(const std::string& argument) const {
        const auto name = argument.substr(0, argument.find('='));
        return name == "--" || name == "--help" || name == "-h" || name == "--version" || name == "--describe" || named_by(name) != nullptr;
    }

    /// The arguments as CLI11 understands them as we do: it takes the next argument for the missing value in "--name=", and
    /// another option's name for the missing value in "--name --dry-run", which would then not be dry.
    std::vector<std::string> with_values(const std::vector<std::string>& all, CommandLine& line) const {
        std::vector<std::string> arguments;
        for (std::size_t i = 0; i < all.size(); ++i) {
            const auto& argument = all[i];
            if (argument == "--") {
                arguments.insert(arguments.end(), all.begin() + static_cast<std::ptrdiff_t>(i), all.end());
                break;
            }
            const bool empty_value = argument.size() > 3 && argument.compare(0, 2, "--") == 0 && argument.find('=') == argument.size() - 1;
            if (empty_value) {
                if (const auto* option = named_by(argument.substr(0, argument.size() - 1))) {
                    if (option->kind() != OptionKind::flag) arguments.insert(arguments.end(), {option->flag(), ""});
                    continue;
                }
            }
            const auto* option = named_by(argument);
            if (option == nullptr || option->kind() == OptionKind::flag) {
                arguments.push_back(argument);
            } else if (i + 1 == all.size() || is_option(all[i + 1])) {
                line.problems.push_back({.message = argument + " needs a value"});
                if (i + 1 < all.size()) line.problems.back().hint = "a value that looks like an option is written as " + option->flag() + "=VALUE";
            } else {
                arguments.insert(arguments.end(), {argument, all[++i]});
            }
        }
        return arguments;
    }

    void declare(const Option& option) {
        std::string names = option.flag();
        if (option.traits().short_name != 0) names += std::string(",-") + option.traits().short_name;
        auto* parsed = option.kind() == OptionKind::flag ? app_.add_flag(names) : app_.add_option(names);
        parsed->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
        if (option.kind() != OptionKind::flag) parsed->expected(1)->allow_extra_args(false);
        declared_.emplace_back(&option, parsed);
    }

    void take_after_dashes(std::vector<std::string> words, std::vector<std::string>& loose, CommandLine& line) {
        const auto* option = options_.after_dashes();
        if (option == nullptr) {
            loose = std::move(words);
        } else if (std::all_of(words.begin(), words.end(), [](const auto& word) { return word.empty(); })) {
            // A variable that should have held a command, and is empty.
            line.problems.push_back({.message = "nothing stands after --"});
        } else {
            after_dashes_ = std::move(words);
        }
    }

    void take_loose(const std::vector<std::string>& loose, CommandLine& line) const {
        if (const auto* positional = options_.positional()) {
            if (loose.empty()) return;
            auto& values = line.values[positional->name()];
            values.insert(values.end(), loose.begin(), loose.end());
            return;
        }
        for (const auto& argument : loose) line.problems.push_back({.message = "unexpected argument '" + visible(argument) + "'", .hint = options_.after_dashes() == nullptr ? "" : "a command stands behind --"});
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
    CLI::Option* describe_ = nullptr;
    std::vector<std::pair<const Option*, CLI::Option*>> declared_;
    std::vector<std::string> after_dashes_; ///< for the option that takes them
};

} // namespace

CommandLine parse_command_line(const std::vector<std::string>& arguments, const OptionSet& options) {
    return Parser(options).parse(arguments);
}

} // namespace slipway::cli
