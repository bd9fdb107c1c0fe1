#include "catch.hpp"

#include "built.hpp"
#include "core/text.hpp"
#include "fakes.hpp"
#include "wait-for-slo/reports/write.hpp"

#include <sys/stat.h>

#include <filesystem>

using namespace slipway;
using namespace slipway::wait_for_slo;
using namespace slipway::wait_for_slo::built;

namespace {

const OwnForms own{.json = [] { return std::string("{\"verdict\": 1}\n"); }, .junit = [] { return std::string("<testsuites/>\n"); }};

Result violated() {
    return result_of(watch_of({.objective = 0.999}, 60, [](std::size_t) { return TickCounts{.bad = 9, .total = 500}; }));
}

std::vector<std::string> problems_of(const ReportOptions& options) {
    std::vector<Diagnostic> problems;
    check(options, problems);
    std::vector<std::string> lines;
    for (const auto& problem : problems) lines.push_back(problem.message);
    return lines;
}

} // namespace

TEST_CASE("each report has the form of its ending") {
    fake::World world;
    auto context = world.context();
    const ReportOptions options{.files = {"a.html", "b/B.HTM", "c.svg", "d.json", "e.xml", "f.prom", "g.txt", "h.om"}};
    CHECK(problems_of(options).empty());
    CHECK(write_reports(options, violated(), own, context).empty());
    const auto& files = world.files.contents;
    CHECK(files.size() == 8);
    for (const std::string name : {"a.html", "b/B.HTM"}) CHECK(files.at(name).starts_with("<!DOCTYPE html>"));
    CHECK(files.at("c.svg").starts_with("<svg "));
    CHECK(files.at("d.json") == "{\"verdict\": 1}\n");
    CHECK(files.at("e.xml") == "<testsuites/>\n");
    for (const std::string name : {"f.prom", "g.txt", "h.om"}) CHECK(files.at(name).ends_with("# EOF\n"));
}

TEST_CASE("a report that cannot be written hinders no other, and no secret is in any") {
    fake::World world;
    world.files.broken["a.html"] = "No space left on device";
    auto context = world.context();
    world.commands.mask(Secret("hunter<22>"));
    auto result = violated();
    result.outcome.reason = "the server said hunter<22>";
    const ReportOptions options{.files = {"a.html", "b.html", "c.svg"}};
    const auto problems = write_reports(options, result, own, context);
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].message == "cannot write a.html: No space left on device");
    CHECK(problems[0].severity == Severity::error);
    CHECK(world.files.contents.size() == 2);
    for (const auto& [name, bytes] : world.files.contents) {
        CHECK(bytes.find("hunter") == std::string::npos);
        CHECK(bytes.find("the server said ***") != std::string::npos);
    }
}

TEST_CASE("a cancelled watch leaves reports of what was seen until then, and they say so") {
    fake::World world;
    auto context = world.context();
    auto result = violated();
    result.outcome.verdict = Verdict::inconclusive;
    result.outcome.code = ExitCode::terminated;
    result.outcome.reason = "cancelled after 29s";
    result.outcome.objectives = {{Verdict::inconclusive, result.outcome.reason}};
    CHECK(write_reports({.files = {"a.html", "b.svg", "c.json", "d.xml", "e.prom"}}, result, own, context).empty());
    const auto& files = world.files.contents;
    CHECK(files.size() == 5);
    for (const std::string name : {"a.html", "b.svg"}) {
        CHECK(files.at(name).find("cancelled after 29s") != std::string::npos);
        CHECK(files.at(name).find("inconclusive<") != std::string::npos);
    }
    CHECK(files.at("e.prom").find("slipway_verdict{verdict=\"inconclusive\"} 1\n") != std::string::npos);
    CHECK(files.at("e.prom").find("slipway_verdict{verdict=\"holds\"} 0\n") != std::string::npos);
}

TEST_CASE("a cancelled watch does not wait for who reads a pipe") {
    io::DiskFiles files;
    const io::TemporaryFolder folder(files);
    const auto pipe = (folder.path() / "a.html").string();
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    fake::World world;
    const auto given = world.context();
    cli::Context context{.environment = given.environment, .files = files, .processes = given.processes, .clock = given.clock, .log = given.log, .cancellation = given.cancellation,
                         .commands = given.commands, .ci = given.ci, .http_factory = given.http_factory};
    auto result = violated();
    result.outcome.code = ExitCode::terminated;
    CHECK(write_reports({.files = {pipe, (folder.path() / "b.svg").string()}}, result, own, context).empty());
    CHECK(files.read(folder.path() / "b.svg").starts_with("<svg "));
}

TEST_CASE("reports that could not be written are refused before the watch") {
    io::DiskFiles files;
    const io::TemporaryFolder folder(files);
    const auto path = [&](const std::string& name) { return (folder.path() / name).string(); };
    std::filesystem::create_directory(folder.path() / "taken.svg");
    const auto check_files = [&](std::vector<std::string> names) { check_writable({.files = std::move(names)}, files); };
    CHECK_NOTHROW(check_files({path("a.html"), "/dev/null"}));
    CHECK(files.list(folder.path()) == std::vector<std::string>{"taken.svg"});
    try {
        check_files({path("a.html"), path("missing/b.html"), path("taken.svg"), "/proc/c.html"});
        FAIL("it was not refused");
    } catch (const Error& error) {
        CHECK(error.code() == ExitCode::misuse);
        REQUIRE(error.diagnostics().size() == 3);
        CHECK(error.diagnostics()[0].message == "cannot write the report " + path("missing/b.html") + ": there is no folder " + path("missing"));
        CHECK(error.diagnostics()[1].message == "cannot write the report " + path("taken.svg") + ": it is a folder");
        CHECK(error.diagnostics()[2].message.starts_with("cannot write the report /proc/c.html: "));
    }
}

TEST_CASE("mistakes in the options of reports") {
    const auto refused = [](ReportOptions options) {
        const auto problems = problems_of(options);
        REQUIRE(problems.size() == 1);
        return problems[0];
    };
    for (const std::string name : {"report", "report.pdf", "html", "a.html/report", "report.html.gz", ""}) {
        CHECK(refused({.files = {name}}).starts_with("cannot write --report " + name + ": its form is that of the ending"));
    }
    CHECK(refused({.files = {"a.html", "./b/../a.html"}}) == "cannot write --report ./b/../a.html: it is given twice");
    for (const std::string url : {"hooks.example.com/SECRET", "ftp://example.com/SECRET", "file:///SECRET", "http://", "SECRET"}) {
        CHECK(refused({.on_pass = {url}}) == "cannot use --on-pass: it is no http:// or https:// URL");
        CHECK(refused({.on_fail = {url}}) == "cannot use --on-fail: it is no http:// or https:// URL");
    }
    CHECK(problems_of({.on_pass = {"https://hooks.example.com/x"}, .on_fail = {"http://127.0.0.1:8080"}}).empty());
}
