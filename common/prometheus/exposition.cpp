#include "prometheus/exposition.hpp"

#include "core/text.hpp"
#include "promql/names.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <deque>
#include <limits>
#include <vector>

namespace slipway::prometheus {

namespace {

struct Mistake {
    std::string message;
    std::string hint = {};
};

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_letter(char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

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

/// As Go's ParseFloat reads it, without hexadecimal numbers and underscores.
std::optional<double> read_value(std::string_view text) {
    auto plain = text;
    const bool negative = !plain.empty() && plain.front() == '-';
    if (!plain.empty() && (plain.front() == '-' || plain.front() == '+')) plain.remove_prefix(1);
    if (plain.empty()) return std::nullopt;
    double value = 0;
    if (is_digit(plain.front()) || plain.front() == '.') {
        const auto [end, problem] = std::from_chars(plain.data(), plain.data() + plain.size(), value);
        if (end != plain.data() + plain.size()) return std::nullopt;
        if (problem == std::errc::result_out_of_range) value = std::strtod(std::string(plain).c_str(), nullptr);
        if (problem != std::errc{} && std::isinf(value)) return std::nullopt;
        return negative ? -value : value;
    }
    const auto word = lower(plain);
    if (word == "inf" || word == "infinity") return negative ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
    if (word == "nan" && plain.size() == text.size()) return std::numeric_limits<double>::quiet_NaN();
    return std::nullopt;
}

class Reader {
public:
    Reader(std::string_view text, ExpositionFormat format, ExpositionListener& listener) : text_(text), open_metrics_(format == ExpositionFormat::open_metrics), listener_(listener) {}

    /// @throws Mistake
    void read() {
        while (at_ < text_.size()) {
            ++line_;
            const auto* newline = static_cast<const char*>(std::memchr(text_.data() + at_, '\n', text_.size() - at_));
            const bool whole = newline != nullptr;
            end_ = whole ? static_cast<std::size_t>(newline - text_.data()) : text_.size();
            if (ended_) fail("something stands behind # EOF");
            if (open_metrics_ && !whole && text_.substr(at_) != "# EOF") fail("the text ends within a line", "it was cut");
            line();
            at_ = end_ + 1;
        }
        if (open_metrics_ && !ended_) fail("the text does not end with # EOF", "it was cut: what is missing may be a metric");
    }

    int line_number() const { return line_; }

private:
    [[noreturn]] static void fail(std::string message, std::string hint = {}) { throw Mistake{std::move(message), std::move(hint)}; }

    char peek() const { return at_ < end_ ? text_[at_] : '\n'; }
    void skip_blanks() {
        while (at_ < end_ && is_blank(text_[at_])) ++at_;
    }

    void line() {
        if (!open_metrics_) skip_blanks();
        if (at_ == end_) {
            if (open_metrics_) fail("an empty line", "OpenMetrics has none");
            return;
        }
        if (peek() == '#') return comment();
        sample();
    }

    void comment() {
        const auto words = text_.substr(at_, end_ - at_);
        if (open_metrics_ && (words == "# EOF")) {
            ended_ = true;
            return;
        }
        ++at_;
        const auto blanks = at_;
        if (!open_metrics_) skip_blanks();
        else if (peek() == ' ') ++at_;
        const auto keyword = at_ == blanks ? std::string_view() : word();
        if (keyword == "TYPE") return type_line();
        if (keyword == "HELP" || (keyword == "UNIT" && open_metrics_)) {
            if (is_blank(peek())) {
                if (!open_metrics_) {
                    skip_blanks();
                    family();
                    return;
                }
                ++at_;
                family();
                if (peek() != ' ') fail("the " + std::string(keyword) + " line has no text");
                if (!is_valid_utf8(text_.substr(at_, end_ - at_))) fail("the help text is no UTF-8");
                return;
            }
        }
        if (open_metrics_) fail("a comment that is none of # TYPE, # HELP, # UNIT and # EOF", "OpenMetrics has no others");
    }

    std::string_view word() {
        const auto begin = at_;
        while (at_ < end_ && !is_blank(text_[at_])) ++at_;
        return text_.substr(begin, at_ - begin);
    }

    std::string_view family() {
        if (peek() == '"') return quoted();
        return name(true);
    }

    void type_line() {
        if (!is_blank(peek()) || (open_metrics_ && peek() != ' ')) {
            if (open_metrics_) fail("wrong TYPE line");
            return; // a comment that begins with the word
        }
        if (open_metrics_) ++at_;
        else skip_blanks();
        const auto of = std::string(family());
        if (!is_blank(peek())) fail("the TYPE line of '" + visible(of) + "' names no type");
        ++at_;
        const auto written = text_.substr(at_, end_ - at_);
        const auto type = type_of(written, open_metrics_);
        if (!type) fail("'" + visible(of) + "' has the type '" + visible(written) + "', which is none", "counter, gauge, histogram, summary and untyped are");
        listener_.type(of, *type);
    }

    std::string_view name(bool metric) {
        const auto begin = at_;
        if (at_ < end_ && (is_letter(text_[at_]) || (metric && text_[at_] == ':'))) {
            ++at_;
            while (at_ < end_ && (is_letter(text_[at_]) || is_digit(text_[at_]) || (metric && text_[at_] == ':'))) ++at_;
        }
        if (at_ == begin) {
            const auto shown = at_ < end_ ? "'" + visible(text_.substr(at_, std::min<std::size_t>(20, end_ - at_))) + "'" : std::string("the end of the line");
            fail(std::string(metric ? "a metric" : "a label") + " is expected, not " + shown);
        }
        return text_.substr(begin, at_ - begin);
    }

    /// The content of a quoted text. Only \\, \" and \n are escapes, others stay as they are.
    std::string_view quoted() {
        const auto begin = ++at_;
        bool escaped = false;
        int breaks = 0;
        while (at_ < text_.size() && text_[at_] != '"') {
            if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
                escaped = true;
                ++at_;
            }
            if (text_[at_] == '\n') ++breaks;
            ++at_;
        }
        if (at_ >= text_.size() || (open_metrics_ && breaks > 0)) fail("a quote is never closed");
        if (breaks > 0) { // the text format takes line breaks within quotes
            line_ += breaks;
            end_ = std::min(text_.find('\n', at_), text_.size());
        }
        const auto raw = text_.substr(begin, at_ - begin);
        ++at_;
        if (!is_valid_utf8(raw)) fail("a quoted text is no UTF-8");
        if (!escaped) return raw;
        auto& value = unescaped_.emplace_back();
        for (std::size_t i = 0; i < raw.size(); ++i) {
            if (raw[i] == '\\' && i + 1 < raw.size() && (raw[i + 1] == '\\' || raw[i + 1] == '"' || raw[i + 1] == 'n')) {
                ++i;
                value += raw[i] == 'n' ? '\n' : raw[i];
            } else {
                value += raw[i];
            }
        }
        return value;
    }

    void sample() {
        labels_.clear();
        unescaped_.clear();
        std::string_view metric;
        if (peek() != '{') metric = name(true);
        if (!open_metrics_) skip_blanks();
        if (peek() == '{') label_set(metric);
        if (metric.empty()) fail("the braces name no metric");
        if (at_ == end_) fail("'" + visible(metric) + "' has no value");
        if (open_metrics_) {
            if (peek() != ' ') fail("a blank is expected behind '" + visible(metric) + '\'');
            ++at_;
        } else {
            skip_blanks();
        }
        const auto written = word();
        const auto value = read_value(written);
        if (!value) fail("the value of '" + visible(metric) + "' is no number: '" + visible(written.substr(0, 40)) + '\'');
        timestamp();
        listener_.sample(metric, labels_, *value);
    }

    /// The text format takes blanks between all parts of a label, OpenMetrics none.
    void skip_inner_blanks() {
        if (!open_metrics_) skip_blanks();
    }

    void label_set(std::string_view& metric) {
        ++at_;
        skip_inner_blanks();
        while (peek() != '}') {
            const bool in_quotes = peek() == '"';
            const auto label = in_quotes ? quoted() : name(false);
            skip_inner_blanks();
            if (in_quotes && (peek() == ',' || peek() == '}')) {
                if (!metric.empty()) fail("the metric is named twice: '" + visible(metric) + "' and '" + visible(label) + '\'');
                metric = label;
            } else {
                value_of(label);
            }
            if (peek() == ',') {
                ++at_;
                skip_inner_blanks();
            } else if (peek() != '}' && (open_metrics_ || at_ >= end_)) { // the text format does without commas
                fail("'}' or ',' is expected behind the label '" + visible(label) + '\'');
            }
        }
        ++at_;
    }

    void value_of(std::string_view label) {
        if (peek() != '=') fail("the label '" + visible(label) + "' has no value");
        ++at_;
        skip_inner_blanks();
        if (peek() != '"') fail("the value of the label '" + visible(label) + "' stands in no quotes");
        labels_.push_back({label, quoted()});
        skip_inner_blanks();
    }

    /// A time, and in OpenMetrics an exemplar; neither is of interest, but must be right.
    void timestamp() {
        if (open_metrics_) {
            if (at_ == end_) return;
            ++at_;
            if (peek() != '#') {
                const auto time = word();
                if (!read_value(time)) fail("the time '" + visible(time.substr(0, 40)) + "' is no number");
                if (at_ == end_) return;
                ++at_;
            }
            if (peek() == '#') return exemplar();
            fail("unexpected '" + visible(text_.substr(at_, std::min<std::size_t>(20, end_ - at_))) + "' behind the value");
        }
        skip_blanks();
        const auto time = word();
        if (!time.empty()) {
            std::int64_t number = 0;
            const auto [end, problem] = std::from_chars(time.data(), time.data() + time.size(), number);
            if (problem != std::errc{} || end != time.data() + time.size() || time.front() == '-') fail("the time '" + visible(time.substr(0, 40)) + "' is no whole number");
        }
        skip_blanks();
        if (at_ < end_) fail("unexpected '" + visible(text_.substr(at_, std::min<std::size_t>(20, end_ - at_))) + "' behind the value");
    }

    void exemplar() {
        const auto labels = labels_; // those of the exemplar are not ours
        std::string_view nobody = "exemplar";
        if (text_.substr(at_, 3) != "# {") fail("an exemplar begins with '# {'");
        at_ += 2;
        label_set(nobody);
        if (peek() == ' ') ++at_;
        if (!read_value(word())) fail("the value of an exemplar is no number");
        if (peek() == ' ') ++at_;
        if (at_ < end_ && !read_value(word())) fail("the time of an exemplar is no number");
        if (at_ < end_) fail("unexpected text behind an exemplar");
        labels_ = labels;
    }

    std::string_view text_;
    bool open_metrics_;
    ExpositionListener& listener_;
    std::size_t at_ = 0;
    std::size_t end_ = 0; ///< of the line
    int line_ = 0;
    bool ended_ = false;
    std::vector<ExposedLabel> labels_;
    std::deque<std::string> unescaped_;
};

bool is_web_page(std::string_view text) {
    const auto start = lower(trim(text.substr(0, 512)).substr(0, 64));
    return start.rfind("<!doctype", 0) == 0 || start.rfind("<html", 0) == 0 || start.rfind("<head", 0) == 0;
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
    Reader reader(text, format, listener);
    try {
        reader.read();
    } catch (Mistake& mistake) {
        return Diagnostic{.message = "wrong metrics: " + mistake.message, .place = {source, reader.line_number(), 0}, .hint = std::move(mistake.hint), .id = "exposition"};
    }
    return std::nullopt;
}

} // namespace slipway::prometheus
