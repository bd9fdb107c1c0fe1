#include "ci/outputs.hpp"

#include "core/encoding.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <algorithm>
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

std::string as_github(const std::vector<Output>& outputs, const std::string& path, io::Files& files) {
    std::string text;
    // What another step wrote without a final line break would swallow our first name.
    if (files.kind(path) == io::FileKind::file) {
        const auto old = files.read(path);
        if (!old.empty() && old.back() != '\n') text = "\n";
    }
    const auto delimiter = random_delimiter();
    for (const auto& output : outputs) {
        if (output.value.find(delimiter) != std::string::npos || output.name.find(delimiter) != std::string::npos) {
            throw refused("cannot write the output " + output.name + ": its value holds the delimiter that ends it");
        }
        text += output.name + "<<" + delimiter + '\n' + output.value + '\n' + delimiter + '\n';
    }
    return text;
}

std::string as_dotenv(std::vector<Output> outputs, const OutputPlaces& places, io::Files& files) {
    const auto& path = places.dotenv_file;
    for (auto& output : outputs) output.name.insert(0, places.dotenv_prefix);
    std::vector<std::string> kept;
    if (files.kind(path) == io::FileKind::file) {
        const auto old = files.read(path);
        for (const auto line : lines(old)) {
            const auto name = line.substr(0, line.find('='));
            // A blank line or a comment would have GitLab reject the whole report.
            bool dropped = trim(line).empty() || line[0] == '#';
            for (const auto& output : outputs) dropped = dropped || output.name == name;
            if (!dropped) kept.emplace_back(line);
        }
    }
    for (const auto& output : outputs) {
        if (!is_dotenv_name(output.name)) {
            throw refused("cannot write the output " + output.name + " to " + path + ": GitLab's dotenv report takes letters, digits and _ in a name");
        }
        if (output.value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
            throw refused("cannot write the output " + output.name + " to " + path + ": GitLab's dotenv report takes no line break in a value");
        }
        kept.push_back(output.name + '=' + output.value);
    }
    std::string text;
    for (const auto& line : kept) text += line + '\n';
    if (kept.size() > most_dotenv_variables || text.size() > most_dotenv_bytes) {
        throw refused("cannot write the outputs to " + path + ": GitLab's dotenv report takes 20 variables and less than 5 KB, these are " +
                      std::to_string(kept.size()) + " and " + std::to_string(text.size()) + " bytes");
    }
    return text;
}

} // namespace

bool is_dotenv_name(std::string_view name) {
    constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
    return !name.empty() && name.find_first_not_of(allowed) == std::string_view::npos;
}

void write_outputs(const std::vector<Output>& outputs, const OutputPlaces& places,
                   const io::Environment& environment, io::Files& files) {
    if (outputs.empty()) return;
    const auto github = environment.get("GITHUB_OUTPUT");
    // A value that one place refuses reaches none.
    const auto github_text = github ? as_github(outputs, *github, files) : "";
    const auto dotenv_text = places.dotenv_file.empty() ? "" : as_dotenv(outputs, places, files);
    if (github) files.append(*github, github_text);
    if (!places.dotenv_file.empty()) files.write_atomic(places.dotenv_file, dotenv_text);
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
            text.erase(std::min(text.rfind('\n'), text.size()));
            // One endless line was cut anywhere, perhaps within a character.
            while (!text.empty() && (text.back() & 0xC0) == 0x80) text.pop_back();
            if (!text.empty() && (text.back() & 0x80) != 0) text.pop_back();
            text += note;
        }
        files.append(*path, text);
    }
}

} // namespace slipway::ci
