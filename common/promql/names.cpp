#include "promql/names.hpp"

#include <algorithm>

namespace slipway::promql {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

} // namespace

bool is_metric_name(std::string_view name) {
    return !name.empty() && !is_digit(name[0]) &&
           std::all_of(name.begin(), name.end(), [](char c) { return is_letter(c) || is_digit(c) || c == ':'; });
}

bool is_label_name(std::string_view name) { return is_metric_name(name) && name.find(':') == std::string_view::npos; }

} // namespace slipway::promql
