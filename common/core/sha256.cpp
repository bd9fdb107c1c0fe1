#include "core/sha256.hpp"

#include "core/encoding.hpp"
#include "core/error.hpp"

#include <openssl/evp.h>

#include <array>

namespace slipway {

std::string sha256(std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
        throw world_failure("cannot compute SHA-256: the cryptographic library refused it");
    }
    return hexadecimal({reinterpret_cast<const char*>(digest.data()), size});
}

} // namespace slipway
