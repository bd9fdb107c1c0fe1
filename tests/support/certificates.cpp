#include "certificates.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>

namespace slipway::fake {

namespace {

template <auto Free> struct Deleter {
    template <class T> void operator()(T* object) const { Free(object); }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using X509Pointer = std::unique_ptr<X509, Deleter<X509_free>>;
using Memory = std::unique_ptr<BIO, Deleter<BIO_free>>;

std::string text_of(const Memory& memory) {
    char* data = nullptr;
    const auto size = BIO_get_mem_data(memory.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

Memory memory_of(const std::string& text) { return Memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

void add_extension(X509* certificate, X509* issuer, int id, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>> extension(X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str()));
    if (!extension) throw std::runtime_error("wrong extension: " + value);
    X509_add_ext(certificate, extension.get(), -1);
}

X509Pointer make(const std::string& subject, EVP_PKEY* key, X509* issuer) {
    static long serial = 1;
    X509Pointer certificate(X509_new());
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial++);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key);
    auto* name = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(subject.c_str()), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer != nullptr ? issuer : certificate.get()));
    return certificate;
}

Certificate as_pem(X509* certificate, EVP_PKEY* key) {
    const Memory first(BIO_new(BIO_s_mem()));
    const Memory second(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(first.get(), certificate);
    PEM_write_bio_PrivateKey(second.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    return {text_of(first), text_of(second)};
}

} // namespace

Authority::Authority(const std::string& name) {
    const Key key(EVP_EC_gen("P-256"));
    const auto certificate = make(name, key.get(), nullptr);
    add_extension(certificate.get(), certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
    add_extension(certificate.get(), certificate.get(), NID_key_usage, "critical,keyCertSign");
    X509_sign(certificate.get(), key.get(), EVP_sha256());
    own_ = as_pem(certificate.get(), key.get());
}

Certificate Authority::issue(const std::string& subject, const std::string& names) const {
    const X509Pointer issuer(PEM_read_bio_X509(memory_of(own_.certificate).get(), nullptr, nullptr, nullptr));
    const Key issuer_key(PEM_read_bio_PrivateKey(memory_of(own_.key).get(), nullptr, nullptr, nullptr));
    const Key key(EVP_EC_gen("P-256"));
    const auto certificate = make(subject, key.get(), issuer.get());
    add_extension(certificate.get(), issuer.get(), NID_ext_key_usage, names.empty() ? "clientAuth" : "serverAuth");
    if (!names.empty()) add_extension(certificate.get(), issuer.get(), NID_subject_alt_name, names);
    X509_sign(certificate.get(), issuer_key.get(), EVP_sha256());
    return as_pem(certificate.get(), key.get());
}

} // namespace slipway::fake
