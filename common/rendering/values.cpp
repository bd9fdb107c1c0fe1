#include "rendering/values.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <array>

namespace slipway::rendering {

namespace {

/// Variables that every shell has: a template that means them lists them.
constexpr std::array<std::string_view, 14> shell_names = {"HOME", "HOSTNAME", "IFS", "LANG", "LOGNAME", "OLDPWD", "PATH",
                                                          "PPID", "PWD", "SHELL", "SHLVL", "TERM", "TMPDIR", "USER"};

struct Assigned {
    std::string name;
    std::string value;
};

/// @return nothing when it is no NAME=value
std::optional<Assigned> read_assignment(const std::string& text) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || !is_name(std::string_view(text).substr(0, equals))) return std::nullopt;
    return Assigned{text.substr(0, equals), text.substr(equals + 1)};
}

std::string without_last_break(std::string text) {
    if (!text.empty() && text.back() == '\n') {
        text.pop_back();
        if (!text.empty() && text.back() == '\r') text.pop_back();
    }
    return text;
}

/// What the CI system says, by the names that GitLab has for it, so that one template serves on every system.
std::map<std::string, std::string, std::less<>> names_of(const ci::Info& ci) {
    std::map<std::string, std::string, std::less<>> names = {
        {"CI_COMMIT_SHA", ci.commit},
        {"CI_COMMIT_SHORT_SHA", ci.short_commit},
        {"CI_COMMIT_BRANCH", ci.branch},
        {"CI_COMMIT_TAG", ci.tag},
        {"CI_COMMIT_REF_NAME", ci.tag.empty() ? ci.branch : ci.tag},
        {"CI_COMMIT_TIMESTAMP", ci.commit_time},
        {"CI_DEFAULT_BRANCH", ci.default_branch},
        {"CI_PIPELINE_ID", ci.pipeline_id},
        {"CI_PIPELINE_URL", ci.pipeline_url},
        {"CI_JOB_ID", ci.job_id},
        {"CI_PROJECT_PATH", ci.project_name},
        {"CI_PROJECT_URL", ci.project_url},
        {"CI_REGISTRY", ci.registry},
        {"CI_REGISTRY_IMAGE", ci.registry_image},
    };
    std::erase_if(names, [](const auto& entry) { return entry.second.empty(); });
    return names;
}

} // namespace

void declare(cli::OptionSet& options, ValueSources& sources) {
    options.add("set", sources.set).value_name("NAME=VALUE").help("Value of ${NAME}, stronger than all others; may be empty");
    options.add("set-file", sources.set_file).value_name("NAME=FILE").help("The same, read from a file, without its last line break");
    options.add("set-json", sources.set_json).value_name("NAME=JSON").help("The same, with a type: a list, an object, a number");
    options.add("vars", sources.files).value_name("FILE").help("File of values (.yaml, .json, .env); later ones win");
}

void check_sources(const ValueSources& sources, std::vector<Diagnostic>& problems) {
    std::map<std::string, std::string> options;
    const auto check = [&](const std::vector<std::string>& assignments, const std::string& option, const std::string& form) {
        std::set<std::string> names;
        for (const auto& text : assignments) {
            const auto assignment = read_assignment(text);
            if (!assignment) {
                problems.push_back({.message = "cannot use --" + option + " '" + visible(text.substr(0, text.find('='))) + "': it is no " + form,
                                    .hint = "a name is made of letters, digits and _, and begins with no digit"});
                continue;
            }
            const auto [other, is_new] = options.emplace(assignment->name, option);
            if (!is_new && other->second != option) {
                problems.push_back({.message = assignment->name + " is given by --" + other->second + " and by --" + option});
            }
        }
    };
    check(sources.set, "set", "NAME=value");
    check(sources.set_file, "set-file", "NAME=FILE");
    check(sources.set_json, "set-json", "NAME=JSON");
    for (const auto& text : sources.set_json) {
        const auto assignment = read_assignment(text);
        if (!assignment) continue;
        try {
            json_value(assignment->value, {});
        } catch (const Error& error) {
            problems.push_back({.message = "cannot use --set-json " + assignment->name + ": " + error.what()});
        }
    }
}

Values::Values(const ValueSources& sources, const Names& names, cli::Context& context)
    : names_(names), environment_(context.environment), from_ci_(names_of(context.ci)), ci_system_(ci::to_string(context.ci.system)) {
    for (const auto& path : sources.files) {
        for (auto& [name, value] : read_values(path, context.files.read(path))) given_.insert_or_assign(name, std::move(value));
    }
    const auto set = [&](const std::vector<std::string>& assignments, auto&& make) {
        for (const auto& text : assignments) {
            const auto assignment = read_assignment(text);
            if (!assignment) continue; // check_sources said so
            given_.insert_or_assign(assignment->name, make(assignment->value));
            unused_.insert(assignment->name);
        }
    };
    set(sources.set, [](const std::string& value) { return Value{.text = value, .source = "--set"}; });
    set(sources.set_json, [](const std::string& value) { return json_value(value, "--set-json"); });
    set(sources.set_file, [&](const std::string& path) { return Value{.text = without_last_break(context.files.read(path)), .source = path}; });
}

const Value* Values::find(std::string_view name) const {
    auto found = found_.find(name);
    if (found == found_.end()) found = found_.emplace(std::string(name), look_up(name)).first;
    return found->second ? &*found->second : nullptr;
}

std::optional<Value> Values::look_up(std::string_view name) const {
    if (const auto unused = unused_.find(name); unused != unused_.end()) unused_.erase(unused);
    if (const auto given = given_.find(name); given != given_.end()) return given->second;
    const bool of_shell = std::find(shell_names.begin(), shell_names.end(), name) != shell_names.end();
    if (!of_shell || names_.is_allowed(name)) {
        if (auto value = environment_.get(std::string(name))) return Value{.text = std::move(*value), .source = "the environment"};
    }
    if (const auto known = from_ci_.find(name); known != from_ci_.end()) return Value{.text = known->second, .source = ci_system_};
    return std::nullopt;
}

} // namespace slipway::rendering
