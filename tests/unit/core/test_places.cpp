#include "catch.hpp"

#include "core/places.hpp"

#include <string>

using namespace slipway;

TEST_CASE("a byte has a line and a column of characters") {
    const std::string text = "\xEF\xBB\xBF" "a\xC3\xA4" "b\r\n\nlast";
    const Places places(text, "f");
    CHECK(places.at(0) == Place{"f", 1, 1});
    CHECK(places.at(3) == Place{"f", 1, 1});
    CHECK(places.at(6) == Place{"f", 1, 3});
    CHECK(places.at(9) == Place{"f", 2, 1});
    CHECK(places.at(10) == Place{"f", 3, 1});
    CHECK(places.at(13) == Place{"f", 3, 4});
    CHECK(places.at(1000) == Place{"f", 3, 5});
    CHECK(place_of("", "f", 0) == Place{"f", 1, 1});
}

TEST_CASE("a line and a column have a byte") {
    const std::string text = "a\xC3\xA4" "b\nlast";
    const Places places(text, "f");
    CHECK(places.offset(1, 1) == 0);
    CHECK(places.offset(1, 3) == 3);
    CHECK(places.offset(1, 99) == 4);
    CHECK(places.offset(2, 2) == 6);
    CHECK(places.offset(2, 99) == text.size());
    CHECK(places.offset(3, 1) == text.size());
    CHECK(places.offset(0, 1) == text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto place = places.at(at);
        if (at != 2) CHECK(places.offset(place.line, place.column) == at); // 2 is within a character
    }
}
