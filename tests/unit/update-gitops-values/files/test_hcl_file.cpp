#include "catch.hpp"
#include "failure.hpp"
#include "sampling.hpp"

#include "core/text.hpp"
#include "hcl/lexer.hpp"
#include "update-gitops-values/files/hcl_file.hpp"

#include <random>
#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::update_gitops_values;
using yaml::Index;
using yaml::KeyPath;
using yaml::Operation;
using yaml::Selector;
using Kind = yaml::Operation::Kind;

namespace {

Operation set(KeyPath path, std::string value) { return {.kind = Kind::set, .path = std::move(path), .value = std::move(value)}; }
Operation json(KeyPath path, std::string value) { return {.kind = Kind::set_json, .path = std::move(path), .value = std::move(value)}; }

std::string after(const std::string& text, const Operation& operation) { return edit_hcl(text, "f.hcl", {operation}).text; }

std::string failure(const std::string& text, const std::vector<Operation>& operations) {
    return words_of(failure_of([&] { edit_hcl(text, "f.hcl", operations); }));
}
std::string failure(const std::string& text, const Operation& operation) { return failure(text, std::vector{operation}); }

/// A text with one value in place of every '@@'.
std::string with(std::string text, const std::string& value) {
    replace_all(text, "@@", value);
    return text;
}

const std::string job = R"(# the job
job "web" {
  count = 2 # instances
  group "app" {
    network { mode = "bridge" }
    network {
      mode = "host"
      port "http" { to = 80 }
    }
    task "server" {
      driver = "docker"
      config {
        image = "registry.example.com/app:v1" // keep
        ports = ["http", "admin"]
        labels = { a = "1", "b.c" : "2", (var.k) = "3" }
        mount = [{ type = "bind", target = "/a" }, { type = "bind", target = "/b" }]
        command = "run-${var.x}"
        args    = [for a in var.args : "x"]
        n       = var.n + 1
        text    = <<EOT
image = "x"
EOT
      }
      env { A = "1" }
    }
    task "side" {
      driver = "podman"
      config { image = "docker://docker.io/library/nginx:1.25" }
    }
  }
}
)";

std::string job_with(const std::string& from, const std::string& to) {
    auto text = job;
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

ImageArgument image(std::string name, std::string tag) { return {std::move(name), {NewPart::Kind::kept}, {NewPart::Kind::given, std::move(tag)}, {}}; }

} // namespace

TEST_CASE("a value of an HCL file is replaced, and nothing else") {
    struct Row {
        Operation operation;
        std::string from;
        std::string to;
    };
    const auto row = GENERATE(values<Row>({
        {set({"job", "web", "group", "app", "task", "server", "config", "image"}, "app:v2"), "\"registry.example.com/app:v1\"", "\"app:v2\""},
        {set({"job", "group", "task", "server", "config", "image"}, "app:v2"), "\"registry.example.com/app:v1\"", "\"app:v2\""},
        {set({"job", "group", "task", "side", "config", "image"}, "${x}\"\\\n\xC3\xA9%{"), "\"docker://docker.io/library/nginx:1.25\"", "\"$${x}\\\"\\\\\\n\xC3\xA9%%{\""},
        {set({"job", "web", "count"}, "3"), "count = 2", "count = \"3\""},
        {json({"job", "count"}, "3"), "count = 2", "count = 3"},
        {json({"job", "count"}, "-1.50e3"), "count = 2", "count = -1.50e3"},
        {json({"job", "count"}, "null"), "count = 2", "count = null"},
        {json({"job", "group", "task", "server", "driver"}, "\"exec\""), "\"docker\"", "\"exec\""},
        {set({"job", "group", "network", Index{0}, "mode"}, "x"), "\"bridge\"", "\"x\""},
        {set({"job", "group", "network", Index{-1}, "mode"}, "x"), "\"host\"", "\"x\""},
        {json({"job", "group", "network", "port", "http", "to"}, "8080"), "to = 80", "to = 8080"},
        {set({"job", "group", "task", "server", "config", "ports", Index{-1}}, "x"), "\"admin\"", "\"x\""},
        {set({"job", "group", "task", "config", "labels", "b.c"}, "x"), "\"2\"", "\"x\""},
        {set({"job", "group", "task", "config", "mount", Selector{"target", "/b"}, "type"}, "x"), "{ type = \"bind\", target = \"/b\"", "{ type = \"x\", target = \"/b\""},
        {set({"job", "group", "task", "server", "env", "A"}, ""), "A = \"1\"", "A = \"\""},
    }));
    const auto wanted = job_with(row.from, row.to);
    const auto edited = edit_hcl(job, "f.hcl", {row.operation});
    CHECK(edited.text == wanted);
    CHECK(edited.changed());
    const auto again = edit_hcl(wanted, "f.hcl", {row.operation});
    CHECK(again.text == wanted);
    CHECK_FALSE(again.changed());
}

TEST_CASE("files of variables, line breaks, and odd places") {
    CHECK(after("image_tag = \"v1\"\r\nn=1", set({"image_tag"}, "v2")) == "image_tag = \"v2\"\r\nn=1");
    CHECK(after("a = \"x\"", set({"a"}, "y")) == "a = \"y\"");
    CHECK(after("\xEF\xBB\xBF" "a = \"x\"\n", set({"a"}, "y")) == "\xEF\xBB\xBF" "a = \"y\"\n");
    CHECK(edit_hcl("\xEF\xBB\xBF" "a = \"x\"\n", "f.hcl", {set({"a"}, "y")}).changes[0].place == Place{"f.hcl", 1, 5});
    CHECK(after("a = /* c */ \"x\" /* d */ # e\n", set({"a"}, "y")) == "a = /* c */ \"y\" /* d */ # e\n");
    CHECK(after("a = {\n  k = \"x\" # c\n  l = [\n    1, # d\n    - 2,\n  ]\n}\n", json({"a", "l", Index{1}}, "3")) == "a = {\n  k = \"x\" # c\n  l = [\n    1, # d\n    3,\n  ]\n}\n");
    CHECK(after("a = { 1 = \"x\", c ? d : e = \"z\", k : c ? d : e, m = \"n\" }\n", set({"a", "1"}, "y")) == "a = { 1 = \"y\", c ? d : e = \"z\", k : c ? d : e, m = \"n\" }\n");
    CHECK(after("a = { k : c ? d : e, m = \"n\" }\n", set({"a", "m"}, "y")) == "a = { k : c ? d : e, m = \"y\" }\n");
    CHECK(after("a = <<EOT\nb = \"${{\n  b = \"x\" }}\"\nEOT\nb = \"x\"\n", set({"b"}, "y")) == "a = <<EOT\nb = \"${{\n  b = \"x\" }}\"\nEOT\nb = \"y\"\n");
    CHECK(after("variable \"a\" {\n  default = \"x\"\n}\nvariable \"default\" {\n  default = \"z\"\n}\n", set({"variable", "default", "default"}, "y")) ==
          "variable \"a\" {\n  default = \"x\"\n}\nvariable \"default\" {\n  default = \"y\"\n}\n");
    CHECK(after("r \"a\" \"b\" {\n  k = \"1\"\n}\nr a c {\n  k = \"2\"\n}\n", set({"r", "a", "c", "k"}, "3")) == "r \"a\" \"b\" {\n  k = \"1\"\n}\nr a c {\n  k = \"3\"\n}\n");
    CHECK(after("a b {\n  b b {\n    v = \"1\"\n  }\n}\n", set({"a", "b", "b", "v"}, "2")) == "a b {\n  b b {\n    v = \"2\"\n  }\n}\n");
    CHECK(after("a b {\n  v = \"1\"\n}\na c {\n  v = \"2\"\n}\na b {\n  v = \"3\"\n}\n", set({"a", "b", Index{1}, "v"}, "4")).find("3") == std::string::npos);
    CHECK(after("a b {\n  v = \"1\"\n}\na c {\n  v = \"2\"\n}\na b {\n  v = \"3\"\n}\n", set({"a", Index{-2}, "v"}, "4")).find("2") == std::string::npos);
    CHECK(after("l \"x\\u0041\" {\n  k = \"\\u0041\"\n}\n", set({"l", "xA", "k"}, "A")) == "l \"x\\u0041\" {\n  k = \"\\u0041\"\n}\n");
}

TEST_CASE("labels that are called like types do not make the search long") {
    std::string text;
    KeyPath path;
    for (int i = 0; i < 250; ++i) {
        text += "a a {\n";
        path.insert(path.end(), {"a", "a"});
    }
    text += "v = \"1\"\n";
    for (int i = 0; i < 250; ++i) text += "}\n";
    path.emplace_back("v");
    CHECK(edit_hcl(text, "f.hcl", {set(path, "2")}).changed());
    path.insert(path.end() - 101, "b");
    CHECK(failure(text, set(path, "2")).find("has no block or argument 'b'") != std::string::npos);
    path.erase(path.begin() + 200, path.end() - 1);
    CHECK(failure(text, set(path, "2")).find("has no block or argument 'v'") != std::string::npos);
}

TEST_CASE("what became of a value of an HCL file is told") {
    const auto changes = edit_hcl("a = \"$${x}\"\nb = - 2\nc = null\nd = true\n", "f.hcl",
                                  {set({"a"}, "${x}"), set({"a"}, "y"), set({"b"}, "2"), set({"c"}, "x"), json({"d"}, "true"), json({"d"}, "null"), json({"a"}, "\"z\"")})
                             .changes;
    REQUIRE(changes.size() == 7);
    CHECK_FALSE(changes[0].changed);
    CHECK(changes[1].old == "${x}");
    CHECK(changes[1].old_json == "\"${x}\"");
    CHECK(changes[1].new_json == "\"y\"");
    CHECK(changes[1].place == Place{"f.hcl", 1, 5});
    CHECK_FALSE(changes[1].retyped);
    CHECK(changes[2].retyped);
    CHECK(changes[2].old == "-2");
    CHECK_FALSE(changes[3].retyped);
    CHECK_FALSE(changes[3].old);
    CHECK(changes[3].old_json == "null");
    CHECK_FALSE(changes[4].changed);
    CHECK(changes[5].new_json == "null");
    CHECK(changes[5].value.empty());
    CHECK(changes[6].value == "z");
}

TEST_CASE("an operation that an HCL file refuses is named with its place") {
    const auto in_config = [](const std::string& name) { return KeyPath{"job", "group", "task", "config", name}; };
    struct Row {
        Operation operation;
        std::string failure;
    };
    const auto row = GENERATE_COPY(values<Row>({
        {set({"job", "group", "task", "driver"}, "x"),
         "1 f.hcl:27:16: cannot set job.group.task.driver: several places have it, in the lines 11, 27 | give the labels of the blocks as well: job.LABEL.group.LABEL"},
        {set({"job", "group", "network", "mode"}, "x"),
         "1 f.hcl:7:14: cannot set job.group.network.mode: several places have it, in the lines 5, 7 | give the labels of the blocks as well: job.LABEL.group.LABEL"},
        {set({"job", "cuont"}, "x"), "1 f.hcl: cannot set job.cuont: job has no block or argument 'cuont' | did you mean 'count'?"},
        {set({"image"}, "x"), "1 f.hcl: cannot set image: the file has no block or argument 'image'"},
        {set({"job", "group", "api", "count"}, "x"), "1 f.hcl: cannot set job.group.api.count: job.group has no block or argument 'api'"},
        {set({"job", "group", "network", Index{2}, "mode"}, "x"), "1 f.hcl:5:5: cannot set job.group.network[2].mode: there is no block [2] of that name"},
        {set({"job", "web"}, "x"), "1 f.hcl:2:1: cannot set job.web: it is a block, no value | name one of its arguments"},
        {set({"job", "count", "x"}, "y"), "1 f.hcl:3:11: cannot set job.count.x: job.count is a single value, it has no x"},
        {set(in_config("ports"), "x"), "1 f.hcl:14:17: cannot set job.group.task.config.ports: it is a list, no single value | name one of its entries: job.group.task.config.ports[0]"},
        {set(in_config("labels"), "x"), "1 f.hcl:15:18: cannot set job.group.task.config.labels: it is an object, no single value | name one of its keys"},
        {set(in_config("command"), "x"),
         "1 f.hcl:17:19: cannot set job.group.task.config.command: it is a text with a template in it | set the variable instead: variable.x.default, or in a file of variables"},
        {set(in_config("n"), "x"), "1 f.hcl:19:19: cannot set job.group.task.config.n: it is an expression | set the variable instead: variable.n.default, or in a file of variables"},
        {set(in_config("args"), "x"), "1 f.hcl:18:19: cannot set job.group.task.config.args: it is an expression | set the variable instead: variable.args.default, or in a file of variables"},
        {set(in_config("text"), "x"), "1 f.hcl:20:19: cannot set job.group.task.config.text: it is a heredoc | write it as a string in double quotes, once"},
        {set({"job", Selector{"a", "b"}}, "x"), "1 f.hcl: cannot set job[a=b]: a part of the path is the name of a block or of an argument"},
        {set({"job", "group", "task", "config", "ports", Index{2}}, "x"), "1 f.hcl:14:17: cannot set job.group.task.config.ports[2]: job.group.task.config.ports has no [2]"},
        {{.kind = Kind::remove, .path = {"job", "count"}}, "2 f.hcl: cannot remove job.count: in HCL files values can be set, and nothing else | make the change by hand, once"},
        {{.kind = Kind::append, .path = {"job", "count"}, .value = "1"}, "2 f.hcl: cannot append to job.count: in HCL files values can be set, and nothing else | make the change by hand, once"},
        {json({"job", "count"}, "[1]"), "2 f.hcl: cannot set job.count: in HCL files numbers, truth values, null and texts can be set"},
        {json({"job", "count"}, "x"), "2 f.hcl: cannot set job.count: wrong JSON: 'x' where a value is expected | a string stands in double quotes: \"text\""},
        {set({"job", "count"}, "e\xCC\x81"),
         "1 f.hcl: cannot set job.count: the value is not in Unicode's normal form C, into which HCL would change it | give it with composed characters"},
        {set({"job", "count"}, "\xFF"), "1 f.hcl: cannot set job.count: the value is no valid UTF-8"},
        {{.path = {"job", "count"}, .document = 1}, "1 f.hcl: cannot set job.count: the file holds one document, there is no document 1 | documents are counted from 0"},
    }));
    CHECK(failure(job, row.operation) == row.failure);
    CHECK(failure("a = 1\n", {set({"b"}, "1"), set({"c"}, "1")}).find('\n') != std::string::npos);
}

TEST_CASE("what is no HCL is refused with its place") {
    struct Row {
        std::string text;
        std::string failure;
    };
    const auto row = GENERATE(values<Row>({
        {"", "1 f.hcl: cannot set a: the file has no block or argument 'a'"},
        {"a = \"x\n", "2 f.hcl:1:7: wrong HCL: a quoted string ends at the end of its line | write \\n, or use a heredoc (<<EOT)"},
        {"a = 1\na = 2\n", "2 f.hcl:2:1: wrong HCL: the argument 'a' is given twice"},
        {"a {\n", "2 f.hcl:1:3: wrong HCL: the block that begins here is not closed by }"},
        {"a = 1\rb = 2", "2 f.hcl:1:6: wrong HCL: a carriage return without a line feed"},
    }));
    CHECK(failure(row.text, set({"a"}, "v")) == row.failure);
    for (const auto& text : {std::string("a = \"\xFF\"\n"), std::string("a = 1\0", 6), "a = " + std::string(1'000, '['), "a = " + std::string(1'000, '(')}) {
        CHECK(failure(text, set({"a"}, "v")).find("wrong HCL") != std::string::npos);
    }
}

TEST_CASE("images of a job are found, and what was found can be set") {
    const auto server = find_images_in_hcl(job, "f.hcl", image("registry.example.com/app", "v2"));
    CHECK(server.places == 1);
    CHECK(server.names == std::vector<std::string>{"docker://docker.io/library/nginx:1.25"});
    CHECK(edit_hcl(job, "f.hcl", server.operations).text == job_with("app:v1", "app:v2"));
    const auto side = find_images_in_hcl(job, "f.hcl", image("nginx", "1.27"));
    CHECK(side.places == 1);
    CHECK(edit_hcl(job, "f.hcl", side.operations).text == job_with("nginx:1.25", "nginx:1.27"));
    CHECK(find_images_in_hcl(job, "f.hcl", image("app", "v2")).places == 0);
    CHECK(find_images_in_hcl(job, "f.hcl", image("app", "v2")).names.size() == 2);

    const std::string alike = "job \"a\" {\n  group \"g\" {\n    task \"t\" {\n      config { image = \"x:1\" }\n    }\n  }\n  group \"g\" {\n    task \"t\" {\n      config { image = \"x:1\" }\n    }\n  }\n}\n";
    const auto both = find_images_in_hcl(alike, "f.hcl", image("x", "2"));
    CHECK(both.places == 2);
    CHECK(edit_hcl(alike, "f.hcl", both.operations).text.find("x:1") == std::string::npos);
    const auto again = find_images_in_hcl(alike, "f.hcl", image("x", "1"));
    CHECK(again.places == 2);
    CHECK_FALSE(edit_hcl(alike, "f.hcl", again.operations).changed());
}

TEST_CASE("images are found where drivers have them, and in variables") {
    const std::string task = "job \"j\" {\n  group \"g\" {\n    task \"t\" {\n      config {\n        image = @@\n      }\n    }\n  }\n}\n";
    struct Row {
        std::string text;
        std::size_t places;
        std::vector<std::string> names;
    };
    const auto row = GENERATE_COPY(values<Row>({
        {with(task, "\"r.example.com/app\""), 1, {}},
        {with(task, "\"r.example.com/app@sha256:" + std::string(64, 'a') + "\""), 1, {}},
        {with(task, "\"r.example.com/application:1\""), 0, {"r.example.com/application:1"}},
        {with(task, "var.image"), 0, {"var.image"}},
        {with(task, "\"${var.image}\""), 0, {"\"${var.image}\""}},
        {with(task, "\"r.example.com/app-${var.flavour}:1\""), 0, {"\"r.example.com/app-${var.flavour}:1\""}},
        {"job \"j\" {\n  config { image = \"r.example.com/app:1\" }\n}\n", 0, {}},
        {"job \"j\" {\n  task \"t\" {\n    env { image = \"r.example.com/app:1\" }\n  }\n}\n", 0, {}},
        {"variable \"app\" {\n  default = \"r.example.com/app:1\"\n}\n", 1, {}},
        {"variable \"image\" {\n  default = \"r.example.com/app\"\n}\n", 1, {}},
        {"variable \"name\" {\n  default = \"r.example.com/app\"\n}\n", 0, {}},
        {"variable \"app_image\" {\n  default = \"other:1\"\n}\n", 0, {"other:1"}},
        {"image = \"r.example.com/app:1\"\nname = \"r.example.com/app\"\nn = 1\n", 1, {}},
    }));
    CAPTURE(row.text);
    const auto findings = find_images_in_hcl(row.text, "f.hcl", image("r.example.com/app", "2"));
    CHECK(findings.places == row.places);
    CHECK(findings.names == row.names);
    if (row.places > 0) CHECK(edit_hcl(row.text, "f.hcl", findings.operations).text.find("r.example.com/app:2") != std::string::npos);
}

TEST_CASE("an image with a template is refused with the variable to set") {
    const std::string text = "job \"j\" {\n  group \"g\" {\n    task \"t\" {\n      config { image = \"r.example.com/app:${var.tag}\" }\n    }\n    task \"u\" {\n"
                             "      config { image = \"docker://r.example.com/app:v1-${local.x}\" }\n    }\n  }\n}\n";
    CHECK(words_of(failure_of([&] { find_images_in_hcl(text, "f.hcl", image("r.example.com/app", "2")); })) ==
          "1 f.hcl:4:24: cannot set the image r.example.com/app: its text holds a template: \"r.example.com/app:${var.tag}\" | set the variable instead: variable.tag.default, or in a file of variables\n"
          "f.hcl:7:24: cannot set the image r.example.com/app: its text holds a template: \"docker://r.example.com/app:v1-${local.x}\" | change what it is made from, or write a plain string in double quotes");
    CHECK(find_images_in_hcl(text, "f.hcl", image("r.example.com/other", "2")).names.size() == 2);
}

namespace {

class Bodies {
public:
    explicit Bodies(std::uint64_t seed) : random_(seed) {}

    std::size_t below(std::size_t limit) { return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_); }
    const std::string& one_of(const std::vector<std::string>& texts) { return texts[below(texts.size())]; }

    std::string value(int depth) {
        static const std::vector<std::string> simple{"1", "-2.5", "true", "null", "\"x\"", "\"$${y}\"", "\"${f(\"}\")}\"", "var.a", "a ? 1 : 2", "f(1, [2])", "[for x in y : x]", "{for k, v in y : k => v}",
                                                     "a[0].b", "\"a\" == \"b\"", "!c", "(1 +\n 2)", "\"%{ if a }x%{ endif }\""};
        if (depth == 0 || below(2) == 0) return one_of(simple);
        std::string text;
        const bool list = below(2) == 0;
        const bool breaks = below(2) == 0;
        for (auto count = below(4); count > 0; --count) {
            const auto entry = value(depth - 1);
            if (list) text += entry + (breaks ? ", # c\n" : count > 1 ? ", " : "");
            else text += one_of({"k", "\"q\"", "(e)", "7", "\"a${b}\""}) + one_of({" = ", " : "}) + entry + (breaks ? "\n" : count > 1 ? ", " : "");
        }
        const std::string inner = breaks ? "\n" + text : text;
        return list ? "[" + inner + "]" : "{" + inner + "}";
    }

    std::string body(int depth, const std::string& names = "n") {
        std::string text;
        for (auto count = below(4); count > 0; --count) {
            const auto name = names + std::to_string(count);
            switch (below(depth > 0 ? 5 : 3)) {
            case 0: text += name + " = <<-E\n  n1 = ${x}\n  E\n"; break;
            case 1:
            case 2: text += name + one_of({" = ", "="}) + value(3) + one_of({"\n", " # c\n", " // \"c\n"}); break;
            case 3: text += name + one_of({" ", " \"l\" ", " l \"m\" "}) + "{ a = " + value(1) + " }\n"; break;
            default: text += name + one_of({" ", " \"l\" ", " l \"m\" "}) + "{\n" + body(depth - 1) + "}\n"; break;
            }
        }
        return text;
    }

private:
    std::mt19937_64 random_;
};

} // namespace

TEST_CASE("random HCL files keep all but the value that is set") {
    Bodies bodies(sampling::seed());
    for (std::size_t i = 0; i < sampling::cases(2'000, 100'000); ++i) {
        const auto front = bodies.body(3);
        const auto back = bodies.body(3, "m");
        const auto old = bodies.one_of({"\"x\"", "12", "null", "\"\\u00e9\""});
        const auto path_in = bodies.below(3);
        const std::string open = path_in == 0 ? "target = " : path_in == 1 ? "target \"t\" {\n  v = " : "target = { a = 1, l = [" + bodies.value(2) + ", ";
        const std::string close = path_in == 0 ? "\n" : path_in == 1 ? " # c\n}\n" : "] }\n";
        const auto path = path_in == 0 ? KeyPath{"target"} : path_in == 1 ? KeyPath{"target", "t", "v"} : KeyPath{"target", "l", Index{-1}};
        const auto value = bodies.one_of({"y", "\"", "${", "a\\", "\n", ""});
        const auto text = front + "\n" + open + old + close + back;
        CAPTURE(text, value);
        const auto edited = edit_hcl(text, "f.hcl", {set(path, value)});
        REQUIRE(edited.text.substr(0, front.size() + 1 + open.size()) == text.substr(0, front.size() + 1 + open.size()));
        REQUIRE(edited.text.substr(edited.text.size() - close.size() - back.size()) == close + back);
        REQUIRE(edit_hcl(edited.text, "f.hcl", {set(path, "other")}).changes[0].old == value);
        find_images_in_hcl(text, "f.hcl", image("x", "1"));
    }
}

TEST_CASE("random changes of the bytes of an HCL file are edited or refused") {
    Bodies bodies(sampling::seed() + 1);
    const std::string bytes = "{}[]()\",:=\\ \n/#0a$%<~.?*\xC3";
    std::size_t done = 0;
    for (std::size_t i = 0; i < sampling::cases(3'000, 100'000); ++i) {
        auto text = job;
        for (auto count = bodies.below(3) + 1; count > 0; --count) text[bodies.below(text.size())] = bytes[bodies.below(bytes.size())];
        CAPTURE(text);
        try {
            const auto edited = edit_hcl(text, "f.hcl", {set({"job", "group", "task", "server", "driver"}, "y")});
            REQUIRE(edited.changes[0].new_json == "\"y\"");
            ++done;
        } catch (const Error& error) {
            REQUIRE((error.code() == ExitCode::refused || error.code() == ExitCode::misuse));
        }
    }
    CHECK(done > 100);
}
