#include "wait-for-slo/reports/svg.hpp"

#include "core/text.hpp"
#include "core/unicode.hpp"
#include "wait-for-slo/decision/wording.hpp"
#include "wait-for-slo/reports/answers.hpp"
#include "wait-for-slo/reports/charts.hpp"
#include "wait-for-slo/reports/style.hpp"

#include <algorithm>

namespace slipway::wait_for_slo {

namespace {

constexpr int width = 1000;
constexpr int margin = 16;
constexpr std::size_t most_charts = 8;
constexpr std::size_t most_in_line = 122; ///< characters that fit in the widest of the usual fonts

std::string text(const std::string& css, int x, int y, const std::string& words) {
    return "<text class=\"" + css + "\" x=\"" + std::to_string(x) + "\" y=\"" + std::to_string(y) + "\">" + words + "</text>\n";
}

/// Lines of at most so many characters, broken at blanks where there is one. SVG breaks none by itself.
std::vector<std::string> wrapped(std::string_view words, std::size_t most) {
    std::vector<std::string> lines;
    std::string line;
    std::size_t length = 0;
    std::size_t blank = std::string::npos; // the last one in the line
    std::size_t length_at_blank = 0;
    while (!words.empty()) {
        const auto character = first_character(words);
        if (length == most) {
            const bool at_blank = blank != std::string::npos && character.code != ' ';
            const auto cut = at_blank ? blank : line.size();
            lines.push_back(line.substr(0, cut));
            line = at_blank ? line.substr(cut + 1) : "";
            length = at_blank ? length - length_at_blank - 1 : 0;
            blank = std::string::npos;
        }
        if (character.code == ' ') {
            blank = line.size();
            length_at_blank = length;
        }
        if (!line.empty() || character.code != ' ') {
            line += words.substr(0, character.length);
            ++length;
        }
        words.remove_prefix(character.length);
    }
    if (!line.empty()) lines.push_back(line);
    return lines;
}

/// Grows downwards.
class Picture {
public:
    Picture(const Result& result, const Redact& redact) : result_(result), foreign_(redact) {}

    std::string svg() {
        const auto word = to_string(result_.outcome.verdict);
        constexpr int badge = 170;
        body_ += "<rect class=\"badge-" + word + "\" x=\"" + std::to_string(margin) + "\" y=\"16\" width=\"" + std::to_string(badge) + "\" height=\"36\" rx=\"6\"/>\n";
        body_ += text("verdict on-badge", margin + 10, 41, std::string(sign_of(result_.outcome.verdict)) + ' ' + word);
        if (result_.outcome.since) body_ += text("fact", margin + badge + 16, 39, "wait-for-slo, " + moment(result_, result_.outcome.watched) + " of " + format_timestamp(*result_.outcome.since).substr(0, 10));
        y_ = 60;
        paragraph("reason", foreign_.plain(result_.outcome.reason, 600), 112);
        charts();
        const auto title = "wait-for-slo: " + word;
        const auto height = std::to_string(y_ + margin);
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + std::to_string(width) + "\" height=\"" + height + "\" viewBox=\"0 0 " + std::to_string(width) + ' ' + height +
               "\" role=\"img\" aria-labelledby=\"title desc\">\n<title id=\"title\">" + title + "</title><desc id=\"desc\">" + foreign_(result_.outcome.reason, 600) + "</desc>\n<style>" + picture_style() +
               "</style>\n<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n" + body_ + "</svg>\n";
    }

private:
    void paragraph(const std::string& css, const std::string& words, std::size_t most) {
        for (const auto& line : wrapped(words, most)) {
            y_ += 22;
            body_ += text(css, margin, y_, escaped(line));
        }
    }

    void place(const Plot& plot) {
        constexpr int gap = 8;
        const bool is_left = charts_ % 2 == 0;
        if (is_left) y_ += gap;
        const int x = is_left ? margin : width - margin - static_cast<int>(Plot::width);
        body_ += plot.svg_at(x, y_, 'c' + std::to_string(charts_));
        ++charts_;
        if (!is_left) end_row();
    }
    void end_row() { y_ += static_cast<int>(Plot::height); }

    void charts() {
        const auto order = by_importance(result_);
        if (!order.empty()) objective(order.front(), order.size() > 1);
        for (const auto& analysis : result_.found->analyses) {
            for (const auto& metric : analysis.metrics) {
                if (charts_ < most_charts && !metric.measurements.empty()) place(values_chart(metric, result_.outcome.lead, time_axis(result_, std::nullopt), foreign_));
            }
        }
        if (charts_ == 0) paragraph("fact", "Nothing was counted, so there is nothing to draw.", most_in_line);
        if (charts_ % 2 == 1) end_row();
    }

    void objective(std::size_t index, bool named) {
        const auto& watch = result_.found->objectives[index];
        if (watch.ticks().empty()) return;
        const auto change = beginning_of(watch);
        y_ += 6;
        if (named) paragraph("fact", foreign_.plain(watch.objective().name, most_in_line), most_in_line);
        if (watch.violated()) paragraph("fact", "It began: " + when_it_began(result_, watch, change), most_in_line);
        paragraph("fact", how_sure(watch, finding_of(result_, index).verdict), most_in_line);
        const auto axis = time_axis(result_, change);
        const auto all = stretches(watch.ticks(), most_stretches, result_.outcome.lead);
        for (const auto& chart : charts_of(watch, all, axis)) place(chart);
        others(watch);
    }

    /// Beside the third chart.
    void others(const ObjectiveWatch& watch) {
        const auto alphas = with_other_alphas(watch);
        if (alphas.empty()) return;
        const int x = width - margin - static_cast<int>(Plot::width) + 4;
        int y = y_ + 16;
        const auto line = [&](const std::string& css, const std::string& words) {
            body_ += text(css, x, y, words);
            y += 22;
        };
        line("title", "With another alpha");
        for (const auto& other : alphas) line("fact", number(other.alpha) + ": " + outcome_of(other, result_.outcome.watched) + (other.used ? " (this run)" : ""));
        ++charts_;
        end_row();
    }

    const Result& result_;
    ForeignText foreign_;
    std::string body_;
    int y_ = 0;
    std::size_t charts_ = 0;
};

} // namespace

std::string svg_report(const Result& result, const Redact& redact) { return Picture(result, redact).svg(); }

} // namespace slipway::wait_for_slo
