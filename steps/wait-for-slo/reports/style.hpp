#pragma once

#include <string>
#include <string_view>

// How reports look. Colours are those of Okabe and Ito's palette for all kinds of colour vision, made lighter or darker until they stand out: words
// by 4.5 to 1, everything else by 3 to 1. Nothing is told by colours alone.
namespace slipway::wait_for_slo {

struct Palette {
    std::string_view paper;
    std::string_view panel; ///< what lies on the paper, with words on it
    std::string_view ink;
    std::string_view muted; ///< words that matter less
    std::string_view grid;  ///< lines that only guide
    std::string_view good;
    std::string_view bad;
    std::string_view unsure;
    std::string_view evidence;
    std::string_view band;
    std::string_view holds;
    std::string_view on_verdict; ///< words upon the colour of a verdict
};

extern const Palette light;
extern const Palette dark;

/// For a picture of its own: in the dark where the reader has chosen so.
std::string picture_style();

/// For the page, with the charts in it. It is printed as in the light.
std::string page_style();

} // namespace slipway::wait_for_slo
