#include "rendering/hcl_value.hpp"

#include "core/text.hpp"
#include "core/unicode.hpp"
#include "hcl/literal.hpp"

#include <algorithm>

namespace slipway::rendering {

namespace {

/// Digits of a number that it has in a form that every reader prints again: no leading zeros, no zeros at the end of a
/// fraction, no exponent, at most 15 digits.
bool is_plain_number(std::string_view text) {
    if (text.substr(0, 1) == "-") text.remove_prefix(1);
    const auto point = text.find('.');
    const auto whole = text.substr(0, point);
    const auto fraction = point == std::string_view::npos ? std::string_view() : text.substr(point + 1);
    const auto digits = [](std::string_view part) { return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos; };
    if (!digits(whole) || (whole.size() > 1 && whole[0] == '0') || whole.size() + fraction.size() > 15) return false;
    if (point == std::string_view::npos) return true;
    return digits(fraction) && fraction.back() != '0';
}

bool is_expression(std::string_view text) { return text == "true" || text == "false" || text == "null" || (text != "-0" && is_plain_number(text)); }

/// JSON as HCL writes it: strings differ in their escapes.
Fitted to_hcl(const nlohmann::ordered_json& json, bool raw) {
    if (json.is_string()) {
        const auto text = json.get<std::string>();
        auto checked = check_for_hcl(text, raw);
        if (checked.problem.empty()) checked.text = '"' + hcl::quoted_content(text) + '"';
        return checked;
    }
    if (!json.is_structured()) return {json.dump()};
    Fitted result;
    const bool object = json.is_object();
    result.text = object ? "{" : "[";
    for (const auto& [key, value] : json.items()) {
        if (result.text.size() > 1) result.text += ", ";
        if (object) {
            const auto name = to_hcl(key, false);
            if (!name.problem.empty()) return name;
            result.text += name.text + " = ";
        }
        const auto entry = to_hcl(value, raw);
        if (!entry.problem.empty()) return entry;
        result.text += entry.text;
    }
    result.text += object ? "}" : "]";
    return result;
}

} // namespace

bool holds_sequence(std::string_view text) { return text.find("${") != std::string_view::npos || text.find("%{") != std::string_view::npos; }

Fitted check_for_hcl(std::string_view value, bool raw) {
    if (!is_valid_utf8(value)) return {{}, "it is no valid UTF-8"};
    if (value.find('\0') != std::string_view::npos) return {{}, "it holds a NUL byte"};
    if (!is_nfc(value)) return {{}, "it is not in Unicode's normal form C, into which Nomad would change it", "give it with composed characters"};
    if (!raw && holds_sequence(value)) return {{}, "it holds a template sequence, which Nomad would evaluate", "--raw NAME takes it all the same, escaped so that the task gets it as it is"};
    return {};
}

Fitted fit_expression(const Expansion& value, bool raw) {
    if (value.json != nullptr) return to_hcl(*value.json, raw);
    if (is_expression(value.text)) return {value.text};
    const bool number = !value.text.empty() && value.text.find_first_not_of("0123456789.-+eE_") == std::string::npos;
    if (number) return {{}, "outside of quotes HCL would read it as another number", "put the placeholder into quotes, or give a number without leading and trailing zeros, of at most 15 digits"};
    return {{}, "outside of quotes only true, false, null and numbers can stand", "put the placeholder into quotes; lists and objects are given with --set-json"};
}

} // namespace slipway::rendering
