#include "catch.hpp"

#include "core/encoding.hpp"
#include "core/redactor.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <type_traits>

using namespace slipway;

namespace {

Redactor knowing(std::initializer_list<const char*> values) {
    Redactor redactor;
    for (const char* value : values) redactor.add(Secret(value));
    return redactor;
}

} // namespace

// What the type promises: nothing turns a secret into text by accident.
static_assert(!std::is_convertible_v<Secret, std::string>);
static_assert(!std::is_convertible_v<std::string, Secret>);

TEST_CASE("a secret is replaced wherever it stands") {
    const auto redactor = knowing({"hunter2secret"});
    CHECK(redactor.redact("hunter2secret") == "***");
    CHECK(redactor.redact("a=hunter2secret&b=hunter2secret;") == "a=***&b=***;");
    CHECK(redactor.redact("nothing here") == "nothing here");
    CHECK(redactor.redact("") == "");
}

TEST_CASE("a secret is found in each encoded form") {
    const std::string value = "p\xC3\xA4ss \"w/rd\"\\+~?\t9";
    const auto redactor = knowing({value.c_str()});
    const std::string forms[] = {value,
                                 percent_encode(value),
                                 "p%c3%a4ss%20%22w%2frd%22%5c%2b~%3f%099",
                                 "p%C3%A4ss+%22w%2Frd%22%5C%2B~%3F%099",
                                 json_escape(value),
                                 visible(value),
                                 hexadecimal(value),
                                 upper(hexadecimal(value))};
    for (const auto& form : forms) {
        INFO(form);
        CHECK(redactor.redact('<' + form + '>') == "<***>");
    }
}

TEST_CASE("a secret is found in Base64 behind any other text") {
    // Bytes whose Base64 has both digits that the two alphabets write differently.
    const std::string value = "\xfb\xff\xbe\xfb\xff\xbe>>>???secret";
    const auto redactor = knowing({value.c_str()});
    for (const std::string before : {"", "u", "us", "user", "user:"}) {
        for (const std::string after : {"", "x", "xy", "xyz"}) {
            auto text = base64(before + value + after);
            const auto hidden = redactor.redact(text);
            INFO(text);
            CHECK(hidden.find("***") != std::string::npos);
            // At most the digit on each side that shares bits with the neighbours stays.
            CHECK(hidden.size() <= base64(before).size() + base64(after).size() + 3 + 4);
            std::replace(text.begin(), text.end(), '+', '-');
            std::replace(text.begin(), text.end(), '/', '_');
            CHECK(redactor.redact(text).find("***") != std::string::npos);
        }
    }
    CHECK(knowing({"s3cr3t"}).redact("Basic " + base64("admin:s3cr3t")).find(base64("s3cr3t").substr(1, 6)) == std::string::npos);
}

TEST_CASE("each line of a secret is hidden, and the lines together") {
    const auto redactor = knowing({"-----BEGIN-----\r\nline-one-of-key\nab\nline-two-of-key\n"});
    CHECK(redactor.redact("x line-one-of-key y") == "x *** y");
    CHECK(redactor.redact("line-two-of-key | line-one-of-key") == "*** | ***");
    CHECK(redactor.redact("-----BEGIN-----\r\nline-one-of-key\nab\nline-two-of-key\n") == "***");
    // A short line would blank out half of every message.
    CHECK(redactor.redact("ab") == "ab");
}

TEST_CASE("a short value is not redacted, and the caller learns it") {
    Redactor redactor;
    CHECK_FALSE(redactor.add(Secret("")));
    CHECK_FALSE(redactor.add(Secret("12345")));
    CHECK(redactor.redact("12345") == "12345");
    CHECK(redactor.add(Secret("123456")));
    CHECK(redactor.redact("123456") == "***");
}

TEST_CASE("of overlapping secrets no rest stays readable") {
    const auto chained = knowing({"abcdefgh", "efghijkl"});
    CHECK(chained.redact("abcdefghijkl") == "***");
    CHECK(chained.redact("xxabcdefghyy efghijkl") == "xx***yy ***");
    const auto nested = knowing({"secret", "my-secret-value"});
    CHECK(nested.redact("my-secret-value") == "***");
    CHECK(nested.redact("my-secret-") == "my-***-");
    const auto repeating = knowing({"abcabc"});
    CHECK(repeating.redact("abcabcabc") == "***");
}

TEST_CASE("a value with blanks around it is found without them") {
    CHECK(knowing({"  secret-token \n"}).redact("[secret-token]") == "[***]");
}
