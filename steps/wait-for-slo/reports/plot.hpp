#pragma once

#include "core/timestamp.hpp"
#include "wait-for-slo/reports/scale.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace slipway::wait_for_slo {

/// The axis that all charts of a report share: seconds since the deploy, and what happened when.
struct TimeAxis {
    double until = 0;                   ///< the moment of the verdict
    std::optional<Timestamp> deploy = {}; ///< for clock times below the seconds
    std::string verdict = {};           ///< a word for that moment
    std::optional<double> began = {};   ///< when it went wrong
};

struct Point {
    double time = 0;
    double value = 0;
};

struct Bar {
    double from = 0;
    double until = 0;
    double low = 0;
    double high = 0;
};

/// How a mark on a point looks; the shapes tell what colours tell.
enum class Shape { dot, cross, diamond, triangle };

/// One chart as SVG: axes, marks of the time axis, and what is drawn upon them. Numbers and words that are given are plain text of ours, or
/// foreign text that is escaped already.
class Plot {
public:
    static constexpr double width = 480;
    static constexpr double height = 250;

    /// @param description  the chart in one sentence, for those who do not see it
    Plot(std::string title, std::string description, const TimeAxis& time, Scale scale, std::vector<Mark> marks);

    /// @param least  pixels that a bar above nothing is high, so that it is seen
    void bars(const std::string& css, std::span<const Bar> bars, double least = 0);
    void line(const std::string& css, std::span<const Point> points);
    /// Between two lines.
    void band(const std::string& css, std::span<const Point> low, std::span<const Point> high);
    /// A horizontal line over the whole width, with words.
    void level(double value, const std::string& words);
    void shape(const std::string& css, Shape shape, Point point);
    /// What the colours are, above the chart.
    void legend(const std::string& css, const std::string& words);

    /// As a picture of its own within a page, or within another picture at a place.
    /// @param id  of the title, no other in the page
    std::string svg(const std::string& id) const { return element(" role=\"img\" aria-labelledby=\"" + id + "t " + id + "d\"", id); }
    std::string svg_at(double x, double y, const std::string& id) const;

private:
    double x(double time) const;
    double y(double value) const;
    void text(const std::string& css, double at_x, double at_y, const std::string& words, const char* anchor = "start");
    void frame(const TimeAxis& time, const std::vector<Mark>& marks);
    std::string element(const std::string& attributes, const std::string& id) const;

    std::string title_;
    std::string description_;
    Scale time_;
    Scale scale_;
    double legend_x_ = 0;
    std::string body_;
};

} // namespace slipway::wait_for_slo
