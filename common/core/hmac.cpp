#include "core/hmac.hpp"

#include "core/encoding.hpp"
#include "core/error.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <climits>

namespace slipway {

std::string hmac_sha256(const Secret& key, std::string_view text) {
    const auto& bytes = key.reveal();
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    const bool fits = bytes.size() <= INT_MAX;
    if (!fits || HMAC(EVP_sha256(), bytes.data(), static_cast<int>(bytes.size()), reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size) == nullptr) {
        throw world_failure("cannot compute HMAC-SHA256: the cryptographic library refused it");
    }
    return hexadecimal({reinterpret_cast<const char*>(digest.data()), size});
}

} // namespace slipway
