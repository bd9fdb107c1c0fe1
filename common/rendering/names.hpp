#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace slipway::rendering {

/// Which names in braces are placeholders; all others are somebody else's and stay as they are.
class Names {
public:
    Names() = default;

    /// @param allowed  when not empty: exactly these, whatever else is said
    /// @param kept     never these
    /// @param pattern  regular expression (RE2) for names beside [A-Z_][A-Z0-9_]*, for the whole name; may be empty
    /// @throws Error (misuse) for a name that is none and a pattern that is no regular expression
    Names(const std::vector<std::string>& allowed, const std::vector<std::string>& kept, const std::string& pattern);

    bool is_placeholder(std::string_view name) const;

    /// Whether the name was listed one by one.
    bool is_allowed(std::string_view name) const { return allowed_.count(name) != 0; }

private:
    std::set<std::string, std::less<>> allowed_;
    std::set<std::string, std::less<>> kept_;
    std::shared_ptr<const re2::RE2> pattern_; ///< null without one
};

/// Whether a text has the form of a name: [A-Za-z_][A-Za-z0-9_]*
bool is_name(std::string_view text);

/// The length of the name at the front of a text; 0 when there is none.
std::size_t name_length(std::string_view text);

} // namespace slipway::rendering
