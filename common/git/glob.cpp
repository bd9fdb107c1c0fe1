#include "git/glob.hpp"

#include "core/text.hpp"
#include "git/names.hpp"

#include <algorithm>
#include <vector>

namespace slipway::git {

namespace {

using Parts = std::vector<std::string_view>;

/// The bytes of the first character; of bytes that are no UTF-8, one.
std::size_t first_character(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    return size <= text.size() && is_valid_utf8(text.substr(0, size)) ? size : 1;
}

/// The position of the "]" that closes the "[" at the pattern's beginning; npos: none does.
std::size_t end_of_set(std::string_view pattern) {
    std::size_t at = 1;
    if (at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^')) ++at;
    return pattern.find(']', at + 1); // one that comes first is a member
}

/// @param set  between the brackets
bool is_in_set(std::string_view set, std::string_view character) {
    const bool negated = set.front() == '!' || set.front() == '^';
    if (negated) set.remove_prefix(1);
    bool found = false;
    while (!set.empty()) {
        const auto low = set.substr(0, first_character(set));
        set.remove_prefix(low.size());
        auto high = low;
        if (set.size() > 1 && set.front() == '-') {
            high = set.substr(1, first_character(set.substr(1)));
            set.remove_prefix(1 + high.size());
        }
        // UTF-8 sorts as its code points do.
        found = found || (low <= character && character <= high);
    }
    return found != negated;
}

/// One part of a path. Only the last star is ever tried again, so that no pattern takes exponential time.
bool part_matches(std::string_view pattern, std::string_view name) {
    if (!name.empty() && name.front() == '.' && !pattern.empty() && pattern.front() != '.') return false;
    auto after_star = std::string_view::npos;
    std::size_t star_name = 0;
    std::size_t p = 0;
    std::size_t n = 0;
    while (n < name.size() || p < pattern.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            after_star = ++p;
            star_name = n;
            continue;
        }
        if (p < pattern.size() && n < name.size()) {
            const auto character = name.substr(n, first_character(name.substr(n)));
            const auto close = pattern[p] == '[' ? end_of_set(pattern.substr(p)) : std::string_view::npos;
            if (pattern[p] == '?') {
                ++p;
                n += character.size();
                continue;
            }
            if (close != std::string_view::npos) {
                if (is_in_set(pattern.substr(p + 1, close - 1), character)) {
                    p += close + 1;
                    n += character.size();
                    continue;
                }
            } else if (pattern[p] == name[n]) {
                ++p;
                ++n;
                continue;
            }
        }
        if (after_star == std::string_view::npos || star_name >= name.size()) return false;
        star_name += first_character(name.substr(star_name));
        n = star_name;
        p = after_star;
    }
    return true;
}

} // namespace

bool is_pattern(std::string_view path) { return path.find_first_of("*?[") != std::string_view::npos; }

std::string why_no_pattern(std::string_view pattern) {
    if (auto why = why_no_path(pattern); !why.empty()) return why;
    for (const auto part : split(pattern, '/')) {
        for (auto open = part.find('['); open != std::string_view::npos;) {
            const auto close = end_of_set(part.substr(open));
            if (close == std::string_view::npos) return "its '[' has no ']' in the same part of the path";
            open = part.find('[', open + close);
        }
        if (part != "**" && part.find("**") != std::string_view::npos) return "'**' stands alone between slashes";
    }
    return {};
}

bool matches(std::string_view pattern, std::string_view path) {
    const Parts patterns = split(pattern, '/');
    const Parts names = split(path, '/');
    // Row by row: which beginnings of the path the patterns so far stand for.
    std::vector<bool> reached(names.size() + 1, false);
    reached[0] = true;
    for (const auto& part : patterns) {
        std::vector<bool> next(names.size() + 1, false);
        for (std::size_t i = 0; i <= names.size(); ++i) {
            if (part == "**") {
                const bool visible_part = i > 0 && names[i - 1].substr(0, 1) != ".";
                next[i] = reached[i] || (visible_part && next[i - 1]);
            } else if (i > 0 && reached[i - 1]) {
                next[i] = part_matches(part, names[i - 1]);
            }
        }
        reached = std::move(next);
    }
    return reached[names.size()];
}

std::string_view folder_of_matches(std::string_view pattern) {
    const auto slash = pattern.rfind('/', pattern.find_first_of("*?["));
    return slash == std::string_view::npos ? std::string_view() : pattern.substr(0, slash);
}

} // namespace slipway::git
