#include "wait-for-slo/reports/plot.hpp"

#include "core/duration.hpp"
#include "core/unicode.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace slipway::wait_for_slo {

namespace {

constexpr double left = 62;
constexpr double right = 14;
constexpr double top = 62;
constexpr double bottom = 42;
constexpr double inner_width = Plot::width - left - right;
constexpr double inner_height = Plot::height - top - bottom;
constexpr double base = top + inner_height;

/// Pixels with one decimal: a tenth of a pixel is not seen.
std::string pixels(double value) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.1f", std::clamp(value, -9999.0, 9999.0));
    std::string text = buffer;
    if (text.ends_with(".0")) text.resize(text.size() - 2);
    return text == "-0" ? "0" : text;
}

std::string pair(double x, double y) { return pixels(x) + ' ' + pixels(y); }

/// Room that words of the chart's font take; what runs on is longer than this in no usual font.
double width_of(const std::string& words) {
    std::size_t characters = 0;
    for (std::string_view rest = words; !rest.empty(); rest.remove_prefix(first_character(rest).length)) ++characters;
    return static_cast<double>(characters) * 7;
}

} // namespace

Plot::Plot(std::string title, std::string description, const TimeAxis& time, Scale scale, std::vector<Mark> marks)
    : title_(std::move(title)), description_(std::move(description)), time_(Scale::linear(0, std::max(time.until, 1e-3))), scale_(scale), legend_x_(left) {
    frame(time, marks);
}

double Plot::x(double time) const { return left + time_(time) * inner_width; }
double Plot::y(double value) const { return base - scale_(value) * inner_height; }

void Plot::text(const std::string& css, double at_x, double at_y, const std::string& words, const char* anchor) {
    body_ += "<text class=\"" + css + "\" x=\"" + pixels(at_x) + "\" y=\"" + pixels(at_y) + "\" text-anchor=\"" + anchor + "\">" + words + "</text>";
}

void Plot::frame(const TimeAxis& time, const std::vector<Mark>& marks) {
    text("title", 4, 16, title_);
    std::string grid;
    for (const auto& mark : marks) {
        grid += 'M' + pair(left, y(mark.value)) + 'h' + pixels(inner_width);
        text("label", left - 6, y(mark.value) + 4, mark.label, "end");
    }
    std::string ends;
    for (const auto& mark : nice_times(time.until, 5)) {
        ends += 'M' + pair(x(mark.value), base) + "v4";
        // Words at the end must not leave the picture.
        const bool at_end = x(mark.value) > Plot::width - 32;
        const double at = at_end ? Plot::width - 2 : x(mark.value);
        const char* const anchor = at_end ? "end" : "middle";
        text("label", at, base + 17, mark.label, anchor);
        if (time.deploy) text("label", at, base + 32, clock_time(*time.deploy + Duration{std::llround(mark.value * 1000)}), anchor);
    }
    body_ += "<path class=\"grid\" d=\"" + grid + "\"/><path class=\"axis\" d=\"M" + pair(left, base) + 'h' + pixels(inner_width) + ends + "\"/>";
    body_ += "<path class=\"moment\" d=\"M" + pair(x(0), top - 6) + 'V' + pixels(base) + 'M' + pair(x(time.until), top - 6) + 'V' + pixels(base) + "\"/>";
    text("label", left, top - 10, "deploy");
    text("label strong", Plot::width - right, top - 10, time.verdict, "end");
    if (!time.began) return;
    body_ += "<path class=\"began\" d=\"M" + pair(x(*time.began), top - 6) + 'V' + pixels(base) + "\"/>";
    // On the side where there is room, and clear of the words at both ends.
    const std::string words = "it began";
    const double middle = std::clamp(x(*time.began), left + 90, Plot::width - right - width_of(time.verdict) - 40);
    text("label strong", middle, top - 10, words, "middle");
}

void Plot::bars(const std::string& css, std::span<const Bar> bars, double least) {
    std::string path;
    for (const auto& bar : bars) {
        if (!(bar.high > bar.low)) continue;
        const double begin = x(bar.from);
        // A gap tells bars apart where there is room for one.
        const double wide = std::max(x(bar.until) - begin - (x(bar.until) - begin > 3 ? 1 : 0), 0.8);
        const double high = std::max(y(bar.low) - y(bar.high), least);
        path += 'M' + pair(begin, y(bar.low)) + 'h' + pixels(wide) + "v-" + pixels(high) + "h-" + pixels(wide) + 'z';
    }
    if (!path.empty()) body_ += "<path class=\"" + css + "\" d=\"" + path + "\"/>";
}

void Plot::line(const std::string& css, std::span<const Point> points) {
    std::string path;
    for (const auto& point : points) path += (path.empty() ? 'M' : 'L') + pair(x(point.time), y(point.value));
    // A single point is seen by its round ends.
    if (points.size() == 1) path += "h0";
    if (!path.empty()) body_ += "<path class=\"" + css + "\" d=\"" + path + "\"/>";
}

void Plot::band(const std::string& css, std::span<const Point> low, std::span<const Point> high) {
    if (low.empty()) return;
    std::string path;
    for (const auto& point : low) path += (path.empty() ? 'M' : 'L') + pair(x(point.time), y(point.value));
    for (auto point = high.rbegin(); point != high.rend(); ++point) path += 'L' + pair(x(point->time), y(point->value));
    body_ += "<path class=\"" + css + "\" d=\"" + path + "z\"/>";
}

void Plot::level(double value, const std::string& words) {
    const double at = y(value);
    body_ += "<path class=\"limit\" d=\"M" + pair(left, at) + 'h' + pixels(inner_width) + "\"/>";
    // Above the line, but below it at the upper end.
    text("label strong halo", left + 5, at - top < 16 ? at + 13 : at - 5, words);
}

void Plot::shape(const std::string& css, Shape shape, Point point) {
    const auto at = [&](double dx, double dy) { return pair(x(point.time) + dx, y(point.value) + dy); };
    std::string path;
    switch (shape) {
    case Shape::dot: path = 'M' + at(-3, 0) + "a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z"; break;
    case Shape::cross: path = 'M' + at(-4, -4) + 'L' + at(4, 4) + 'M' + at(4, -4) + 'L' + at(-4, 4); break;
    case Shape::diamond: path = 'M' + at(0, -5) + 'L' + at(5, 0) + 'L' + at(0, 5) + 'L' + at(-5, 0) + 'z'; break;
    case Shape::triangle: path = 'M' + at(0, -5) + 'L' + at(5, 4) + 'L' + at(-5, 4) + 'z'; break;
    }
    body_ += "<path class=\"" + css + "\" d=\"" + path + "\"/>";
}

void Plot::legend(const std::string& css, const std::string& words) {
    constexpr double at = 34;
    body_ += "<rect class=\"" + css + "\" x=\"" + pixels(legend_x_) + "\" y=\"" + pixels(at - 9) + "\" width=\"10\" height=\"10\"/>";
    text("label", legend_x_ + 15, at, words);
    legend_x_ += 15 + width_of(words) + 14;
}

std::string Plot::element(const std::string& attributes, const std::string& id) const {
    return "<svg viewBox=\"0 0 " + pixels(width) + ' ' + pixels(height) + '"' + attributes + "><title id=\"" + id + "t\">" + title_ + "</title><desc id=\"" + id + "d\">" + description_ + "</desc>" +
           body_ + "</svg>\n";
}

std::string Plot::svg_at(double x, double y, const std::string& id) const {
    return element(" x=\"" + pixels(x) + "\" y=\"" + pixels(y) + "\" width=\"" + pixels(width) + "\" height=\"" + pixels(height) + '"', id);
}

} // namespace slipway::wait_for_slo
