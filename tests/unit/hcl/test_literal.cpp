#include "catch.hpp"

#include "core/unicode.hpp"
#include "hcl/literal.hpp"

#include <string>

using namespace slipway;
using namespace slipway::hcl;

TEST_CASE("literals stand for texts") {
    CHECK(decode(R"(a\n\r\t\"\\b)", Quoting::quoted) == "a\n\r\t\"\\b");
    CHECK(decode(R"(\u00e9\U0001F600)", Quoting::quoted) == "\xC3\xA9\xF0\x9F\x98\x80");
    CHECK(decode("$ $$ $${a} $$${a} %%{b} %$${c} $", Quoting::quoted) == "$ $$ ${a} $${a} %{b} %${c} $");
    CHECK(decode(R"(a\n $${b}\)", Quoting::heredoc) == R"(a\n ${b}\)");
}

TEST_CASE("wrong escapes have a place") {
    CHECK_FALSE(find_wrong_escape(R"(\n\r\t\"\\\u00e9\U0001F600)", Quoting::quoted));
    CHECK_FALSE(find_wrong_escape(R"(\q)", Quoting::heredoc));
    const auto offset = [](std::string_view text) {
        const auto problem = find_wrong_escape(text, Quoting::quoted);
        REQUIRE(problem);
        return problem->offset;
    };
    CHECK(offset(R"(ab\q)") == 2);
    CHECK(offset(R"(\\\$)") == 2);
    CHECK(offset(R"(\u12)") == 0);
    CHECK(offset(R"(\u12zz)") == 0);
    CHECK(offset(R"(\ud800)") == 0);
    CHECK(offset(R"(\U00110000)") == 0);
    CHECK(offset("a\\") == 1);
}

TEST_CASE("any text can be written within quotes") {
    CHECK(quoted_content("a\"b\\c\n\r\t") == R"(a\"b\\c\n\r\t)");
    CHECK(quoted_content("${a} %{b} $${c} $ %") == "$${a} %%{b} $$${c} $ %");
    CHECK(quoted_content(std::string("\0\x01\x7F\xC2\x85\xE2\x80\xA8\xEF\xBB\xBF", 11)) == R"(\u0000\u0001\u007F\u0085\u2028\uFEFF)");
    CHECK(quoted_content("\xF3\xA0\x80\x81") == R"(\U000E0001)"); // a tag character shows as nothing
    CHECK(quoted_content("\xC3\xA9\xF0\x9F\x98\x80") == "\xC3\xA9\xF0\x9F\x98\x80");
    for (char32_t code = 1; code < 0x3000; ++code) {
        std::string text = "x";
        append_character(text, code);
        text += "{y";
        INFO(static_cast<unsigned long>(code));
        REQUIRE_FALSE(find_wrong_escape(quoted_content(text), Quoting::quoted));
        REQUIRE(decode(quoted_content(text), Quoting::quoted) == text);
    }
}
