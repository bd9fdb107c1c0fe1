#include "rendering/names.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <algorithm>

#include <re2/re2.h>

namespace slipway::rendering {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper(char c) { return (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_letter(char c) { return is_upper(c) || (c >= 'a' && c <= 'z'); }

void check_names(const std::vector<std::string>& names, const std::string& option) {
    for (const auto& name : names) {
        if (!is_name(name)) throw misuse("cannot use --" + option + " '" + visible(name) + "': it is no name", "a name is made of letters, digits and _, and begins with no digit");
    }
}

} // namespace

std::size_t name_length(std::string_view text) {
    if (text.empty() || !is_letter(text[0])) return 0;
    std::size_t length = 1;
    while (length < text.size() && (is_letter(text[length]) || is_digit(text[length]))) ++length;
    return length;
}

bool is_name(std::string_view text) { return !text.empty() && name_length(text) == text.size(); }

Names::Names(const std::vector<std::string>& allowed, const std::vector<std::string>& kept, const std::string& pattern)
    : allowed_(allowed.begin(), allowed.end()), kept_(kept.begin(), kept.end()) {
    check_names(allowed, "allow");
    check_names(kept, "keep");
    if (pattern.empty()) return;
    pattern_ = std::make_shared<const re2::RE2>(pattern, re2::RE2::Quiet);
    if (!pattern_->ok()) throw misuse("cannot use --name-pattern '" + visible(pattern) + "': " + pattern_->error());
}

bool Names::is_placeholder(std::string_view name) const {
    if (kept_.count(name) != 0) return false;
    if (!allowed_.empty()) return allowed_.count(name) != 0;
    if (name.substr(0, 6) == "NOMAD_") return false;
    const bool usual = std::all_of(name.begin(), name.end(), [](char c) { return is_upper(c) || is_digit(c); });
    return usual || (pattern_ != nullptr && re2::RE2::FullMatch(re2::StringPiece(name.data(), name.size()), *pattern_));
}

} // namespace slipway::rendering
