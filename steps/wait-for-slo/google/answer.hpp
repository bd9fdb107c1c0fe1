#pragma once

#include "core/error.hpp"
#include "io/http.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

// What Google's servers answer, and how they say no.
namespace slipway::wait_for_slo {

using Json = nlohmann::json;

/// Discarded when it is no JSON, or nested deeper than an answer of Google's can be.
Json parse_json(std::string_view text);

/// A value of an object; null when there is none, or no object.
const Json& value_at(const Json& object, const char* key);

/// A text of an object; empty when there is none, or something else.
std::string text_at(const Json& object, const char* key);

/// Why a request was not granted, in either form: {"error": {"code", "message", "status", "details"}} of the APIs,
/// {"error", "error_description"} of token endpoints.
struct Refusal {
    int status = 0;
    std::string state = {};   ///< "PERMISSION_DENIED", "invalid_grant"; empty: the answer is neither form
    std::string message = {}; ///< the server's own words, one line
    std::string reason = {};  ///< of the ErrorInfo in the details: "SERVICE_DISABLED"
};

Refusal read_refusal(const io::Response& response);

/// "GET https://host/path: status 403, PERMISSION_DENIED: words"
std::string in_words(const io::Request& request, const Refusal& refusal);

} // namespace slipway::wait_for_slo
