#include "update-gitops-values/history/trailer_block.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <cstddef>

namespace slipway::update_gitops_values {

namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }

/// "Name: value" and "Name : value".
bool is_trailer(std::string_view line) {
    std::size_t at = 0;
    const auto is_token = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-'; };
    while (at < line.size() && is_token(line[at]))
        ++at;
    const auto name = at;
    while (at < line.size() && is_space(line[at]))
        ++at;
    return name > 0 && at < line.size() && line[at] == ':';
}

/// Lines that Git itself writes: one of them makes a block of a paragraph in which a quarter of the lines are trailers.
bool is_git_made(std::string_view line) { return line.starts_with("Signed-off-by: ") || line.starts_with("(cherry picked from commit "); }

/// How many bytes the first paragraph has; blank lines in front of it are one of their own, as in Git.
std::size_t title_length(std::string_view message) {
    for (std::size_t begin = 0; begin < message.size();) {
        const auto end = std::min(message.find('\n', begin), message.size());
        if (trim(message.substr(begin, end - begin)).empty()) return begin;
        begin = end + 1;
    }
    return message.size();
}

} // namespace

std::string_view trailer_block(std::string_view message) {
    const auto title = title_length(message);
    std::size_t trailers = 0;
    std::size_t others = 0;
    std::size_t continuations = 0; // they belong to the line above, whatever that is
    bool git_made = false;
    bool only_blank = true;
    for (auto end = message.size(); end > title;) {
        const auto last = message[end - 1] == '\n' ? end - 1 : end;
        const auto line_break = last == 0 ? std::string_view::npos : message.rfind('\n', last - 1);
        const auto begin = line_break == std::string_view::npos ? 0 : line_break + 1;
        const auto line = message.substr(begin, last - begin);
        if (trim(line).empty()) {
            if (!only_blank) {
                others += continuations;
                const bool is_block = trailers > 0 && (others == 0 || (git_made && trailers * 3 >= others));
                return is_block ? message.substr(end) : std::string_view{};
            }
        } else {
            const bool comment = line[0] == '#'; // as Git takes it, wherever it stands
            only_blank = only_blank && comment;
            if (is_git_made(line) || is_trailer(line)) {
                git_made = git_made || is_git_made(line);
                ++trailers;
                continuations = 0;
            } else if (is_space(line[0])) {
                ++continuations;
            } else {
                others += continuations + (comment ? 0U : 1U);
                continuations = 0;
            }
        }
        end = begin;
    }
    return {};
}

std::string with_trailers(std::string_view body, std::string_view trailers) {
    while (!body.empty() && (is_space(body.back()) || body.back() == '\n'))
        body.remove_suffix(1);
    auto text = std::string(body) + '\n';
    if (trailers.empty()) return text;
    if (trailer_block(text).empty()) text += '\n';
    return text += trailers;
}

} // namespace slipway::update_gitops_values
