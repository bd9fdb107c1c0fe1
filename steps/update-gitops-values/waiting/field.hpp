#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::update_gitops_values {

/// One place in JSON that somebody else wrote: what is missing, or of another type than asked for, is as good as empty. The JSON must
/// live as long.
class Field {
public:
    explicit Field(const nlohmann::json& value) : value_(&value) {}

    Field at(const char* key) const;
    std::string text() const;
    bool is_true() const;
    bool is_given() const { return !value_->is_null(); }
    bool is_map() const { return value_->is_object(); }
    std::optional<std::int64_t> number() const;
    std::vector<Field> items() const;
    /// The texts among the items.
    std::vector<std::string> texts() const;

private:
    const nlohmann::json* value_;
};

/// Foreign words as a part of a line of ours: one line, controls visible, 400 bytes at most.
std::string in_a_line(std::string_view text);

/// The first few, and how many more there are: "a, b and 5 more".
std::string first_few(const std::vector<std::string>& texts);

} // namespace slipway::update_gitops_values
