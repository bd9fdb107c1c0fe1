#include "catch.hpp"

#include "promql/functions.hpp"
#include "promql/parser.hpp"
#include "promql/print.hpp"

#include <algorithm>

using namespace slipway::promql;

namespace {

Dialect version(int major, int minor) { return {.version = {major, minor}}; }

Dialect with_features(int major, int minor) {
    auto dialect = version(major, minor);
    for (const auto& name : Features::names()) dialect.features.enable(name);
    return dialect;
}

std::string canonical(const std::string& text, const Dialect& dialect = {}) {
    const auto parsed = parse(text, dialect);
    return parsed.expr ? print(*parsed.expr) : "wrong: " + parsed.mistakes.at(0).message;
}

std::string mistake(const std::string& text, const Dialect& dialect = {}) {
    const auto parsed = parse(text, dialect);
    if (parsed.expr) return "right: " + print(*parsed.expr);
    const auto& first = parsed.mistakes.at(0);
    return std::to_string(first.place.begin) + ": " + first.message + (first.hint.empty() ? "" : " (" + first.hint + ')');
}

bool is_right(const std::string& text, const Dialect& dialect = {}) { return parse(text, dialect).expr != nullptr; }

std::string repeated(const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
}

} // namespace

TEST_CASE("expressions in their canonical form") {
    const auto [text, wanted] = GENERATE(table<std::string, std::string>({
        {"up[1w1d]", "up[8d]"},
        {"up[28d]", "up[4w]"},
        {"rate(  x{b='1', a=\"2\",}[5m]) # why", R"(rate(x{a="2",b="1"}[5m]))"},
        {"sum(x)by(a,b)", "sum by (a, b) (x)"},
        {"SUM without (a) (x)", "sum without (a) (x)"},
        {"sum by () (x)", "sum(x)"},
        {"topk(5, x)", "topk(5, x)"},
        {"a AND b Or c", "a and b or c"},
        {"a+on(x)group_left(y)b", "a + on (x) group_left (y) b"},
        {"a+ignoring(x)group_right b", "a + ignoring (x) group_right () b"},
        {"1 == bool 2", "1 == bool 2"},
        {"0x1F + 0755 + 08 + 1e3 + .5 + 5. + Inf", "31 + 493 + 8 + 1000 + 0.5 + 5 + +Inf"},
        {"1_000 + 5m", "1000 + 5m"},
        {"x offset 5m @ 5", "x @ 5.000 offset 5m"},
        {"x[5m] @ start() offset -1h", "x[5m] @ start() offset -1h"},
        {"max_over_time(x[1h:5m] offset 1d)", "max_over_time(x[1h:5m] offset 1d)"},
        {"x[1h:]", "x[1h:]"},
        {R"({"a.b", "x.y"="z"})", R"({"x.y"="z",__name__="a.b"})"},
        {"sum by (a:b) (x)", R"(sum by ("a:b") (x))"},
        {R"(x{a="\x41\u00e9\n\"\101"})", "x{a=\"A\xC3\xA9\\n\\\"A\"}"},
        {"x{a=`\\d`}", R"(x{a="\\d"})"},
        {"- 1", "-1"},
        {"-x", "-x"},
        {"1 + vector(on)", "wrong: unexpected 'on' where an operand is expected"},
        {"by + and + start{fill=\"\"}", R"(by + and + start{fill=""})"},
        {"up[5m+1m]", "up[5m + 1m]"},
        {"up offset step()", "up offset step()"},
    }));
    INFO(text);
    CHECK(canonical(text) == wanted);
}

TEST_CASE("operators bind as in Prometheus") {
    const auto parsed = parse("-1^2");
    REQUIRE(parsed.expr->kind == ExprKind::unary);
    CHECK(as<Unary>(*parsed.expr).inner->kind == ExprKind::binary);

    const auto mixed = parse("2^-1*3");
    REQUIRE(mixed.expr->kind == ExprKind::binary);
    CHECK(as<Binary>(*mixed.expr).op == BinaryOp::multiply);

    const auto powers = parse("2^3^4");
    CHECK(as<Binary>(*powers.expr).right->kind == ExprKind::binary);

    const auto sets = parse("a or b and c");
    CHECK(as<Binary>(*sets.expr).op == BinaryOp::logical_or);
}

TEST_CASE("wrong expressions, and what is said") {
    const auto [text, wanted] = GENERATE(table<std::string, std::string>({
        {"", "0: the expression is empty"},
        {"# only this", "11: the expression is empty"},
        {"(up)[5m]", "4: a range belongs to a metric itself (write it without parentheses, such as up[5m])"},
        {"sum(x)[5m]", "6: a range belongs to a metric itself (a subquery has a colon, such as [5m:1m])"},
        {"up[0]", "3: a range must be more than 0"},
        {"up[-5m]", "3: a range must be more than 0"},
        {"up[5x]", "3: '5x' is neither a number nor a duration (durations take the units y, w, d, h, m, s and ms, in this order)"},
        {"up[m]", "3: 'm' is no duration (a range is a number with its unit, such as [5m])"},
        {"up offset 5m offset 1m", "13: offset stands there twice"},
        {R"(up{state~="a"})", "8: unexpected '~=' within braces (did you mean =~?)"},
        {R"(up{a=~"("})", "3: wrong regular expression: missing ): ^(?:()$"},
        {R"({a=~".*"})", "0: the selector would take every series there is (one of its labels must not match the empty text, such as job=~\".+\")"},
        {R"(up{__name__="x"})", "3: the name of the metric is given twice: 'up' and 'x'"},
        {R"(up{"x"})", "3: the name of the metric is given twice: 'up' and 'x'"},
        {"up{,}", "3: unexpected ',' where a label is expected"},
        {"rate(up)", "5: rate() takes a range vector, not an instant vector (a range such as [5m] is missing)"},
        {"rate(sum(up))", "5: rate() takes a range vector, not an instant vector (a subquery such as [5m:1m] makes a range vector of it)"},
        {"rate(up[5m],)", "12: unexpected ')' behind a comma (arguments take no comma behind the last one)"},
        {"raet(up[5m])", "0: unknown function 'raet' (did you mean rate?)"},
        {"RATE(up[5m])", "0: unknown function 'RATE' (names of functions are lower case: rate)"},
        {"1 > 2", "2: numbers are compared with bool (write > bool)"},
        {"a + bool b", "2: bool belongs to comparisons, not to '+'"},
        {"a and 1", "2: 'and' takes instant vectors on both sides, not a number (vector() makes an instant vector of a number)"},
        {"a + on(x) group_left(x) b", "2: label 'x' stands in on(...) and in group_left or group_right"},
        {"a + group_left(x) b", "4: unexpected 'group_left' behind an operator (group_left and group_right stand behind on(...) or ignoring(...))"},
        {"a and on(x) group_left b", "2: group_left and group_right do not go with 'and'"},
        {"topk(x)", "0: aggregation 'topk' takes a parameter and an expression, not 1 argument"},
        {"topk(up, x)", "5: the parameter of topk() takes a number, not an instant vector (scalar() makes a number of a vector with one element)"},
        {"round(a, 1, 2)", "0: round() takes 1 to 2 arguments, not 3"},
        {"up[5m] + 1", "0: '+' takes numbers and instant vectors, not a range vector (a function such as rate() makes an instant vector of a range)"},
        {"sum(up))", "7: unexpected ')' behind the expression (it closes no parenthesis)"},
        {"sum(up", "6: the expression ends too early, where ',' or ')' is expected"},
        {"up{a=\"b\"", "2: the { is never closed"},
        {R"("abc)", "0: the string is never closed"},
        {R"("\q")", "1: unknown escape '\\q' in a string (a backslash itself is written \\\\, or the string stands in backquotes)"},
        {"rate(x[$__rate_interval])", "7: unexpected '$' (variables belong to dashboards; Prometheus knows none)"},
        {"a && b", "2: unexpected '&' (both is written: and)"},
        {"a b", "2: unexpected 'b' behind the expression (is there an operator missing in front of it?)"},
        {"x = 1", "2: unexpected '=' behind the expression (values are compared by ==, <=, >=)"},
        {"sort_by_label(up, \"a\")", "0: function 'sort_by_label' is experimental (Prometheus takes it with --enable-feature=promql-experimental-functions; give the same option here)"},
        {"holt_winters(up[1h], 0.5, 0.5)", "0: function 'holt_winters' was removed in Prometheus 3.0 (it is double_exponential_smoothing now, behind the flag promql-experimental-functions)"},
        {"by (a.b)", "3: unexpected '(' behind the metric 'by' (names of functions hold no colon and are no words of the language)"},
        {"sum by (a.b) (x)", "9: unexpected '.'"},
    }));
    INFO(text);
    CHECK(mistake(text) == wanted);
}

TEST_CASE("several mistakes in types are reported together") {
    const auto parsed = parse("rate(up) + abs(1)");
    REQUIRE(parsed.mistakes.size() == 2);
    CHECK(parsed.mistakes[1].place.begin == 15);
}

TEST_CASE("what is right depends on the version") {
    const auto functions_of = [](int major, int minor) {
        const auto dialect = version(major, minor);
        return std::count_if(functions().begin(), functions().end(), [&](const auto& function) { return function.is_known(dialect); });
    };
    CHECK(functions_of(2, 42) == 70);
    CHECK(functions_of(3, 14) == 90);
    CHECK(functions_of(3, 16) == 91);

    CHECK(is_right("holt_winters(up[1h], 0.5, 0.5)", version(2, 55)));
    CHECK_FALSE(is_right("1_000", version(2, 53)));
    CHECK(is_right("1_000", version(2, 54)));
    CHECK_FALSE(is_right("up[300]", version(2, 53)));
    CHECK(is_right("up[300]", version(2, 54)));
    CHECK_FALSE(is_right("first_over_time(up[5m])", version(3, 13)));
    CHECK(is_right("first_over_time(up[5m])", version(3, 14)));
    CHECK_FALSE(is_right("up[5m+1m]", version(3, 13)));
    CHECK(is_right("up[5m+1m]", with_features(3, 13)));
    CHECK(is_right("up[5m+1m]", version(3, 14)));
    CHECK_FALSE(is_right("rate(up[5m] anchored)", version(3, 15)));
    CHECK(is_right("rate(up[5m] anchored)", version(3, 16)));
    CHECK_FALSE(is_right("a + fill(0) b"));
    CHECK(is_right("a + fill(0) b", with_features(3, 16)));
    CHECK(is_right("fill + fill"));
    CHECK_FALSE(is_right(R"({"a.b"})", version(2, 42)));
    CHECK_FALSE(is_right(R"(sum by ("a.b") (x))", version(2, 55)));
    CHECK(is_right(R"(sum by ("a.b") (x))", with_features(2, 55)));
    CHECK(is_right(R"(info(up, {a="b"}))", with_features(3, 16)));
    CHECK_FALSE(is_right("info(up, x)", with_features(3, 16)));
}

TEST_CASE("deep and long expressions") {
    CHECK(is_right(repeated("(", 60) + "up" + repeated(")", 60)));
    CHECK(is_right(repeated("abs(", 50) + "up" + repeated(")", 50)));
    CHECK(is_right("up" + repeated(" or up", 1000)));
    std::string branches = "a0";
    for (int i = 1; i < 2000; ++i) branches += "|a" + std::to_string(i);
    CHECK(is_right("up{x=~\"" + branches + "\"}"));

    CHECK(mistake(repeated("(", 1'000'000)) == "500: the expression is nested too deeply");
    CHECK(mistake(repeated("-", 1'000'000) + "up").find("nested too deeply") != std::string::npos);
    CHECK(mistake("up" + repeated("+up", 300'000)).find("too many terms") != std::string::npos);
    CHECK(mistake("up[" + repeated("(", 100'000)).find("nested too deeply") != std::string::npos);
    CHECK(mistake("up[1m" + repeated("+1m", 100'000) + "]").find("too many terms") != std::string::npos);
}

TEST_CASE("versions are read as Prometheus writes them") {
    CHECK(parse_version("3.16") == Version{3, 16});
    CHECK(parse_version("v2.54.1") == Version{2, 54});
    CHECK(parse_version("3.5.0-rc.1") == Version{3, 5});
    for (const char* text : {"", "3", "3.", "three", "3.x", "3.5x"}) CHECK_FALSE(parse_version(text).has_value());
}
