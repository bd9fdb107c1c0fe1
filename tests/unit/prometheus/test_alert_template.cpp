#include "catch.hpp"

#include "prometheus/alert_template.hpp"

#include <string>
#include <vector>

using namespace slipway::prometheus;

namespace {

std::string problem(const std::string& text) {
    const auto check = check_template(text);
    if (check.problems.empty()) return "right";
    const auto& first = check.problems.front();
    return std::to_string(first.offset) + ": " + first.message + (first.hint.empty() ? "" : " (" + first.hint + ')');
}

std::vector<std::string> labels(const std::string& text) {
    std::vector<std::string> names;
    for (const auto& use : check_template(text).labels) names.push_back(use.name);
    return names;
}

using Names = std::vector<std::string>;

} // namespace

TEST_CASE("templates that are right") {
    for (const char* text : {"", "no template", "{ {", "}}", "{{ $labels.job }}", "{{$value | humanizePercentage}}", "{{- .Value -}}", "{{/* why */}}", "{{ if gt $value 0.5 }}a{{ else if eq 1 1 }}b{{ else }}c{{ end }}",
                             "{{ range query \"up\" }}{{ .Labels.job }} {{ .Value }}{{ end }}", "{{ with $x := .Labels }}{{ $x.job }}{{ end }}", "{{ range $i, $e := query \"up\" }}{{ break }}{{ end }}",
                             "{{ define \"t\" }}{{ . }}{{ end }}{{ template \"t\" . }}", "{{ printf \"%.2f\" $value }}", "{{ index $labels \"a-b\" }}", "{{ `raw` }} {{ 'c' }} {{ 0x1F }} {{ 1e3 }}", "{{ ($labels).job }}",
                             "{{ query \"up\" | first | value | humanize }}", "{{ args 1 2 }}", "{{ $externalLabels.cluster }} {{ $externalURL }}", "{{ with $labels }}{{ .job }}{{ end }}"}) {
        INFO(text);
        CHECK(problem(text) == "right");
    }
}

TEST_CASE("templates that Go refuses") {
    const auto [text, wanted] = GENERATE(table<std::string, std::string>({
        {"{{ Service.Name }}", "3: unknown function 'Service' (a label is read as $labels.service, the value as $value)"},
        {"{{ humanise $value }}", "3: unknown function 'humanise' (did you mean humanize?)"},
        {"{{ $label.job }}", "3: undefined variable '$label' (did you mean $labels?)"},
        {"a {{ $labels.job", "2: '{{' is never closed (write }} behind it)"},
        {"{{ $labels.foo-bar }}", "14: unexpected '-' in a name (a label with this character is read by index, such as {{ index $labels \"a-b\" }})"},
        {"{{ if true }}a", "0: a block is never closed (write {{ end }} behind it)"},
        {"{{ end }}", "0: 'end' closes nothing"},
        {"{{ else }}", "0: 'else' without 'if', 'with' or 'range'"},
        {"{{ break }}", "0: 'break' stands in no range"},
        {"{{ }}", "3: the braces hold nothing"},
        {"{{ \"a }}", "3: the text in quotes is never closed"},
        {"{{ (1 }}", "0: a '(' is never closed"},
        {"{{ 1 | 2 }}", "7: a value can be piped into a function only, not into '2'"},
        {"{{ 'ab' }}", "3: single quotes hold one character (a text stands in double quotes)"},
        {"{{ 08 }}", "3: '08' is no number"},
        {"{{ \"\\d\" }}", "4: wrong escape '\\d' in quotes (a backslash itself is written \\\\, or the text stands in backquotes)"},
        {"{{ define \"t\" }}{{ $labels.job }}{{ end }}", "19: undefined variable '$labels' (known are $labels, $value, $externalLabels and $externalURL)"},
        {"{{/* why }}", "0: the comment is never closed"},
    }));
    INFO(text);
    CHECK(problem(text) == wanted);
}

TEST_CASE("templates that fail whenever they are run") {
    CHECK(problem("{{ .Foo }}") == "3: an alert has no '.Foo' (labels are read as $labels.Foo)");
    CHECK(problem("{{ .labels.job }}") == "3: an alert has no '.labels' (did you mean .Labels?)");
    CHECK(problem("{{ $value.x }}") == "9: a number has no field 'x'");
    CHECK(problem("{{ humanize }}") == "3: 'humanize' takes 1 argument, not 0");
    CHECK(problem("{{ $value | reReplaceAll \"a\" }}") == "12: 'reReplaceAll' takes 3 arguments, not 2");
    CHECK(problem("{{ $labels.job \"x\" }}") == "3: '$labels' is no function and takes no arguments");
    CHECK(problem("{{ template \"x\" }}") == "12: the template \"x\" is defined nowhere");
}

TEST_CASE("which labels of the alert a template reads") {
    CHECK(labels("{{ $labels.job }} {{ .Labels.instance }} {{ index $labels \"a-b\" }} {{ ($labels).x }} {{ $.Labels.y }}") == Names{"job", "instance", "a-b", "x", "y"});
    CHECK(labels("{{ $l := $labels }}{{ $l.job }}") == Names{"job"});
    CHECK(labels("{{ with $labels }}{{ .job }}{{ end }}") == Names{"job"});
    CHECK(labels("{{ range query \"up\" }}{{ .Labels.job }}{{ end }}").empty()); // a sample's
    CHECK(check_template("{{ $value }}").value);
    CHECK(check_template("{{ .Value }}").value);
    CHECK_FALSE(check_template("{{ range query \"up\" }}{{ .Value }}{{ end }}").value);
    const auto queries = check_template("{{ query \"up == 0\" | first }} {{ \"a\" | query }}").queries;
    REQUIRE(queries.size() == 2);
    CHECK(queries[0].expression == "up == 0");
    CHECK(queries[1].expression == "a");
}

TEST_CASE("hostile templates end in a message") {
    const auto repeated = [](const char* text, int times) {
        std::string all;
        for (int i = 0; i < times; ++i) all += text;
        return all;
    };
    CHECK(problem("{{ " + repeated("(", 500'000)).find("never closed") != std::string::npos);
    CHECK(problem("{{ " + repeated("(", 1000) + "1" + repeated(")", 1000) + " }}").find("nested too deeply") != std::string::npos);
    CHECK(problem(repeated("{{ if true }}", 100'000)).find("nested too deeply") != std::string::npos);
    CHECK(problem("{{ \xFF }}").find("unexpected") != std::string::npos);
}
