#include "core/jwt.hpp"

#include "core/encoding.hpp"
#include "core/error.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>
#include <string>

namespace slipway {

namespace {

template <auto release> struct Release {
    template <class T> void operator()(T* object) const { release(object); }
};
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Release<EVP_MD_CTX_free>>;
using Memory = std::unique_ptr<BIO, Release<BIO_free_all>>;

constexpr int fewest_bits = 2048; // RFC 7518, section 3.3
constexpr std::size_t most_bytes = 64 * 1024; // a key of 16,384 bits has 13 KB

/// Without it OpenSSL would ask for a passphrase on the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

/// Why a text is no key that could be read, from what can be seen of it.
Error unreadable(const std::string& pem) {
    const auto has = [&](const char* words) { return pem.find(words) != std::string::npos; };
    if (!has("-----BEGIN ")) return misuse("the private key is no PEM text", "it begins with -----BEGIN PRIVATE KEY-----");
    if (has("\\n")) return misuse("the private key has \\n in place of line breaks", "something escaped it once too often: copy the file as it was downloaded");
    if (!has("-----END ")) return misuse("the private key is cut off: its last line, -----END ...-----, is missing");
    if (has("ENCRYPTED")) return misuse("the private key is protected by a passphrase", "openssl pkey -in KEY -out KEY-WITHOUT takes it away");
    if (!has("PRIVATE KEY-----")) return misuse("the private key is none: the PEM text holds something else", "a certificate or a public key cannot sign");
    return misuse("the private key cannot be read: its PEM text is damaged");
}

Key read_key(const Secret& secret) {
    const auto& pem = secret.reveal();
    if (pem.size() > most_bytes) throw misuse("the private key is larger than any key");
    const Memory memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    Key key(memory ? PEM_read_bio_PrivateKey(memory.get(), nullptr, no_passphrase, nullptr) : nullptr);
    ERR_clear_error();
    if (!key) throw unreadable(pem);
    if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) {
        const auto* kind = EVP_PKEY_get0_type_name(key.get());
        throw misuse(std::string("the private key is no RSA key") + (kind != nullptr ? std::string(": it is of the kind ") + kind : ""));
    }
    if (const auto bits = EVP_PKEY_get_bits(key.get()); bits < fewest_bits) {
        throw misuse("the private key has " + std::to_string(bits) + " bits, and RS256 asks for " + std::to_string(fewest_bits));
    }
    return key;
}

std::string signature(const std::string& text, EVP_PKEY* key) {
    const Digest digest(EVP_MD_CTX_new());
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    std::size_t size = 0;
    std::string signed_text;
    bool done = digest && EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key) == 1 && EVP_DigestSign(digest.get(), nullptr, &size, bytes, text.size()) == 1;
    if (done) {
        signed_text.resize(size);
        done = EVP_DigestSign(digest.get(), reinterpret_cast<unsigned char*>(signed_text.data()), &size, bytes, text.size()) == 1;
    }
    ERR_clear_error();
    if (!done) throw misuse("the private key cannot sign: the cryptographic library refused it");
    signed_text.resize(size);
    return signed_text;
}

} // namespace

Secret sign_jwt(std::string_view header, std::string_view claims, const Secret& key) {
    const auto signs = read_key(key);
    const auto text = base64url(header) + '.' + base64url(claims);
    return Secret(text + '.' + base64url(signature(text, signs.get())));
}

} // namespace slipway
