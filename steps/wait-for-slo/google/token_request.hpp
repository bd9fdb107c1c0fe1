#pragma once

#include "wait-for-slo/google/answer.hpp"
#include "wait-for-slo/google/token_source.hpp"

#include <string>
#include <utility>
#include <vector>

// The requests that all token endpoints have in common.
namespace slipway::wait_for_slo {

/// A form to a token endpoint. Sent again when the connection breaks: asking twice gives two tokens, which is no harm.
/// @param fields  encoded here
io::Request form_request(const std::string& url, const std::vector<std::pair<std::string, std::string>>& fields);

/// The answer's JSON object.
/// @param hint  what to do when the credentials are refused
/// @throws Error io::LastingError when they are, another world failure for what passes
Json granted(const io::Request& request, const io::Response& response, const std::string& hint);

/// {"access_token": ..., "expires_in": seconds}; the token is hidden from then on.
AccessToken read_token(const io::Request& request, const Json& answer, cli::Context& context);

} // namespace slipway::wait_for_slo
