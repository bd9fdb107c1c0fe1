#include "catch.hpp"

#include "core/error.hpp"
#include "fakes.hpp"
#include "push-rules/promtool.hpp"

#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::push_rules;

namespace {

constexpr const char* text = R"(groups:
- name: a
  rules:
  - record: r
    expr: sum(up
  - alert: A
    expr: |
      up
        === 0
    annotations: {summary: "{{ .x"}
)";

Input input_of(const std::string& path, const std::string& content) {
    return {.path = path, .name = path, .text = content, .rules = prometheus::read_rule_file(content, path)};
}

std::vector<std::string> found(const std::string& words, const Input& input) {
    std::vector<std::string> messages;
    for (const auto& diagnostic : read_promtool(words, "./" + input.path, input)) messages.push_back(to_line(diagnostic));
    return messages;
}

using Lines = std::vector<std::string>;

} // namespace

TEST_CASE("promtool's words get places within the expression") {
    const auto input = input_of("x.yml", text);
    CHECK(found("  FAILED:\n"
                "./x.yml: 5:11: group \"a\", rule 1, \"r\": could not parse expression: 1:7: parse error: unclosed left parenthesis\n"
                "./x.yml: 7:11: group \"a\", rule 2, \"A\": could not parse expression: 2:5: parse error: unexpected \"=\"\n"
                "./x.yml: group \"a\", rule 2, \"A\": annotation \"summary\": template: __alert_A:1: unclosed action\n",
                input) == Lines{"x.yml:5:17: wrong expression of record 'r': unclosed left parenthesis",
                                "x.yml:9:11: wrong expression of alert 'A': unexpected \"=\"",
                                "x.yml:6:5: alert 'A': annotation \"summary\": template: __alert_A:1: unclosed action"});
}

TEST_CASE("what promtool finds beside our own checks is taken over, its lint is not") {
    const auto input = input_of("x.yml", text);
    CHECK(found("./x.yml: yaml: unmarshal errors:\n  line 7: field foo not found in type rulefmt.RuleNode\n", input) ==
          Lines{"x.yml: promtool: yaml: unmarshal errors: line 7: field foo not found in type rulefmt.RuleNode"});
    CHECK(found("./x.yml: 4:3: 5:3: group \"b\", rule 9, \"x\": strange\n", input) == Lines{"x.yml:4:3: promtool: group \"b\", rule 9, \"x\": strange"});
    CHECK(found("./x.yml: 0:0: group \"a\", rule 1, \"r\": invalid\n", input) == Lines{"x.yml:4:5: record 'r': invalid"});
    CHECK(found("  FAILED:\nlint error 1 duplicate rule(s) found.\nMetric: a:b\nLabel(s):\n./y.yml: other\n", input).empty());
}

TEST_CASE("of a file with mistakes of ours, promtool tells of expressions only") {
    const auto input = input_of("x.yml", "groups:\n- name: a\n  rules:\n  - {record: a-b, expr: 'sum('}\n");
    CHECK(found("./x.yml: 4:14: group \"a\", rule 1, \"a-b\": invalid recording rule name: a-b\n"
                "./x.yml: 4:25: group \"a\", rule 1, \"a-b\": could not parse expression: 1:5: parse error: unclosed left parenthesis\n",
                input) == Lines{"x.yml:4:30: wrong expression of record 'a-b': unclosed left parenthesis"});
}

TEST_CASE("promtool sees the rule files by names that are neither options nor argument files") {
    fake::Processes processes;
    processes.installed = {"promtool"};
    processes.on_run = [](const io::Command&) { return io::ProcessResult{.exit_code = 0, .out = {}, .err = {}}; };
    Inputs inputs;
    for (const char* path : {"@x.yml", "-y.yml", "/abs/z.yml"}) inputs.files.push_back(input_of(path, text));
    inputs.files.push_back(input_of("slo.yml", "apiVersion: openslo/v1\nkind: SLO\n"));
    CHECK(check_with_promtool(inputs, processes));
    REQUIRE(processes.commands.size() == 1);
    CHECK(processes.commands[0].argv == std::vector<std::string>{"promtool", "check", "rules", "--", "./@x.yml", "./-y.yml", "/abs/z.yml"});
    CHECK(inputs.problems.empty());
}

TEST_CASE("promtool is not there") {
    fake::Processes processes;
    Inputs inputs;
    CHECK_FALSE(check_with_promtool(inputs, processes));
}

TEST_CASE("many files go to promtool in several runs") {
    fake::Processes processes;
    processes.installed = {"promtool"};
    processes.on_run = [](const io::Command&) { return io::ProcessResult{.exit_code = 0, .out = {}, .err = {}}; };
    Inputs inputs;
    for (int i = 0; i < 450; ++i) inputs.files.push_back(input_of("x" + std::to_string(i) + ".yml", text));
    CHECK(check_with_promtool(inputs, processes));
    CHECK(processes.commands.size() == 3);
}

TEST_CASE("a promtool that gives no verdict is no approval") {
    fake::Processes processes;
    processes.installed = {"promtool"};
    Inputs inputs;
    inputs.files.push_back(input_of("x.yml", text));
    const auto failure = [&](io::ProcessResult result) {
        processes.on_run = [result](const io::Command&) { return result; };
        try {
            check_with_promtool(inputs, processes);
        } catch (const Error& error) {
            CHECK(error.code() == ExitCode::world);
            return std::string(error.what());
        }
        FAIL("no error");
        return std::string();
    };
    CHECK(failure({.exit_code = 1, .out = {}, .err = "promtool: error: unknown command\n"}) ==
          "cannot check the expressions: promtool ended with exit code 1: promtool: error: unknown command");
    CHECK(failure({.exit_code = -1, .signal = 9, .out = {}, .err = {}}) == "cannot check the expressions: promtool was ended by signal 9");
    CHECK(failure({.exit_code = -1, .timed_out = true, .out = {}, .err = {}}) == "cannot check the expressions: promtool was not finished in time");
}
