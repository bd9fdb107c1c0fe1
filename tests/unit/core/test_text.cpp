#include "catch.hpp"

#include "core/text.hpp"

using namespace slipway;

TEST_CASE("trim takes blanks from both ends") {
    CHECK(trim(" \t\r\n a b \n") == "a b");
    CHECK(trim("") == "");
    CHECK(trim(" \n ") == "");
}

TEST_CASE("split keeps empty parts") {
    using Parts = std::vector<std::string_view>;
    CHECK(split("a,,b", ',') == Parts{"a", "", "b"});
    CHECK(split("", ',') == Parts{""});
    CHECK(split(",", ',') == Parts{"", ""});
}

TEST_CASE("lines lose their breaks, and the last break starts no further line") {
    using Lines = std::vector<std::string_view>;
    CHECK(lines("") == Lines{});
    CHECK(lines("a") == Lines{"a"});
    CHECK(lines("a\n") == Lines{"a"});
    CHECK(lines("a\r\nb\n\nc") == Lines{"a", "b", "", "c"});
    CHECK(lines("\n") == Lines{""});
}

TEST_CASE("join puts the separator between parts, empty ones too") {
    CHECK(join(std::vector<std::string>{}, ", ") == "");
    CHECK(join(std::vector<std::string>{"a"}, ", ") == "a");
    CHECK(join(std::vector<std::string>{"", "a", ""}, ",") == ",a,");
}

TEST_CASE("letters change case without the locale") {
    CHECK(lower("ABZ-\xC3\x84_1") == "abz-\xC3\x84_1");
    CHECK(upper("abz-\xC3\xA4_1") == "ABZ-\xC3\xA4_1");
}

TEST_CASE("replace_all does not look at what it wrote") {
    std::string text = "aaa";
    replace_all(text, "a", "aa");
    CHECK(text == "aaaaaa");
    replace_all(text, "", "x");
    CHECK(text == "aaaaaa");
}

TEST_CASE("things are counted in English") {
    CHECK(count_of(0, "file") == "0 files");
    CHECK(count_of(1, "file") == "1 file");
    CHECK(count_of(2, "file") == "2 files");
}

TEST_CASE("UTF-8 is checked as the standard says") {
    for (const char* text : {"", "abc", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
        INFO(visible(text));
        CHECK(is_valid_utf8(text));
    }
    for (const char* text : {"\x80", "\xC3", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xE2\x82", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
                             "\xF5\x80\x80\x80", "\xFF", "a\xFEz"}) {
        INFO(visible(text));
        CHECK_FALSE(is_valid_utf8(text));
    }
    CHECK(is_valid_utf8(std::string("\0", 1)));
}

TEST_CASE("characters are counted, not bytes") {
    const std::string text = "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80z";
    CHECK(characters_before(text, 0) == 0);
    CHECK(characters_before(text, 1) == 1);
    CHECK(characters_before(text, 3) == 2);
    CHECK(characters_before(text, 6) == 3);
    CHECK(characters_before(text, 10) == 4);
    CHECK(characters_before(text, 1000) == 5);
    CHECK(characters_before("\xFF\xFF", 2) == 2);
}

TEST_CASE("JSON strings are escaped") {
    CHECK(json_escape("a\"b\\c\n\r\t\b\f") == "a\\\"b\\\\c\\n\\r\\t\\b\\f");
    CHECK(json_escape(std::string("\0\x1f", 2)) == "\\u0000\\u001f");
    CHECK(json_escape("\xC3\xA4\x7f") == "\xC3\xA4\x7f");
}

TEST_CASE("control characters become visible") {
    CHECK(visible("plain \xC3\xA4\ttab") == "plain \xC3\xA4\ttab");
    CHECK(visible("\x1b[2J\r\n\x7f") == "\\x1b[2J\\x0d\\x0a\\x7f");
    CHECK(visible(std::string("\0", 1)) == "\\x00");
    CHECK(visible("\xC2\x9B" "31m") == "\\xc2\\x9b31m"); // the one-character form of ESC [
    CHECK(visible("\xC2\xA0") == "\xC2\xA0");
    CHECK(visible("a\xFFz\xC3") == "a\\xffz\\xc3");
}

TEST_CASE("foreign words of several lines become one line") {
    CHECK(one_line("a\n\n  b\r\nc\n") == "a |   b | c");
    CHECK(one_line("\n\n") == "");
    CHECK(one_line("one") == "one");
}

TEST_CASE("the closest name is what somebody meant") {
    const std::vector<std::string> names = {"--image", "--image-tag", "--platform", "--help", "--tags"};
    CHECK(closest("--imgae", names) == "--image");
    CHECK(closest("--Image", names) == "--image");
    CHECK(closest("--tag", names) == "--tags");
    CHECK(closest("--platforms", names) == "--platform");
    CHECK_FALSE(closest("--quite-another", names));
    CHECK_FALSE(closest("", names));
    CHECK_FALSE(closest(std::string(100'000, 'x'), names));
    CHECK_FALSE(closest("x", {}));
    CHECK_FALSE(closest("x", std::vector<std::string>{"y"}));
}
