#include "slo/burn_rate.hpp"

#include "slo/fields.hpp"

#include <algorithm>
#include <set>

namespace slipway::slo {

namespace {

constexpr Duration minute{60'000};
constexpr Duration hour = 60 * minute;
constexpr Duration day = 24 * hour;

AlertWindow read_window(const Fields& fields) {
    AlertWindow window;
    if (const auto percent = fields.number("errorBudgetPercent", Need::required)) {
        if (*percent > 0 && *percent <= 100) window.budget_fraction = *percent / 100;
        else fields.complain("errorBudgetPercent", "'errorBudgetPercent' takes more than 0 and at most 100");
    }
    const auto short_window = fields.duration("shortWindow", Need::required);
    const auto long_window = fields.duration("longWindow", Need::required);
    window.short_window = short_window.value_or(minute);
    window.long_window = long_window.value_or(2 * minute);
    if (short_window && long_window && *short_window >= *long_window) fields.complain("shortWindow", "'shortWindow' is not shorter than 'longWindow'");
    return window;
}

std::vector<AlertWindow> read_windows(const Fields& spec, const char* severity) {
    std::vector<AlertWindow> windows;
    const auto pair = spec.map(severity, Need::required, {"quick", "slow"});
    if (!pair) return windows;
    for (const char* speed : {"quick", "slow"}) {
        if (const auto window = pair->map(speed, Need::required, {"errorBudgetPercent", "shortWindow", "longWindow"})) windows.push_back(read_window(*window));
    }
    return windows;
}

} // namespace

double burn_rate_factor(double budget_fraction, Duration window, Duration period) {
    return budget_fraction * static_cast<double>(period.count()) / static_cast<double>(window.count());
}

std::vector<Duration> AlertWindows::all() const {
    std::set<Duration> found;
    for (const auto* list : {&page, &ticket}) {
        for (const auto& window : *list) {
            found.insert(window.short_window);
            found.insert(window.long_window);
        }
    }
    return {found.begin(), found.end()};
}

AlertWindows workbook_windows() {
    return {.page = {{0.02, hour, 5 * minute}, {0.05, 6 * hour, 30 * minute}}, .ticket = {{0.10, day, 2 * hour}, {0.10, 3 * day, 6 * hour}}};
}

AlertWindows read_alert_windows(std::string_view text, const std::string& file) {
    std::vector<Diagnostic> problems;
    const yaml::Tree tree(text, file);
    AlertWindows windows;
    if (tree.documents().size() != 1 || tree.meant(tree.documents().front()).kind != yaml::NodeKind::map) {
        throw Error(ExitCode::misuse, Diagnostic{.message = "this is no file of alert windows: it takes one document with 'kind: AlertWindows'", .place = {file, 0, 0}});
    }
    const Fields root(tree, tree.documents().front(), problems, "a file of alert windows", {"apiVersion", "kind", "spec"});
    const auto kind = root.text("kind", Need::required);
    if (!kind.empty() && kind != "AlertWindows") root.complain("kind", "'kind' is not AlertWindows");
    if (const auto spec = root.map("spec", Need::required, {"sloPeriod", "page", "ticket"})) {
        windows.period = spec->duration("sloPeriod").value_or(Duration{0});
        windows.page = read_windows(*spec, "page");
        windows.ticket = read_windows(*spec, "ticket");
    }
    if (!problems.empty()) throw Error(ExitCode::misuse, std::move(problems));
    return windows;
}

std::string window_name(Duration window) {
    const auto count = window.count();
    for (const auto& [unit, letter] : {std::pair(day, "d"), std::pair(hour, "h"), std::pair(minute, "m"), std::pair(Duration{1000}, "s")}) {
        if (count % unit.count() == 0) return std::to_string(count / unit.count()) + letter;
    }
    return std::to_string(count) + "ms";
}

} // namespace slipway::slo
