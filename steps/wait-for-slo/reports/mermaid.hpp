#pragma once

#include <cstddef>
#include <string>
#include <vector>

// Pieces of Mermaid's xychart.
namespace slipway::wait_for_slo::mermaid {

/// What a page shows of a series of values, at most.
inline constexpr std::size_t most_points = 60;

/// Mermaid reads no exponents.
std::string decimal(double number);

/// A title that cannot end its quotes, nor the block of code, nor begin a directive (`%%{`).
std::string title_of(std::string text);

/// `[8, 8.5, 7]`
std::string list_of(const std::vector<double>& numbers);

/// A chart's beginning: its title and both axes.
/// @param from, to  seconds
std::string beginning(const std::string& title, double from, double to, const std::string& y_title, double low, double high);

/// The end of the block of code that `beginning` began.
inline constexpr const char* end = "```\n";

} // namespace slipway::wait_for_slo::mermaid
