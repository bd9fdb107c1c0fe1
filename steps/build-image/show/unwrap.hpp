#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace slipway::build_image {

/// A document as it is attached to an image, without what it may be wrapped in.
struct Unwrapped {
    nlohmann::json document;    ///< an in-toto statement, or what was no statement; null when the text is no JSON
    std::string predicate_type; ///< of a statement; empty for anything else
};

/// Takes a document out of a DSSE envelope (cosign) or a Sigstore bundle (GitHub), whose signatures nobody checks here.
Unwrapped unwrap(const std::string& json);

/// A member, or an empty text where there is none or it is no text. `path` as in JSON pointers: "/builder/id".
std::string text_at(const nlohmann::json& json, const char* path);

/// A member, or null.
const nlohmann::json& member_at(const nlohmann::json& json, const char* path);

} // namespace slipway::build_image
