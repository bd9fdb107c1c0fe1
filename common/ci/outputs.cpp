#include "ci/outputs.hpp"

#include "core/encoding.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <random>

namespace slipway::ci {

namespace {

constexpr std::size_t most_dotenv_variables = 20;
constexpr std::size_t most_dotenv_bytes = 5 * 1024 - 1;
constexpr std::size_t most_summary_bytes = 1024 * 1024;

/// Nobody who controls a value may guess this, or the value could end early and name further outputs.
std::string random_delimiter() {
    std::random_device device;
    std::string bytes;
    for (int i = 0; i < 16; ++i) bytes += static_cast<char>(device());
    return "ghadelimiter_" + hexadecimal(bytes);
}

void write_github(const std::vector<Output>& outputs, const std::string& path, io::Files& files) {
    std::string text;
    const auto delimiter = random_delimiter();
    for (const auto& output : outputs) {
        if (output.value.find(delimiter) != std::string::npos || output.name.find(delimiter) != std::string::npos) {
            throw refused("cannot write the output " + output.name + ": its value holds the delimiter that ends it");
        }
        text += output.name + "<<" + delimiter + '\n' + output.value + '\n' + delimiter + '\n';
    }
    files.append(path, text);
}

void write_dotenv(const std::vector<Output>& outputs, const std::string& path, io::Files& files) {
    std::vector<std::string> kept;
    if (files.kind(path) == io::FileKind::file) {
        const auto old = files.read(path);
        for (const auto line : lines(old)) {
            const auto name = line.substr(0, line.find('='));
            bool replaced = line.empty();
            for (const auto& output : outputs) replaced = replaced || output.name == name;
            if (!replaced) kept.emplace_back(line);
        }
    }
    for (const auto& output : outputs) {
        if (output.value.find_first_of("\r\n") != std::string::npos) {
            throw refused("cannot write the output " + output.name + " to " + path + ": GitLab's dotenv report takes no line break in a value");
        }
        kept.push_back(output.name + '=' + output.value);
    }
    std::string text;
    for (const auto& line : kept) text += line + '\n';
    if (kept.size() > most_dotenv_variables || text.size() > most_dotenv_bytes) {
        throw refused("cannot write the outputs to " + path + ": GitLab's dotenv report takes 20 variables and 5 KB, these are " +
                      std::to_string(kept.size()) + " and " + std::to_string(text.size()) + " bytes");
    }
    files.write_atomic(path, text);
}

} // namespace

void write_outputs(const std::vector<Output>& outputs, const OutputPlaces& places,
                   const io::Environment& environment, io::Files& files) {
    if (outputs.empty()) return;
    if (const auto path = environment.get("GITHUB_OUTPUT")) write_github(outputs, *path, files);
    if (!places.dotenv_file.empty()) write_dotenv(outputs, places.dotenv_file, files);
    if (!places.folder.empty()) {
        files.make_folders(places.folder);
        for (const auto& output : outputs) files.write_atomic(io::Path(places.folder) / output.name, output.value);
    }
}

void write_summary(const std::string& markdown, const std::string& file, const io::Environment& environment,
                   io::Files& files) {
    if (markdown.empty()) return;
    if (!file.empty()) files.append(file, markdown);
    if (const auto path = environment.get("GITHUB_STEP_SUMMARY")) {
        const std::size_t there = files.kind(*path) == io::FileKind::file ? files.read(*path).size() : 0;
        const std::string note = "\n\n*cut here: GitHub takes 1 MiB a step*\n";
        auto text = markdown;
        if (there + text.size() > most_summary_bytes) {
            if (there + note.size() > most_summary_bytes) return;
            text = text.substr(0, most_summary_bytes - there - note.size());
            text = text.substr(0, text.rfind('\n')) + note;
        }
        files.append(*path, text);
    }
}

} // namespace slipway::ci
