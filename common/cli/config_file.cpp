#include "cli/config_file.hpp"

#include "core/text.hpp"
#include "core/version.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <system_error>

namespace slipway::cli {

namespace fs = std::filesystem;

namespace {

constexpr const char* file_name = "slipway.yaml";

/// The nearest folder, from the current one upwards, that holds a ".git"; empty when there is none.
io::Path checkout_root(io::Files& files) {
    std::error_code error;
    auto folder = fs::current_path(error);
    if (error) return {};
    for (;; folder = folder.parent_path()) {
        if (files.kind(folder / ".git") != io::FileKind::none) return folder;
        if (folder == folder.root_path()) return {};
    }
}

class SectionReader {
public:
    SectionReader(std::string path, const OptionSet& options) : path_(std::move(path)), options_(options) {}

    ConfigSection read(const YAML::Node& root, const std::string& step) {
        ConfigSection section{.path = path_, .entries = {}};
        if (root.IsNull()) return section;
        if (!root.IsMap()) {
            complain(root, "the file is no map of step names to options");
            finish();
        }
        std::vector<std::string> steps;
        for (const auto name : executables()) steps.emplace_back(name);
        for (const auto& pair : root) {
            const auto name = pair.first.IsScalar() ? pair.first.Scalar() : std::string();
            if (std::find(steps.begin(), steps.end(), name) == steps.end()) {
                complain(pair.first, "'" + name + "' is no step", did_you_mean(name, steps));
            } else if (name == step) {
                read_options(pair.second, step, section);
            }
        }
        finish();
        return section;
    }

private:
    void read_options(const YAML::Node& node, const std::string& step, ConfigSection& section) {
        if (node.IsNull()) return;
        if (!node.IsMap()) {
            complain(node, "the section of " + step + " is no map of options");
            return;
        }
        std::vector<std::string> known;
        for (const auto& option : options_.all()) known.push_back(option->flag().substr(2));
        for (const auto& pair : node) {
            const auto name = pair.first.IsScalar() ? pair.first.Scalar() : std::string();
            const auto found = std::find(known.begin(), known.end(), name);
            if (found == known.end()) {
                complain(pair.first, "'" + name + "' is no option of " + step, hint_for(name, known));
            } else if (section.entries.count(name) != 0) {
                complain(pair.first, "'" + name + "' stands there twice");
            } else {
                const auto& option = *options_.all()[static_cast<std::size_t>(found - known.begin())];
                section.entries[name] = {read_values(pair.second, option), place(pair.second)};
            }
        }
    }

    std::vector<std::string> read_values(const YAML::Node& node, const Option& option) {
        const bool list = option.kind() == OptionKind::list;
        if (node.IsNull()) return {};
        if (node.IsScalar()) {
            if (!list) return {node.Scalar()};
            // A text block with one value per line, as the CI's inputs take it.
            std::vector<std::string> values;
            for (const auto line : lines(node.Scalar())) values.emplace_back(line);
            return values;
        }
        if (!list || !node.IsSequence()) {
            complain(node, "'" + option.name() + "' takes " + (list ? "a list of texts" : "one value"));
            return {};
        }
        std::vector<std::string> values;
        for (const auto& item : node) {
            if (item.IsScalar()) {
                values.push_back(item.Scalar());
            } else {
                complain(item, "'" + option.name() + "' takes a list of texts");
            }
        }
        return values;
    }

    std::string hint_for(const std::string& name, const std::vector<std::string>& known) const {
        for (const auto& option : options_.all()) {
            if (option->kind() == OptionKind::secret && option->name() == name) {
                return "a secret does not belong into a file in Git: use " + name + "-file or a variable";
            }
        }
        return did_you_mean(name, known);
    }

    static std::string did_you_mean(const std::string& name, const std::vector<std::string>& known) {
        const auto meant = closest(name, known);
        return meant ? "did you mean '" + *meant + "'?" : "";
    }

    Place place(const YAML::Node& node) const { return {path_, node.Mark().line + 1, node.Mark().column + 1}; }

    void complain(const YAML::Node& node, std::string message, std::string hint = {}) {
        problems_.push_back({.message = std::move(message), .place = place(node), .hint = std::move(hint)});
    }

    void finish() {
        if (!problems_.empty()) throw Error(ExitCode::misuse, std::move(problems_));
    }

    std::string path_;
    const OptionSet& options_;
    std::vector<Diagnostic> problems_;
};

} // namespace

std::string find_config_file(const std::string& given, const ci::Info& info, io::Files& files) {
    if (!given.empty()) return given;
    io::Path root = checkout_root(files);
    if (root.empty()) root = info.workspace;
    const auto path = root.empty() ? io::Path(file_name) : root / file_name;
    return files.kind(path) == io::FileKind::file ? path.string() : "";
}

ConfigSection read_config_file(const std::string& path, const std::string& step, const OptionSet& options,
                               io::Files& files) {
    if (path.empty()) return {};
    const auto text = files.read(path);
    // People know the file by where they see it, not by the machine's full path.
    std::error_code error;
    const auto shown = fs::path(path).is_absolute() ? fs::proximate(path, error).string() : path;
    try {
        return SectionReader(error ? path : shown, options).read(YAML::Load(text), step);
    } catch (const YAML::Exception& problem) {
        const bool known = !problem.mark.is_null();
        throw Error(ExitCode::misuse, Diagnostic{.message = "wrong YAML: " + problem.msg,
                                                 .place = {shown, known ? problem.mark.line + 1 : 0, known ? problem.mark.column + 1 : 0}});
    }
}

} // namespace slipway::cli
