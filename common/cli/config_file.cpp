#include "cli/config_file.hpp"

#include "cli/yaml_documents.hpp"
#include "core/text.hpp"
#include "core/version.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>
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

/// yaml-cpp counts bytes, people count characters.
Place place_of(const std::string& path, const std::vector<std::string_view>& lines, const YAML::Mark& mark) {
    if (mark.is_null()) return {path};
    const auto line = static_cast<std::size_t>(mark.line);
    const auto column = static_cast<std::size_t>(mark.column);
    return {path, mark.line + 1, static_cast<int>(line < lines.size() ? characters_before(lines[line], column) : column) + 1};
}

class SectionReader {
public:
    SectionReader(std::string path, std::string_view text, const OptionSet& options, std::vector<Diagnostic>& problems)
        : path_(std::move(path)), lines_(lines(text)), options_(options), problems_(problems) {}

    ConfigSection read(const std::vector<YAML::Node>& documents, const std::string& step) {
        ConfigSection section{.path = path_};
        if (documents.size() > 1) complain(documents[1], "the file holds more than one document");
        if (documents.empty() || documents[0].IsNull()) return section;
        const auto& root = documents[0];
        if (!root.IsMap()) {
            complain(root, "the file is no map of step names to options");
            section.readable = false;
            return section;
        }
        std::vector<std::string> steps;
        for (const auto name : executables()) steps.emplace_back(name);
        std::set<std::string> seen;
        for (const auto& pair : root) {
            const auto name = pair.first.IsScalar() ? pair.first.Scalar() : std::string();
            if (!seen.insert(name).second) {
                complain(pair.first, "'" + name + "' stands there twice");
            } else if (std::find(steps.begin(), steps.end(), name) == steps.end()) {
                complain(pair.first, "'" + name + "' is no step", did_you_mean(name, steps));
            } else if (name == step) {
                read_options(pair.second, step, section);
            }
        }
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
            if (name == "config") {
                complain(pair.first, "'config' names this file, and cannot stand in it");
            } else if (found == known.end()) {
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

    Place place(const YAML::Node& node) const { return place_of(path_, lines_, node.Mark()); }

    void complain(const YAML::Node& node, std::string message, std::string hint = {}) {
        problems_.push_back({.message = std::move(message), .place = place(node), .hint = std::move(hint)});
    }

    std::string path_;
    std::vector<std::string_view> lines_;
    const OptionSet& options_;
    std::vector<Diagnostic>& problems_;
};

} // namespace

std::string find_config_file(const std::string& given, const ci::Info& info, io::Files& files) {
    if (!given.empty()) return given;
    io::Path root = checkout_root(files);
    if (root.empty()) root = info.workspace;
    const auto path = root.empty() ? io::Path(file_name) : root / file_name;
    return files.kind(path) == io::FileKind::file ? path.string() : "";
}

ConfigSection read_config_file(const std::string& path, const std::string& step, const OptionSet& options, io::Files& files,
                               std::vector<Diagnostic>& problems) {
    if (path.empty()) return {};
    // People know the file by where they see it, not by the machine's full path.
    std::error_code error;
    auto shown = fs::path(path).is_absolute() ? fs::proximate(path, error).string() : path;
    if (error) shown = path;
    std::string text;
    try {
        text = files.read(path);
        return SectionReader(shown, text, options, problems).read(load_documents(text), step);
    } catch (const YAML::Exception& problem) {
        problems.push_back({.message = "wrong YAML: " + problem.msg, .place = place_of(shown, lines(text), problem.mark)});
    } catch (const Error& failure) {
        problems.insert(problems.end(), failure.diagnostics().begin(), failure.diagnostics().end());
    }
    return {.path = shown, .readable = false};
}

} // namespace slipway::cli
