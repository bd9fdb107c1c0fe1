#include "slo/dashboard_layout.hpp"

#include "promql/parser.hpp"
#include "promql/print.hpp"
#include "slo/objective.hpp"

#include <algorithm>

namespace slipway::slo {

namespace {

using Json = nlohmann::ordered_json;

constexpr int columns = 24;

bool begins_a_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

/// Whether Grafana takes what begins at a dollar or bracket for a variable.
bool begins_variable(std::string_view text, std::size_t at) {
    const auto next = [&](std::size_t by) { return at + by < text.size() ? text[at + by] : ' '; };
    if (text[at] == '$') return begins_a_name(next(1)) || next(1) == '{';
    return text[at] == '[' && next(1) == '[' && begins_a_name(next(2));
}

/// "A", "B", ... "Z", "AA"
std::string ref_id(std::size_t index) {
    std::string id;
    for (++index; index > 0; index = (index - 1) / 26) id.insert(id.begin(), static_cast<char>('A' + (index - 1) % 26));
    return id;
}

/// A number as people write it, and a whole one without a fraction.
Json number(double value) {
    const double short_value = rounded(value);
    const auto whole = static_cast<long long>(short_value);
    if (static_cast<double>(whole) == short_value) return whole;
    return short_value;
}

Json thresholds(const std::vector<PanelStep>& steps) {
    auto list = Json::array();
    for (const auto& step : steps) list.push_back({{"color", step.color}, {"value", step.from ? number(*step.from) : Json(nullptr)}});
    if (list.empty()) list.push_back({{"color", "green"}, {"value", nullptr}});
    return {{"mode", "absolute"}, {"steps", list}};
}

Json line_style(const Panel& panel) {
    Json custom = {{"drawStyle", "line"}, {"fillOpacity", 0}, {"lineInterpolation", "linear"}, {"lineWidth", 1}, {"pointSize", 5}, {"showPoints", "never"}, {"spanNulls", false}};
    if (panel.soft_max) custom["axisSoftMax"] = number(*panel.soft_max);
    custom["scaleDistribution"] = panel.logarithmic ? Json{{"type", "symlog"}, {"log", 2}, {"linearThreshold", 1}} : Json{{"type", "linear"}};
    custom["thresholdsStyle"] = {{"mode", panel.steps.size() > 1 ? "line" : "off"}};
    return custom;
}

Json field_config(const Panel& panel) {
    const bool lines = panel.kind == PanelKind::timeseries;
    Json defaults = {{"color", {{"mode", lines ? "palette-classic" : "thresholds"}}}};
    if (lines) defaults["custom"] = line_style(panel);
    defaults["mappings"] = Json::array();
    if (panel.min) defaults["min"] = number(*panel.min);
    if (panel.max) defaults["max"] = number(*panel.max);
    defaults["thresholds"] = thresholds(panel.steps);
    defaults["unit"] = panel.unit;
    return {{"defaults", defaults}, {"overrides", Json::array()}};
}

Json options_of(const Panel& panel) {
    const Json last_value = {{"calcs", Json::array({"lastNotNull"})}, {"fields", ""}, {"values", false}};
    switch (panel.kind) {
    case PanelKind::stat:
        return {{"colorMode", "value"}, {"graphMode", "none"}, {"justifyMode", "auto"}, {"orientation", "auto"}, {"reduceOptions", last_value}, {"textMode", "value_and_name"}};
    case PanelKind::bargauge: return {{"displayMode", "basic"}, {"orientation", "horizontal"}, {"reduceOptions", last_value}, {"showUnfilled", true}, {"valueMode", "color"}};
    case PanelKind::timeseries: break;
    }
    return {{"legend", {{"calcs", Json::array({"lastNotNull"})}, {"displayMode", "list"}, {"placement", "bottom"}, {"showLegend", true}}}, {"tooltip", {{"mode", "multi"}, {"sort", "desc"}}}};
}

const char* type_of(PanelKind kind) {
    switch (kind) {
    case PanelKind::stat: return "stat";
    case PanelKind::bargauge: return "bargauge";
    case PanelKind::timeseries: break;
    }
    return "timeseries";
}

} // namespace

std::string fixed_text(std::string text) {
    for (std::size_t at = 0; at + 1 < text.size(); ++at) {
        if (begins_variable(text, at) || (text[at] == '{' && text[at + 1] == '{')) text.insert(at + 1, 1, ' ');
    }
    return text;
}

std::string fixed_expression(const std::string& text) {
    promql::Dialect everything;
    for (const auto& feature : promql::Features::names()) everything.features.enable(feature);
    const auto parsed = promql::parse(text, everything);
    if (!parsed.expr) return text; // whoever read the objective has said what is wrong with it
    // In this form dollars stand nowhere but in double quotes.
    auto expr = promql::print(*parsed.expr);
    for (std::size_t at = 0; at + 1 < expr.size(); ++at) {
        if (expr[at] == '$' && begins_variable(expr, at)) expr.replace(at, 1, "\\x24");
        else if (expr[at] == '[' && begins_variable(expr, at)) expr.replace(at, 1, "\\x5b");
    }
    return expr;
}

nlohmann::ordered_json chosen_datasource() { return {{"type", "prometheus"}, {"uid", "${datasource}"}}; }

Json Layout::place(int width, int height) {
    if (x_ + width > columns) {
        x_ = 0;
        y_ += line_height_;
        line_height_ = 0;
    }
    Json position = {{"h", height}, {"w", width}, {"x", x_}, {"y", y_}};
    x_ += width;
    line_height_ = std::max(line_height_, height);
    return position;
}

void Layout::row(const std::string& title) {
    panels_.push_back({{"id", next_id_++}, {"type", "row"}, {"title", title}, {"collapsed", false}, {"gridPos", place(columns, 1)}, {"panels", Json::array()}});
}

void Layout::add(const Panel& panel) {
    const bool over_time = panel.kind == PanelKind::timeseries;
    auto targets = Json::array();
    for (const auto& target : panel.targets) {
        targets.push_back({{"datasource", chosen_datasource()}, {"editorMode", "code"}, {"expr", fixed_expression(target.expr)}, {"instant", !over_time}, {"legendFormat", target.legend}, {"range", over_time}, {"refId", ref_id(targets.size())}});
    }
    Json json = {{"id", next_id_++}, {"type", type_of(panel.kind)}, {"title", fixed_text(panel.title)}, {"description", fixed_text(panel.description)}, {"datasource", chosen_datasource()}, {"gridPos", place(panel.width, panel.height)},
                 {"fieldConfig", field_config(panel)}, {"options", options_of(panel)}, {"targets", targets}};
    if (!panel.time_from.empty()) json["timeFrom"] = panel.time_from;
    panels_.push_back(std::move(json));
}

} // namespace slipway::slo
