#pragma once

#include "core/error.hpp"
#include "rendering/names.hpp"

#include "ci/info.hpp"
#include "cli/context.hpp"
#include "cli/option_set.hpp"
#include "io/environment.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::rendering {

/// What stands for a name.
struct Value {
    std::string text;
    /// With a type of its own, from --set-json or a file: `text` is its JSON form then, or the string itself.
    std::shared_ptr<const nlohmann::ordered_json> json = {};
    std::string source; ///< for people: "--set", "prod.yaml", "the environment"
};

/// Where values come from, as the user names them.
struct ValueSources {
    std::vector<std::string> set;      ///< "NAME=value"
    std::vector<std::string> set_file; ///< "NAME=path": the file's text, its last line break dropped
    std::vector<std::string> set_json; ///< "NAME=json"
    std::vector<std::string> files;    ///< .yaml, .yml, .json, .env; later ones win
};

/// --set, --set-file, --set-json and --vars.
void declare(cli::OptionSet& options, ValueSources& sources);

/// Mistakes in the sources that show without reading a file.
void check_sources(const ValueSources& sources, std::vector<Diagnostic>& problems);

/// The values of all names. Strongest first: what was set, files, the environment, and what the CI system says by the
/// names that GitLab gives it.
class Values {
public:
    /// Reads the files.
    /// @throws Error (misuse) with places for what cannot be read
    Values(const ValueSources& sources, const Names& names, cli::Context& context);

    /// Null when there is none. A variable of the environment that is set to nothing is none; those that every shell
    /// has (HOME, PATH...) are taken from there when they were listed by name only.
    const Value* find(std::string_view name) const;

    /// Names that were set one by one and that nobody asked for.
    std::vector<std::string> unused() const { return {unused_.begin(), unused_.end()}; }

private:
    std::optional<Value> look_up(std::string_view name) const;

    const Names& names_;
    const io::Environment& environment_;
    std::map<std::string, std::string, std::less<>> from_ci_;
    std::string ci_system_;
    std::map<std::string, Value, std::less<>> given_;
    mutable std::set<std::string, std::less<>> unused_;                      ///< set one by one, and not asked for yet
    mutable std::map<std::string, std::optional<Value>, std::less<>> found_; ///< what was looked up before
};

/// Reads a file of values. Every value becomes a text as it stands there; lists and maps keep their form.
///
/// .yaml and .yml: a map; .json: an object; .env: lines NAME=value, with single quotes, double quotes (escapes \n \r \t
/// \" \\ \$) or none, `export` and comment lines as in a shell.
///
/// @throws Error (misuse) with a place
std::map<std::string, Value> read_values(const std::string& path, std::string_view text);

/// A value from JSON. @param json  as it was written
/// @throws Error (misuse) "why" when it is no JSON
Value json_value(std::string_view json, std::string source);

} // namespace slipway::rendering
