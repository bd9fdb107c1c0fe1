#include "catch.hpp"

#include "core/text.hpp"
#include "wait-for-slo/reports/markup.hpp"
#include "wait-for-slo/reports/scale.hpp"
#include "wait-for-slo/reports/style.hpp"

#include <cmath>
#include <limits>

using namespace slipway;
using namespace slipway::wait_for_slo;

namespace {

std::vector<std::string> labels_of(const std::vector<Mark>& marks) {
    std::vector<std::string> labels;
    for (const auto& mark : marks) labels.push_back(mark.label);
    return labels;
}

/// @source WCAG 2.2, "relative luminance"
double luminance(std::string_view colour) {
    double sum = 0;
    const double weights[] = {0.2126, 0.7152, 0.0722};
    for (std::size_t i = 0; i < 3; ++i) {
        const double value = std::stoi(std::string(colour.substr(1 + 2 * i, 2)), nullptr, 16) / 255.0;
        sum += weights[i] * (value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4));
    }
    return sum;
}

/// @source WCAG 2.2, "contrast ratio"
double contrast(std::string_view one, std::string_view other) {
    const double a = luminance(one);
    const double b = luminance(other);
    return (std::max(a, b) + 0.05) / (std::min(a, b) + 0.05);
}

} // namespace

TEST_CASE("foreign text shows as what it is") {
    CHECK(shown("größe ✓ 日本") == "größe ✓ 日本");
    CHECK(shown("a\tb\nc\r\xe2\x80\xa8") == "a b c  ");
    CHECK(shown(std::string_view("\0\x1b[31m\x7f", 7)) == "\\x00\\x1b[31m\\x7f");
    CHECK(shown("\xff\xc0\xaf") == "\\xff\\xc0\\xaf");
    CHECK(shown("\xe2\x80\xaegnp.exe\xe2\x81\xa6\xe2\x80\x8b\xef\xbb\xbf") == "\\u{202e}gnp.exe\\u{2066}\\u{200b}\\u{feff}");
    CHECK(shown("\xe3\x85\xa4") == "\\u{3164}");
    CHECK(shown("äöüß", 4) == "äöüß");
    CHECK(shown("äöüßa", 4) == "äöüß...");
    CHECK(shown(std::string(100'000, 'x'), 10) == "xxxxxxxxxx...");
    CHECK(escaped("<a href=\"x\" b='y'>&amp;]]>") == "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;]]&gt;");
    // No half of a secret is left at a cut.
    const ForeignText foreign([](std::string_view text) {
        std::string redacted(text);
        replace_all(redacted, "hunter<22>", "***");
        return redacted;
    });
    CHECK(foreign("pw=hunter<22>!", 8) == "pw=***!");
    CHECK(foreign("pw=hunter<2", 100) == "pw=hunter&lt;2");
}

TEST_CASE("axes have few round numbers") {
    CHECK(nice_numbers(0, 63, 5) == std::vector<double>{0, 20, 40, 60});
    CHECK(nice_numbers(0, 1, 6) == std::vector<double>{0, 0.2, 0.4, 0.6000000000000001, 0.8, 1});
    CHECK(nice_numbers(-3, 3, 4) == std::vector<double>{-2, 0, 2});
    CHECK(labels_of(nice_times(180, 5)) == std::vector<std::string>{"0s", "1m", "2m", "3m"});
    CHECK(labels_of(nice_times(7, 5)) == std::vector<std::string>{"0s", "2s", "4s", "6s"});
    CHECK(labels_of(nice_times(1, 5)) == std::vector<std::string>{"0s", "1s"});
    CHECK(labels_of(nice_times(86'400 * 2, 5)) == std::vector<std::string>{"0s", "12h", "1d", "1d12h", "2d"});
    CHECK(nice_times(86'400.0 * 365, 5).size() >= 3);
    CHECK(labels_of(powers_of_ten(0.1, 1000, 6)) == std::vector<std::string>{"0.1", "1", "10", "100", "1000"});
    CHECK(labels_of(powers_of_ten(0.001, 1e100, 5)) == std::vector<std::string>{"1", "10²¹", "10⁴²", "10⁶³", "10⁸⁴"});
    CHECK(labels_of(powers_of_ten(1e-8, 1, 3)) == std::vector<std::string>{"10⁻⁶", "0.001", "1"});
    for (const double low : {-1e300, -1.0, 0.0, 1e15, 1e-300}) {
        for (const double size : {1e-320, 1e-9, 1.0, 3.7, 1e9, 1e300}) {
            const auto numbers = nice_numbers(low, low + size, 5);
            INFO(low << ' ' << size);
            CHECK(numbers.size() <= 5);
        }
    }
    CHECK(nice_numbers(1, 1, 5).empty());
    CHECK(nice_numbers(0, std::numeric_limits<double>::infinity(), 5).empty());
    CHECK(nice_numbers(0, std::nan(""), 5).empty());
    CHECK(short_number(1500) == "1.5k");
    CHECK(short_number(2e6) == "2M");
    CHECK(short_number(0.25) == "0.25");
}

TEST_CASE("what lies beyond an axis lies at its end") {
    const auto linear = Scale::linear(10, 20);
    CHECK(linear(15) == 0.5);
    CHECK(linear(-1e300) == 0);
    CHECK(linear(std::nan("")) == 0);
    CHECK(linear(std::numeric_limits<double>::infinity()) == 1);
    const auto logarithmic = Scale::logarithmic(0.1, 1000);
    CHECK(logarithmic(1) == Approx(0.25));
    CHECK(logarithmic(0) == 0);
    CHECK(logarithmic(1e9) == 1);
}

TEST_CASE("words and marks stand out in light and dark") {
    for (const auto* palette : {&light, &dark}) {
        for (const auto ground : {palette->paper, palette->panel}) {
            for (const auto words : {palette->ink, palette->muted}) CHECK(contrast(words, ground) >= 4.5);
            for (const auto mark : {palette->good, palette->bad, palette->unsure, palette->evidence}) CHECK(contrast(mark, ground) >= 3);
        }
        for (const auto ground : {palette->holds, palette->bad, palette->unsure}) CHECK(contrast(palette->on_verdict, ground) >= 4.5);
        // Words of a limit may lie upon the band. Bad events lie upon good ones, and differ in more than their hue.
        CHECK(contrast(palette->ink, palette->band) >= 4.5);
        CHECK(contrast(palette->good, palette->bad) >= 1.5);
    }
    CHECK(page_style().find('@' + std::string("ink")) == std::string::npos);
    for (const auto& style : {page_style(), picture_style()}) {
        CHECK(style.find("url(") == std::string::npos);
        CHECK(style.find("@import") == std::string::npos);
        for (const std::string name : {"@paper", "@muted", "@good", "@on_"}) CHECK(style.find(name) == std::string::npos);
    }
}
