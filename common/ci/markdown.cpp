#include "ci/markdown.hpp"

#include "core/text.hpp"

#include <algorithm>

namespace slipway::ci {

namespace {

/// GitHub drops a summary of more than 1 MiB, with those of all other steps of the job.
constexpr std::size_t longest_block = 128 * 1024;

std::string cut(std::string text) {
    if (text.size() <= longest_block) return text;
    const auto lines = std::count(text.begin(), text.end(), '\n');
    text.resize(text.rfind('\n', longest_block) + 1);
    return text + "... (cut: the whole has " + std::to_string(lines) + " lines)\n";
}

} // namespace

std::string cell(std::string text) {
    replace_all(text, "\\", "\\\\");
    replace_all(text, "|", "\\|");
    replace_all(text, "\n", " ");
    return text;
}

std::string code(std::string_view name) {
    auto text = one_line(visible(name));
    std::replace(text.begin(), text.end(), '`', '\'');
    return '`' + text + '`';
}

std::string fenced(std::string text, std::string_view language) {
    text = cut(std::move(text));
    if (!text.empty() && text.back() != '\n') text += '\n';
    std::string fence = "```";
    while (text.find(fence) != std::string::npos) fence += '`';
    return fence + std::string(language) + '\n' + text + fence + '\n';
}

} // namespace slipway::ci
