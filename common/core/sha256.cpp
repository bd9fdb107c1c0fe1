#include "core/sha256.hpp"

#include "core/encoding.hpp"
#include "core/error.hpp"

#include <openssl/evp.h>

#include <array>

namespace slipway {

struct Sha256::Parts {
    EVP_MD_CTX* state = EVP_MD_CTX_new();
    Parts() = default;
    ~Parts() { EVP_MD_CTX_free(state); }
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;
};

namespace {

void require(int answer) {
    if (answer != 1) throw world_failure("cannot compute SHA-256: the cryptographic library refused it");
}

} // namespace

Sha256::Sha256() : parts_(std::make_unique<Parts>()) {
    require(parts_->state != nullptr ? EVP_DigestInit_ex(parts_->state, EVP_sha256(), nullptr) : 0);
}

Sha256::~Sha256() = default;

void Sha256::add(std::string_view bytes) { require(EVP_DigestUpdate(parts_->state, bytes.data(), bytes.size())); }

std::string Sha256::digits() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    require(EVP_DigestFinal_ex(parts_->state, digest.data(), &size));
    return hexadecimal({reinterpret_cast<const char*>(digest.data()), size});
}

std::string sha256(std::string_view bytes) {
    Sha256 hash;
    hash.add(bytes);
    return hash.digits();
}

} // namespace slipway
