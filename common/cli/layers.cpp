#include "cli/layers.hpp"

#include "core/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>

namespace slipway::cli {

namespace {

using Values = std::vector<std::string>;

struct Found {
    Values values;
    Source source;
};

std::string shouted(std::string_view name) {
    auto text = upper(name);
    std::replace(text.begin(), text.end(), '-', '_');
    return text;
}

Values split_lines(const std::string& text) {
    Values values;
    for (const auto line : lines(text)) values.emplace_back(line);
    return values;
}

/// Woodpecker and Drone hand lists over as JSON, or joined by commas.
Values split_plugin_list(const std::string& text) {
    Values values;
    if (const auto json = nlohmann::json::parse(text, nullptr, false); json.is_array()) {
        for (const auto& item : json) values.push_back(item.is_string() ? item.get<std::string>() : item.dump());
        return values;
    }
    for (const auto part : split(text, ',')) values.emplace_back(trim(part));
    return values;
}

class Resolver {
public:
    Resolver(const Option& option, const std::string& step, const Layers& layers)
        : option_(option), step_(step), layers_(layers) {}

    /// The strongest layer that has a value.
    std::optional<Found> find() const {
        if (auto found = on_command_line()) return found;
        if (auto found = in_variables()) return found;
        if (auto found = in_file()) return found;
        if (option_.traits().from_ci) {
            if (auto found = usable({option_.traits().from_ci(layers_.ci)}, {Layer::ci, option_.traits().ci_help + ", " + ci::to_string(layers_.ci.system)})) return found;
        }
        if (option_.traits().fallback) return Found{{*option_.traits().fallback}, {Layer::fallback, ""}};
        return std::nullopt;
    }

    /// The place that was looked at last: where a mistake is.
    const Source& looked_at() const { return looked_at_; }

private:
    std::optional<Found> on_command_line() const {
        const auto given = layers_.command_line.values.find(option_.name());
        if (given == layers_.command_line.values.end()) return std::nullopt;
        const Source source{Layer::flag, option_.flag()};
        if (option_.kind() == OptionKind::secret) return secret_file(given->second.front(), source);
        return usable(given->second, source);
    }

    std::optional<Found> in_variables() const {
        for (const auto layer : {Layer::step_variable, Layer::shared_variable, Layer::github_input, Layer::plugin_variable}) {
            if (layer == Layer::shared_variable && !option_.traits().shared) continue;
            if (auto found = in_variable(layer, variable_name(layer, step_, option_.name()))) return found;
            if (option_.kind() != OptionKind::secret) continue;
            const auto name = variable_name(layer, step_, option_.name() + "-file");
            if (const auto path = layers_.environment.get(name)) {
                if (auto found = secret_file(*path, {layer, name})) return found;
            }
        }
        for (const auto& name : option_.traits().variables) {
            if (auto found = in_variable(Layer::tool_variable, name)) return found;
        }
        return std::nullopt;
    }

    std::optional<Found> in_variable(Layer layer, const std::string& name) const {
        const auto text = layers_.environment.get(name);
        if (!text) return std::nullopt;
        Values values{*text};
        if (option_.kind() == OptionKind::list) {
            values = layer == Layer::plugin_variable ? split_plugin_list(*text) : split_lines(*text);
        } else if (option_.kind() == OptionKind::secret) {
            values = {without_line_end(*text)};
        }
        return usable(std::move(values), {layer, name});
    }

    std::optional<Found> in_file() const {
        const auto entry = layers_.file.entries.find(option_.flag().substr(2));
        if (entry == layers_.file.entries.end()) return std::nullopt;
        const Source source{Layer::file, layers_.file.path, entry->second.place};
        if (option_.kind() != OptionKind::secret) return usable(entry->second.values, source);
        return entry->second.values.empty() ? std::nullopt : secret_file(entry->second.values.front(), source);
    }

    /// Without empty values, but for the words of a command, where an empty one has its place; nothing when none is left.
    std::optional<Found> usable(Values values, Source source) const {
        const bool is_command = option_.traits().after_dashes && std::any_of(values.begin(), values.end(), [](const auto& value) { return !value.empty(); });
        if (!is_command) values.erase(std::remove(values.begin(), values.end(), std::string()), values.end());
        if (values.empty()) return std::nullopt;
        return Found{std::move(values), std::move(source)};
    }

    /// An editor ends a file with a line break that is no part of the secret, and so does who pastes it into a variable.
    static std::string without_line_end(std::string text) {
        while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
        return text;
    }

    std::optional<Found> secret_file(const std::string& path, Source source) const {
        if (path.empty()) return std::nullopt;
        looked_at_ = source;
        auto text = without_line_end(layers_.files.read(path));
        if (text.empty()) throw misuse("the file " + path + " is empty");
        return Found{{std::move(text)}, std::move(source)};
    }

    const Option& option_;
    const std::string& step_;
    const Layers& layers_;
    mutable Source looked_at_{Layer::flag, option_.flag()};
};

Diagnostic wrong_value(const Option& option, const Source& source, const Error& error) {
    const auto& cause = error.diagnostics().front();
    const auto name = source.layer == Layer::flag || source.layer == Layer::file || source.layer == Layer::fallback
                          ? option.flag()
                          : source.name;
    return {.message = "cannot use " + name + ": " + cause.message, .place = source.place, .hint = cause.hint};
}

Diagnostic nothing_given(const Option& option, const std::string& step) {
    const auto variable = variable_name(Layer::step_variable, step, option.name());
    if (option.traits().positional) return {.message = "no " + option.name() + " is given", .hint = "name it as an argument, or in " + variable};
    return {.message = "the option " + option.flag() + " is required", .hint = "give it as a flag, or as " + variable};
}

} // namespace

std::string variable_name(Layer layer, const std::string& step, const std::string& option) {
    switch (layer) {
    case Layer::step_variable: return "SLIPWAY_" + shouted(step) + '_' + shouted(option);
    case Layer::shared_variable: return "SLIPWAY_" + shouted(option);
    case Layer::github_input: return "INPUT_" + upper(option);
    case Layer::plugin_variable: return "PLUGIN_" + shouted(option);
    default: return {};
    }
}

std::vector<Provenance> resolve(const OptionSet& options, const std::string& step, const Layers& layers,
                                std::vector<Diagnostic>& problems, std::size_t first) {
    std::vector<Provenance> table;
    std::vector<const Option*> missing;
    for (std::size_t i = first; i < options.all().size(); ++i) {
        const auto& option = *options.all()[i];
        const Resolver resolver(option, step, layers);
        std::optional<Found> found;
        try {
            found = resolver.find();
            if (found) option.assign(found->values);
        } catch (const Error& error) {
            problems.push_back(wrong_value(option, found ? found->source : resolver.looked_at(), error));
            continue;
        }
        if (found) {
            const bool secret = option.kind() == OptionKind::secret;
            table.push_back({option.name(), secret ? Values{"***"} : found->values, found->source});
        } else if (option.traits().required && layers.file.readable) {
            missing.push_back(&option);
        }
    }
    for (const auto* option : missing) {
        if (!option->traits().exempt || !option->traits().exempt()) problems.push_back(nothing_given(*option, step));
    }
    return table;
}

std::vector<std::string> variables_of(const Option& option, std::string_view step) {
    const auto layer = option.traits().shared ? Layer::shared_variable : Layer::step_variable;
    std::vector<std::string> names = {variable_name(layer, std::string(step), option.name())};
    if (option.kind() == OptionKind::secret) names.push_back(names[0] + "_FILE");
    names.insert(names.end(), option.traits().variables.begin(), option.traits().variables.end());
    return names;
}

} // namespace slipway::cli
