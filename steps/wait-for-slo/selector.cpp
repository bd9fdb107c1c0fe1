#include "selector.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <utility>

namespace slipway::wait_for_slo {

namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {}

    Selector selector() {
        Selector selector;
        skip_blanks();
        selector.metric = name(true);
        skip_blanks();
        if (take("{")) selector.matchers = matchers("}");
        skip_blanks();
        if (at_ < text_.size()) fail(selector.metric);
        if (selector.metric.empty() && selector.matchers.empty()) throw misuse("there is no metric's name");
        return selector;
    }

    std::vector<Matcher> labels() {
        auto result = matchers("");
        if (result.empty()) throw misuse("there is no label");
        return result;
    }

private:
    /// Up to `end`, or to the end of the text when that is empty; a comma before it is allowed.
    std::vector<Matcher> matchers(std::string_view end) {
        std::vector<Matcher> result;
        for (;;) {
            skip_blanks();
            if (end.empty() ? at_ == text_.size() : take(end)) return result;
            result.push_back(matcher());
            skip_blanks();
            if (end.empty() ? at_ == text_.size() : take(end)) return result;
            if (!take(",")) throw misuse(place() + "a comma" + (end.empty() ? "" : " or }") + " is expected");
        }
    }

    Matcher matcher() {
        Matcher matcher;
        matcher.label = name(false);
        if (matcher.label.empty()) throw misuse(place() + "a label's name is expected");
        skip_blanks();
        for (const char* op : {"=~", "!~", "!=", "="}) {
            if (matcher.op.empty() && take(op)) matcher.op = op;
        }
        if (matcher.op.empty()) throw misuse(place() + "one of = != =~ !~ is expected after " + matcher.label);
        skip_blanks();
        matcher.value = quoted();
        return matcher;
    }

    std::string quoted() {
        const auto start = at_;
        const char quote = at_ < text_.size() ? text_[at_] : '\0';
        if (quote != '"' && quote != '\'' && quote != '`') throw misuse(place() + "a value in quotes is expected");
        for (++at_; at_ < text_.size(); ++at_) {
            if (text_[at_] == quote) return std::string(text_.substr(start, ++at_ - start));
            if (text_[at_] == '\n' && quote != '`') break;
            if (text_[at_] == '\\' && quote != '`') ++at_;
        }
        at_ = start;
        throw misuse(place() + "a quote is not closed");
    }

    /// Empty when there is none here. Only the names of metrics may hold colons.
    std::string name(bool colons) {
        const auto start = at_;
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (!is_letter(c) && !(colons && c == ':') && !(at_ > start && is_digit(c))) break;
            ++at_;
        }
        return std::string(text_.substr(start, at_ - start));
    }

    [[noreturn]] void fail(const std::string& before) const {
        const char c = text_[at_];
        std::string why = "only a selector such as name{label=\"value\"} is understood here";
        std::string hint;
        if (c == '(') {
            why = before.empty() ? "expressions are not understood, only a selector" : before + "() is not understood, only a selector";
            hint = "name the counter itself, such as requests_total{code=\"200\"}: its increase is counted by this step";
        } else if (c == '[') {
            why = "a range is not understood, only a selector";
            hint = "leave out [...]: the time that is counted begins with the watch";
        }
        throw misuse(place() + why, hint);
    }

    bool take(std::string_view token) {
        if (text_.substr(at_, token.size()) != token) return false;
        at_ += token.size();
        return true;
    }

    void skip_blanks() {
        while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
    }

    std::string place() const { return "at character " + std::to_string(characters_before(text_, at_) + 1) + ": "; }

    std::string_view text_;
    std::size_t at_ = 0;
};

} // namespace

std::string to_string(const Selector& selector) {
    if (selector.matchers.empty()) return selector.metric;
    std::string text = selector.metric + '{';
    for (const auto& matcher : selector.matchers) {
        if (text.back() != '{') text += ',';
        text += matcher.label + matcher.op + matcher.value;
    }
    return text + '}';
}

Selector parse_selector(std::string_view text) { return Reader(text).selector(); }

std::vector<Matcher> parse_matchers(std::string_view text) { return Reader(text).labels(); }

bool takes_all_buckets(const Selector& selector) {
    constexpr std::string_view ending = "_bucket";
    const auto& metric = selector.metric;
    if (metric.size() < ending.size() || metric.compare(metric.size() - ending.size(), ending.size(), ending) != 0) return false;
    return std::none_of(selector.matchers.begin(), selector.matchers.end(),
                        [](const Matcher& matcher) { return matcher.label == "le" && matcher.op == "="; });
}

std::string promql_string(std::string_view text) {
    std::string result(text);
    replace_all(result, "\\", "\\\\");
    replace_all(result, "\"", "\\\"");
    replace_all(result, "\n", "\\n");
    return '"' + result + '"';
}

std::string regex_literal(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (std::string_view("\\.+*?()|[]{}^$").find(c) != std::string_view::npos) result += '\\';
        result += c;
    }
    return result;
}

} // namespace slipway::wait_for_slo
