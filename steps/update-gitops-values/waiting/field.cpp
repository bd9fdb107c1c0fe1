#include "field.hpp"

#include "core/text.hpp"

#include <algorithm>

namespace slipway::update_gitops_values {

namespace {

constexpr std::size_t most_bytes = 400;
constexpr std::size_t few = 3;

} // namespace

Field Field::at(const char* key) const {
    static const nlohmann::json nothing;
    if (!value_->is_object()) return Field(nothing);
    const auto found = value_->find(key);
    return found == value_->end() ? Field(nothing) : Field(*found);
}

std::string Field::text() const { return value_->is_string() ? value_->get<std::string>() : std::string(); }

bool Field::is_true() const { return value_->is_boolean() && value_->get<bool>(); }

std::optional<std::int64_t> Field::number() const {
    if (!value_->is_number_integer()) return std::nullopt;
    return value_->get<std::int64_t>();
}

std::vector<Field> Field::items() const {
    std::vector<Field> found;
    if (!value_->is_array()) return found;
    for (const auto& item : *value_) found.emplace_back(item);
    return found;
}

std::vector<std::string> Field::texts() const {
    std::vector<std::string> found;
    for (const auto& item : items()) {
        if (auto text = item.text(); !text.empty()) found.push_back(std::move(text));
    }
    return found;
}

std::string in_a_line(std::string_view text) {
    text = trim(text);
    const bool whole = text.size() <= most_bytes;
    std::string cut(text.substr(0, most_bytes));
    cut.resize(valid_utf8_length(cut)); // it may be cut within a character
    return visible(one_line(cut)) + (whole ? "" : "...");
}

std::string first_few(const std::vector<std::string>& texts) {
    std::vector<std::string> shown(texts.begin(), texts.begin() + static_cast<std::ptrdiff_t>(std::min(texts.size(), few)));
    return join(shown, ", ") + (texts.size() > few ? " and " + std::to_string(texts.size() - few) + " more" : "");
}

} // namespace slipway::update_gitops_values
