#include "catch.hpp"

#include "core/encoding.hpp"
#include "core/sha256.hpp"

#include <utility>
#include <vector>

using namespace slipway;

TEST_CASE("Base64 has the test vectors of RFC 4648") {
    const std::vector<std::pair<std::string, std::string>> rows = {
        {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
    for (const auto& [bytes, text] : rows) {
        INFO(bytes);
        CHECK(base64(bytes) == text);
        CHECK(decode_base64(text) == bytes);
        CHECK(decode_base64(text.substr(0, text.find('='))) == bytes);
    }
}

TEST_CASE("Base64 carries every byte") {
    std::string bytes;
    for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
    CHECK(decode_base64(base64(bytes)) == bytes);
}

TEST_CASE("what is no Base64 is refused") {
    for (const char* text : {"A", "Zm9vY", "Zm 9v", "Zm9v\n", "Zm-_", "=Zm9v", "Z=m9", "Zm9v*"}) {
        INFO(text);
        CHECK_FALSE(decode_base64(text));
    }
    CHECK_FALSE(decode_base64(std::string("Zm\0v", 4)));
}

TEST_CASE("hexadecimal digits") {
    CHECK(hexadecimal("") == "");
    CHECK(hexadecimal(std::string("\x00\x0f\xf0\xff", 4)) == "000ff0ff");
}

TEST_CASE("percent-encoding leaves unreserved characters alone, and reads back") {
    CHECK(percent_encode("aZ09-._~") == "aZ09-._~");
    CHECK(percent_encode("a b/c?d=e&f+g%") == "a%20b%2Fc%3Fd%3De%26f%2Bg%25");
    CHECK(percent_encode("\xC3\xA4\n") == "%C3%A4%0A");
    std::string bytes;
    for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
    CHECK(percent_decode(percent_encode(bytes)) == bytes);
}

TEST_CASE("a percent sign without two digits stays") {
    CHECK(percent_decode("100%") == "100%");
    CHECK(percent_decode("%4") == "%4");
    CHECK(percent_decode("%zz%4g") == "%zz%4g");
    CHECK(percent_decode("%41%6a%6A") == "Ajj");
    CHECK(percent_decode("a+b") == "a+b");
}

TEST_CASE("SHA-256 has the standard's test vectors") {
    CHECK(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(sha256(std::string(1'000'000, 'a')) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}
