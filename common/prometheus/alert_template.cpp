#include "prometheus/alert_template.hpp"

#include "core/text.hpp"
#include "core/unicode.hpp"
#include "prometheus/template_functions.hpp"
#include "prometheus/template_lexer.hpp"
#include "promql/lexer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <set>
#include <utility>

namespace slipway::prometheus {

namespace {

using Kind = TemplateTokenKind;
using Token = TemplateToken;

constexpr int deepest_nesting = 200;

/// What an operand is, as far as that is known.
enum class What { unknown, root, labels, external, value, text, number, nothing };

struct Variable {
    std::string name;
    What what = What::unknown;
};

/// One operand of a command.
struct Operand {
    What what = What::unknown;
    Kind kind = Kind::other;
    std::string_view text = {};
    std::size_t offset = 0;
    bool is_function = false;
};

bool is_constant(const Operand& operand) {
    if (operand.kind == Kind::dot || operand.kind == Kind::number || operand.kind == Kind::character || operand.kind == Kind::string) return true;
    return operand.kind == Kind::identifier && !operand.is_function; // true, false, nil
}

class Parser {
public:
    Parser(std::string_view text, TemplateCheck& result) : result_(result), tokens_(read_template_tokens(text)) {
        variables_ = {{"$", What::root}, {"$labels", What::labels}, {"$externalLabels", What::external}, {"$externalURL", What::text}, {"$value", What::value}};
    }

    void parse() {
        while (!is(Kind::end)) {
            if (is_keyword_action("define")) {
                take();
                skip_spaces();
                take();
                define();
                continue;
            }
            const auto what = text_or_action();
            if (what != Ended::no) fail(last_action_, what == Ended::by_end ? "'end' closes nothing" : "'else' without 'if', 'with' or 'range'");
        }
        for (const auto& [name, offset] : used_templates_) {
            if (templates_.count(name) == 0) problem(offset, "the template \"" + visible(name) + "\" is defined nowhere");
        }
    }

private:
    enum class Ended { no, by_end, by_else };

    // --- tokens ---

    const Token& token(std::size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
    bool is(Kind kind) const { return token().kind == kind; }
    const Token& take() {
        const auto& taken = token();
        if (at_ + 1 < tokens_.size()) ++at_;
        return taken;
    }
    void skip_spaces() {
        while (is(Kind::space)) take();
    }
    bool is_word(std::string_view word) const { return is(Kind::identifier) && token().text == word; }
    bool is_keyword_action(std::string_view word) const {
        if (!is(Kind::left)) return false;
        const auto& next = token(1).kind == Kind::space ? token(2) : token(1);
        return next.kind == Kind::identifier && next.text == word;
    }

    [[noreturn]] static void fail(std::size_t offset, std::string message, std::string hint = {}) { throw TemplateMistake{offset, std::move(message), std::move(hint)}; }
    [[noreturn]] void unexpected(const std::string& where) const {
        if (is(Kind::end)) fail(last_action_, "the template ends too early, " + where);
        fail(token().offset, is(Kind::right) ? "the braces end too early, " + where : "unexpected '" + visible(token().text) + "' " + where);
    }
    void problem(std::size_t offset, std::string message, std::string hint = {}) { result_.problems.push_back({offset, std::move(message), std::move(hint)}); }

    void expect_right(const char* behind) {
        skip_spaces();
        if (!is(Kind::right)) unexpected(std::string("behind '") + behind + '\'');
        take();
    }

    class Nesting {
    public:
        explicit Nesting(Parser& parser) : parser_(parser) {
            if (++parser_.nesting_ > deepest_nesting) fail(parser_.token().offset, "the template is nested too deeply");
        }
        ~Nesting() { --parser_.nesting_; }
        Nesting(const Nesting&) = delete;
        Nesting& operator=(const Nesting&) = delete;

    private:
        Parser& parser_;
    };

    /// Variables and the dot of a block are gone behind it.
    class Scope {
    public:
        explicit Scope(Parser& parser) : parser_(parser), count_(parser.variables_.size()), dot_(parser.dot_) {}
        ~Scope() {
            parser_.variables_.resize(count_);
            parser_.dot_ = dot_;
        }
        Scope(const Scope&) = delete;
        Scope& operator=(const Scope&) = delete;

    private:
        Parser& parser_;
        std::size_t count_;
        What dot_;
    };

    // --- blocks ---

    Ended text_or_action() {
        if (is(Kind::text)) {
            take();
            return Ended::no;
        }
        last_action_ = take().offset;
        skip_spaces();
        if (is(Kind::identifier)) {
            const auto word = token().text;
            if (word == "end") {
                take();
                expect_right("end");
                return Ended::by_end;
            }
            if (word == "else") {
                take();
                skip_spaces();
                if (is_word("if") || is_word("with")) return Ended::by_else;
                expect_right("else");
                return Ended::by_else;
            }
            if (word == "if" || word == "with" || word == "range") {
                take();
                block(word);
                return Ended::no;
            }
            if (word == "block") return take(), named_block(), Ended::no;
            if (word == "template") return take(), call_template(), Ended::no;
            if (word == "break" || word == "continue") return take(), leave_range(word), Ended::no;
            if (word == "define") fail(token().offset, "'define' stands within something else");
        }
        pipeline("the braces", Kind::right);
        return Ended::no;
    }

    /// Up to the matching end or else.
    Ended list() {
        const auto begin = last_action_;
        while (!is(Kind::end)) {
            const auto ended = text_or_action();
            if (ended != Ended::no) return ended;
        }
        fail(begin, "a block is never closed", "write {{ end }} behind it");
    }

    void block(std::string_view word) {
        const Nesting nesting(*this);
        const Scope scope(*this);
        const auto begin = last_action_;
        const bool is_range = word == "range";
        const auto what = pipeline(std::string(word), Kind::right, is_range);
        const auto outer = dot_;
        if (word == "with") dot_ = what;
        if (is_range) {
            dot_ = What::unknown;
            ++ranges_;
        }
        auto ended = list();
        if (is_range) --ranges_;
        dot_ = outer;
        if (ended == Ended::by_end) return;
        if (word != "range" && is_word(word)) { // else if, else with: closed by the same end
            take();
            return block(word);
        }
        if (!last_was_right()) unexpected("behind 'else'");
        ended = list();
        if (ended != Ended::by_end) fail(last_action_, "a second 'else'", "the block began with " + std::string(word) + " at offset " + std::to_string(begin));
    }

    bool last_was_right() const { return at_ > 0 && tokens_[at_ - 1].kind == Kind::right; }

    std::string template_name(const char* where) {
        skip_spaces();
        if (!is(Kind::string)) unexpected(std::string("where ") + where + " takes a name in quotes");
        return promql::unquote(take().text);
    }

    void define() {
        const Nesting nesting(*this);
        last_action_ = tokens_[at_ - 1].offset;
        const auto name = template_name("define");
        expect_right("define");
        body(name);
    }

    /// The text of a template, in which neither our variables nor the alert's data are known.
    void body(const std::string& name) {
        const auto outer = std::exchange(variables_, {{"$", What::unknown}});
        const auto dot = std::exchange(dot_, What::unknown);
        const auto ranges = std::exchange(ranges_, 0);
        const auto first = at_;
        if (list() != Ended::by_end) fail(last_action_, "'else' without 'if', 'with' or 'range'");
        variables_ = outer;
        dot_ = dot;
        ranges_ = ranges;
        const bool is_empty = std::all_of(tokens_.begin() + static_cast<std::ptrdiff_t>(first), tokens_.begin() + static_cast<std::ptrdiff_t>(at_), [](const auto& token) {
            return token.kind == Kind::left || token.kind == Kind::right || token.kind == Kind::space || (token.kind == Kind::text && trim(token.text).empty()) || token.text == "end";
        });
        if (!is_empty && !filled_templates_.insert(name).second) fail(last_action_, "the template \"" + visible(name) + "\" is defined twice");
        templates_.insert(name);
    }

    void named_block() {
        const Nesting nesting(*this);
        const auto name = template_name("block");
        pipeline("block", Kind::right);
        body(name);
    }

    void call_template() {
        skip_spaces();
        const auto offset = token().offset;
        const auto name = template_name("template");
        skip_spaces();
        if (is(Kind::right)) take();
        else pipeline("template", Kind::right);
        used_templates_.emplace_back(name, offset);
    }

    void leave_range(std::string_view word) {
        skip_spaces();
        if (!is(Kind::right)) unexpected("behind '" + std::string(word) + '\'');
        take();
        if (ranges_ == 0) fail(last_action_, "'" + std::string(word) + "' stands in no range");
    }

    // --- pipelines ---

    What pipeline(const std::string& where, Kind end, bool is_range = false) {
        const Nesting nesting(*this);
        const auto begin = token().offset;
        std::vector<std::size_t> declared;
        declarations(where, is_range, declared);
        What what = What::unknown;
        int commands = 0;
        std::optional<Operand> piped;
        while (true) {
            skip_spaces();
            if (is(end)) {
                take();
                break;
            }
            if (!begins_operand()) unexpected("in " + where);
            what = command(commands++, piped);
        }
        if (commands == 0) fail(begin, where == "the braces" ? "the braces hold nothing" : "'" + where + "' has no value");
        for (const auto index : declared) variables_[index].what = declared.size() == 1 && !is_range ? what : What::unknown;
        return what;
    }

    bool begins_operand() const {
        switch (token().kind) {
        case Kind::identifier: return !is_keyword(token().text);
        case Kind::field:
        case Kind::dot:
        case Kind::variable:
        case Kind::number:
        case Kind::character:
        case Kind::string:
        case Kind::left_parenthesis: return true;
        default: return false;
        }
    }

    static bool is_keyword(std::string_view word) {
        constexpr std::array<std::string_view, 10> words = {"block", "break", "continue", "define", "else", "end", "if", "range", "template", "with"};
        return std::find(words.begin(), words.end(), word) != words.end();
    }

    /// `$x :=`, `$x =`, and `$i, $e :=` of a range.
    void declarations(const std::string& where, bool is_range, std::vector<std::size_t>& declared) {
        while (true) {
            skip_spaces();
            if (!is(Kind::variable)) return;
            const auto& next = token(1).kind == Kind::space ? token(2) : token(1);
            const bool comma = next.kind == Kind::other && next.text == ",";
            if (next.kind != Kind::declare && next.kind != Kind::assign && !comma) return;
            const auto& name = take();
            if (next.kind == Kind::assign && find_variable(name.text) == nullptr) problem(name.offset, "undefined variable '" + visible(name.text) + '\'', "a variable is made by :=");
            skip_spaces();
            take();
            variables_.push_back({std::string(name.text), What::unknown});
            declared.push_back(variables_.size() - 1);
            if (!comma) return;
            if (!is_range || declared.size() >= 2) fail(name.offset, "too many variables in " + where);
            skip_spaces();
            if (!is(Kind::variable) && !is(Kind::right) && !is(Kind::right_parenthesis)) fail(token().offset, "a range takes variables here");
        }
    }

    Variable* find_variable(std::string_view name) {
        const auto found = std::find_if(variables_.rbegin(), variables_.rend(), [&](const auto& variable) { return variable.name == name; });
        return found == variables_.rend() ? nullptr : &*found;
    }

    /// @param piped  in: what the command before gives; out: what this one gives
    What command(int number, std::optional<Operand>& piped) {
        std::vector<Operand> operands;
        while (true) {
            skip_spaces();
            if (auto operand = this->operand()) operands.push_back(*operand);
            if (is(Kind::space)) continue;
            if (is(Kind::pipe)) {
                take();
                break;
            }
            if (is(Kind::right) || is(Kind::right_parenthesis)) break;
            unexpected("behind a value");
        }
        if (operands.empty()) fail(token().offset, "an empty command");
        const auto& first = operands.front();
        if (number > 0 && is_constant(first)) fail(first.offset, "a value can be piped into a function only, not into '" + visible(first.text) + '\'');
        look_at(operands, number > 0, piped);
        const auto what = operands.size() == 1 && number == 0 ? first.what : What::unknown;
        piped = operands.size() == 1 ? std::optional(first) : std::nullopt;
        return what;
    }

    /// What can be said of a whole command.
    void look_at(const std::vector<Operand>& operands, bool is_piped, const std::optional<Operand>& piped) {
        const auto& first = operands.front();
        const auto given = operands.size() - 1 + (is_piped ? 1 : 0);
        if (!first.is_function) {
            const bool callable = first.kind == Kind::left_parenthesis || first.what == What::unknown;
            if (given > 0 && !callable) problem(first.offset, "'" + visible(first.text) + "' is no function and takes no arguments");
            return;
        }
        const auto* function = find_template_function(first.text);
        if (given < function->fewest || given > function->most) {
            const auto wanted = function->fewest == function->most ? std::to_string(function->fewest) : function->most == any_number ? "at least " + std::to_string(function->fewest) : std::to_string(function->fewest) + " to " + std::to_string(function->most);
            problem(first.offset, "'" + std::string(first.text) + "' takes " + wanted + (wanted == "1" ? " argument" : " arguments") + ", not " + std::to_string(given));
        }
        if (first.text == "index" && operands.size() == 3 && operands[1].what == What::labels && operands[2].kind == Kind::string) {
            result_.labels.push_back({promql::unquote(operands[2].text), operands[2].offset});
        }
        if (first.text == "query") {
            const auto& argument = operands.size() > 1 ? std::optional(operands[1]) : piped;
            if (argument && argument->kind == Kind::string) result_.queries.push_back({promql::unquote(argument->text), argument->offset});
        }
    }

    std::optional<Operand> operand() {
        auto term = this->term();
        if (!term) return std::nullopt;
        bool first = true;
        while (is(Kind::field)) {
            const auto& field = take();
            if (first && is_constant(*term) && term->kind != Kind::dot) fail(field.offset, "'" + visible(term->text) + "' has no fields");
            if (first && term->kind == Kind::dot) fail(field.offset, "unexpected '" + visible(field.text) + "' behind a dot");
            term->what = field_of(term->what, field);
            term->is_function = false;
            if (term->kind == Kind::identifier) term->kind = Kind::field;
            first = false;
        }
        return term;
    }

    What field_of(What what, const Token& field) {
        const auto name = field.text.substr(1);
        switch (what) {
        case What::root: return root_field(field);
        case What::labels: result_.labels.push_back({std::string(name), field.offset}); return What::text;
        case What::external: return What::text;
        case What::value:
        case What::text:
        case What::number: problem(field.offset, "a " + std::string(what == What::text ? "text" : "number") + " has no field '" + visible(name) + '\''); return What::unknown;
        default: return What::unknown;
        }
    }

    What root_field(const Token& field) {
        const auto name = std::string(field.text.substr(1));
        if (name == "Labels") return What::labels;
        if (name == "ExternalLabels") return What::external;
        if (name == "ExternalURL") return What::text;
        if (name == "Value") {
            result_.value = true;
            return What::value;
        }
        const std::vector<std::string> known = {"Labels", "Value", "ExternalLabels", "ExternalURL"};
        const auto meant = closest(name, known);
        problem(field.offset, "an alert has no '." + visible(name) + '\'', meant ? "did you mean ." + *meant + '?' : "labels are read as $labels." + visible(name));
        return What::unknown;
    }

    std::optional<Operand> term() {
        const auto& first = token();
        Operand operand{.kind = first.kind, .text = first.text, .offset = first.offset};
        switch (first.kind) {
        case Kind::identifier:
            if (is_keyword(first.text)) return std::nullopt;
            take();
            if (first.text == "true" || first.text == "false" || first.text == "nil") {
                operand.what = What::nothing;
                return operand;
            }
            need_function(first);
            operand.is_function = true;
            return operand;
        case Kind::dot: operand.what = dot_; break;
        case Kind::variable: operand.what = variable(first); break;
        case Kind::field: operand.what = field_of(dot_, first); break;
        case Kind::number:
            check_number(first);
            operand.what = What::number;
            break;
        case Kind::character: operand.what = What::number; break;
        case Kind::string: operand.what = What::text; break;
        case Kind::left_parenthesis: {
            take();
            operand.what = pipeline("the parentheses", Kind::right_parenthesis);
            return operand;
        }
        default: return std::nullopt;
        }
        take();
        return operand;
    }

    What variable(const Token& token) {
        const auto* found = find_variable(token.text);
        if (found == nullptr) {
            std::vector<std::string> names;
            for (const auto& known : variables_) names.push_back(known.name);
            const auto meant = closest(std::string(token.text), names);
            fail(token.offset, "undefined variable '" + visible(token.text) + '\'', meant ? "did you mean " + *meant + '?' : "known are $labels, $value, $externalLabels and $externalURL");
        }
        if (found->what == What::value) result_.value = true;
        return found->what;
    }

    static void need_function(const Token& token) {
        if (find_template_function(token.text) != nullptr) return;
        std::vector<std::string> names;
        for (const auto& function : template_functions()) names.emplace_back(function.name);
        const auto meant = closest(std::string(token.text), names);
        const bool label = !token.text.empty() && token.text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos;
        fail(token.offset, "unknown function '" + visible(token.text) + '\'', meant ? "did you mean " + *meant + '?' : "a label is read as $labels." + (label ? visible(token.text) : lower(visible(token.text))) + ", the value as $value");
    }

    /// A number must be one of Go's; "i" at its end makes an imaginary one.
    static void check_number(const Token& token) {
        auto text = std::string(token.text);
        const auto wrong = [&] { fail(token.offset, "'" + visible(token.text) + "' is no number"); };
        if (text.back() == 'i') text.pop_back();
        const auto sign = text.find_last_of("+-");
        const bool is_complex = token.text.back() == 'i' && sign != std::string::npos && sign > 0 && text[sign - 1] != 'e' && text[sign - 1] != 'E' && text[sign - 1] != 'p' && text[sign - 1] != 'P';
        if (is_complex) text = text.substr(0, sign);
        if (!text.empty() && (text.front() == '+' || text.front() == '-')) text.erase(0, 1);
        if (!is_number(text, token.text.back() == 'i')) wrong();
    }

    static bool is_number(const std::string& text, bool imaginary);

    TemplateCheck& result_;
    std::vector<Token> tokens_;
    std::size_t at_ = 0;
    std::size_t last_action_ = 0; ///< offset of the braces that are read
    int nesting_ = 0;
    int ranges_ = 0;
    What dot_ = What::root;
    std::vector<Variable> variables_;
    std::set<std::string> templates_;
    std::set<std::string> filled_templates_;
    std::vector<std::pair<std::string, std::size_t>> used_templates_;
};

bool all_of(std::string_view text, std::string_view set) { return !text.empty() && text.find_first_not_of(set) == std::string_view::npos; }

/// Underscores stand between digits, or behind the prefix of a base.
bool has_right_underscores(std::string_view text) {
    const bool prefixed = text.size() > 1 && text[0] == '0' && std::isalpha(static_cast<unsigned char>(text[1])) != 0 && text[1] != 'e' && text[1] != 'E' && text[1] != 'i';
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '_') continue;
        const bool before = i > 0 && (std::isxdigit(static_cast<unsigned char>(text[i - 1])) != 0 || (prefixed && i == 2));
        const bool behind = i + 1 < text.size() && std::isxdigit(static_cast<unsigned char>(text[i + 1])) != 0;
        if (!before || !behind) return false;
    }
    return true;
}

/// One that fits into 64 bits; a leading 0 makes it octal.
bool is_integer(std::string_view digits) {
    std::uint64_t value = 0;
    const int base = digits.size() > 1 && digits.front() == '0' ? 8 : 10;
    const auto [end, wrong] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    return wrong == std::errc{} && end == digits.data() + digits.size();
}

bool Parser::is_number(const std::string& text, bool imaginary) {
    if (text.empty() || !has_right_underscores(text)) return false;
    auto plain = lower(text);
    plain.erase(std::remove(plain.begin(), plain.end(), '_'), plain.end());
    if (plain.rfind("0b", 0) == 0) return all_of(std::string_view(plain).substr(2), "01");
    if (plain.rfind("0o", 0) == 0) return all_of(std::string_view(plain).substr(2), "01234567");
    if (plain.rfind("0x", 0) == 0) {
        const auto rest = std::string_view(plain).substr(2);
        const auto power = rest.find('p');
        auto mantissa = rest.substr(0, power);
        const bool point = mantissa.find('.') != std::string_view::npos;
        if (power == std::string_view::npos) return !point && all_of(mantissa, "0123456789abcdef");
        auto exponent = rest.substr(power + 1);
        if (!exponent.empty() && (exponent.front() == '+' || exponent.front() == '-')) exponent.remove_prefix(1);
        return mantissa.find_first_of("0123456789abcdef") != std::string_view::npos && all_of(exponent, "0123456789");
    }
    if (plain.find_first_of(".e") == std::string::npos && !imaginary) return is_integer(plain);
    double value = 0;
    const auto [end, wrong] = std::from_chars(plain.data(), plain.data() + plain.size(), value);
    if (end != plain.data() + plain.size() || wrong == std::errc::invalid_argument) return false;
    return wrong == std::errc{} || value == 0 || plain.find("e-") != std::string::npos;
}

} // namespace

TemplateCheck check_template(std::string_view text) {
    TemplateCheck result;
    if (text.find("{{") == std::string_view::npos) return result;
    try {
        Parser(text, result).parse();
    } catch (TemplateMistake& mistake) {
        result.problems = {{mistake.offset, std::move(mistake.message), std::move(mistake.hint)}};
    }
    return result;
}

} // namespace slipway::prometheus
