#include "catch.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "wait-for-slo/queries/event_count.hpp"

#include <random>
#include <string>

using namespace slipway;
using namespace slipway::wait_for_slo;

namespace {

std::string taken(const std::string& text, Records records = Records::as_counters) { return to_string(parse_event_count(text, records)); }

std::vector<Diagnostic> refusals(const std::string& text, Records records = Records::as_counters) {
    try {
        parse_event_count(text, records);
    } catch (const Error& error) {
        CHECK(error.code() == ExitCode::misuse);
        return error.diagnostics();
    }
    return {};
}

std::string refusal(const std::string& text) {
    const auto all = refusals(text);
    return all.empty() ? "taken" : all.front().message;
}

} // namespace

TEST_CASE("sums and differences of counters are taken apart") {
    struct Row {
        std::string text;
        std::string terms;
    };
    for (const auto& row : {
             Row{"x_total", "x_total"},
             Row{"my_requests{code=\"200\"}", "my_requests{code=\"200\"}"},
             Row{"(x_total)", "x_total"},
             Row{"+x_total", "x_total"},
             Row{"a_total + b_total - c_total", "a_total + b_total - c_total"},
             Row{"a_total - (b_total - c_total)", "a_total - b_total + c_total"},
             Row{"a_total - -b_total", "a_total + b_total"},
             Row{"-(a_total - b_total)", "-a_total + b_total"},
             Row{"sum(x_total)", "x_total"},
             Row{"rate(x_total[5m])", "x_total"},
             Row{"irate(x_total[5m])", "x_total"},
             Row{"increase(x_total[5m])", "x_total"},
             Row{"rate((x_total[5m]))", "x_total"},
             Row{"sum(rate(x_total[5m])) - sum(rate(y_total[5m]))", "x_total - y_total"},
             Row{"sum(rate(x_total[5m])) - sum(rate(y_total[1h]))", "x_total - y_total"},
             Row{"sum by (a) (increase(x_total[5m]))", "x_total"},
             Row{"sum without (a) (increase(x_total[5m]))", "x_total"},
             Row{"sum(sum by (a) (x_total))", "x_total"},
             Row{"sum(rate(a_total[5m]) + rate(b_total[5m]))", "a_total + b_total"},
             Row{"sum(rate(a_total[5m]) + ignoring(c) irate(b_total[5m]))", "a_total + b_total"},
             Row{"sum(rate(a_total[5m]) - on(c) rate(b_total[5m]))", "a_total - b_total"},
             Row{"sum(rate(a_total[5m])) or vector(0)", "a_total"},
             Row{"sum(rate(a_total[5m])) or on() vector(0)", "a_total"},
             Row{"(sum(rate(a_total[5m])) or vector(0)) + (sum(rate(b_total[5m])) or (vector(-0)))", "a_total + b_total"},
             Row{"sum(rate(a_total[5m])) or 0 * sum(rate(b_total[5m]))", "a_total"},
             Row{"sum(rate(a_total[5m])) or sum(rate(b_total[5m])) * 0", "a_total"},
             Row{"a_total + a_total", "a_total + a_total"},
             Row{"a_total - a_total + b_total", "b_total"},
             Row{"a_total + b_total - a_total", "b_total"},
             Row{"a_total{b=\"c\",d=\"e\"} - a_total{d=\"e\",b=\"c\"} + b_total", "b_total"},
             Row{"latency_count - latency_bucket{le=\"0.5\"}", "latency_count - latency_bucket{le=\"0.5\"}"},
             Row{"sum(job:requests:sum)", "job:requests:sum"},
             Row{"{__name__=\"x_total\"}", "x_total"},
         }) {
        INFO(row.text);
        CHECK(taken(row.text) == row.terms);
    }
}

TEST_CASE("what cannot be counted is refused, its part named with its place") {
    struct Row {
        std::string text;
        std::string why;
    };
    for (const auto& row : {
             Row{"histogram_quantile(0.9, sum by (le) (rate(x_bucket[5m])))", "at character 1: histogram_quantile(...) cannot be counted"},
             Row{"sum(x_total) + avg(y_total)", "at character 16: avg(...) cannot be counted"},
             Row{"max(x_total)", "at character 1: max(...) cannot be counted"},
             Row{"count(x_total)", "at character 1: count(...) cannot be counted"},
             Row{"topk(5, x_total)", "at character 1: topk(...) cannot be counted"},
             Row{"sum_over_time(x[5m])", "at character 1: sum_over_time(...) cannot be counted"},
             Row{"avg_over_time(x[5m])", "at character 1: avg_over_time(...) cannot be counted"},
             Row{"delta(x[5m])", "at character 1: delta(...) cannot be counted"},
             Row{"histogram_count(sum(rate(x[5m])))", "at character 1: histogram_count(...) cannot be counted"},
             Row{"label_replace(x_total, \"a\", \"$1\", \"b\", \"(.*)\")", "at character 1: label_replace(...) cannot be counted"},
             Row{"x_total / y_total", "at character 9: a ratio ('/') cannot be counted"},
             Row{"x_total * 2 / 2", "at character 13: a ratio ('/') cannot be counted"},
             Row{"2 * x_total", "at character 3: a product ('*') cannot be counted"},
             Row{"0 * x_total", "at character 3: a product ('*') cannot be counted"},
             Row{"x_total + 1", "at character 11: the number 1 cannot be counted"},
             Row{"x_total > 0", "at character 9: a comparison ('>') cannot be counted"},
             Row{"x_total and y_total", "at character 9: 'and' cannot be counted"},
             Row{"x_total unless y_total", "at character 9: 'unless' cannot be counted"},
             Row{"x_total or y_total", "at character 9: 'or' cannot be counted, except in 'or vector(0)'"},
             Row{"x_total or vector(1)", "at character 9: 'or' cannot be counted, except in 'or vector(0)'"},
             Row{"vector(0) or x_total", "at character 11: 'or' cannot be counted, except in 'or vector(0)'"},
             Row{"vector(1)", "at character 1: vector(...) cannot be counted"},
             Row{"a_total + on(b) group_left() c_total", "at character 9: group_left and group_right cannot be counted: one series would count several times"},
             Row{"x_total[5m]", "at character 1: a range cannot be counted"},
             Row{"rate(x_total[5m:1m])", "at character 6: a subquery cannot be counted"},
             Row{"rate(sum(x_total)[5m:1m])", "at character 6: a subquery cannot be counted"},
             Row{"x_total offset 5m", "at character 1: offset and @ cannot be counted: they look at another time"},
             Row{"rate(x_total[5m] offset 5m)", "at character 6: offset and @ cannot be counted: they look at another time"},
             Row{"rate(x_total[5m] @ end())", "at character 6: offset and @ cannot be counted: they look at another time"},
             Row{"sum(rate(x_bucket[5m]))", "at character 10: the buckets of a histogram cannot be counted together: each event is in several of them"},
             Row{"job:requests:rate5m", "at character 1: 'job:requests:rate5m' is by its name a recorded rate or ratio, which cannot be counted"},
             Row{"slo:error_ratio:rate5m", "at character 1: 'slo:error_ratio:rate5m' is by its name a recorded rate or ratio, which cannot be counted"},
             Row{"job:errors:ratio", "at character 1: 'job:errors:ratio' is by its name a recorded rate or ratio, which cannot be counted"},
             Row{"x_total + rate(y_total[5m])", "at character 11: counters, rates and increases are no terms of one sum"},
             Row{"sum(rate(x_total[5m])) + sum(increase(y_total[5m]))", "at character 30: counters, rates and increases are no terms of one sum"},
             Row{"increase(x_total[5m]) + increase(y_total[1h])", "at character 25: increases over different ranges are no terms of one sum"},
             Row{"vector(0)", "at character 1: it counts nothing: no series is left in it"},
             Row{"x_total - x_total", "at character 1: it counts nothing: no series is left in it"},
             Row{"5", "at character 1: the number 5 cannot be counted"},
             Row{"\"x\"", "at character 1: a string cannot be counted"},
             Row{"", "there is no metric's name"},
         }) {
        INFO(row.text);
        CHECK(refusal(row.text) == row.why);
    }
    CHECK(refusals("max(x_total)").front().hint.find("threshold check") != std::string::npos);
    CHECK(refusal("sum(x_total").find("at character ") == 0);
    CHECK(refusal("größe(x)").find("at character ") == 0);
}

TEST_CASE("all parts that cannot be counted are told of at once") {
    const auto all = refusals("max(a_total) + min(b_total) - c_total / d_total");
    REQUIRE(all.size() == 3);
    CHECK(all[1].message == "at character 16: min(...) cannot be counted");
}

TEST_CASE("recorded rates are taken when their rules will be expanded, but no rates of them") {
    CHECK(taken("sum(job:requests:rate5m)", Records::expanded) == "job:requests:rate5m");
    CHECK(refusals("rate(job:requests:rate5m[5m])", Records::expanded).size() == 1);
}

TEST_CASE("thousands of terms and deep nesting end in an answer") {
    std::string many = "x0_total";
    for (int i = 1; i < 3000; ++i) many += " + x" + std::to_string(i) + "_total";
    CHECK(parse_event_count(many).size() == 3000);
    for (int i = 0; i < 3000; ++i) many += " + y_total";
    CHECK(refusal(many).find("too many terms") != std::string::npos);
    CHECK(refusal(std::string(10'000, '(') + "x" + std::string(10'000, ')')).find("nested too deeply") != std::string::npos);
    CHECK(refusal(std::string(10'000, '-') + "x").find("at character") == 0);
    std::string nested = "x_total";
    for (int i = 0; i < 400; ++i) nested.insert(0, "sum(").append(")");
    CHECK(taken(nested) == "x_total");
    CHECK(taken("x{a=\"" + std::string(100'000, 'v') + "\"}").size() > 100'000);
    CHECK(refusal(std::string("x{a=\"\0\"} +", 11)).find("at character") == 0);
}

TEST_CASE("a query of a file is refused at its place") {
    const std::string text = "sum(rate(a_total[W])) + max(b_total)";
    const auto hole = text.find('W');
    std::vector<slo::WindowedQuery::Piece> pieces = {{text.substr(0, hole), 0, false}, {"", hole, true}, {text.substr(hole + 1), hole + 1, false}};
    const slo::WindowedQuery query(pieces, text, {.value = {"slo.yaml", 7, 12}, .pieces = {{0, 7, 12}}, .known = text.size()});
    std::vector<Diagnostic> problems;
    CHECK_FALSE(read_event_count(query, problems));
    REQUIRE(problems.size() == 1);
    CHECK(to_line(problems.front()) == "slo.yaml:7:36: max(...) cannot be counted");
}

TEST_CASE("sums and differences of counts cancel what is in both") {
    const auto total = parse_event_count("x_total");
    const auto bucket = parse_event_count("x_bucket{le=\"0.5\"}");
    CHECK(to_string(difference(total, bucket)) == "x_total - x_bucket{le=\"0.5\"}");
    CHECK(to_string(difference(total, difference(total, bucket))) == "x_bucket{le=\"0.5\"}");
    CHECK(difference(total, total).empty());
    CHECK(to_string(sum(total, total)) == "x_total + x_total");
}

TEST_CASE("an increase can be asked for as one value") {
    CHECK(increase_query(parse_event_count("a_total - b_total{c=\"d\"}"), "28d") == "(sum(increase(a_total[28d])) or vector(0)) - (sum(increase(b_total{c=\"d\"}[28d])) or vector(0))");
    CHECK(increase_query(parse_event_count("-a_total + b_total"), "1h") == "-(sum(increase(a_total[1h])) or vector(0)) + (sum(increase(b_total[1h])) or vector(0))");
    CHECK(increase_query({}, "1h") == "vector(0)");
}

namespace {

/// Writes a random linear expression, and computes its value without taking it apart.
class RandomExpression {
public:
    explicit RandomExpression(unsigned seed) : random_(seed) {}

    std::string write(int depth, double& value) {
        if (depth == 0) {
            const auto number = pick(6);
            value = weight(number);
            return "rate(x" + std::to_string(number) + "_total{a=\"" + std::string(pick(2) == 0 ? "\\\\" : "\\\"") + "\"}[5m])";
        }
        double left = 0;
        double right = 0;
        const auto one = write(pick(depth), left);
        switch (pick(6)) {
        case 0: value = left; return "sum(" + one + ")";
        case 1: value = left; return "(" + one + ")";
        case 2: value = -left; return "-(" + one + ")";
        case 3: value = left; return "((" + one + ") or vector(0))";
        default: break;
        }
        const auto other = write(pick(depth), right);
        if (pick(2) == 0) {
            value = left + right;
            return one + " + " + other;
        }
        value = left - right;
        return one + " - (" + other + ")";
    }

    static double weight(int number) { return static_cast<double>(1 << (4 * number)); }

private:
    int pick(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }

    std::mt19937 random_;
};

} // namespace

TEST_CASE("the terms of any linear expression add up to its value") {
    int counted = 0;
    for (unsigned seed = 0; seed < 2000; ++seed) {
        double expected = 0;
        const auto text = RandomExpression(seed).write(7, expected);
        INFO(text);
        double value = 0;
        try {
            for (const auto& term : parse_event_count(text)) value += term.sign * RandomExpression::weight(term.selector.metric.at(1) - '0');
            ++counted;
        } catch (const Error& error) {
            // The expression that is nothing whatever the series are.
            REQUIRE(std::string(error.what()).find("it counts nothing") != std::string::npos);
        }
        CHECK(value == expected);
    }
    CHECK(counted > 1500);
}
