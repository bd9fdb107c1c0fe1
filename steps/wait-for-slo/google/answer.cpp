#include "wait-for-slo/google/answer.hpp"

#include "core/nesting.hpp"
#include "core/text.hpp"

namespace slipway::wait_for_slo {

namespace {

/// Foreign text as one line that people can read; a page of HTML need not be shown in full.
std::string excerpt(std::string_view text) {
    constexpr std::size_t most = 400;
    auto line = one_line(trim(text.substr(0, 2 * most)));
    if (line.size() > most) line = line.substr(0, valid_utf8_length(line.substr(0, most))) + "...";
    return visible(line);
}

std::string reason_in(const Json& details) {
    if (!details.is_array()) return {};
    for (const auto& detail : details) {
        if (text_at(detail, "@type") == "type.googleapis.com/google.rpc.ErrorInfo") return text_at(detail, "reason");
    }
    return {};
}

} // namespace

Json parse_json(std::string_view text) { return is_nested_too_deep(text) ? Json(Json::value_t::discarded) : Json::parse(text, nullptr, false); }

const Json& value_at(const Json& object, const char* key) {
    static const Json nothing;
    if (!object.is_object()) return nothing;
    const auto value = object.find(key);
    return value == object.end() ? nothing : *value;
}

std::string text_at(const Json& object, const char* key) {
    const auto& value = value_at(object, key);
    return value.is_string() ? value.get<std::string>() : std::string();
}

Refusal read_refusal(const io::Response& response) {
    Refusal refusal{.status = response.status};
    const auto answer = parse_json(response.body);
    const auto& error = value_at(answer, "error");
    if (error.is_object()) {
        refusal.state = visible(text_at(error, "status"));
        refusal.message = excerpt(text_at(error, "message"));
        refusal.reason = reason_in(value_at(error, "details"));
    } else if (error.is_string()) {
        refusal.state = excerpt(error.get<std::string>());
        refusal.message = excerpt(text_at(answer, "error_description"));
    } else {
        refusal.message = excerpt(response.body);
    }
    return refusal;
}

std::string in_words(const io::Request& request, const Refusal& refusal) {
    auto words = request.method + ' ' + io::url_for_people(request.url) + ": status " + std::to_string(refusal.status);
    if (!refusal.state.empty()) words += ", " + refusal.state;
    if (!refusal.message.empty()) words += ": " + refusal.message;
    return words;
}

} // namespace slipway::wait_for_slo
