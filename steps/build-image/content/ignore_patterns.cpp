#include "build-image/content/ignore_patterns.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace slipway::build_image {

namespace {

/// Without "." and empty components, as Go's filepath.Clean; nothing when ".." leads out.
std::optional<std::string> cleaned(std::string_view path) {
    std::vector<std::string> parts;
    for (const auto part : split(path, '/')) {
        if (part.empty() || part == ".") continue;
        if (part == "..") {
            if (parts.empty()) return std::nullopt;
            parts.pop_back();
        } else {
            parts.emplace_back(part);
        }
    }
    return join(parts, "/");
}

/// Whether versions of the matcher read it in different ways: most of them make a regular expression of it.
bool is_unclear(std::string_view pattern) {
    if (pattern.find_first_of("+(){}|^$\r") != std::string_view::npos) return true;
    if (std::any_of(pattern.begin(), pattern.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) return true;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == '\\') return true;
        if (pattern[i] == ']') return true;
        if (pattern[i] != '[') continue;
        const auto close = pattern.find(']', i + 1);
        if (close == std::string_view::npos || close == i + 1) return true;
        const auto inside = pattern.substr(i + 1, close - i - 1);
        if (inside.find_first_of("[\\!/:") != std::string_view::npos || inside[0] == '-' || inside.back() == '-') return true;
        i = close;
    }
    // "**" inside a component, "***"
    for (const auto part : split(pattern, '/')) {
        if (part.find("**") != std::string_view::npos && part != "**") return true;
    }
    return false;
}

bool in_class(std::string_view inside, char c) {
    for (std::size_t i = 0; i < inside.size(); ++i) {
        if (i + 2 < inside.size() && inside[i + 1] == '-') {
            if (inside[i] <= c && c <= inside[i + 2]) return true;
            i += 2;
        } else if (inside[i] == c) {
            return true;
        }
    }
    return false;
}

} // namespace

namespace {

/// Matches one pattern; remembers where it failed, so that many stars cost no more than their number.
class Matcher {
public:
    Matcher(std::string_view pattern, std::string_view path) : pattern_(pattern), path_(path), failed_((pattern.size() + 1) * (path.size() + 1), false) {}

    bool matches(std::size_t in_pattern = 0, std::size_t in_path = 0) {
        const auto place = in_pattern * (path_.size() + 1) + in_path;
        if (failed_[place]) return false;
        if (step(in_pattern, in_path)) return true;
        failed_[place] = true;
        return false;
    }

private:
    bool step(std::size_t in_pattern, std::size_t in_path) {
        const auto pattern = pattern_.substr(in_pattern);
        const bool at_end = in_path == path_.size();
        if (pattern.empty()) return at_end;
        if (pattern.substr(0, 2) == "**") {
            if (pattern.size() == 2) return true;
            // Behind the slash, here or in any folder below.
            if (matches(in_pattern + 3, in_path)) return true;
            const auto slash = path_.find('/', in_path);
            return slash != std::string_view::npos && matches(in_pattern, slash + 1);
        }
        if (pattern[0] == '*') return matches(in_pattern + 1, in_path) || (!at_end && path_[in_path] != '/' && matches(in_pattern, in_path + 1));
        if (at_end) return false;
        if (pattern[0] == '?') return path_[in_path] != '/' && matches(in_pattern + 1, in_path + 1);
        if (pattern[0] == '[') {
            const auto close = pattern.find(']');
            return in_class(pattern.substr(1, close - 1), path_[in_path]) && matches(in_pattern + close + 1, in_path + 1);
        }
        return pattern[0] == path_[in_path] && matches(in_pattern + 1, in_path + 1);
    }

    std::string_view pattern_;
    std::string_view path_;
    std::vector<bool> failed_;
};

} // namespace

bool matches_pattern(std::string_view pattern, std::string_view path) {
    if (pattern.find_first_of("*?[") == std::string_view::npos) return pattern == path;
    return Matcher(pattern, path).matches();
}

IgnorePatterns::IgnorePatterns(std::string_view text) {
    for (const auto line : split(text, '\n')) {
        if (line.empty() || line[0] == '#') continue;
        auto pattern = trim(line);
        if (pattern.empty()) continue;
        Pattern read;
        // Only one of two readers drops slashes and blanks around a "!".
        const bool odd = pattern[0] == '/' && pattern.size() > 1 && pattern[1] == '!';
        if (pattern[0] == '!') {
            read.is_exception = true;
            pattern.remove_prefix(1);
        }
        const auto clean = cleaned(pattern);
        // A "\r" at the end belongs to the pattern for Buildah; trim took it away.
        read.is_unclear = odd || !clean || clean->empty() || pattern[0] == ' ' || pattern[0] == '!' || pattern.find("..") != std::string_view::npos ||
                          (line.back() == '\r') || is_unclear(*clean);
        if (clean && !clean->empty()) {
            read.text = *clean;
            read.parts = static_cast<std::size_t>(std::count(clean->begin(), clean->end(), '/')) + 1;
        }
        patterns_.push_back(std::move(read));
    }
}

bool IgnorePatterns::excludes(std::string_view path) const {
    bool excluded = false;
    for (const auto& pattern : patterns_) {
        if (pattern.is_unclear) {
            if (pattern.is_exception) excluded = false;
            continue;
        }
        bool matches = matches_pattern(pattern.text, path);
        if (!matches) {
            // The folder at the pattern's own depth counts for all that is in it.
            std::size_t end = 0;
            std::size_t parts = 0;
            while (parts < pattern.parts && (end = path.find('/', end == 0 ? 0 : end + 1)) != std::string_view::npos) ++parts;
            matches = parts == pattern.parts && matches_pattern(pattern.text, path.substr(0, end));
        }
        if (matches) excluded = !pattern.is_exception;
    }
    return excluded;
}

bool IgnorePatterns::excludes_all_below(std::string_view path) const {
    if (!excludes(path)) return false;
    return std::none_of(patterns_.begin(), patterns_.end(), [&](const Pattern& pattern) {
        if (!pattern.is_exception) return false;
        if (pattern.is_unclear || pattern.text.find_first_of("*?[") != std::string::npos) return true;
        const auto folder = std::string(path) + '/';
        return pattern.text.rfind(folder, 0) == 0 || folder.rfind(pattern.text + '/', 0) == 0;
    });
}

std::string find_ignore_file(const std::string& context_folder, const std::string& containerfile, io::Files& files) {
    const io::Path folder(context_folder);
    for (const auto& place : {io::Path(containerfile + ".containerignore"), io::Path(containerfile + ".dockerignore"), folder / ".containerignore", folder / ".dockerignore"}) {
        if (files.kind(place) == io::FileKind::file) return place.string();
    }
    return {};
}

} // namespace slipway::build_image
