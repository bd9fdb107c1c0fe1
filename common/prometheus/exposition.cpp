#include "prometheus/exposition.hpp"

#include "core/text.hpp"
#include "prometheus/exposed_series.hpp"
#include "prometheus/exposition_cursor.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace slipway::prometheus {

namespace {

constexpr const char* only_lf = "lines end in LF alone, not in CR LF";

std::optional<MetricType> type_of(std::string_view word, bool open_metrics) {
    if (word == "counter") return MetricType::counter;
    if (word == "gauge") return MetricType::gauge;
    if (word == "histogram") return MetricType::histogram;
    if (word == "summary") return MetricType::summary;
    if (word == (open_metrics ? "unknown" : "untyped")) return MetricType::untyped;
    if (!open_metrics) return std::nullopt;
    if (word == "gaugehistogram") return MetricType::gauge_histogram;
    if (word == "info") return MetricType::info;
    if (word == "stateset") return MetricType::state_set;
    return std::nullopt;
}

bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

/// The two formats differ in where blanks and line breaks may stand; what is between them is the same.
class Reader {
public:
    Reader(std::string_view text, ExpositionFormat format, ExpositionListener& listener) : open_metrics_(format == ExpositionFormat::open_metrics), listener_(listener), here_(text) {}

    /// @throws ExpositionMistake
    void read() {
        if (here_.at_end()) return; // Prometheus takes an empty answer in either format
        while (!here_.at_end()) {
            if (ended_) fail("something stands behind # EOF");
            line();
        }
        if (open_metrics_ && !ended_) fail("the text does not end with # EOF", "it was cut: what is missing may be a metric");
    }

private:
    [[noreturn]] void fail(std::string message, std::string hint = {}) const { throw ExpositionMistake{here_.at(), std::move(message), std::move(hint)}; }
    [[noreturn]] static void fail_at(std::size_t at, std::string message, std::string hint = {}) { throw ExpositionMistake{at, std::move(message), std::move(hint)}; }

    /// The text format takes blanks between any two parts, OpenMetrics none.
    void skip_blanks() {
        if (!open_metrics_) here_.skip_blanks();
    }

    void line() {
        const auto begin = here_.at();
        skip_blanks();
        if (here_.at_line_end()) {
            if (open_metrics_) fail("an empty line", "OpenMetrics has none");
            here_.advance();
        } else if (here_.peek() == '#') {
            comment();
        } else {
            sample(begin);
        }
    }

    void end_of_line() {
        if (open_metrics_ && here_.at_end()) fail("the text ends within a line", "it was cut");
        here_.advance();
    }

    void comment() {
        const auto begin = here_.at();
        here_.advance();
        if (open_metrics_) {
            if (here_.take(" EOF")) return end_of_text();
            for (const std::string_view keyword : {" TYPE ", " HELP ", " UNIT "}) {
                if (here_.take(keyword)) return metadata(trim(keyword));
            }
            fail_at(begin, "a comment that is none of # TYPE, # HELP, # UNIT and # EOF", "OpenMetrics has no others");
        }
        if (here_.at_blank()) {
            here_.skip_blanks();
            const auto keyword = here_.until(" \t");
            if ((keyword == "TYPE" || keyword == "HELP") && here_.at_blank()) {
                here_.skip_blanks();
                return metadata(keyword);
            }
        }
        here_.rest_of_line();
        if (has_nul(here_.since(begin))) fail_at(begin, "a comment with a NUL byte", "Prometheus can end its reading there without a word");
        end_of_line();
    }

    void end_of_text() {
        here_.take('\n');
        ended_ = true;
    }

    void metadata(std::string_view keyword) {
        const auto name_at = here_.at();
        std::string family;
        if (here_.peek() == '"') {
            family = without_escapes(here_.quoted(LineBreaks::allowed, NulBytes::refused));
        } else {
            family = here_.metric_name();
            if (family.empty()) fail("a metric is expected behind # " + std::string(keyword) + ", not " + here_.shown());
        }
        const auto text_at = here_.at();
        auto text = here_.rest_of_line();
        if (open_metrics_ && (text.empty() || text.front() != ' ')) fail_at(text_at, "a blank is expected behind '" + visible(family) + '\'');
        if (!text.empty() && text.front() == '\0') fail_at(text_at, "a NUL byte stands behind '" + visible(family) + '\'');
        if (!open_metrics_ && text.find_first_not_of(" \t") == std::string_view::npos) text = {};
        if (!text.empty()) text.remove_prefix(1); // whatever it is: the text format reads `# TYPE a-counter`
        if (keyword == "TYPE") type(family, text, text_at);
        else if (keyword == "UNIT") unit(family, text, name_at);
        else if (!is_valid_utf8(text)) fail_at(text_at, "the help text is no UTF-8");
        end_of_line();
    }

    void type(const std::string& family, std::string_view written, std::size_t at) {
        if (written.empty()) fail_at(at, "the TYPE line of '" + visible(family) + "' names no type");
        const auto type = type_of(written, open_metrics_);
        if (!type) {
            const auto* known = open_metrics_ ? "counter, gauge, histogram, gaugehistogram, summary, info, stateset and unknown are" : "counter, gauge, histogram, summary and untyped are";
            fail_at(at + 1, "'" + visible(family) + "' has the type '" + visible(written) + "', which is none", written.back() == '\r' ? only_lf : known);
        }
        // Prometheus takes any name here. No series can have this one.
        if (!family.empty() && is_valid_utf8(family)) listener_.type(family, *type);
    }

    static void unit(std::string_view family, std::string_view unit, std::size_t at) {
        if (unit.empty()) return;
        const bool fits = family.size() > unit.size() && family.substr(family.size() - unit.size()) == unit && family[family.size() - unit.size() - 1] == '_';
        if (!fits) fail_at(at, "'" + visible(family) + "' does not end with its unit, '_" + visible(unit) + '\'');
    }

    void sample(std::size_t begin) {
        series_.clear();
        const auto name = here_.metric_name();
        // Prometheus 3 counts blanks before a name as a part of it.
        if (!name.empty()) series_.set_name(here_.since(begin), begin);
        else if (here_.peek() != '{') fail("a metric is expected, not " + here_.shown());
        skip_blanks();
        const auto braces = here_.at();
        if (here_.take('{')) label_set(series_, false);
        if (!series_.has_name()) fail_at(braces, "the braces name no metric");
        series_.check();
        const auto value = open_metrics_ ? value_behind_blank() : value_in_text();
        if (open_metrics_) time_and_exemplar();
        else time();
        end_of_line();
        listener_.sample(series_.name(), series_.labels(), value);
    }

    std::string of_metric() const { return " of '" + visible(series_.name()) + '\''; }

    /// @param what  "value" or "time"; one of the exemplar's
    double number(std::string_view written, const char* what) const {
        if (const auto value = read_exposed_number(written)) return *value;
        const auto at = here_.at() - written.size();
        fail_at(at, std::string("the ") + what + of_metric() + " is no number: '" + visible(written.substr(0, 40)) + '\'', !written.empty() && written.back() == '\r' ? only_lf : "");
    }

    double value_in_text() {
        here_.skip_blanks();
        const auto written = here_.until(" \t{");
        if (written.empty() && here_.at_line_end()) fail("'" + visible(series_.name()) + "' has no value");
        return number(written, "value");
    }

    /// OpenMetrics has exactly one blank before each part.
    double value_behind_blank() {
        if (!here_.take(' ')) fail(here_.at_line_end() ? "'" + visible(series_.name()) + "' has no value" : "a blank is expected behind '" + visible(series_.name()) + "', not " + here_.shown());
        return number(here_.until(" "), "value");
    }

    void time() {
        here_.skip_blanks();
        const auto at = here_.at();
        const auto written = here_.until(" \t");
        if (written.empty()) return;
        std::int64_t milliseconds = 0;
        const auto [end, problem] = std::from_chars(written.data(), written.data() + written.size(), milliseconds);
        if (problem != std::errc{} || end != written.data() + written.size() || written.front() == '-') {
            fail_at(at, "the time" + of_metric() + " is no number of milliseconds: '" + visible(written.substr(0, 40)) + '\'', written.back() == '\r' ? only_lf : "");
        }
        here_.skip_blanks();
        if (!here_.at_line_end()) fail("unexpected " + here_.shown() + " behind the time");
    }

    void seconds(const char* what) {
        const auto written = here_.until(" ");
        if (!std::isfinite(number(written, what))) fail_at(here_.at() - written.size(), std::string("the ") + what + of_metric() + " is no time: '" + visible(written) + '\'');
    }

    void time_and_exemplar() {
        constexpr std::string_view exemplar_begin = " # {";
        if (here_.take(exemplar_begin)) return exemplar();
        if (!here_.take(' ')) return;
        seconds("time");
        if (here_.take(exemplar_begin)) return exemplar();
        if (!here_.at_line_end()) fail("unexpected " + here_.shown() + " behind the time");
    }

    /// Of no interest to us, but must be right.
    void exemplar() {
        exemplar_.clear();
        label_set(exemplar_, true);
        if (!here_.take(' ')) fail("the exemplar" + of_metric() + " has no value");
        number(here_.until(" "), "exemplar's value");
        if (here_.take(' ')) seconds("exemplar's time");
        if (!here_.at_line_end()) fail("unexpected " + here_.shown() + " behind the exemplar");
    }

    /// Behind the opening brace.
    void label_set(ExposedSeries& into, bool of_exemplar) {
        skip_blanks();
        while (!here_.take('}')) {
            const auto at = here_.at();
            const bool in_quotes = here_.peek() == '"';
            const auto name = in_quotes ? into.read(here_.quoted(open_metrics_ && of_exemplar ? LineBreaks::refused : LineBreaks::allowed, NulBytes::refused)) : here_.label_name();
            if (!in_quotes && name.empty()) fail("a label is expected, not " + here_.shown());
            skip_blanks();
            if (in_quotes && (here_.peek() == ',' || here_.peek() == '}')) {
                if (of_exemplar) fail_at(at, "the label '" + visible(name) + "' has no value");
                if (into.has_name()) fail_at(at, "the metric is named twice: '" + visible(into.name()) + "' and '" + visible(name) + '\'');
                into.set_name(name, at);
            } else {
                into.add(name, label_value(into, name, of_exemplar), at);
                skip_blanks();
            }
            if (here_.take(',')) skip_blanks();
            else if (here_.peek() != '}' && (open_metrics_ || here_.at_line_end())) fail("'}' or ',' is expected behind the label '" + visible(name) + "', not " + here_.shown());
        }
    }

    std::string_view label_value(ExposedSeries& into, std::string_view name, bool of_exemplar) {
        if (!here_.take('=')) fail("the label '" + visible(name) + "' has no value");
        skip_blanks();
        if (here_.peek() != '"') fail("the value of the label '" + visible(name) + "' stands in no quotes");
        const auto at = here_.at();
        const auto written = here_.quoted(open_metrics_ ? LineBreaks::refused : LineBreaks::allowed, of_exemplar ? NulBytes::refused : NulBytes::allowed);
        if (!is_valid_utf8(written)) fail_at(at, "the value of the label '" + visible(name) + "' is no UTF-8");
        return into.read(written);
    }

    bool open_metrics_;
    ExpositionListener& listener_;
    ExpositionCursor here_;
    bool ended_ = false;
    ExposedSeries series_;
    ExposedSeries exemplar_;
};

bool is_web_page(std::string_view text) {
    const auto start = lower(trim(text.substr(0, 512)).substr(0, 64));
    return start.rfind("<!doctype", 0) == 0 || start.rfind("<html", 0) == 0 || start.rfind("<head", 0) == 0;
}

Place place_of(std::string_view text, std::size_t at, const std::string& source) {
    at = std::min(at, text.size());
    const auto before = text.substr(0, at);
    const auto line_begin = before.rfind('\n') + 1; // 0 when there is none
    return {source, 1 + static_cast<int>(std::count(before.begin(), before.end(), '\n')), 1 + static_cast<int>(characters_before(text.substr(line_begin), at - line_begin))};
}

} // namespace

std::string_view to_string(MetricType type) {
    constexpr std::array<std::string_view, 8> names = {"untyped", "counter", "gauge", "histogram", "summary", "gauge histogram", "info", "state set"};
    return names[static_cast<std::size_t>(type)];
}

ExpositionFormat exposition_format(std::string_view content_type, std::string_view text) {
    const auto type = lower(content_type);
    if (type.find("openmetrics") != std::string::npos) return ExpositionFormat::open_metrics;
    if (type.find("text/plain") != std::string::npos) return ExpositionFormat::text;
    const auto end = trim(text.substr(text.size() - std::min<std::size_t>(text.size(), 16)));
    return end.size() >= 5 && end.substr(end.size() - 5) == "# EOF" ? ExpositionFormat::open_metrics : ExpositionFormat::text;
}

std::optional<Diagnostic> read_exposition(std::string_view text, ExpositionFormat format, const std::string& source, ExpositionListener& listener) {
    if (is_web_page(text)) return Diagnostic{.message = "this is a web page, no metrics", .place = {source, 0, 0}, .hint = "is the path right, and does it ask for a login?", .id = "exposition"};
    try {
        Reader(text, format, listener).read();
    } catch (ExpositionMistake& mistake) {
        return Diagnostic{.message = "wrong metrics: " + mistake.message, .place = place_of(text, mistake.at, source), .hint = std::move(mistake.hint), .id = "exposition"};
    }
    return std::nullopt;
}

} // namespace slipway::prometheus
