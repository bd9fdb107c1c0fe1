#include "catch.hpp"

#include "failure.hpp"
#include "fakes.hpp"
#include "run-job/input/job_file.hpp"
#include "run-job/input/variables.hpp"

#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::run_job;

namespace {

/// A Nomad that takes every job: the ID of one in HCL is the word between the first quotes.
struct Reading {
    fake::World world;
    Options options;
    std::string version = R"({"config": {"Version": {"Version": "1.10.3"}}})";
    std::function<io::Response(const io::Request&)> parse;
    std::string validation = R"({"ValidationErrors": null, "Error": "", "Warnings": ""})";

    Reading() {
        options.nomad.server.url = "http://127.0.0.1:4646";
        world.on_request = [this](const io::Request& request) -> io::Response {
            if (request.url.ends_with("/v1/agent/self")) return {version.empty() ? 403 : 200, {}, version};
            if (request.url.find("/v1/validate/job") != std::string::npos) return {200, {}, validation};
            if (parse) return parse(request);
            const auto hcl = nomad::Json::parse(std::get<std::string>(request.body))["JobHCL"].get<std::string>();
            const auto begin = hcl.find("job \"");
            if (begin == std::string::npos) return {400, {}, "Failed to parse job: input.hcl:1,1-1: Missing job block; A job block is required"};
            const auto id = hcl.substr(begin + 5, hcl.find('"', begin + 5) - begin - 5);
            return {200, {}, nomad::Json({{"ID", id}, {"Name", id}, {"Namespace", "default"}, {"Type", "service"}}).dump()};
        };
    }

    std::vector<JobFile> read() {
        auto context = world.context();
        nomad::Client client(options.nomad, context);
        return read_job_files(options, client, context);
    }
    JobFile read_one(const std::string& path, const std::string& text) {
        world.files.contents[path] = text;
        options.jobs = {path};
        auto files = read();
        REQUIRE(files.size() == 1);
        return files[0];
    }
    std::string refusal() {
        return words_of(failure_of([&] { read(); }));
    }
    std::string refusal_of(const std::string& path, const std::string& text) {
        world.files.contents[path] = text;
        options.jobs = {path};
        return refusal();
    }
    /// What was sent to be parsed.
    nomad::Json parsed() const {
        for (const auto& request : world.requests) {
            if (request.url.find("/v1/jobs/parse") != std::string::npos) return nomad::Json::parse(std::get<std::string>(request.body));
        }
        return {};
    }
};

} // namespace

TEST_CASE("a job is read from HCL, and from the API's JSON with and without its wrapping") {
    struct Row {
        std::string path;
        std::string text;
        std::string format;
    };
    for (const auto& row : {Row{"web.hcl", "job \"web\" {}", "hcl2"}, Row{"web.json", R"({"ID": "web", "Namespace": "default"})", "json"},
                            Row{"web.hcl", "\n  {\"Job\": {\"ID\": \"web\", \"Type\": \"service\"}}", "json"}, Row{"-", "job \"web\" {}", "hcl2"}}) {
        INFO(row.path << ": " << row.text);
        Reading reading;
        const auto file = reading.read_one(row.path, row.text);
        CHECK(file.key == nomad::JobKey{"web", ""});
        CHECK(file.type == "service");
        CHECK(file.path == (row.path == "-" ? "standard input" : row.path));
        REQUIRE(file.submission);
        CHECK(file.submission->source == row.text);
        CHECK(file.submission->format == row.format);
        CHECK(file.warnings.empty());
    }
}

TEST_CASE("the option's namespace goes before the job's own") {
    Reading reading;
    CHECK(reading.read_one("a.json", R"({"ID": "a", "Namespace": "team"})").key == nomad::JobKey{"a", "team"});
    reading.options.nomad.name_space = "ops";
    CHECK(reading.read_one("a.json", R"({"ID": "a", "Namespace": "team"})").key == nomad::JobKey{"a", "ops"});
    reading.options.nomad.name_space = "default";
    CHECK(reading.read_one("a.json", R"({"ID": "a", "Namespace": "team"})").key == nomad::JobKey{"a", ""});
}

TEST_CASE("what is no job is a misuse, and nothing is validated") {
    struct Row {
        std::string text;
        std::string expected;
    };
    const std::string no_job = "2 f: there is no job in it: a job has an ID | a job file is HCL with a job block, or the API's JSON";
    const std::string not_text = "2 cannot read the job in f: it is no text in UTF-8";
    for (const auto& row : {Row{"", "2 f: the file is empty: there is no job in it"}, Row{" \n\t", "2 f: the file is empty: there is no job in it"}, Row{"{}", no_job},
                            Row{R"({"Job": null})", no_job}, Row{R"({"Job": [1]})", no_job}, Row{R"({"Job": {"ID": 7}})", no_job}, Row{R"({"ID": ["web"]})", no_job}, Row{R"({"ID": ""})", no_job},
                            Row{"job \"\xff\" {}", not_text}, Row{"{\"ID\": \"\xc3\"}", not_text},
                            Row{R"({"ID": "a", "x": )" + std::string(100'000, '['), "2 cannot read the job in f: its lists and objects lie in each other too deeply"},
                            Row{"# nothing\n", "1 f:1:1: Nomad refuses the job: Missing job block; A job block is required"}}) {
        INFO(row.text.substr(0, 40));
        Reading reading;
        CHECK(reading.refusal_of("f", row.text) == row.expected);
        for (const auto& request : reading.world.requests) CHECK(request.url.find("validate") == std::string::npos);
    }
    Reading reading;
    const auto broken = reading.refusal_of("f", "{\"ID\":\n  \"web\",,}");
    CHECK(broken.starts_with("2 f:2:9: wrong JSON: "));
    CHECK(broken.find('\n') == std::string::npos);
}

TEST_CASE("a large job file goes through") {
    Reading reading;
    const auto text = "job \"web\" {\n" + std::string(1 << 20, '#') + "\n}";
    CHECK(reading.read_one("web.hcl", text).submission->source.size() == text.size());
}

TEST_CASE("the mistakes of all files are told together") {
    Reading reading;
    reading.world.files.contents = {{"a.json", R"({"ID": "web"})"}, {"b.hcl", "job \"web\" {}"}, {"c.hcl", "nothing"}};
    reading.options.jobs = {"a.json", "b.hcl", "c.hcl"};
    CHECK(reading.refusal() == "2 b.hcl: job web is in a.json as well: each job is registered once\n"
                               "c.hcl:1:1: Nomad refuses the job: Missing job block; A job block is required");
    // The same name in another namespace is another job.
    reading.world.files.contents["b.hcl"] = R"({"ID": "web", "Namespace": "other"})";
    reading.options.jobs = {"a.json", "b.hcl"};
    CHECK(reading.read().size() == 2);
}

TEST_CASE("Nomad is asked for nothing before all files are read") {
    Reading reading;
    reading.world.files.contents = {{"a.hcl", "job \"web\" {}"}, {"b.json", "{,}"}, {"c.hcl", ""}, {"e.hcl", "job \"\xff\" {}"}};
    reading.options.jobs = {"a.hcl", "b.json", "c.hcl", "d.hcl", "e.hcl"};
    const auto words = reading.refusal();
    CHECK(words.starts_with("2 b.json:1:2: wrong JSON: "));
    CHECK(words.ends_with("\nc.hcl: the file is empty: there is no job in it\n"
                          "cannot read d.hcl: No such file or directory\n"
                          "cannot read the job in e.hcl: it is no text in UTF-8"));
    CHECK(reading.world.requests.empty());
}

TEST_CASE("a name of a template may be kept for the task") {
    Reading reading;
    reading.options.keep = {"HOME_PAGE"};
    reading.options.values.set = {"IMAGE=a:1"};
    CHECK(reading.read_one("web.hcl", "job \"web\" {\n  meta {\n    a = \"${IMAGE} ${HOME_PAGE}\"\n  }\n}").submission->source == "job \"web\" {\n  meta {\n    a = \"a:1 ${HOME_PAGE}\"\n  }\n}");
}

TEST_CASE("Nomad's validation refuses, and warns") {
    Reading reading;
    reading.validation = R"({"ValidationErrors": ["Task group web: 1 error", "x\ny"], "Error": "all of it", "Warnings": null})";
    CHECK(reading.refusal_of("web.hcl", "job \"web\" {}") == "1 web.hcl: Nomad refuses the job: Task group web: 1 error\nweb.hcl: Nomad refuses the job: x | y");
    reading.validation = R"({"Warnings": "1 warning:\n\n* old thing"})";
    const auto file = reading.read_one("web.hcl", "job \"web\" {}");
    REQUIRE(file.warnings.size() == 1);
    CHECK(to_line(file.warnings[0]) == "web.hcl: Nomad warns: old thing");
    CHECK(file.warnings[0].severity == Severity::warning);
}

TEST_CASE("a server that does not answer is no mistake of the files") {
    Reading reading;
    reading.parse = [](const io::Request&) { return io::Response{500, {}, "No cluster leader"}; };
    CHECK(reading.refusal_of("web.hcl", "job \"web\" {}").starts_with("3 "));
}

TEST_CASE("a template is rendered first, and Nomad's objections have its lines") {
    Reading reading;
    reading.options.values.set = {"IMAGE=registry/app:1", "UNUSED=1"};
    const std::string text = "job \"web\" {\n  image = \"${IMAGE}\"\n  node = \"${attr.kernel.name}\"\n}\n";
    const auto file = reading.read_one("web.hcl", text);
    CHECK(file.submission->source == "job \"web\" {\n  image = \"registry/app:1\"\n  node = \"${attr.kernel.name}\"\n}\n");
    CHECK(reading.parsed()["JobHCL"] == file.submission->source);
    CHECK(file.warnings.empty());
    CHECK(reading.world.terminal.err.find("the value of UNUSED is given, and no job file asks for it") != std::string::npos);
    reading.parse = [](const io::Request&) { return io::Response{400, {}, "Failed to parse job: input.hcl:2,15-18: Unsupported argument; no"}; };
    CHECK(reading.refusal() == "1 web.hcl:2:12: Nomad refuses the job: Unsupported argument; no");
    CHECK(reading.refusal_of("web.hcl", "job \"web\" {\n  image = \"${OTHER}\"\n}").starts_with("2 web.hcl:2:12: "));
    // JSON is a template, too.
    CHECK(reading.read_one("web.json", R"({"ID": "web", "Meta": {"image": "${IMAGE}"}})").job["Meta"]["image"] == "registry/app:1");
}

TEST_CASE("a placeholder that nobody fills in is warned about") {
    struct Row {
        std::string content;
        bool warns;
    };
    for (const auto& row : {Row{"image = \"${IMAGE}\"", true}, Row{"image = \"${NOMAD_META_X}\"", false}, Row{"image = \"$${IMAGE}\"", false}, Row{"image = \"${var.IMAGE}\"", false},
                            Row{"image = \"${meta.x}\"", false}, Row{"image = \"${\"", false}, Row{"env {\n  PORT = 80\n}\nargs = [\"${PORT}\"]", false}, Row{"env = { \"PORT\" = 80 }\nargs = [\"${PORT}\"]", false}, Row{"image = \"${}\"", false}, Row{"image = \"x${IMAGE_2}\"", true}}) {
        INFO(row.content);
        Reading reading;
        const auto file = reading.read_one("web.hcl", "job \"web\" {\n" + row.content + "\n}");
        REQUIRE(file.warnings.size() == (row.warns ? 1 : 0));
        if (row.warns) CHECK(file.warnings[0].hint == "if the file is a template, give its values with --set or --vars");
    }
}

TEST_CASE("variables of HCL2 are assigned as Nomad's own tools do") {
    struct Row {
        std::string declaration;
        std::string value;
        std::string expected;
    };
    for (const auto& row :
         {Row{"type = string", "a \"b\" ${c}", R"("a \"b\" $${c}")"}, Row{"type=string # or not", "7", "\"7\""}, Row{"type = number", "7", "\"7\""}, Row{"type = bool", "true", "true"},
          Row{"type = list(string)", "[\"a\"]", "[\"a\"]"}, Row{"type = any", "[1]", "[1]"}, Row{"type = map(string)", "{ a = \"b\" }", "{ a = \"b\" }"}, Row{"description = \"x\"", "y", "\"y\""},
          Row{"default = \"x\"", "y", "\"y\""}, Row{"default = [1]", "[2]", "[2]"}, Row{"default = true", "false", "false"}, Row{"default = {}", "{}", "{}"},
          Row{"default = [1]\n type = string", "y", "\"y\""}, Row{"type = string\n default = [1]", "y", "\"y\""}, Row{"type =", "", ""}}) {
        INFO(row.declaration << " with " << row.value);
        const auto job = "variable \"x\" {\n " + row.declaration + "\n}\nvariable \"other\" { type = bool }\njob \"web\" {}";
        if (row.expected.empty()) {
            CHECK(failure_of([&] { assignments({{{"x", row.value}}, {}}, job, "web.hcl"); }).code() == ExitCode::refused);
            continue;
        }
        CHECK(to_text(assignments({{{"x", row.value}}, {}}, job, "web.hcl")) == "x = " + row.expected + '\n');
    }
    CHECK(to_text(assignments({{{"y", "not declared"}}, {}}, "job \"web\" {}", "web.hcl")) == "y = \"not declared\"\n");
}

TEST_CASE("of files of variables the later wins, and flags win over both") {
    const Variables variables{{{"c", "flag"}}, {{"one", "a = 1 # first\nb = [\n  2,\n]\nc = 3\n"}, {"two", "b = <<EOT\ntext = 5\nEOT\nd = \"x\"\n"}}};
    CHECK(to_text(assignments(variables, "job \"web\" {}", "web.hcl")) == "a = 1 # first\nb = <<EOT\ntext = 5\nEOT\nc = \"flag\"\nd = \"x\"\n");
    CHECK(words_of(failure_of([] { assignments({{}, {{"prod.hcl", "a = 1\nb = }\n"}}}, "job \"web\" {}", "web.hcl"); })).starts_with("1 prod.hcl:2:5: wrong HCL"));
}

TEST_CASE("variables need a Nomad that knows them, and a submission one that keeps it") {
    struct Row {
        std::string version;
        bool knows;
    };
    for (const auto& row : {Row{"1.4.3", false}, Row{"1.5.17+ent", false}, Row{"0.12.0", false}, Row{"1.6.0-beta.1+ent", true}, Row{"1.6.2", true}, Row{"1.10.0", true}, Row{"2.0.5", true}, Row{"unknown", true}, Row{"", true}}) {
        INFO(row.version);
        Reading reading;
        reading.version = row.version.empty() ? "" : R"({"member": {"Tags": {"build": ")" + row.version + R"("}}})";
        CHECK(reading.read_one("web.hcl", "job \"web\" {}").submission.has_value() == row.knows);
        reading.options.variables = {"x=1"};
        if (row.knows) {
            CHECK(reading.read_one("web.hcl", "job \"web\" {}").submission->variables == "x = \"1\"\n");
        } else {
            CHECK(reading.refusal() == "2 HCL2 variables need Nomad 1.6 or newer, and this server is " + row.version + " | give the values with --set, for ${NAME} in the file");
        }
    }
}

TEST_CASE("no secret is in a submission, in whatever way it was given") {
    struct Row {
        std::string secret;
        bool is_sent;
    };
    for (const auto& row : {Row{"hunter22", true}, Row{"qu\\\"ote-22", true}, Row{"pin7", false}}) {
        INFO(row.secret);
        Reading reading;
        reading.options.secrets = {"PASSWORD"};
        reading.options.values.set = {"PASSWORD=" + row.secret};
        const auto file = reading.read_one("web.hcl", "job \"web\" {\n  env = \"${PASSWORD}\"\n}");
        CHECK(file.submission.has_value() == row.is_sent);
        if (file.submission) CHECK(file.submission->source == "job \"web\" {\n  env = \"***\"\n}");
    }
    for (const bool by_flag : {true, false}) {
        Reading reading;
        reading.options.secrets = {"password", "unset"};
        reading.world.files.contents["vars.hcl"] = by_flag ? "user = \"me\"" : "user = \"me\"\npassword = \"hunter22\"\n";
        if (by_flag) reading.options.variables = {"password=hunter22"};
        reading.options.variable_files = {"vars.hcl"};
        const auto file = reading.read_one("web.hcl", "job \"web\" {}");
        CHECK(reading.parsed()["Variables"] == "password = \"hunter22\"\nuser = \"me\"\n");
        CHECK(file.submission->variables == "password = \"***\"\nuser = \"me\"\n");
        CHECK(file.submission->flags.empty());
        CHECK(reading.world.log.redact("it is hunter22") == "it is ***");
    }
}

TEST_CASE("another run of a finished job is another version of it") {
    nomad::Json job = {{"ID", "a"}, {"Meta", nullptr}};
    mark_for_another_run(job, "2026-11-24T12:00:00Z");
    CHECK(job["Meta"].dump() == R"({"slipway_run":"2026-11-24T12:00:00Z"})");
    job["Meta"] = {{"team", "a"}, {"slipway_run", "before"}};
    mark_for_another_run(job, "now");
    CHECK(job["Meta"].dump() == R"({"team":"a","slipway_run":"now"})");
}
