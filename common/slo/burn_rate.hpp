#pragma once

#include "core/duration.hpp"
#include "core/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace slipway::slo {

/// Burn rate above which an alert with this window fires: at a burn rate of 1 the error budget lasts exactly the period.
///
/// @param budget_fraction  share of the error budget spent within `window`, in (0, 1]
/// @param window           the long alert window
/// @param period           the objective's period, for example 28 days
/// @return a factor without unit; 14.4 for 2 % in 1 h of 30 days
/// @source Google, The Site Reliability Workbook, chapter 5, table 5-8
double burn_rate_factor(double budget_fraction, Duration window, Duration period);

/// Both windows must burn faster than the factor: the long one shows that it matters, the short one that it still goes on.
struct AlertWindow {
    double budget_fraction = 0; ///< in (0, 1]
    Duration long_window{0};
    Duration short_window{0};
};

/// What wakes somebody up, and what waits until morning. A pair each is enough for the alert.
struct AlertWindows {
    std::vector<AlertWindow> page;
    std::vector<AlertWindow> ticket;
    /// The period that the windows are meant for; 0: any.
    Duration period{0};

    /// Every window that they name, shortest first, each once.
    std::vector<Duration> all() const;
};

/// 2 % in 1h (5m) and 5 % in 6h (30m) page; 10 % in 1d (2h) and 10 % in 3d (6h) make a ticket.
/// @source Google, The Site Reliability Workbook, chapter 5, "Alerting on SLOs"
AlertWindows workbook_windows();

/// Reads windows from a file of the form that Sloth has for them: `kind: AlertWindows` with spec.page and spec.ticket, each with quick
/// and slow of errorBudgetPercent, shortWindow and longWindow.
///
/// @throws Error (misuse) with all mistakes of the file
/// @source Sloth documentation, "Alert windows"
AlertWindows read_alert_windows(std::string_view text, const std::string& file);

/// A duration as it stands in names and ranges: in its largest unit that leaves nothing over, but days rather than weeks: "28d", "2h".
std::string window_name(Duration window);

} // namespace slipway::slo
