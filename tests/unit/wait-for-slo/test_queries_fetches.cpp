#include "catch.hpp"

#include "selectors.hpp"
#include "wait-for-slo/queries/fetches.hpp"

#include <algorithm>
#include <random>
#include <set>
#include <string>

using namespace slipway;
using namespace slipway::wait_for_slo;

namespace {

FetchPlan plan(const std::vector<std::string>& texts) {
    std::vector<Selector> selectors;
    for (const auto& text : texts) selectors.push_back(parse_selector(text));
    return FetchPlan(selectors);
}

std::vector<std::string> queries(const std::vector<std::string>& texts) {
    std::vector<std::string> found;
    const auto planned = plan(texts);
    for (const auto& fetch : planned.fetches()) found.push_back(fetch.selector);
    return found;
}

using Texts = std::vector<std::string>;

/// That a plan gives each selector its series and no others, and asks for no series that none of its selectors has.
void check_against_each(const std::vector<Selector>& wanted, const std::vector<Labels>& series) {
    FetchPlan plan(wanted);
    std::vector<std::set<std::size_t>> given(plan.selectors().size());
    std::vector<int> answered(plan.selectors().size());
    for (std::size_t f = 0; f < plan.fetches().size(); ++f) {
        const auto& fetch = plan.fetches()[f];
        INFO(fetch.selector);
        for (const auto id : fetch.answers) ++answered[id];
        const SelectorMatcher server(parse_selector(fetch.selector));
        for (std::size_t s = 0; s < series.size(); ++s) {
            if (!server.matches(series[s])) continue;
            const auto belongs = plan.sort(f, series[s]);
            CHECK_FALSE(belongs.empty());
            for (const auto id : belongs) given[id].insert(s);
        }
    }
    for (std::size_t id = 0; id < given.size(); ++id) {
        INFO(to_string(plan.selectors()[id]));
        CHECK(answered[id] == 1);
        const SelectorMatcher by_itself(plan.selectors()[id]);
        std::set<std::size_t> expected;
        for (std::size_t s = 0; s < series.size(); ++s) {
            if (by_itself.matches(series[s])) expected.insert(s);
        }
        CHECK(given[id] == expected);
    }
    for (const auto& selector : wanted) {
        const auto id = plan.id_of(selector);
        REQUIRE(id);
        CHECK(plan.selectors()[*id] == selector);
    }
}

} // namespace

TEST_CASE("selectors are asked for in as few queries as possible") {
    struct Row {
        Texts selectors;
        Texts queries;
    };
    for (const auto& row : {
             Row{{}, {}},
             Row{{"a", "a", "{__name__=\"a\"}"}, {"a"}},
             Row{{"a{b=\"c\",d=\"e\"}", "a{d='e',b='c'}"}, {"a{b=\"c\",d=\"e\"}"}},
             Row{{"a{b=\"c\"}", "a", "z"}, {"a", "z"}},
             Row{{"a{b=\"c\",d=\"e\"}", "a{b=\"c\"}", "a{b=\"c\",d!=\"e\",f=\"g\"}"}, {"a{b=\"c\"}"}},
             Row{{"a{b=\"c\"}", "z{b=\"c\"}"}, {"a{b=\"c\"}", "z{b=\"c\"}"}},
             Row{{"a{b=\"c\"}", "a{b=\"d\"}", "a{b=\"e.f\"}"}, {"a{b=~\"c|d|e\\\\.f\"}"}},
             Row{{"a{b=\"c\"}", "a{b=\"\"}"}, {"a{b=~\"|c\"}"}},
             Row{{"a{b=\"c\"}", "a{b=~\"d\"}"}, {"a{b=\"c\"}", "a{b=~\"d\"}"}},
             Row{{"a{b=\"c\"}", "a{d=\"e\"}"}, {"a{b=\"c\"}", "a{d=\"e\"}"}},
             Row{{"a{b=\"1\",c=\"1\"}", "a{b=\"1\",c=\"2\"}", "a{b=\"2\",c=\"1\"}"}, {"a{b=\"1\",c=\"2\"}", "a{b=~\"1|2\",c=\"1\"}"}},
             Row{{"a{b=\"1\",c=\"1\"}", "a{b=\"1\",c=\"2\"}", "a{b=\"2\",c=\"1\"}", "a{b=\"2\",c=\"2\"}"}, {"a{b=~\"1|2\",c=~\"1|2\"}"}},
             Row{{"a{s=\"1\"}", "a{s=\"1\",code!~\"5..\"}", "a{s=\"2\"}", "a{s=\"2\",code!~\"5..\"}"}, {"a{s=~\"1|2\"}"}},
             Row{{"{__name__=~\"a|b\",c=\"1\"}", "{__name__=~\"a|b\",c=\"2\"}"}, {"{__name__=~\"a|b\",c=~\"1|2\"}"}},
             Row{{"a{b=\"1\",b=\"2\"}", "a{b=\"1\",b=\"3\"}"}, {"a{b=\"1\",b=\"2\"}", "a{b=\"1\",b=\"3\"}"}},
             Row{{"a{b=\"1\",c=\"1\"}", "a{b=\"1\",c=\"2\"}", "a{b=\"1\",c=~\"1|2\"}"}, {"a{b=\"1\",c=~\"1|2\"}"}},
         }) {
        INFO((row.selectors.empty() ? "" : row.selectors.front()));
        auto found = queries(row.selectors);
        std::sort(found.begin(), found.end());
        found.erase(std::unique(found.begin(), found.end()), found.end());
        CHECK(found == row.queries);
    }
}

TEST_CASE("queries stay short") {
    Texts many;
    for (int i = 0; i < 1000; ++i) many.push_back("a{b=\"value-" + std::to_string(i) + "\"}");
    CHECK(queries(many).size() == 5);
    Texts longer;
    for (int i = 0; i < 100; ++i) longer.push_back("a{b=\"" + std::string(1000, 'v') + std::to_string(i) + "\"}");
    for (const auto& query : queries(longer)) CHECK(query.size() < 9 * 1024);
    CHECK(queries(longer).size() < 20);
    Texts huge;
    for (int i = 0; i < 10; ++i) huge.push_back("a{b=\"" + std::string(9000, 'v') + std::to_string(i) + "\"}");
    CHECK(queries(huge).size() == 10);
    Texts half;
    for (int i = 0; i < 4; ++i) half.push_back("a{b=\"" + std::string(4000, '.') + std::to_string(i) + "\"}");
    for (int i = 0; i < 4; ++i) half.push_back("z{b=\"" + std::to_string(i) + "\"}");
    CHECK(queries(half).size() == 5);
}

TEST_CASE("hostile values find their series") {
    const Texts values = {"", "\\", "\"", "a|b", "a", "b", ".*", "(", "x\ny", "größe", "^a$", "a;1,1:b", std::string("\x01\x7f", 2), "\xff"};
    std::vector<Selector> selectors;
    std::vector<Labels> series = {{{"__name__", "m"}}};
    for (const auto& value : values) {
        selectors.push_back({"m", {make_matcher("l", promql::MatchOp::equal, value)}});
        selectors.push_back({"m", {make_matcher("k", promql::MatchOp::not_equal, value), make_matcher("l", promql::MatchOp::equal, "a")}});
        series.push_back({{"__name__", "m"}, {"l", value}});
        series.push_back({{"__name__", "m"}, {"l", "a"}, {"k", value}});
    }
    check_against_each(selectors, series);
}

TEST_CASE("any plan gives each selector what it would get by itself") {
    const Texts labels = {"a", "b", "c"};
    const Texts values = {"", "1", "2", "1|2", "..", "\"\\\\"}; // all of them regular expressions as well
    for (unsigned seed = 0; seed < 300; ++seed) {
        std::mt19937 random(seed);
        const auto pick = [&](std::size_t below) { return static_cast<std::size_t>(random() % below); };
        std::vector<Selector> selectors;
        const auto count = pick(60);
        for (std::size_t i = 0; i < count; ++i) {
            Selector selector{pick(2) == 0 ? "m" : "n", {}};
            if (pick(15) == 0) {
                selector.metric.clear();
                selector.matchers.push_back(make_matcher("__name__", promql::MatchOp::regex, "m|n"));
            }
            for (auto matchers = pick(4); matchers > 0; --matchers) {
                const auto op = pick(3) != 0 ? promql::MatchOp::equal : static_cast<promql::MatchOp>(pick(4));
                selector.matchers.push_back(make_matcher(labels[pick(labels.size())], op, values[pick(values.size())]));
            }
            selectors.push_back(std::move(selector));
        }
        std::vector<Labels> series;
        for (std::size_t i = 0; i < 100; ++i) {
            Labels one = {{"__name__", pick(2) == 0 ? "m" : "n"}};
            for (const auto& label : labels) {
                const auto& value = values[pick(values.size())];
                if (!value.empty()) one[label] = value;
            }
            series.push_back(std::move(one));
        }
        INFO(seed);
        check_against_each(selectors, series);
    }
}

TEST_CASE("a selector that was not wanted has no number, and a foreign series no selector") {
    auto one = plan({"a{b=\"c\"}", "a{b=\"d\"}"});
    CHECK_FALSE(one.id_of(parse_selector("a")));
    CHECK(one.sort(0, {{"__name__", "a"}, {"b", "e"}}).empty());
    CHECK(one.sort(0, {{"__name__", "z"}, {"b", "c"}}).empty());
    CHECK(one.sort(0, {}).empty());
}
