#include "rendering/formats.hpp"

#include "core/text.hpp"
#include "core/unicode.hpp"
#include "hcl/literal.hpp"
#include "hcl/parser.hpp"
#include "rendering/flush_lines.hpp"
#include "rendering/hcl_proof.hpp"
#include "rendering/hcl_value.hpp"

#include <algorithm>
#include <deque>
#include <utility>

namespace slipway::rendering {

namespace {

using hcl::Position;
using hcl::Token;

constexpr auto npos = std::string_view::npos;

/// A lone carriage return, which Nomad takes for no line break and refuses.
bool has_lone_return(std::string_view text) {
    for (auto at = text.find('\r'); at != npos; at = text.find('\r', at + 1)) {
        if (at + 1 == text.size() || text[at + 1] != '\n') return true;
    }
    return false;
}

/// "${" and "%{" with their sign doubled.
std::string with_doubled_signs(std::string_view value) {
    std::string text(value);
    replace_all(text, "${", "$${");
    replace_all(text, "%{", "%%{");
    return text;
}

/// Makes the output while the parser tells what stands where.
class HclRenderer final : public hcl::Listener {
public:
    explicit HclRenderer(const Job& job) : job_(job), reader_(job.text, job.names, job.places), expander_(job.values, job.places) {}

    Rendered render() {
        output_.text.reserve(job_.text.size() + job_.text.size() / 16);
        hcl::parse(job_.text, job_.places, *this, [&](std::size_t begin) { return find(begin); });
        copy_until(job_.text.size());
        throw_problems(expander_.problems(), refused_);
        prove_hcl(job_.text, output_, job_.places);
        output_.names = expander_.names();
        return std::move(output_);
    }

    // Listener

    void block_begin(const Token& type, const std::vector<Token>&) override { blocks_.push_back(text_of(type)); }
    void block_end() override { blocks_.pop_back(); }
    void attribute_begin(const Token& name) override { attribute_ = text_of(name); }

    void template_begin(const Token& open, Position position) override {
        copy_until(open.end);
        templates_.push_back({.position = position});
        begin_run();
    }

    void template_end() override {
        const auto& state = templates_.back();
        if (state.lines.has_values() && state.strips) {
            refuse_at(state.lines.first_value(), "a value of several lines in a <<- heredoc with strip markers (~)", "use << without the hyphen");
        } else if (state.lines.has_values()) {
            state.lines.indent(output_);
        }
        templates_.pop_back(); // the one around it, if any, goes on behind its sequence
    }

    void sequence_begin(const Token& open) override {
        auto& state = templates_.back();
        if (after_placeholder_) guard_border(text_of(open));
        state.lines.add_something();
        state.lines.settle(true);
        if (open.size() == 3) {
            state.strips = true;
            for (const auto begin : state.open_to_strip) refuse_strip(begin);
        }
        state.open_to_strip.clear();
    }

    void sequence_end(const Token& close) override {
        auto& state = templates_.back();
        copy_until(close.end);
        begin_run();
        state.stripping = close.size() == 2;
        state.strips = state.strips || state.stripping;
    }

    void literal(const Token& token) override {
        auto& state = templates_.back();
        const auto text = text_of(token);
        if (after_placeholder_) guard_border(text);
        last_literal_ = text;
        const bool blank = is_blank(state.position == Position::quoted && text.find('\\') != npos ? hcl::decode(text, hcl::Quoting::quoted) : text);
        if (!blank) {
            state.stripping = false;
            state.open_to_strip.clear();
        }
        if (state.position == Position::flush_heredoc) state.lines.add_literal(text, blank);
    }

    void placeholder(const Token& token, Position position) override {
        const auto placeholder = std::move(pending_.front());
        pending_.pop_front();
        copy_until(token.begin);
        const auto value = expander_.expand(placeholder);
        const bool raw = job_.allowances.raw.count(placeholder.name) != 0;
        const Cut cut{token.begin, token.end, output_.text.size(), output_.text.size()};
        const auto refused_before = refused_.size();
        if (value) {
            current_ = &placeholder;
            fit(*value, position, raw);
        }
        copied_ = token.end;
        output_.cuts.push_back(cut);
        output_.cuts.back().out_end = output_.text.size();
        after_placeholder_ = value && refused_.size() == refused_before && position != Position::expression;
    }

private:
    /// A string or heredoc that is open.
    struct Template {
        Position position = Position::quoted;
        bool stripping = false; ///< nothing but blanks since a "~}"
        bool strips = false;    ///< a strip marker was in it
        std::vector<std::size_t> open_to_strip = {}; ///< bytes of placeholders that nothing but blanks followed
        FlushLines lines = {}; ///< of a flush heredoc
    };

    std::string_view text_of(const Token& token) const { return job_.text.substr(token.begin, token.size()); }

    std::size_t find(std::size_t begin) {
        Placeholder placeholder;
        if (!reader_.read(begin, placeholder)) return 0;
        pending_.push_back(std::move(placeholder));
        return pending_.back().end;
    }

    void copy_until(std::size_t end) {
        output_.text += job_.text.substr(copied_, end - copied_);
        copied_ = end;
    }

    /// From here on characters become one literal.
    void begin_run() {
        run_begin_ = output_.text.size();
        tail_.clear();
        last_literal_ = {};
        after_placeholder_ = false;
    }

    /// The literal that is being written.
    std::string_view run() const { return std::string_view(output_.text).substr(run_begin_); }

    void refuse(const std::string& why, std::string hint = {}) { refused_.push_back(refusal(job_, *current_, why, std::move(hint))); }

    void refuse_at(std::size_t begin, const std::string& why, std::string hint = {}) {
        refused_.push_back({.message = why, .place = job_.places.at(begin), .hint = std::move(hint)});
    }

    void refuse_strip(std::size_t begin) {
        refuse_at(begin, "a placeholder next to a strip marker (~), which would take blanks away from its value", "take the marker away, or put text in between");
    }

    void fit(const Expansion& value, Position position, bool raw) {
        if (position == Position::sequence) {
            refuse("it would become part of an expression of Nomad's", "placeholders cannot stand within ${...} and %{...}");
            return;
        }
        if (position == Position::expression) {
            add(fit_expression(value, raw));
            return;
        }
        const auto checked = check_for_hcl(value.text, raw && position != Position::label);
        if (!checked.problem.empty()) {
            refuse(checked.problem, checked.hint);
            return;
        }
        auto& state = templates_.back();
        if (state.stripping) refuse_strip(current_->begin);
        state.stripping = false;
        state.open_to_strip.push_back(current_->begin);
        add_to_tail(end_of_literal());
        if (breaks_normal_form(value.text)) return;
        add_to_tail(value.text);
        warn_of_template(value.text);
        if (position == Position::quoted || position == Position::label) {
            add_quoted(value.text, position);
        } else {
            add_to_heredoc(value.text, position, raw);
        }
    }

    void add(const Fitted& fitted) {
        if (fitted.problem.empty()) output_.text += fitted.text;
        else refuse(fitted.problem, fitted.hint);
    }

    /// Nomad composes a letter and an accent that follows it, also across the border of a value.
    ///
    /// @param next  what comes behind the tail: a value, or a literal as it is meant
    bool breaks_normal_form(std::string_view next) {
        if (tail_.empty() || next.empty() || static_cast<unsigned char>(next[0]) < 0x80) return false;
        auto end = std::min(next.size(), context);
        while (end < next.size() && (static_cast<unsigned char>(next[end]) & 0xC0) == 0x80) ++end;
        const auto right = next.substr(0, end);
        if (to_nfc(tail_ + std::string(right)) == to_nfc(tail_) + to_nfc(right)) return false;
        refuse("together with the text around it, it is not in Unicode's normal form C, into which Nomad would change it");
        return true;
    }

    /// The end of the literal before this placeholder, as it is meant.
    std::string end_of_literal() {
        auto literal = std::exchange(last_literal_, {});
        constexpr std::size_t enough = 16 * context; // an escape takes up to ten bytes for each that it means
        if (literal.size() <= enough) return hcl::decode(literal, quoting());
        auto begin = literal.size() - enough;
        auto escape = begin; // not in the middle of one
        while (escape > 0 && literal[escape - 1] == '\\') --escape;
        begin += (begin - escape) % 2;
        return hcl::decode(literal.substr(begin), quoting());
    }

    /// Remembers the end of what was written, as it is meant.
    void add_to_tail(std::string_view text) {
        tail_ += text;
        if (tail_.size() <= context) return;
        auto begin = tail_.size() - context;
        while (begin < tail_.size() && (static_cast<unsigned char>(tail_[begin]) & 0xC0) == 0x80) ++begin;
        tail_.erase(0, begin);
    }

    hcl::Quoting quoting() const {
        const auto position = templates_.back().position;
        return position == Position::quoted || position == Position::label ? hcl::Quoting::quoted : hcl::Quoting::heredoc;
    }

    void warn_of_template(std::string_view value) {
        if (value.find("{{") == npos || blocks_.empty() || blocks_.back() != "template" || attribute_ != "data") return;
        output_.warnings.push_back({.severity = Severity::warning,
                                    .message = "the value of ${" + std::string(current_->name) + "} holds {{, which Nomad's template engine will evaluate",
                                    .place = job_.places.at(current_->begin)});
    }

    /// Whether the literal so far ends in a sign that a brace behind it would make a sequence of.
    bool ends_in_sign() const { return !run().empty() && (run().back() == '$' || run().back() == '%'); }

    void add_quoted(std::string_view value, Position position) {
        const bool joins = !value.empty() && value[0] == '{' && ends_in_sign();
        if (joins && position == Position::label) {
            refuse("together with the text before it, it makes a template sequence");
            return;
        }
        if (joins) {
            output_.text += hcl::unicode_escape('{');
            value.remove_prefix(1);
        }
        output_.text += hcl::quoted_content(value);
    }

    /// Sees to it that a value and what stands behind it in the template stay two things.
    ///
    /// @param next  a literal, or "${" of a sequence
    void guard_border(std::string_view next) {
        after_placeholder_ = false;
        auto& cut = output_.cuts.back();
        const Placeholder here{.begin = cut.in_begin, .name = placeholder_name(cut)};
        current_ = &here;
        const bool sequence = next.size() > 1 && next[1] == '{' && (next[0] == '$' || next[0] == '%');
        const bool joins = ends_in_sign() && next[0] == (sequence ? run().back() : '{');
        const bool may_compose = !sequence && (next[0] == '\\' || static_cast<unsigned char>(next[0]) >= 0x80);
        if ((may_compose && breaks_normal_form(hcl::decode(next, quoting()))) || !joins) return;
        const char sign = output_.text.back();
        const auto position = templates_.back().position;
        const bool of_value = cut.out_end > cut.out_begin;
        if (position == Position::quoted && of_value) {
            output_.text.pop_back();
            output_.text += hcl::unicode_escape(static_cast<char32_t>(sign));
        } else if (of_value && !sequence && position != Position::label && job_.allowances.raw.count(here.name) != 0) {
            output_.text += sign; // two and a brace are an escape
        } else {
            refuse(sequence ? "together with the sign behind it, it makes an escape of a template sequence" : "together with the text around it, it makes a template sequence");
        }
        cut.out_end = output_.text.size();
    }

    std::string_view placeholder_name(const Cut& cut) const {
        const auto inside = job_.text.substr(cut.in_begin + 2);
        return inside.substr(0, name_length(inside));
    }

    // Heredocs

    void add_to_heredoc(std::string_view value, Position position, bool raw) {
        if (has_lone_return(value)) {
            refuse("it holds a carriage return without a line feed, which no heredoc can hold", "use a quoted string");
            return;
        }
        const bool joins = !value.empty() && value[0] == '{' && ends_in_sign();
        if (joins && !raw) {
            refuse("together with the text before it, it makes a template sequence");
            return;
        }
        if (position == Position::flush_heredoc && !fits_into_lines(value)) return;
        if (joins) output_.text += output_.text.back(); // two and a brace are an escape
        output_.text += with_doubled_signs(value);
    }

    /// What only matters where Nomad takes the common indent away.
    bool fits_into_lines(std::string_view value) {
        auto& state = templates_.back();
        if (const auto begin = state.lines.settle(std::nullopt)) {
            refuse_at(*begin, "a value of several lines that ends in a blank one, directly before another placeholder", "put text in between");
        }
        if (state.lines.at_line_start()) {
            const auto first = value.empty() ? Character{} : first_character(value);
            if (value.empty() || is_white_space(first.code)) {
                refuse(value.empty() ? "an empty value at the beginning of a line would change the indent of a <<- heredoc"
                                     : "white space at the beginning of a line would change the indent of a <<- heredoc",
                       "use << without the hyphen, or put text before the placeholder");
                return false;
            }
            if (melts(first.code)) return false;
            state.lines.add_something();
        }
        if (value.find('\n') == npos) return true;
        if (!job_.allowances.multiline) {
            refuse("it has several lines, whose indent would become part of it in a <<- heredoc", "--multiline indents them as the heredoc is indented");
            return false;
        }
        for (const auto line : split(value, '\n')) {
            if (!line.empty() && line.data() != value.data() && melts(first_character(line).code)) return false;
        }
        state.lines.add_value(output_.cuts.size(), current_->begin, is_blank(value.substr(value.rfind('\n') + 1)));
        return true;
    }

    /// Whether Nomad would count a blank and this character as one.
    bool melts(char32_t first) {
        if (!is_one_cluster(' ', first)) return false;
        refuse("a line of it begins with a combining character, which Nomad takes away with the indent of a <<- heredoc");
        return true;
    }

    const Job& job_;
    PlaceholderReader reader_;
    Expander expander_;
    std::deque<Placeholder> pending_; ///< found by the lexer, not yet told by the parser
    Rendered output_;
    std::size_t copied_ = 0;    ///< of the template
    std::size_t run_begin_ = 0; ///< where the literal that is being written begins in the output
    bool after_placeholder_ = false;
    static constexpr std::size_t context = 64; ///< bytes around a border that can compose
    std::string tail_;               ///< of what was written before the last literal, as it is meant
    std::string_view last_literal_;  ///< behind that
    const Placeholder* current_ = nullptr; ///< that is being fitted
    std::vector<Template> templates_;
    std::vector<std::string_view> blocks_;
    std::string_view attribute_;
    std::vector<Diagnostic> refused_;
};

} // namespace

Rendered render_hcl(const Job& job) {
    if (const auto valid = valid_utf8_length(job.text); valid < job.text.size()) {
        throw Error(ExitCode::refused, Diagnostic{.message = "wrong HCL: no valid UTF-8", .place = job.places.at(valid)});
    }
    return HclRenderer(job).render();
}

} // namespace slipway::rendering
