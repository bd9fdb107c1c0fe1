#include "wait-for-slo/chart.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

namespace slipway::wait_for_slo {

namespace {

constexpr std::size_t most_points = 60;

std::string decimal(double number) {
    // Mermaid reads no exponents.
    constexpr int significant = 4;
    constexpr int most_decimals = 15;
    const int magnitude = number > 0 ? static_cast<int>(std::floor(std::log10(number))) : 0;
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%.*f", std::clamp(significant - 1 - magnitude, 0, most_decimals), number);
    std::string text = buffer;
    if (text.find('.') == std::string::npos) return text;
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text;
}

/// A title that cannot end its quotes, nor the block of code, nor begin a directive (`%%{`).
std::string title_of(std::string text) {
    std::replace_if(text.begin(), text.end(), [](char c) { return c == '"' || c == '`' || c == '#' || c == ';' || static_cast<unsigned char>(c) < 0x20; }, '\'');
    replace_all(text, "%{", "% {");
    return text;
}

} // namespace

std::string mermaid_chart(const ObjectiveWatch& objective) {
    const auto& ticks = objective.ticks();
    if (ticks.size() < 2) return {};
    const auto together = (ticks.size() + most_points - 1) / most_points;
    std::vector<double> rates;
    std::vector<std::string> texts;
    std::vector<std::string> allowed;
    const double limit = objective.objective().no_bad_event ? 0 : objective.decision().policy().allowed() * 100;
    for (std::size_t i = 0; i < ticks.size(); i += together) {
        double bad = 0;
        double total = 0;
        for (std::size_t k = i; k < std::min(i + together, ticks.size()); ++k) {
            bad += ticks[k].bad;
            total += ticks[k].total;
        }
        rates.push_back(total > 0 ? bad / total * 100 : 0);
        texts.push_back(decimal(rates.back()));
        allowed.push_back(decimal(limit));
    }
    double highest = std::max(*std::max_element(rates.begin(), rates.end()), limit);
    if (highest <= 0) highest = 1; // an axis needs some length
    std::string text = "\n```mermaid\nxychart-beta\n";
    text += "    title \"" + title_of(objective.objective().name) + "\"\n";
    text += "    x-axis \"seconds\" " + decimal(std::floor(ticks.front().milliseconds / 1000.0)) + " --> " + decimal(std::ceil(ticks.back().milliseconds / 1000.0)) + '\n';
    text += "    y-axis \"bad events, %\" 0 --> " + decimal(highest * 1.1) + '\n';
    text += "    bar [" + join(texts, ", ") + "]\n";
    text += "    line [" + join(allowed, ", ") + "]\n```\n";
    return text;
}

} // namespace slipway::wait_for_slo
