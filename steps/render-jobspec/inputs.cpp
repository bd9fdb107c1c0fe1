#include "inputs.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <map>

namespace slipway::render_jobspec {

namespace {

constexpr std::size_t deepest = 100;

/// The names of all files below a folder, from there.
///
/// @param left_out  a folder that is not looked into: what was rendered before is no template
void collect(const io::Path& folder, const io::Path& below, const io::Path& left_out, std::size_t depth, io::Files& files, std::vector<io::Path>& found) {
    const auto here = below.empty() ? folder : folder / below;
    if (depth > deepest) throw misuse("cannot read " + here.string() + ": folders lie too deep in each other", "does a link lead back?");
    for (const auto& name : files.list(here)) {
        if (name.starts_with('.')) continue;
        const auto path = below / name;
        switch (files.kind(folder / path)) {
        case io::FileKind::directory:
            if (files.canonical(folder / path) != left_out) collect(folder, path, left_out, depth + 1, files, found);
            break;
        case io::FileKind::file: found.push_back(path); break;
        default: throw misuse("cannot read " + (folder / path).string() + ": it is neither a file nor a folder");
        }
    }
}

std::string without_template_ending(const io::Path& path) {
    const auto ending = path.extension();
    const bool is_template = ending == ".tmpl" || ending == ".tpl" || ending == ".template";
    return is_template ? (path.parent_path() / path.stem()).string() : path.string();
}

std::string in_folder(const std::string& folder, const std::string& path) { return folder.empty() ? std::string() : (io::Path(folder) / path).string(); }

} // namespace

Inputs find_inputs(const Options& options, io::Files& files) {
    Inputs inputs;
    const auto is_folder = [&](const std::string& path) { return path != "-" && files.kind(path) == io::FileKind::directory; };
    const std::string output = options.to_standard_output() ? std::string() : options.output;
    inputs.to_folder = options.templates.size() > 1 || is_folder(options.templates.front());
    if (!inputs.to_folder) {
        inputs.files.push_back({options.templates.front(), output, options.diff});
        return inputs;
    }
    if (output.empty() && options.diff.empty()) throw misuse(options.templates.front() + " is a folder, which needs a folder to go to", "give it with --output");
    for (const auto& path : options.templates) {
        std::vector<io::Path> found;
        if (is_folder(path)) collect(path, {}, output.empty() ? io::Path() : files.canonical(output), 0, files, found);
        else if (path == "-") throw misuse("cannot render standard input together with files: its result would have no name");
        const bool whole_folder = is_folder(path);
        if (whole_folder && found.empty()) throw misuse("cannot render " + path + ": the folder holds no file");
        if (!whole_folder) found.push_back(io::Path(path).filename());
        for (const auto& below : found) {
            const auto name = without_template_ending(below);
            inputs.files.push_back({whole_folder ? (io::Path(path) / below).string() : path, in_folder(output, name), in_folder(options.diff, name)});
        }
    }
    std::map<std::string, std::string> templates;
    for (const auto& input : inputs.files) templates[files.canonical(input.path).string()] = input.path;
    std::map<std::string, std::string> outputs;
    for (const auto& input : inputs.files) {
        if (input.output.empty()) continue;
        const auto target = files.canonical(input.output).string();
        if (templates.count(target) != 0) throw misuse("cannot write " + input.output + ": that is a template", "give another folder with --output");
        const auto [other, is_new] = outputs.emplace(target, input.path);
        if (!is_new) throw misuse("cannot write " + input.output + ": " + other->second + " and " + input.path + " would both go there");
    }
    return inputs;
}

} // namespace slipway::render_jobspec
