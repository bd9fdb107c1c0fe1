#include "catch.hpp"

#include "failure.hpp"
#include "prometheus/ruler_group.hpp"
#include "prometheus/ruler_text.hpp"

#include <string>

using namespace slipway;
using namespace slipway::prometheus;

namespace {

RulerGroup read(const std::string& text, RulerKind kind = RulerKind::mimir) { return read_ruler_group(text, kind, "x.yml"); }

RulerGroup of_rule(const std::string& rule, RulerKind kind = RulerKind::mimir) { return read("name: g\nrules:\n- " + rule + '\n', kind); }

std::vector<std::string> texts_of(const std::string& file) {
    std::vector<std::string> texts;
    for (const auto& group : ruler_groups_of_file(file, RulerKind::mimir, "x.yml")) texts.push_back(group.text());
    return texts;
}

} // namespace

TEST_CASE("groups of a rule file keep their bytes") {
    const auto texts = texts_of("# of the file\n"
                                "groups:\n"
                                "  # of the first\n"
                                "  - name: one   # here\n"
                                "    interval: 1m\n"
                                "\n"
                                "    rules:\n"
                                "    - alert: A\n"
                                "      expr: |\n"
                                "        up\n"
                                "\n"
                                "          == 0\n"
                                "  # of the second\n"
                                "  - name: 'two'\n"
                                "    rules: [{record: r, expr: up}]\n"
                                "\n"
                                "# the end\n");
    REQUIRE(texts.size() == 2);
    CHECK(texts[0] == "name: one   # here\ninterval: 1m\n\nrules:\n- alert: A\n  expr: |\n    up\n\n      == 0\n");
    CHECK(texts[1] == "name: 'two'\nrules: [{record: r, expr: up}]\n");
}

TEST_CASE("groups without indentation, with Windows' line breaks, and behind a lone dash") {
    CHECK(texts_of("groups:\r\n- name: a\r\n  rules:\r\n  - record: r\r\n    expr: up\r\n- name: b\r\n  rules: []\r\n") ==
          std::vector<std::string>{"name: a\nrules:\n- record: r\n  expr: up\n", "name: b\nrules: []\n"});
    CHECK(texts_of("groups:\n-\n  name: a\n  rules: []\n-\n  name: b\n") == std::vector<std::string>{"name: a\nrules: []\n", "name: b\n"});
}

TEST_CASE("where the bytes do not stand alone the group is written anew") {
    const auto aliased = texts_of("x: &labels\n  team: 'yes'\ngroups:\n- name: a\n  limit: 10\n  rules:\n  - alert: A\n    expr: \"a: b\"\n    labels: *labels\n"
                                  "    annotations: {<<: *labels, text: \"one\\ntwo\", empty: }\n");
    REQUIRE(aliased.size() == 1);
    CHECK(aliased[0] == "name: a\nlimit: 10\nrules:\n  - alert: A\n    expr: \"a: b\"\n    labels:\n      team: \"yes\"\n    annotations:\n"
                        "      text: \"one\\ntwo\"\n      empty: null\n      team: \"yes\"\n");
    CHECK(texts_of("groups: [{name: a, rules: []}, {name: b, rules: [{record: r, expr: 'up{a=\"b\"}', labels: {}}]}]") ==
          std::vector<std::string>{"name: a\nrules: []\n", "name: b\nrules:\n  - record: r\n    expr: \"up{a=\\\"b\\\"}\"\n    labels: {}\n"});
    const auto& anchored = texts_of("groups:\n- name: a\n  rules:\n  - {alert: A, expr: up, labels: &l {b: c}}\n  - {alert: B, expr: up, labels: *l}\n");
    CHECK(anchored.at(0) == "name: a\nrules:\n- {alert: A, expr: up, labels: &l {b: c}}\n- {alert: B, expr: up, labels: *l}\n"); // it stands alone
}

TEST_CASE("what is written anew reads back as the same") {
    const std::string odd = "groups: [{name: \"a b: #\", interval: 1m, limit: 3, labels: {'y': 'no', \"null\": '~', t: \" x\\t\\u2028\"}, rules: ["
                            "{alert: '- A', expr: 'up > 1e3', for: 5m, annotations: {d: \"{{ $value }}\\n\\n \", e: 'a''b', f: '012', g: !!str 5}}]}]";
    const auto file = read_rule_file(odd, "x.yml");
    REQUIRE(file.groups.size() == 1);
    const auto groups = ruler_groups_of_file(odd, RulerKind::mimir, "x.yml");
    REQUIRE(groups.size() == 1);
    CHECK(same_content(groups[0].group, file.groups[0]));
    CHECK(same_content(read(groups[0].text()).group, file.groups[0]));
    INFO(groups[0].text());
    CHECK(groups[0].text().find("g: \"5\"\n") != std::string::npos);
    CHECK(groups[0].text().find("limit: 3\n") != std::string::npos);
}

TEST_CASE("aliases cannot make a group grow beyond measure") {
    std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 10; ++i) {
        const auto before = "*a" + std::to_string(i - 1);
        text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
        for (int n = 0; n < 9; ++n) text += ", " + before;
        text += "]\n";
    }
    text += "groups:\n- name: g\n  source_tenants: *a9\n";
    CHECK(failure_of([&] { ruler_groups_of_file(text, RulerKind::mimir, "x.yml"); }).code() == ExitCode::misuse);
    CHECK(read_rule_file(text, "x.yml").unreadable);
}

TEST_CASE("groups of manifests are found") {
    const std::string manifest = "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: x}\nspec:\n  groups:\n  - name: a\n    rules:\n    - {record: r, expr: up}\n";
    CHECK(texts_of(manifest + "---\n" + manifest) == std::vector<std::string>(2, "name: a\nrules:\n- {record: r, expr: up}\n"));
    CHECK(texts_of("kind: List\nitems:\n- kind: PrometheusRule\n  spec: {groups: [{name: a}]}\n") == std::vector<std::string>{"name: a\n"});
    CHECK(texts_of("").empty());
    CHECK(failure_of([] { texts_of("groups: [1]"); }).code() == ExitCode::misuse);
    CHECK(std::string(failure_of([] { texts_of("groups:\n- rules: []\n"); }).what()) == "x.yml:2:3: the group has no name");
}

TEST_CASE("groups are the same when the server does the same with them") {
    CHECK(same_group(of_rule("{record: r, expr: 'rate(x{a=\"1\", b=\"2\"}[28d])'}"), of_rule("{record: r, expr: 'rate(x{b=\"2\",a=\"1\"}[4w]) # weeks'}")));
    CHECK(same_group(of_rule("{record: r, expr: up}"), read("name: g\ninterval: 0s\nlimit: 0\nsource_tenants: []\nalign_evaluation_time_on_interval: false\nrules:\n- record: r\n  expr: |\n    up\n  labels: {}\n")));
    CHECK(same_group(read("name: g\nsource_tenants: [a, b]\n"), read("name: g\nsource_tenants: [b, a]\n")));
    CHECK(same_group(read("name: g\nevaluation_delay: 1m\n"), read("name: g\nquery_offset: 60s\n")));
    CHECK(same_group(of_rule("{record: r, expr: 'sum('}"), of_rule("{record: r, expr: ' sum( '}")));

    const auto alert = of_rule("{alert: A, expr: up, for: 1m, labels: {a: b}, annotations: {c: d}}");
    for (const char* other : {"{alert: B, expr: up, for: 1m, labels: {a: b}, annotations: {c: d}}", "{alert: A, expr: down, for: 1m, labels: {a: b}, annotations: {c: d}}",
                              "{alert: A, expr: up, for: 2m, labels: {a: b}, annotations: {c: d}}", "{alert: A, expr: up, for: 1m, labels: {a: c}, annotations: {c: d}}",
                              "{alert: A, expr: up, for: 1m, labels: {a: b}, annotations: {c: e}}", "{alert: A, expr: up, for: 1m, keep_firing_for: 1m, labels: {a: b}, annotations: {c: d}}",
                              "{record: A, expr: up, labels: {a: b}}"}) {
        INFO(other);
        CHECK_FALSE(same_group(alert, of_rule(other)));
    }
    for (const char* more : {"interval: 1m", "limit: 5", "query_offset: 0s", "labels: {a: b}", "source_tenants: [a]", "align_evaluation_time_on_interval: true", "new_field: {a: [1]}",
                             "rules: [{record: r, expr: up}]"}) {
        INFO(more);
        CHECK_FALSE(same_group(read("name: g\n"), read("name: g\n" + std::string(more) + '\n')));
        CHECK(same_group(read("name: g\n" + std::string(more) + '\n'), read("name: g\n" + std::string(more) + '\n')));
    }
}

TEST_CASE("LogQL is compared by its text") {
    const char* logql = "{alert: A, expr: 'sum(rate({app=\"x\"} |= \"error\" [5m])) > 1'}";
    const auto group = of_rule(logql, RulerKind::loki);
    CHECK(group.group.rules.at(0).parsed == nullptr);
    CHECK(group.group.rules.at(0).expr == "sum(rate({app=\"x\"} |= \"error\" [5m])) > 1");
    CHECK(same_group(group, read("name: g\nrules:\n- alert: A\n  expr: |\n\n    sum(rate({app=\"x\"} |= \"error\" [5m])) > 1\n\n", RulerKind::loki)));
    // In LogQL the order of a selector's matchers is ours to leave alone, whatever it would mean in PromQL.
    CHECK_FALSE(same_group(of_rule("{record: r, expr: 'rate({a=\"1\",b=\"2\"}[5m])'}", RulerKind::loki), of_rule("{record: r, expr: 'rate({b=\"2\",a=\"1\"}[5m])'}", RulerKind::loki)));
}

TEST_CASE("a list of namespaces is read") {
    const auto state = read_ruler_state("my app/web:\n    - name: a/b c\n      rules:\n        - record: x\n          expr: up\n"
                                        "myapp:\n    - name: g\n      interval: 30s\n      rules:\n        - alert: Down\n          expr: up < 1\n          for: 5m\n"
                                        "    - name: \"n\"\n      rules:\n        - record: a\n          expr: up\n"
                                        "empty: []\n",
                                        RulerKind::cortex, "answer");
    REQUIRE(state.size() == 3);
    CHECK(state.at("empty").empty());
    REQUIRE(state.at("myapp").size() == 2);
    CHECK(state.at("my app/web").at(0).text() == "name: a/b c\nrules:\n  - record: x\n    expr: up\n");
    CHECK(state.at("myapp")[0].text() == "name: g\ninterval: 30s\nrules:\n  - alert: Down\n    expr: up < 1\n    for: 5m\n");
    CHECK(state.at("myapp")[0].group.interval == Duration{30'000});
    CHECK(state.at("myapp")[1].name() == "n");
    CHECK(read_ruler_state("", RulerKind::mimir, "answer").empty());
    CHECK(read_ruler_state("{}\n", RulerKind::mimir, "answer").empty());
    for (const char* other : {"<html><body>Sign in</body></html>", "a: b", "[]", "a: [b]", "a: [{rules: []}]", "a: {b: c}", "a: [", "---\na: []\n---\nb: []\n"}) {
        INFO(other);
        CHECK(failure_of([&] { read_ruler_state(other, RulerKind::mimir, "answer"); }).code() == ExitCode::misuse);
    }
}
