#include "core/redactor.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"

#include <algorithm>

namespace slipway {

namespace {

std::string url_safe(std::string text) {
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    return text;
}

/// The Base64 digits that depend on `value` alone when `before` bytes of something else precede it, as "user:"
/// does in basic authentication.
std::string base64_core(std::string_view value, std::size_t before) {
    const auto text = base64(std::string(before, '\0') + std::string(value));
    const auto first = (before * 8 + 5) / 6;
    const auto last = (before + value.size()) * 8 / 6;
    return text.substr(first, last - first);
}

} // namespace

bool Redactor::add(const Secret& secret) {
    const std::string_view value = secret.reveal();
    if (value.size() < shortest) return false;
    add_form(std::string(value));
    add_form(std::string(trim(value)));
    for (const auto line : lines(value)) add_form(std::string(line));
    add_form(percent_encode(value));
    add_form(json_escape(value));
    add_form(hexadecimal(value));
    for (std::size_t before = 0; before < 3; ++before) {
        add_form(base64_core(value, before));
        add_form(url_safe(base64_core(value, before)));
    }
    return true;
}

void Redactor::add_form(std::string form) {
    if (form.size() < shortest || std::find(forms_.begin(), forms_.end(), form) != forms_.end()) return;
    const auto place = std::find_if(forms_.begin(), forms_.end(),
                                    [&](const std::string& other) { return other.size() < form.size(); });
    forms_.insert(place, std::move(form));
}

std::string Redactor::redact(std::string_view text) const {
    std::string result(text);
    for (const auto& form : forms_) replace_all(result, form, "***");
    return result;
}

} // namespace slipway
