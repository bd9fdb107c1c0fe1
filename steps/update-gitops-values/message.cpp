#include "message.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <utility>

namespace slipway::update_gitops_values {

namespace {

constexpr std::size_t longest_value = 80;

std::string shown(const std::string& value) {
    if (value.empty()) return "(empty)";
    auto text = one_line(visible(value));
    if (text.size() <= longest_value) return text;
    auto end = longest_value;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
        --end; // not within a character
    return text.substr(0, end) + "...";
}

std::string body(const std::string& given, const std::string& file, const std::vector<yaml::Change>& changes) {
    if (!given.empty()) return std::string(trim(given)) + '\n';
    const auto title = visible(file) + ": ";
    if (changes.size() == 1) return title + changes[0].path + ' ' + old_and_new(changes[0]) + '\n';
    auto text = title + count_of(changes.size(), "value") + "\n\n";
    for (const auto& change : changes)
        text += change.path + ": " + old_and_new(change) + '\n';
    return text;
}

} // namespace

std::string old_and_new(const yaml::Change& change) {
    return shown(change.old.value_or("")) + " -> " + shown(change.value);
}

std::string commit_message(const std::string& given, const std::string& file,
                           const std::vector<yaml::Change>& changes, const ci::Info& ci) {
    auto text = body(given, file, changes);
    std::string trailers;
    for (const auto& [name, value] :
         {std::pair{"Slipway-Source", &ci.project_url}, std::pair{"Slipway-Commit", &ci.commit},
          std::pair{"Slipway-Pipeline", &ci.pipeline_url}}) {
        if (!value->empty()) trailers += std::string(name) + ": " + one_line(visible(*value)) + '\n';
    }
    return trailers.empty() ? text : text + '\n' + trailers;
}

} // namespace slipway::update_gitops_values
