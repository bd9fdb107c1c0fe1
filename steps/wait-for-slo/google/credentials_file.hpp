#pragma once

#include "wait-for-slo/google/token_source.hpp"

#include <string>

// What the fields of a credentials file may say. A file may come from somebody else: with a wrong address in it, it would have us send
// identity tokens, or any file that it names as one, to that somebody.
namespace slipway::wait_for_slo {

/// A text that must be there.
/// @throws Error (misuse)
std::string required_text(const CredentialsFile& file, const char* key);

/// An address that secrets are sent to: https:// at Google, at the universe of the API's own address, or this machine.
/// @throws Error (misuse)
std::string address_of_google(const CredentialsFile& file, const char* key, const std::string& url);

/// An address that an identity token is read from, with the headers that the file brings: https://, this machine, or the metadata address
/// of clouds, which is plain HTTP.
/// @throws Error (misuse)
std::string address_to_read(const CredentialsFile& file, const char* key, const std::string& url);

/// The universe that Google's address belongs to: "googleapis.com" for https://monitoring.googleapis.com.
std::string universe_of(const std::string& api_url);

} // namespace slipway::wait_for_slo
