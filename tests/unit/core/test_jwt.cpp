#include "failure.hpp"
#include "signing_keys.hpp"

#include "core/encoding.hpp"
#include "core/jwt.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <cctype>

using namespace slipway;

namespace {

const SigningKey& rsa() {
    static const auto key = make_rsa_key();
    return key;
}

std::string from_base64url(std::string_view text) {
    std::string standard(text);
    std::replace(standard.begin(), standard.end(), '-', '+');
    std::replace(standard.begin(), standard.end(), '_', '/');
    return decode_base64(standard).value();
}

std::string with_line_breaks(std::string pem, const char* line_break) {
    replace_all(pem, "\n", line_break);
    return pem;
}

constexpr const char* header = R"({"alg":"RS256","typ":"JWT"})";

} // namespace

TEST_CASE("a JWT is header, claims and a signature that the public key verifies") {
    const std::string claims = R"({"iss":"ci@team.iam.gserviceaccount.com","text":"ÿ>?"})";
    for (const auto& pem : {rsa().pem(), rsa().pkcs1_pem(), with_line_breaks(rsa().pem(), "\r\n")}) {
        const auto jwt = sign_jwt(header, claims, Secret(pem));
        const auto parts = split(jwt.reveal(), '.');
        REQUIRE(parts.size() == 3);
        CHECK(from_base64url(parts[0]) == header);
        CHECK(from_base64url(parts[1]) == claims);
        CHECK(std::all_of(jwt.reveal().begin(), jwt.reveal().end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.'; }));
        const auto signed_text = jwt.reveal().substr(0, jwt.reveal().rfind('.'));
        CHECK(rsa().verifies(signed_text, from_base64url(parts[2])));
        CHECK_FALSE(rsa().verifies(signed_text + "x", from_base64url(parts[2])));
    }
}

TEST_CASE("what is no key for RS256 is told apart, and never shown") {
    const auto pem = rsa().pem();
    auto damaged = pem;
    damaged.replace(100, 40, std::string(40, '!'));
    const std::vector<std::pair<std::string, std::string>> rows = {
        {"", "2 the private key is no PEM text | it begins with -----BEGIN PRIVATE KEY-----"},
        {"s3cr3t-s3cr3t", "2 the private key is no PEM text | it begins with -----BEGIN PRIVATE KEY-----"},
        {pem.substr(0, pem.size() / 2), "2 the private key is cut off: its last line, -----END ...-----, is missing"},
        {damaged, "2 the private key cannot be read: its PEM text is damaged"},
        {with_line_breaks(pem, "\\n"), "2 the private key has \\n in place of line breaks | something escaped it once too often: copy the file as it was downloaded"},
        {rsa().pem("open sesame"), "2 the private key is protected by a passphrase | openssl pkey -in KEY -out KEY-WITHOUT takes it away"},
        {rsa().public_pem(), "2 the private key is none: the PEM text holds something else | a certificate or a public key cannot sign"},
        {make_ec_key().pem(), "2 the private key is no RSA key: it is of the kind EC"},
        {make_rsa_key(1024).pem(), "2 the private key has 1024 bits, and RS256 asks for 2048"},
        {std::string(70'000, 'A'), "2 the private key is larger than any key"},
    };
    for (const auto& [key, words] : rows) {
        INFO(words);
        const Secret secret(key);
        CHECK(words_of(failure_of([&] { sign_jwt(header, "{}", secret); })) == words);
    }
}

TEST_CASE("Base64 of URLs has another alphabet and no padding") {
    CHECK(base64url("\xfb\xff\xfe") == "-__-");
    CHECK(base64url("f") == "Zg");
    CHECK(base64url("") == "");
}
