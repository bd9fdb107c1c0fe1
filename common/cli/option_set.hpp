#pragma once

#include "ci/info.hpp"
#include "core/duration.hpp"
#include "core/error.hpp"
#include "core/secret.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::cli {

/// Where an option's value can come from, strongest first.
enum class Layer {
    flag,            ///< --rules-dir
    step_variable,   ///< SLIPWAY_PUSH_RULES_RULES_DIR
    shared_variable, ///< SLIPWAY_RULES_DIR, only for options that mean the same in every step
    github_input,    ///< INPUT_RULES-DIR
    plugin_variable, ///< PLUGIN_RULES_DIR
    tool_variable,   ///< another tool's own, such as REGISTRY_AUTH_FILE
    file,            ///< the step's section of slipway.yaml
    ci,              ///< what the CI system knows
    fallback,        ///< the default
};

/// Where one value came from.
struct Source {
    Layer layer = Layer::fallback;
    std::string name; ///< the flag, the variable, the CI's system; for the file its path
    Place place = {}; ///< in the file
};

/// "SLIPWAY_LOG_FORMAT", "slipway.yaml:3:5", "default".
std::string to_string(const Source& source);

enum class OptionKind {
    value,  ///< one text
    list,   ///< several texts: the flag is repeated
    flag,   ///< true or false
    secret, ///< the flag takes a file (--x-file), variables take the value or the file
};

/// What a value means, for those that offer or check it before the step does.
enum class ValueType { text, integer, number, duration, word };

/// One option as a step declares it. The functions return the option itself, to be chained.
class Option {
public:
    Option(std::string name, OptionKind kind) : name_(std::move(name)), kind_(kind) {}

    /// One sentence without full stop, for --help.
    Option& help(std::string text);
    /// What stands for the value in --help: "URL", "FILE".
    Option& value_name(std::string text);
    Option& short_name(char letter);
    /// Refused when no layer has it.
    Option& required();
    /// The same, unless another option's value says that it is not needed.
    Option& required_unless(std::function<bool()> exempt);
    /// Means the same in every step, so that SLIPWAY_<NAME> applies too.
    Option& shared();
    /// A variable that another tool reads for the same thing; may be called several times.
    Option& variable(std::string name);
    /// What the CI system knows; nothing when it does not.
    Option& from_ci(std::function<std::string(const ci::Info&)> read, std::string what);
    /// The default as a text, read like any other value.
    Option& fallback(std::string text);
    /// What --help says of a default that is computed.
    Option& fallback_help(std::string text);
    /// Takes the step's arguments without a name.
    Option& positional();
    /// Takes the words after "--", as they are.
    Option& after_dashes();

    const std::string& name() const noexcept { return name_; }
    OptionKind kind() const noexcept { return kind_; }
    /// "--name", or "--name-file" for a secret.
    std::string flag() const;

    /// Takes the values that the strongest layer has.
    /// @throws Error (misuse) "'x' is no number" for a value of the wrong form
    std::function<void(const std::vector<std::string>&)> assign;

    /// The value of a secret, to be hidden everywhere; null for other kinds.
    const Secret* secret() const noexcept { return secret_; }

    struct Traits {
        std::string help;
        std::string value_name;
        std::string section;
        std::string fallback_help;
        char short_name = 0;
        bool required = false;
        std::function<bool()> exempt; ///< asked when all options have their values; null: never
        bool shared = false;
        bool positional = false;
        bool after_dashes = false;
        ValueType type = ValueType::text;
        std::vector<std::string> words; ///< of which the value is one
        std::vector<std::string> variables;
        std::function<std::string(const ci::Info&)> from_ci;
        std::string ci_help;
        std::optional<std::string> fallback;
    };
    const Traits& traits() const noexcept { return traits_; }

private:
    friend class OptionSet;

    std::string name_;
    OptionKind kind_;
    Traits traits_;
    const Secret* secret_ = nullptr;
};

/// The options of one step. Each `add` binds a member of the step's Options, which keeps its value when no layer
/// has one.
class OptionSet {
public:
    /// The heading, in --help and in the manual, of what is declared from here on; without one it stands at the beginning.
    void section(std::string title) { section_ = std::move(title); }

    Option& add(std::string name, std::string& target);
    Option& add(std::string name, std::vector<std::string>& target);
    Option& add(std::string name, bool& target);
    Option& add(std::string name, long& target);
    Option& add(std::string name, double& target);
    Option& add(std::string name, Duration& target);
    Option& add(std::string name, Secret& target);
    /// One of a few words.
    Option& add_choice(std::string name, std::string& target, std::vector<std::string> words);

    const std::vector<std::unique_ptr<Option>>& all() const noexcept { return options_; }
    /// The option that takes arguments without a name; null when there is none.
    const Option* positional() const;
    /// The option that takes what stands after "--"; null when that are arguments like others.
    const Option* after_dashes() const;

private:
    Option& make(std::string name, OptionKind kind);
    const Option* find(const std::function<bool(const Option&)>& is_it) const;

    std::vector<std::unique_ptr<Option>> options_;
    std::string section_;
};

} // namespace slipway::cli
