#include "build-image/show/unwrap.hpp"

#include "core/encoding.hpp"

namespace slipway::build_image {

using nlohmann::json;

const json& member_at(const json& object, const char* path) {
    static const json none;
    const json::json_pointer pointer(path);
    // contains() throws for "/a/x" where a is an array.
    const json* found = &object;
    auto rest = pointer;
    std::vector<std::string> names;
    for (; !rest.empty(); rest.pop_back()) names.push_back(rest.back());
    for (auto name = names.rbegin(); name != names.rend(); ++name) {
        if (!found->is_object()) return none;
        const auto member = found->find(*name);
        if (member == found->end()) return none;
        found = &*member;
    }
    return *found;
}

std::string text_at(const json& object, const char* path) {
    const auto& member = member_at(object, path);
    return member.is_string() ? member.get<std::string>() : std::string();
}

Unwrapped unwrap(const std::string& text) {
    auto document = json::parse(text, nullptr, false);
    for (const char* payload : {"/dsseEnvelope/payload", "/payload"}) {
        const auto encoded = text_at(document, payload);
        const auto decoded = encoded.empty() ? std::nullopt : decode_base64(encoded);
        if (decoded) document = json::parse(*decoded, nullptr, false);
    }
    if (document.is_discarded()) document = nullptr;
    Unwrapped result{.document = std::move(document), .predicate_type = {}};
    if (member_at(result.document, "/predicate").is_object()) result.predicate_type = text_at(result.document, "/predicateType");
    return result;
}

} // namespace slipway::build_image
