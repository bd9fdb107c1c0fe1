#include "wait-for-slo/reports/mermaid_chart.hpp"

#include "wait-for-slo/reports/mermaid.hpp"

#include <algorithm>
#include <vector>

namespace slipway::wait_for_slo {

std::string mermaid_chart(const ObjectiveWatch& objective) {
    const auto& ticks = objective.ticks();
    if (ticks.size() < 2) return {};
    const auto together = (ticks.size() + mermaid::most_points - 1) / mermaid::most_points;
    std::vector<double> rates;
    const double limit = objective.objective().no_bad_event ? 0 : objective.decision().policy().allowed() * 100;
    for (std::size_t i = 0; i < ticks.size(); i += together) {
        double bad = 0;
        double total = 0;
        for (std::size_t k = i; k < std::min(i + together, ticks.size()); ++k) {
            bad += ticks[k].bad;
            total += ticks[k].total;
        }
        rates.push_back(total > 0 ? bad / total * 100 : 0);
    }
    double highest = std::max(*std::max_element(rates.begin(), rates.end()), limit);
    if (highest <= 0) highest = 1; // an axis needs some length
    auto text = mermaid::beginning(objective.objective().name, ticks.front().milliseconds / 1000.0, ticks.back().milliseconds / 1000.0, "bad events, %", 0, highest * 1.1);
    text += "    bar " + mermaid::list_of(rates) + "\n    line " + mermaid::list_of(std::vector<double>(rates.size(), limit)) + '\n';
    return text + mermaid::end;
}

} // namespace slipway::wait_for_slo
