#include "catch.hpp"

#include "yaml/scalar.hpp"

#include <string>

using namespace slipway::yaml;

TEST_CASE("texts that every reader takes for a string stay plain") {
    for (const char* value : {"abc",
                              "_x",
                              "/path/to",
                              "latest",
                              "main-706798e",
                              "registry:5000/team/app",
                              "app@sha256:abc",
                              "a.b+c",
                              "e5x",
                              "1.2.3",
                              "v1.2.3",
                              "1.2.3.4",
                              "1.2.3-rc.1",
                              "1.2.3+build-5",
                              "10.0.0-a",
                              "706798e8c",
                              "0a",
                              "12d",
                              "deadbeef",
                              "ABCDEF0",
                              "1f"}) {
        INFO(value);
        CHECK(is_safe_plain(value));
        CHECK(write_scalar(value, Style::plain) == value);
    }
}

TEST_CASE("texts that some reader takes for something else, or breaks at, are quoted") {
    for (const char* value :
         {"",     "1e5",  "08",   "1_000",    "12:30:45", "2024-01-15", "1.10",  "1",      "-1",   "+1",      ".5",
          "0x1F", "0o7",  "1E5",  "706798e8", "12e03",    "e5",         "E-5",   "e1_0.2", "y",    "N",       "yes",
          "No",   "ON",   "off",  "True",     "FALSE",    "null",       "Nil",   "none",   "~",    "a b",     " a",
          "a ",   "a:",   ":a",   "a: b",     "a #b",     "#a",         "a,b",   "[a]",    "{a}",  "&a",      "*a",
          "!a",   "|",    ">",    "%a",       "@a",       "`a",         "'a'",   "-",      "- a",  "?",       "<<",
          "=",    ".inf", ".nan", "1.2",      "1.2.3-",   "1.2.3_4",    "1.2.x", "1..2.3", "a::b", "\xC3\xA9"}) {
        INFO(value);
        CHECK_FALSE(is_safe_plain(value));
        const auto written = write_scalar(value, Style::plain);
        CHECK(written == "\"" + std::string(value) + "\"");
    }
}

TEST_CASE("the quote character that is there is kept") {
    CHECK(write_scalar("abc", Style::single_quoted) == "'abc'");
    CHECK(write_scalar("it's", Style::single_quoted) == "'it''s'");
    CHECK(write_scalar("", Style::single_quoted) == "''");
    CHECK(write_scalar("a\\b \"c\"", Style::single_quoted) == "'a\\b \"c\"'");
    CHECK(write_scalar("abc", Style::double_quoted) == "\"abc\"");
    CHECK(write_scalar("it's", Style::double_quoted) == "\"it's\"");
}

TEST_CASE("controls and what YAML 1.1 takes for line breaks are escaped, in the form that JSON has, too") {
    CHECK(write_scalar("a\nb", Style::single_quoted) == "\"a\\nb\"");
    CHECK(write_scalar("a\tb\r", Style::plain) == "\"a\\tb\\r\"");
    CHECK(write_scalar("\"\\", Style::double_quoted) == "\"\\\"\\\\\"");
    CHECK(write_scalar("\x01\x7F", Style::plain) == "\"\\u0001\\u007F\"");
    CHECK(write_scalar("\xC2\x85", Style::plain) == "\"\\u0085\"");
    CHECK(write_scalar("\xE2\x80\xA8\xE2\x80\xA9\xEF\xBB\xBF", Style::single_quoted) == "\"\\u2028\\u2029\\uFEFF\"");
    CHECK(write_scalar("\xC3\xA9 \xF0\x9F\x98\x80", Style::single_quoted) == "'\xC3\xA9 \xF0\x9F\x98\x80'");
}

TEST_CASE("a bare scalar that a reader may take for something else") {
    for (const char* value :
         {"", "~", "null", "Yes", "1", "1.10", "08", "1e5", "-5", "+.inf", ".5", "2024-01-15", "12:30", "1_0", "2024-01-15T10:00:00Z", "-.INF", "0x1F", "0o17", "12-bad"}) {
        INFO(value);
        CHECK(may_not_be_string(value));
    }
    for (const char* value : {"abc", "1.2.3", "706798e8c", "hello world", "v1", "a: b", "16-alpine", "12-debian-12-r22", "22.04-slim", "-q", "10.0.0.1/8"}) {
        INFO(value);
        CHECK_FALSE(may_not_be_string(value));
    }
}
