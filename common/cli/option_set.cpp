#include "cli/option_set.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace slipway::cli {

std::string to_string(const Source& source) {
    switch (source.layer) {
    case Layer::file: return slipway::to_string(source.place);
    case Layer::fallback: return "default";
    default: return source.name;
    }
}

Option& Option::help(std::string text) {
    traits_.help = std::move(text);
    return *this;
}

Option& Option::value_name(std::string text) {
    traits_.value_name = std::move(text);
    return *this;
}

Option& Option::short_name(char letter) {
    traits_.short_name = letter;
    return *this;
}

Option& Option::required() {
    traits_.required = true;
    return *this;
}

Option& Option::required_unless(std::function<bool()> exempt) {
    traits_.exempt = std::move(exempt);
    return required();
}

Option& Option::shared() {
    traits_.shared = true;
    return *this;
}

Option& Option::variable(std::string name) {
    traits_.variables.push_back(std::move(name));
    return *this;
}

Option& Option::from_ci(std::function<std::string(const ci::Info&)> read, std::string what) {
    traits_.from_ci = std::move(read);
    traits_.ci_help = std::move(what);
    return *this;
}

Option& Option::fallback(std::string text) {
    traits_.fallback = std::move(text);
    return *this;
}

Option& Option::fallback_help(std::string text) {
    traits_.fallback_help = std::move(text);
    return *this;
}

Option& Option::positional() {
    traits_.positional = true;
    return *this;
}

Option& Option::after_dashes() {
    traits_.after_dashes = true;
    return *this;
}

std::string Option::flag() const { return "--" + name_ + (kind_ == OptionKind::secret ? "-file" : ""); }

namespace {

bool read_flag(const std::string& text) {
    const auto word = lower(text);
    if (word == "true" || word == "yes" || word == "on" || word == "1") return true;
    if (word == "false" || word == "no" || word == "off" || word == "0") return false;
    throw misuse("'" + text + "' is neither true nor false");
}

template <class Number> Number read_number(const std::string& text, const char* what) {
    Number number{};
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc{} || end != text.data() + text.size() || !std::isfinite(static_cast<double>(number))) {
        throw misuse("'" + text + "' is no " + what);
    }
    return number;
}

} // namespace

Option& OptionSet::make(std::string name, OptionKind kind) {
    auto& option = *options_.emplace_back(std::make_unique<Option>(std::move(name), kind));
    option.traits_.section = section_;
    return option;
}

Option& OptionSet::add(std::string name, std::string& target) {
    auto& option = make(std::move(name), OptionKind::value);
    option.assign = [&target](const auto& values) { target = values.front(); };
    return option.value_name("TEXT");
}

Option& OptionSet::add(std::string name, std::vector<std::string>& target) {
    auto& option = make(std::move(name), OptionKind::list);
    option.assign = [&target](const auto& values) { target = values; };
    return option.value_name("TEXT");
}

Option& OptionSet::add(std::string name, bool& target) {
    auto& option = make(std::move(name), OptionKind::flag);
    option.assign = [&target](const auto& values) { target = read_flag(values.front()); };
    return option;
}

Option& OptionSet::add(std::string name, long& target) {
    auto& option = make(std::move(name), OptionKind::value);
    option.assign = [&target](const auto& values) { target = read_number<long>(values.front(), "whole number"); };
    option.traits_.type = ValueType::integer;
    return option.value_name("NUMBER");
}

Option& OptionSet::add(std::string name, double& target) {
    auto& option = make(std::move(name), OptionKind::value);
    option.assign = [&target](const auto& values) { target = read_number<double>(values.front(), "number"); };
    option.traits_.type = ValueType::number;
    return option.value_name("NUMBER");
}

Option& OptionSet::add(std::string name, Duration& target) {
    auto& option = make(std::move(name), OptionKind::value);
    option.assign = [&target](const auto& values) {
        const auto duration = parse_duration(values.front());
        if (!duration) throw misuse("'" + values.front() + "' is no duration, such as 90s, 10m or 1h30m");
        target = *duration;
    };
    option.traits_.type = ValueType::duration;
    return option.value_name("DURATION");
}

Option& OptionSet::add(std::string name, Secret& target) {
    auto& option = make(std::move(name), OptionKind::secret);
    option.assign = [&target](const auto& values) { target = Secret(values.front()); };
    option.secret_ = &target;
    return option.value_name("FILE");
}

Option& OptionSet::add_choice(std::string name, std::string& target, std::vector<std::string> words) {
    auto& option = make(std::move(name), OptionKind::value);
    option.value_name(join(words, "|"));
    option.traits_.type = ValueType::word;
    option.traits_.words = words;
    option.assign = [&target, words = std::move(words)](const auto& values) {
        if (std::find(words.begin(), words.end(), values.front()) == words.end()) {
            throw misuse("'" + values.front() + "' is none of " + join(words, ", "));
        }
        target = values.front();
    };
    return option;
}

const Option* OptionSet::positional() const {
    return find([](const Option& option) { return option.traits().positional; });
}

const Option* OptionSet::after_dashes() const {
    return find([](const Option& option) { return option.traits().after_dashes; });
}

const Option* OptionSet::find(const std::function<bool(const Option&)>& is_it) const {
    for (const auto& option : options_) {
        if (is_it(*option)) return option.get();
    }
    return nullptr;
}

} // namespace slipway::cli
