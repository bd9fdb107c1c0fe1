#include "catch.hpp"

#include "core/text.hpp"
#include "core/unicode.hpp"

#include <string>

using namespace slipway;

TEST_CASE("characters of a text, and bytes that are none") {
    CHECK(first_character("a").code == 'a');
    CHECK(first_character("\xC3\xA9x").code == 0xE9);
    CHECK(first_character("\xC3\xA9x").length == 2);
    CHECK(first_character("\xF0\x9F\x98\x80").code == 0x1F600);
    CHECK(first_character("\xFFx").code == 0xDCFF);
    CHECK(first_character("\xC3").length == 1);
    std::string text;
    for (const char32_t code : {U'a', U'\u00e9', U'\U0001F600', char32_t(0xDCFF)}) append_character(text, code);
    CHECK(text == "a\xC3\xA9\xF0\x9F\x98\x80\xFF");
    CHECK(valid_utf8_length(text) == 7);
}

TEST_CASE("white space, identifiers, what shows") {
    for (const char32_t code : {U' ', U'\t', U'\v', U'\r', U'\u0085', U'\u00a0', U'\u2003', U'\u2028', U'\u3000'}) CHECK(is_white_space(code));
    for (const char32_t code : {U'a', U'\u200b', U'\ufeff', U'\0'}) CHECK_FALSE(is_white_space(code));
    CHECK(is_blank(" \xC2\xA0\n"));
    CHECK(is_blank(""));
    CHECK_FALSE(is_blank(" x"));
    CHECK(leading_spaces("\t\xE2\x80\x83 x ") == 3);
    CHECK(is_identifier_start(U'\u00e9'));
    CHECK_FALSE(is_identifier_start(U'1'));
    CHECK(is_identifier_part(U'1'));
    CHECK(is_identifier_part(U'\u0301'));
    CHECK_FALSE(is_identifier_part(U'-'));
    CHECK(is_printable(U'\u00e9'));
    for (const char32_t code : {U'\x01', U'\x7f', U'\u0085', U'\u200d', U'\u2028', U'\ufeff', U'\ue000', U'\uffff'}) CHECK_FALSE(is_printable(code));
}

TEST_CASE("cases map one character to one") {
    CHECK(to_upper(U'\u00e9') == U'\u00c9');
    CHECK(to_lower(U'\u00c9') == U'\u00e9');
    CHECK(to_upper(U'\u00df') == U'\u00df'); // sharp s has no simple capital
    CHECK(to_upper(U'1') == U'1');
}

TEST_CASE("normal form C") {
    CHECK(to_nfc("e\xCC\x81") == "\xC3\xA9");
    CHECK(is_nfc("\xC3\xA9"));
    CHECK(is_nfc("plain"));
    CHECK_FALSE(is_nfc("e\xCC\x81"));
    CHECK(is_one_cluster('e', 0x301));
    CHECK_FALSE(is_one_cluster(' ', 'e'));
}
