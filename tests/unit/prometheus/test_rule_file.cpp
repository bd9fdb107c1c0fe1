#include "catch.hpp"

#include "prometheus/rule_file.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::prometheus;

namespace {

RuleFile read(const std::string& text) { return read_rule_file(text, "x.yml"); }

/// The problems as people read them, errors only.
std::vector<std::string> errors(const std::string& text) {
    std::vector<std::string> found;
    for (const auto& problem : read(text).problems) {
        if (problem.severity == Severity::error) found.push_back(to_line(problem));
    }
    return found;
}

std::string in_group(const std::string& rule) { return "groups:\n- name: a\n  rules:\n  - " + rule + '\n'; }

using Lines = std::vector<std::string>;

} // namespace

TEST_CASE("a rule file is read with its places") {
    const auto file = read(R"(groups:
  - name: slo
    interval: 1m30s
    limit: 5
    labels: {team: a}
    rules:
      - record: job:requests:rate5m
        expr: rate(x[5m])
        labels: {version: 1, on: yes}
      - alert: "High errors"
        expr: |
          up
            == 0
        for: 0
        keep_firing_for: 1h
        annotations:
          summary: 'down'
)");
    CHECK(file.problems.empty());
    REQUIRE(file.groups.size() == 1);
    const auto& group = file.groups[0];
    CHECK(group.name == "slo");
    CHECK(group.interval == Duration{90'000});
    CHECK(group.limit == 5);
    CHECK(group.labels == Labels{{"team", "a"}});
    CHECK(group.place == Place{"x.yml", 2, 5});
    REQUIRE(group.rules.size() == 2);
    const auto& record = group.rules[0];
    CHECK(record.kind == RuleKind::recording);
    CHECK(record.name == "job:requests:rate5m");
    CHECK(record.expr == "rate(x[5m])");
    CHECK(record.labels == Labels{{"version", "1"}, {"on", "yes"}});
    CHECK(record.place == Place{"x.yml", 7, 9});
    CHECK(record.expr_place.value == Place{"x.yml", 8, 15});
    CHECK(record.expr_place.at(record.expr, 1, 3) == Place{"x.yml", 8, 17});
    const auto& alert = group.rules[1];
    CHECK(alert.kind == RuleKind::alerting);
    CHECK(alert.expr == "up\n  == 0");
    CHECK(alert.hold == Duration{0});
    CHECK(alert.keep_firing == Duration{3'600'000});
    CHECK(alert.annotations == Labels{{"summary", "down"}});
    CHECK(alert.expr_place.at(alert.expr, 2, 3) == Place{"x.yml", 13, 13});
}

TEST_CASE("a position within an expression has a place only where it can be told") {
    const auto place = [](const std::string& expr) {
        const auto rule = read(in_group("{record: a, expr: " + expr + "}")).groups.at(0).rules.at(0);
        return rule.place_in_expr(1);
    };
    CHECK(place("up") == Place{"x.yml", 4, 24});
    CHECK(place("'up'") == Place{"x.yml", 4, 25});
    CHECK(place("\"up\"") == Place{"x.yml", 4, 25});
    CHECK(place("\"\\x75p\"") == Place{"x.yml", 4, 23}); // escaped: the value's place
    CHECK(place("' up'") == Place{"x.yml", 4, 26});
    const auto folded = read(in_group("record: a\n    expr: >\n      up\n      == 0")).groups.at(0).rules.at(0);
    CHECK(folded.expr == "up == 0");
    CHECK(folded.expr_place.at(folded.expr, 1, 2) == Place{"x.yml", 6, 8});
    CHECK(folded.expr_place.at(folded.expr, 1, 4) == Place{"x.yml", 7, 7});
    CHECK(folded.expr_place.at(folded.expr, 1, 8) == Place{"x.yml", 7, 11});
}

TEST_CASE("columns count characters, not bytes") {
    CHECK(errors(in_group("{record: a, labels: {a: \"\xC3\xA4\xC3\xB6\", __name__: x}, expr: up}")) == Lines{"x.yml:4:35: '__name__' cannot be set as a label"});
}

TEST_CASE("all mistakes of a file are reported at once, with their places") {
    CHECK(errors(R"(groups:
  - name: a
    intervall: 5m
    rules:
      - record: a{b}
        expr: up
        for: 5m
      - alert: A
        record: b
        expr: up
      - expr: up
      - alert: B
      - alert: C
        expr: up
        for: 5
        labels: {"": x, __name__: y, c: [1]}
  - rules: [{record: a, expr: up}]
  - name: a
    rules: [{record: c, expr: up, anotations: {a: b}}]
)") == Lines{
              "x.yml:3:5: 'intervall' is no key of a group",
              "x.yml:5:17: 'a{b}' is no metric name",
              "x.yml:7:9: 'for' belongs to alerts: record 'a{b}' cannot have it",
              "x.yml:8:9: the rule has both record and alert: only one of them is possible",
              "x.yml:11:9: the rule has neither record nor alert",
              "x.yml:12:9: alert 'B' has no expr",
              "x.yml:15:9: 'for': '5' is no duration",
              "x.yml:16:18: '' is no label name",
              "x.yml:16:25: '__name__' cannot be set as a label",
              "x.yml:16:38: 'c' takes a text",
              "x.yml:17:5: the group has no name",
              "x.yml:18:5: group 'a' stands there twice, first in line 2",
              "x.yml:19:35: 'anotations' is no key of a rule",
          });
}

TEST_CASE("an unknown key says what was meant") {
    const auto hint = [](const std::string& text) { return read(text).problems.back().hint; };
    CHECK(hint("group: []\n") == "did you mean 'groups'?");
    CHECK(hint(in_group("{alert: a, expr: up, anotations: {a: b}}")) == "did you mean 'annotations'?");
    CHECK(hint("groups: [{name: a, partial_response_strategy: warn, rules: [{record: a, expr: up}]}]") == "Thanos has it, Prometheus refuses the whole file for it");
}

TEST_CASE("what a recording rule cannot have, unless it says nothing") {
    for (const char* extra : {"for: 5m", "keep_firing_for: 5m", "annotations: {a: b}"}) {
        INFO(extra);
        CHECK(errors(in_group(std::string("{record: a, expr: up, ") + extra + "}")).size() == 1);
    }
    for (const char* extra : {"for: 0s", "for: 0", "for: ", "annotations: {}", "annotations: ", "keep_firing_for: 0s"}) {
        INFO(extra);
        CHECK(errors(in_group(std::string("{record: a, expr: up, ") + extra + "}")).empty());
    }
}

TEST_CASE("an empty file and one without groups hold no rules") {
    for (const char* text : {"", "\n", "# nothing\n", "---\n", "null\n", "~"}) {
        INFO(text);
        CHECK(errors(text) == Lines{"x.yml: the file is empty: it holds no rules"});
    }
    CHECK(errors("groups:\n") == Lines{"x.yml:1:1: the file has no groups, so it holds no rules"});
    CHECK(errors("groups: []\n") == Lines{"x.yml:1:1: the file has no groups, so it holds no rules"});
    CHECK(errors("- a\n") == Lines{"x.yml:1:1: the file is no map: a rule file begins with 'groups:'"});
    CHECK(errors("just text\n") == Lines{"x.yml:1:1: the file is no map: a rule file begins with 'groups:'"});
}

TEST_CASE("values of the wrong kind") {
    CHECK(errors("groups: text\n") == Lines{"x.yml:1:9: 'groups' takes a list"});
    CHECK(errors("groups: [text]\n") == Lines{"x.yml:1:10: a group is no map: it takes a name and rules"});
    CHECK(errors("groups: [{name: a, rules: text}]\n") == Lines{"x.yml:1:27: 'rules' takes a list"});
    CHECK(errors("groups: [{name: a, rules: [text]}]\n") == Lines{"x.yml:1:28: a rule is no map: it takes record or alert, and expr"});
    CHECK(errors(in_group("{record: a, expr: [up]}")) == Lines{"x.yml:4:17: 'expr' takes a text"});
    CHECK(errors(in_group("{record: a, expr: up, labels: text}")) == Lines{"x.yml:4:27: 'labels' takes a map of names to texts"});
    CHECK(errors("groups: [{name: a, limit: x, rules: [{record: a, expr: up}]}]\n") == Lines{"x.yml:1:20: 'limit': 'x' is no whole number"});
    CHECK(errors("groups: [{name: a, interval: [1m], rules: [{record: a, expr: up}]}]\n") == Lines{"x.yml:1:20: 'interval': 'a list or map' is no duration"});
    CHECK(errors("groups: [{name: a, [b]: c, rules: [{record: a, expr: up}]}]\n") == Lines{"x.yml:1:20: a key is no text"});
}

TEST_CASE("keys that stand there twice") {
    CHECK(errors(in_group("{record: a, expr: up, expr: down}")) == Lines{"x.yml:4:27: 'expr' stands there twice"});
    CHECK(errors(in_group("{record: a, expr: up, labels: {a: 1, a: 2}}")) == Lines{"x.yml:4:42: 'a' stands there twice"});
}

TEST_CASE("merge keys bring what a rule does not say itself") {
    const auto file = read(in_group("&r {record: a, expr: up, labels: {l: 1}}\n  - <<: *r\n    record: b"));
    CHECK(file.problems.empty());
    REQUIRE(file.groups.at(0).rules.size() == 2);
    CHECK(file.groups[0].rules[1].name == "b");
    CHECK(file.groups[0].rules[1].expr == "up");
    CHECK(file.groups[0].rules[1].labels == Labels{{"l", "1"}});
    CHECK(errors(in_group("{<<: text, record: a, expr: up}")) == Lines{"x.yml:4:10: '<<' takes a map, or a list of maps"});
}

TEST_CASE("a second document is never read by Prometheus") {
    CHECK(errors(in_group("{record: a, expr: up}") + "---\n" + in_group("{record: b, expr: up}")) ==
          Lines{"x.yml:6:1: Prometheus reads only the first YAML document of a file: the groups of this one would never work"});
    CHECK(errors("---\n" + in_group("{record: a, expr: up}") + "---\n").empty());
}

TEST_CASE("what is no YAML has a place") {
    const auto failure = [](const std::string& text) {
        const auto file = read(text);
        CHECK(file.unreadable);
        REQUIRE(file.problems.size() == 1);
        return to_line(file.problems[0]);
    };
    CHECK(failure("groups:\n  - name: a\n rules: []\n") == "x.yml:3:2: wrong YAML: while parsing a block mapping: did not find expected key");
    CHECK(failure("groups: [\n").substr(0, 21) == "x.yml:2:1: wrong YAML");
    CHECK(failure("groups: *nothing\n").substr(0, 20) == "x.yml:1:9: wrong YAM");
    CHECK(failure("a: \xFF\n") == "x.yml:1:4: wrong YAML: the text is no UTF-8");
    CHECK(failure("groups: []\n\x04\nlost: 1\n") == "x.yml:2:1: wrong YAML: control characters are not allowed");
    CHECK(failure("groups: " + std::string(100'000, '[')).find("wrong YAML: it is nested too deeply") != std::string::npos);
}

TEST_CASE("aliases cannot multiply a small file into a large one") {
    std::string text = "groups:\n- name: a\n  rules: &r\n";
    for (int i = 0; i < 100; ++i) text += "  - &x" + std::to_string(i) + " {record: a, expr: up}\n";
    for (int i = 0; i < 1000; ++i) text += "- {name: g" + std::to_string(i) + ", rules: *r}\n";
    const auto file = read(text);
    CHECK(file.unreadable);
    CHECK(to_line(file.problems.back()).find("aliases multiply the rules") != std::string::npos);
}

TEST_CASE("documents of other kinds are refused by name") {
    const auto message = [](const std::string& text) {
        const auto file = read(text);
        CHECK(file.unreadable);
        REQUIRE(file.problems.size() == 1);
        return file.problems[0].message;
    };
    for (const char* text : {"apiVersion: openslo/v1\nkind: SLO\n", "apiVersion: sloth.slok.dev/v1\nkind: PrometheusServiceLevel\n", "version: prometheus/v1\nservice: myapp\nslos: []\n",
                             "apiVersion: sre.banzaicloud.io/v1alpha1\nkind: ServiceLevelObjective\n", "apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\n",
                             "kind: List\nitems: [{apiVersion: openslo/v1, kind: SLO}]\n"}) {
        CHECK(read(text).is_slo);
        CHECK_FALSE(read(text).unreadable);
    }
    CHECK(message("apiVersion: apps/v1\nkind: Deployment\n") == "this is no rule file but a manifest of the kind 'Deployment'");
    CHECK(read("rule_files: [a]\ntests: []\n").is_test);
    CHECK(message("scrape_configs: []\n") == "this is Prometheus' own configuration, no rule file");
    CHECK(message(in_group("{record: a, expr: up}") + "---\napiVersion: openslo/v1\nkind: SLO\n") == "objectives and something else stand in one file");
}

TEST_CASE("rules of the same name and labels are warned of") {
    const auto warnings = [](const std::string& text) {
        Lines found;
        for (const auto& problem : read(text).problems) {
            CHECK(problem.severity == Severity::warning);
            found.push_back(to_line(problem));
        }
        return found;
    };
    CHECK(warnings(in_group("{record: a, expr: x}\n  - {record: a, expr: y}")) == Lines{"x.yml:5:5: record 'a' with the same labels stands in line 4 already"});
    CHECK(warnings(in_group("{record: a, expr: x}\n  - {record: a, expr: y, labels: {b: c}}\n  - {alert: a, expr: x}")).empty());
    CHECK(warnings("groups:\n- {name: a, labels: {l: 1}, rules: [{record: a, expr: x}]}\n- {name: b, rules: [{record: a, expr: x, labels: {l: 1}}]}\n").size() == 1);
    CHECK(warnings("groups: [{name: a}]\n") == Lines{"x.yml:1:10: group 'a' has no rules"});
}

TEST_CASE("contents are compared wherever they stand") {
    const auto group = [](const std::string& text) { return read(text).groups.at(0); };
    const auto a = group(in_group("{record: a, expr: up}"));
    CHECK(same_content(a, group("# comment\ngroups:\n- rules:\n  - expr: up\n    record: a\n  name: a\n")));
    CHECK_FALSE(same_content(a, group(in_group("{record: a, expr: up + 1}"))));
    CHECK_FALSE(same_content(a, group(in_group("{record: a, expr: up, labels: {a: b}}"))));
    CHECK_FALSE(same_content(a, group("groups: [{name: a, interval: 1m, rules: [{record: a, expr: up}]}]")));
    CHECK_FALSE(same_content(group(in_group("{alert: a, expr: up}")), group(in_group("{alert: a, expr: up, for: 1m}"))));
}

TEST_CASE("PrometheusRule manifests are read, several in a file and in lists") {
    const std::string manifest = R"(apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: a, namespace: team}
spec:
  groups:
  - name: g
    partial_response_strategy: warn
    rules:
    - {record: a, expr: up, labels: {n: N}}
)";
    const auto with = [&](const std::string& n) {
        auto text = manifest;
        return text.replace(text.find("N}"), 1, n);
    };
    const auto file = read(with("1") + "---\n" + with("2"));
    CHECK(file.problems.empty());
    CHECK(file.is_manifest);
    REQUIRE(file.groups.size() == 2);
    CHECK(file.groups[1].manifest == "team/a");
    CHECK(file.groups[1].rules.at(0).place == Place{"x.yml", 19, 7});

    CHECK(errors(manifest + "spec: {}\n").size() == 1); // a key that stands there twice
    CHECK(errors("apiVersion: v1\nkind: List\nitems:\n- apiVersion: monitoring.coreos.com/v1\n  kind: PrometheusRule\n  metadata: {name: x}\n  spec: {groups: [{name: g, rules: [{record: a, expr: 'sum('}]}]}\n") ==
          Lines{"x.yml:7:60: wrong expression of record 'a': the expression ends too early, where an operand is expected"});
    CHECK(errors("apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nspec: {groups: [{name: g, rules: [{record: a, expr: up}]}]}\n") == Lines{"x.yml:1:1: the manifest has no metadata.name"});
    CHECK(errors("apiVersion: v1/monitoring.coreos.com\nkind: PrometheusRule\nmetadata: {name: x}\nspec: {groups: [{name: g, rules: [{record: a, expr: 'x{state~=\"a\"}'}]}]}\n") ==
          Lines{"x.yml:1:1: wrong apiVersion 'v1/monitoring.coreos.com' of a PrometheusRule", "x.yml:4:61: wrong expression of record 'a': unexpected '~=' within braces"});
    CHECK(errors(manifest + "---\n" + in_group("{record: b, expr: up}")) == Lines{"x.yml:11:1: a rule file and manifests stand in one file"});
}

TEST_CASE("expressions are read, and what no rule can work with is refused") {
    CHECK(errors(in_group("{record: a, expr: 'sum by (job (up)'}")) == Lines{"x.yml:4:36: wrong expression of record 'a': unexpected '(' where ',' or ')' is expected"});
    CHECK(errors(in_group("record: a\n    expr: |\n      sum(rate(x[5m]))\n        / rate(y)")) == Lines{"x.yml:7:16: wrong expression of record 'a': rate() takes a range vector, not an instant vector"});
    CHECK(errors(in_group("{record: a, expr: 'up[5m]'}")) == Lines{"x.yml:4:24: the expression of record 'a' gives a range vector, which no rule can work with"});
    CHECK(errors(in_group("{record: a, expr: '\"foo\"'}")) == Lines{"x.yml:4:24: the expression of record 'a' gives a string, which no rule can work with"});
    CHECK(read(in_group("{record: a, expr: up}")).groups.at(0).rules.at(0).parsed != nullptr);
}

TEST_CASE("templates of alerts are checked, at the key's place") {
    CHECK(errors(in_group("{alert: A, expr: up, annotations: {summary: '{{ Service.Name }}'}}")) == Lines{"x.yml:4:40: annotation 'summary' of alert 'A': unknown function 'Service'"});
    CHECK(errors(in_group("{alert: A, expr: up, labels: {a: '{{ $label.x }}'}}")) == Lines{"x.yml:4:35: label 'a' of alert 'A': undefined variable '$label'"});
    CHECK(errors(in_group("{record: a, expr: up, labels: {a: '{{ $label.x }}'}}")).empty()); // no template there
    CHECK(errors(in_group("{alert: A, expr: up, annotations: {s: '{{ query \"sum(up\" }}'}}")) ==
          Lines{"x.yml:4:40: annotation 's' of alert 'A': wrong query \"sum(up\": the expression ends too early, where ',' or ')' is expected"});
}

TEST_CASE("what is right depends on the version and on where the rules are loaded") {
    const auto found = [](const std::string& text, RuleLanguage language) {
        Lines lines;
        for (const auto& problem : read_rule_file(text, "x.yml", language).problems) lines.push_back(problem.message);
        return lines;
    };
    const RuleLanguage old{.dialect = {.version = {2, 42}}};
    CHECK(found(in_group("{record: a-b, expr: up, labels: {b-c: x}}"), old) == Lines{"'b-c' is no label name", "'a-b' is no metric name"});
    CHECK(found(in_group("{record: a-b, expr: up, labels: {b-c: x}}"), {}).empty());
    CHECK(found("groups: [{name: a, query_offset: 1m, labels: {a: b}, rules: [{record: a, expr: up}]}]", old) ==
          Lines{"'query_offset' is no key of a group before Prometheus 2.53", "'labels' is no key of a group before Prometheus 3.0"});
    CHECK(found(in_group("{record: null, expr: up}"), old).empty());
    CHECK(found(in_group("{record: null, expr: up}"), {}) == Lines{"the rule has neither record nor alert"});
    const std::string thanos = "groups: [{name: a, partial_response_strategy: warn, rules: [{record: a, expr: up}]}]";
    CHECK(found(thanos, {}).size() == 1);
    CHECK(found(thanos, {.target = RuleTarget::thanos}).empty());
    CHECK(found("groups: [{name: a, source_tenants: [b], rules: [{record: a, expr: up}]}]", {.target = RuleTarget::mimir}).empty());
    CHECK(found("groups: [{name: a, limit: -1, rules: [{record: a, expr: up}]}]", {}).empty());
}
