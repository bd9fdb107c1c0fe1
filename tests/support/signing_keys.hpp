#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

// Keys made in the test, and signatures checked with them.
namespace slipway {

struct SigningKey {
    std::shared_ptr<EVP_PKEY> key;

    std::string pem(const char* passphrase = nullptr) const {
        return written([&](BIO* memory) {
            return PEM_write_bio_PKCS8PrivateKey(memory, key.get(), passphrase != nullptr ? EVP_aes_128_cbc() : nullptr, passphrase, passphrase != nullptr ? static_cast<int>(std::string_view(passphrase).size()) : 0, nullptr, nullptr);
        });
    }
    std::string pkcs1_pem() const {
        return written([&](BIO* memory) { return PEM_write_bio_PrivateKey_traditional(memory, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
    }
    std::string public_pem() const {
        return written([&](BIO* memory) { return PEM_write_bio_PUBKEY(memory, key.get()); });
    }

    bool verifies(std::string_view text, std::string_view signature) const {
        const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> digest(EVP_MD_CTX_new(), EVP_MD_CTX_free);
        const auto bytes = [](std::string_view some) { return reinterpret_cast<const unsigned char*>(some.data()); };
        return EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 && EVP_DigestVerify(digest.get(), bytes(signature), signature.size(), bytes(text), text.size()) == 1;
    }

private:
    template <class Write> static std::string written(Write write) {
        const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), BIO_free);
        if (write(memory.get()) != 1) throw std::runtime_error("cannot write the key");
        char* text = nullptr;
        const auto size = BIO_get_mem_data(memory.get(), &text);
        return {text, static_cast<std::size_t>(size)};
    }
};

inline SigningKey make_rsa_key(unsigned bits = 2048) { return {{EVP_RSA_gen(bits), EVP_PKEY_free}}; }
inline SigningKey make_ec_key() { return {{EVP_EC_gen("P-256"), EVP_PKEY_free}}; }

} // namespace slipway
