// Panels of a Grafana dashboard, and where they stand.

#pragma once

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace slipway::slo {

/// One query of a panel.
struct PanelTarget {
    std::string expr;
    std::string legend; ///< `{{label}}` stands for a label's value
};

/// From this value on, a colour; the first one has no value.
struct PanelStep {
    std::optional<double> from;
    std::string color;
};

enum class PanelKind {
    timeseries, ///< the steps are lines
    stat,       ///< the last value in the colour of its step
    bargauge    ///< the same as bars
};

struct Panel {
    PanelKind kind = PanelKind::timeseries;
    std::string title;
    std::string description;
    std::string unit = "short"; ///< Grafana's name of it: percentunit, reqps, s, bytes
    std::vector<PanelTarget> targets;
    std::vector<PanelStep> steps = {};
    std::optional<double> min = 0;
    std::optional<double> max = {};
    std::optional<double> soft_max = {}; ///< the axis reaches at least so far, so that lines are seen
    bool logarithmic = false;            ///< above 1; below it is linear
    std::string time_from = {};          ///< a time range of its own: "30d", "now/M"
    int width = 12;                      ///< of 24
    int height = 8;
};

/// Text that Grafana shows as it is: it would take `$name`, `[[name]]` and `{{name}}` for variables and labels.
std::string fixed_text(std::string text);

/// An expression in one line in which Grafana finds no variables of its own: a dollar in quotes is written as \x24 where it would.
std::string fixed_expression(const std::string& text);

/// Panels from left to right, from top to bottom.
class Layout {
public:
    /// A line with a title, from which on everything can be folded.
    void row(const std::string& title);
    void add(const Panel& panel);

    nlohmann::ordered_json take() { return std::move(panels_); }

private:
    nlohmann::ordered_json place(int width, int height);

    nlohmann::ordered_json panels_ = nlohmann::ordered_json::array();
    int next_id_ = 1;
    int x_ = 0;
    int y_ = 0;
    int line_height_ = 0;
};

/// `${datasource}`: the data source that the reader of the dashboard chooses.
nlohmann::ordered_json chosen_datasource();

} // namespace slipway::slo
