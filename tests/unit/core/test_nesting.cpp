#include "core/nesting.hpp"

#include "catch.hpp"

#include <string>

using slipway::is_nested_too_deep;

TEST_CASE("JSON that nobody could follow is told from what is merely long") {
    const auto levels = [](std::size_t count, const std::string& one) {
        std::string text;
        for (std::size_t i = 0; i < count; ++i) text += one;
        return text;
    };
    CHECK(is_nested_too_deep(levels(501, "[")));
    CHECK(is_nested_too_deep(levels(501, "{\"a\":")));
    CHECK(is_nested_too_deep(levels(251, "[{\"a\":")));
    CHECK_FALSE(is_nested_too_deep(levels(500, "[")));
    CHECK_FALSE(is_nested_too_deep(levels(1000, "[{}],")));
    // Brackets in texts, behind quotes that do not end them, and in what is no JSON.
    CHECK_FALSE(is_nested_too_deep("[\"" + levels(1000, "[{\\\"") + "\"]"));
    CHECK_FALSE(is_nested_too_deep("\"\\"));
    CHECK_FALSE(is_nested_too_deep(levels(1000, "]}")));
    CHECK_FALSE(is_nested_too_deep(""));
}
