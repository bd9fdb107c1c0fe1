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

std::string lower_escapes(std::string text) {
    for (std::size_t i = 0; i + 2 < text.size(); ++i) {
        if (text[i] == '%') text.replace(i, 3, lower(text.substr(i, 3)));
    }
    return text;
}

/// As in application/x-www-form-urlencoded.
std::string plus_for_space(std::string text) {
    replace_all(text, "%20", "+");
    return text;
}

} // namespace

bool Redactor::add(const Secret& secret) {
    const std::string_view value = secret.reveal();
    if (value.size() < shortest) return false;
    add_form(std::string(value));
    add_form(std::string(trim(value)));
    for (const auto line : lines(value)) add_form(std::string(line));
    add_form(visible(value));
    add_form(percent_encode(value));
    add_form(lower_escapes(percent_encode(value)));
    add_form(plus_for_space(percent_encode(value)));
    add_form(json_escape(value));
    add_form(hexadecimal(value));
    add_form(upper(hexadecimal(value)));
    for (std::size_t before = 0; before < 3; ++before) {
        add_form(base64_core(value, before));
        add_form(url_safe(base64_core(value, before)));
    }
    return true;
}

void Redactor::add_form(std::string form) {
    if (form.size() < shortest || std::find(forms_.begin(), forms_.end(), form) != forms_.end()) return;
    forms_.push_back(std::move(form));
}

std::string Redactor::redact(std::string_view text) const {
    struct Range {
        std::size_t begin, end;
    };
    // All forms are searched in the original text: secrets may overlap, and replacing one first would leave a readable
    // rest of the other.
    std::vector<Range> ranges;
    for (const auto& form : forms_) {
        for (auto at = text.find(form); at != std::string_view::npos; at = text.find(form, at + 1)) ranges.push_back({at, at + form.size()});
    }
    std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.begin < b.begin; });
    std::string result;
    std::size_t done = 0;
    for (std::size_t i = 0; i < ranges.size();) {
        auto hidden = ranges[i];
        for (++i; i < ranges.size() && ranges[i].begin < hidden.end; ++i) hidden.end = std::max(hidden.end, ranges[i].end);
        result += text.substr(done, hidden.begin - done);
        result += "***";
        done = hidden.end;
    }
    return result += text.substr(done);
}

} // namespace slipway
