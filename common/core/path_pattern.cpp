#include "core/path_pattern.hpp"

#include <cstddef>
#include <vector>

namespace slipway {

namespace {

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
            if (pattern[2] != '/') return matches(in_pattern + 1, in_path); // two stars within a name are one
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
            if (close == std::string_view::npos) return path_[in_path] == '[' && matches(in_pattern + 1, in_path + 1);
            return in_class(pattern.substr(1, close - 1), path_[in_path]) && matches(in_pattern + close + 1, in_path + 1);
        }
        return pattern[0] == path_[in_path] && matches(in_pattern + 1, in_path + 1);
    }

    std::string_view pattern_;
    std::string_view path_;
    std::vector<bool> failed_;
};

} // namespace

bool is_pattern(std::string_view text) { return text.find_first_of("*?[") != std::string_view::npos; }

bool matches_pattern(std::string_view pattern, std::string_view path) {
    if (!is_pattern(pattern)) return pattern == path;
    return Matcher(pattern, path).matches();
}

} // namespace slipway
