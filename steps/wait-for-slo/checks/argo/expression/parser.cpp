#include "core/text.hpp"
#include "wait-for-slo/checks/argo/expression/tokens.hpp"
#include "wait-for-slo/checks/argo/expression/tree.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <set>
#include <utility>

namespace slipway::wait_for_slo::expression {

namespace {

struct Operator {
    int precedence;
    bool from_the_right = false;
};

const std::map<std::string, Operator, std::less<>> binary_operators = {
    {"or", {10}},  {"||", {10}}, {"and", {15}}, {"&&", {15}}, {"==", {20}}, {"!=", {20}}, {"<", {20}},        {">", {20}},       {">=", {20}},
    {"<=", {20}},  {"in", {20}}, {"+", {30}},   {"-", {30}},  {"*", {60}},  {"/", {60}},  {"%", {60}},        {"**", {100, true}}, {"^", {100, true}},
};
const std::map<std::string, int, std::less<>> unary_operators = {{"not", 50}, {"!", 50}, {"-", 90}, {"+", 90}};

const std::set<std::string, std::less<>> predicates = {"all", "any", "one", "none", "filter", "map", "count"};

/// Of expr, but not for conditions over numbers.
const std::set<std::string, std::less<>> left_out = {"|", "??", "?.", ".", "..", "##", ";", "{", "matches", "contains", "startsWith", "endsWith", "let"};

/// Names that stand between operands.
bool is_operator_word(std::string_view word) { return word == "in" || word == "or" || word == "and" || word == "not"; }

constexpr std::array functions = {
    Function{"len", 1, 1},   Function{"abs", 1, 1},    Function{"ceil", 1, 1},  Function{"floor", 1, 1}, Function{"round", 1, 1},   Function{"int", 1, 1},
    Function{"float", 1, 1}, Function{"asInt", 1, 1},  Function{"asFloat", 1, 1}, Function{"isNaN", 1, 1}, Function{"isInf", 1, 1},   Function{"isNil", 1, 1},
    Function{"default", 2, 2}, Function{"max", 1, 64}, Function{"min", 1, 64},  Function{"sum", 1, 1},   Function{"mean", 1, 1},    Function{"median", 1, 1},
    Function{"first", 1, 1}, Function{"last", 1, 1},
};

/// Far beyond every condition that somebody wrote; what reads the tree calls itself as often.
constexpr int deepest = 100;
constexpr std::size_t most_tokens = 2000;

class Parser {
public:
    explicit Parser(std::string_view text) : text_(text), tokens_(tokens_of(text)) {}

    NodePtr run() {
        if (tokens_.size() > most_tokens) throw misuse("the condition has more than " + std::to_string(most_tokens) + " words");
        auto tree = expression(0);
        if (current().kind != TokenKind::end) throw unexpected();
        return tree;
    }

private:
    /// Counts how deep the parser has called itself.
    class Level {
    public:
        explicit Level(Parser& parser) : parser_(parser) {
            if (++parser_.level_ > deepest) throw mistake_at(parser_.text_, parser_.current(), "the condition is nested too deep");
        }
        ~Level() { --parser_.level_; }
        Level(const Level&) = delete;
        Level& operator=(const Level&) = delete;

    private:
        Parser& parser_;
    };

    const Token& current() const { return tokens_[at_]; }
    const Token& ahead() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }

    /// An operator or a bracket, also one that is a word.
    bool is(std::string_view sign) const { return is_sign(current(), sign); }
    static bool is_sign(const Token& token, std::string_view sign) {
        return (token.kind == TokenKind::sign || (token.kind == TokenKind::word && is_operator_word(token.text))) && token.text == sign;
    }

    bool take(std::string_view sign) {
        if (!is(sign)) return false;
        ++at_;
        return true;
    }

    void expect(std::string_view sign) {
        if (!take(sign)) throw mistake_at(text_, current(), "expected '" + std::string(sign) + "' here");
    }

    Error unexpected() const {
        const auto& token = current();
        if (token.kind == TokenKind::end) return mistake_at(text_, token, "something is missing there");
        if (token.kind != TokenKind::text && left_out.count(token.text) != 0) return mistake_at(text_, token, "is not supported in conditions here");
        if (token.text == "=") return mistake_at(text_, token, "is no comparison", "equal is ==");
        return mistake_at(text_, token, "is not expected there");
    }

    static NodePtr make(NodeKind kind, std::string name = {}) {
        auto node = std::make_unique<Node>(Node{.kind = kind});
        node->name = std::move(name);
        return node;
    }

    NodePtr with_parts(NodePtr node, std::vector<NodePtr> parts) const {
        for (auto& part : parts) {
            node->depth = std::max(node->depth, part->depth + 1);
            node->parts.push_back(std::move(part));
        }
        if (node->depth > deepest) throw mistake_at(text_, current(), "the condition is nested too deep");
        return node;
    }

    template <class... Parts> NodePtr join(NodePtr node, Parts... parts) const {
        std::vector<NodePtr> all;
        (all.push_back(std::move(parts)), ...);
        return with_parts(std::move(node), std::move(all));
    }

    NodePtr expression(int precedence) {
        const Level level(*this);
        auto left = primary();
        while (true) {
            const bool negated = is("not") && is_sign(ahead(), "in");
            const auto& sign = negated ? ahead() : current();
            const auto found = sign.kind == TokenKind::sign || is_operator_word(sign.text) ? binary_operators.find(sign.text) : binary_operators.end();
            if (sign.kind == TokenKind::text || found == binary_operators.end() || found->second.precedence < precedence) break;
            at_ += negated ? 2 : 1;
            auto right = expression(found->second.precedence + (found->second.from_the_right ? 0 : 1));
            left = join(make(NodeKind::binary, found->first), std::move(left), std::move(right));
            if (negated) left = join(make(NodeKind::unary, "not"), std::move(left));
        }
        while (precedence == 0 && take("?")) {
            auto yes = expression(0);
            expect(":");
            auto no = expression(0);
            left = join(make(NodeKind::ternary), std::move(left), std::move(yes), std::move(no));
        }
        return left;
    }

    NodePtr primary() {
        const Level level(*this);
        const auto token = current();
        if (const auto found = unary_operators.find(token.text); found != unary_operators.end() && is(token.text)) {
            ++at_;
            auto operand = expression(found->second);
            return indexed(join(make(NodeKind::unary, found->first == "!" ? "not" : found->first), std::move(operand)));
        }
        if (take("(")) {
            auto inside = expression(0);
            expect(")");
            return indexed(std::move(inside));
        }
        if (is("#")) {
            if (predicates_ == 0) throw mistake_at(text_, token, "stands outside of a predicate", "such as all(result, # >= 0.95)");
            ++at_;
            return indexed(make(NodeKind::element));
        }
        if (take("[")) return indexed(list());
        ++at_;
        switch (token.kind) {
        case TokenKind::number: return indexed(number(token));
        case TokenKind::text: return indexed(make(NodeKind::text, token.text));
        case TokenKind::word:
            if (!is_operator_word(token.text) && left_out.count(token.text) == 0) return word(token);
            break;
        case TokenKind::sign:
        case TokenKind::end: break;
        }
        --at_;
        throw unexpected();
    }

    NodePtr indexed(NodePtr node) {
        while (take("[")) {
            if (is(":")) throw mistake_at(text_, current(), "parts of a list are not supported in conditions here");
            auto which = expression(0);
            if (is(":")) throw mistake_at(text_, current(), "parts of a list are not supported in conditions here");
            expect("]");
            node = join(make(NodeKind::index), std::move(node), std::move(which));
        }
        if (is(".") || is("?.")) throw mistake_at(text_, current(), "`result` of Prometheus has no fields", "it is a number or a list of numbers: result, result[0]");
        return node;
    }

    NodePtr list() {
        std::vector<NodePtr> entries;
        while (!is("]")) {
            if (!entries.empty()) {
                expect(",");
                if (is("]")) break;
            }
            entries.push_back(expression(0));
        }
        expect("]");
        return with_parts(make(NodeKind::list), std::move(entries));
    }

    NodePtr number(const Token& token) const {
        auto digits = token.text;
        digits.erase(std::remove(digits.begin(), digits.end(), '_'), digits.end());
        auto node = make(NodeKind::integer);
        const auto* begin = digits.data();
        const auto* end = begin + digits.size();
        if (digits.find_first_of(".eE") == std::string::npos) {
            const auto read = std::from_chars(begin, end, node->integer);
            if (read.ec != std::errc{} || read.ptr != end) throw mistake_at(text_, token, "is too large for a whole number");
            return node;
        }
        node->kind = NodeKind::number;
        const auto read = std::from_chars(begin, end, node->number);
        // As Go reads them: too small is 0, too large is a mistake.
        const bool tiny = read.ec == std::errc::result_out_of_range && read.ptr == end && digits.find("e-") != std::string::npos;
        if (!tiny && (read.ec != std::errc{} || read.ptr != end)) throw mistake_at(text_, token, "is no number");
        return node;
    }

    NodePtr word(const Token& token) {
        if (is("(")) return indexed(predicates.count(token.text) != 0 ? predicate(token) : call(token));
        if (token.text == "true" || token.text == "false") {
            auto node = make(NodeKind::boolean);
            node->truth = token.text == "true";
            return node;
        }
        if (token.text == "nil") return make(NodeKind::nil);
        if (token.text == "result") return indexed(make(NodeKind::result));
        const bool function = find_function(token.text) != nullptr || predicates.count(token.text) != 0;
        throw mistake_at(text_, token, function ? "is a function" : "unknown name", function ? "its arguments go into parentheses" : "conditions know `result`, a number or a list of numbers");
    }

    NodePtr predicate(const Token& token) {
        expect("(");
        auto over = expression(0);
        expect(",");
        const bool braces = take("{");
        ++predicates_;
        auto asked = expression(0);
        --predicates_;
        if (braces) expect("}");
        expect(")");
        return join(make(NodeKind::predicate, token.text), std::move(over), std::move(asked));
    }

    NodePtr call(const Token& token) {
        const auto* function = find_function(token.text);
        if (function == nullptr) throw mistake_at(text_, token, "unknown function", suggestion(token.text));
        expect("(");
        std::vector<NodePtr> arguments;
        while (!is(")")) {
            if (!arguments.empty()) expect(",");
            arguments.push_back(expression(0));
        }
        expect(")");
        if (arguments.size() < function->least || arguments.size() > function->most) throw mistake_at(text_, token, "takes " + count_of(function->least, "argument") + ", not " + std::to_string(arguments.size()));
        if (token.text == "isNaN" || token.text == "isInf") make_numbers(*arguments[0]);
        return with_parts(make(NodeKind::call, token.text), std::move(arguments));
    }

    static std::string suggestion(const std::string& name) {
        std::vector<std::string> names(predicates.begin(), predicates.end());
        for (const auto& function : functions) names.emplace_back(function.name);
        const auto meant = closest(name, names);
        return meant ? "did you mean " + *meant + "?" : "known are " + slipway::join(names, ", ");
    }

    /// Whole numbers where a float is wanted are floats, as in Go.
    static void make_numbers(Node& node) {
        if (node.kind == NodeKind::integer) {
            node.kind = NodeKind::number;
            node.number = static_cast<double>(node.integer);
        }
        if (node.kind == NodeKind::unary || (node.kind == NodeKind::binary && (node.name == "+" || node.name == "-" || node.name == "*"))) {
            for (auto& part : node.parts) make_numbers(*part);
        }
    }

    std::string_view text_;
    std::vector<Token> tokens_;
    std::size_t at_ = 0;
    int level_ = 0;
    int predicates_ = 0; ///< around this place
};

} // namespace

NodePtr parse(std::string_view text) { return Parser(text).run(); }

const Function* find_function(std::string_view name) {
    const auto* found = std::find_if(functions.begin(), functions.end(), [name](const Function& function) { return function.name == name; });
    return found == functions.end() ? nullptr : found;
}

} // namespace slipway::wait_for_slo::expression
