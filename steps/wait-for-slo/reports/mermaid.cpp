#include "wait-for-slo/reports/mermaid.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace slipway::wait_for_slo::mermaid {

std::string decimal(double number) {
    constexpr int significant = 4;
    constexpr int most_decimals = 15;
    const int magnitude = number != 0 ? static_cast<int>(std::floor(std::log10(std::abs(number)))) : 0;
    char buffer[512]; // the largest number has 309 digits
    std::snprintf(buffer, sizeof buffer, "%.*f", std::clamp(significant - 1 - magnitude, 0, most_decimals), number);
    std::string text = buffer;
    if (text.find('.') == std::string::npos) return text;
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text;
}

std::string title_of(std::string text) {
    std::replace_if(text.begin(), text.end(), [](char c) { return c == '"' || c == '`' || c == '#' || c == ';' || static_cast<unsigned char>(c) < 0x20; }, '\'');
    replace_all(text, "%{", "% {");
    return text;
}

std::string list_of(const std::vector<double>& numbers) {
    std::vector<std::string> texts;
    for (const auto number : numbers) texts.push_back(decimal(number));
    return '[' + join(texts, ", ") + ']';
}

std::string beginning(const std::string& title, double from, double to, const std::string& y_title, double low, double high) {
    return "\n```mermaid\nxychart-beta\n    title \"" + title_of(title) + "\"\n    x-axis \"seconds\" " + decimal(std::floor(from)) + " --> " + decimal(std::ceil(to)) + "\n    y-axis \"" + y_title + "\" " + decimal(low) + " --> " +
           decimal(high) + '\n';
}

} // namespace slipway::wait_for_slo::mermaid
