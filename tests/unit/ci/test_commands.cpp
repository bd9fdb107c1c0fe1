#include "catch.hpp"

#include "ci/commands.hpp"
#include "fakes.hpp"

#include <stdexcept>

using namespace slipway;
using namespace slipway::ci;

namespace {

struct On {
    fake::Terminal terminal;
    fake::Clock clock;
    io::Log log{terminal, clock, {.step = "push-rules", .run_id = "1"}};
    Commands commands;

    explicit On(System system) : commands(system, log, clock) {}
    std::string taken() { return std::exchange(terminal.err, ""); }
};

} // namespace

TEST_CASE("an annotation has the form that GitHub's runner reads") {
    On github(System::github);
    github.commands.annotate({.message = "bad expr", .place = {"rules/a.yml", 3, 7}, .hint = "close it"}, "push-rules");
    github.commands.annotate({.severity = Severity::warning, .message = "odd", .place = {"a.yml", 3}}, "push-rules");
    github.commands.annotate({.severity = Severity::notice, .message = "fine", .place = {"a.yml"}}, "push-rules");
    github.commands.annotate({.message = "no place"}, "push-rules");
    CHECK(github.taken() == "::error file=rules/a.yml,line=3,col=7,title=push-rules::bad expr%0Ahint: close it\n"
                            "::warning file=a.yml,line=3,title=push-rules::odd\n"
                            "::notice file=a.yml,title=push-rules::fine\n"
                            "::error title=push-rules::no place\n");
    for (const auto system : {System::none, System::gitlab, System::woodpecker, System::drone}) {
        On other(system);
        other.commands.annotate({.message = "x"}, "t");
        CHECK(other.taken() == "");
    }
}

TEST_CASE("what an annotation says cannot become another command or property") {
    On github(System::github);
    github.commands.annotate({.message = "100% of\r\n::set-env name=x::y", .place = {"a:b,c%.yml", 1}}, "a,b:c");
    CHECK(github.taken() == "::error file=a%3Ab%2Cc%25.yml,line=1,title=a%2Cb%3Ac::100%25 of%0D%0A::set-env name=x::y\n");
}

TEST_CASE("GitHub shows ten annotations of a kind, and it is said once that there are more") {
    On github(System::github);
    for (int i = 0; i < 13; ++i) github.commands.annotate({.message = "e"}, "t");
    for (int i = 0; i < 2; ++i) github.commands.annotate({.severity = Severity::warning, .message = "w"}, "t");
    const auto text = github.taken();
    const auto count = [&](const std::string& part) {
        int found = 0;
        for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
        return found;
    };
    CHECK(count("::error ") == 10);
    CHECK(count("::warning ") == 2);
    CHECK(count("GitHub shows ten annotations of a kind") == 1);
}

TEST_CASE("a mask reaches GitHub's runner in full, and the value shows nowhere else") {
    On github(System::github);
    github.commands.mask(Secret("hunter2secret"));
    github.commands.mask(Secret("hunter2secret"));
    CHECK(github.taken() == "::add-mask::hunter2secret\n");
    github.log.info("hunter2secret");
    CHECK(github.taken().find("hunter2secret") == std::string::npos);
    // One that contains another one.
    github.commands.mask(Secret("my-hunter2secret-too"));
    CHECK(github.taken() == "::add-mask::my-hunter2secret-too\n");
    // A secret of several lines, line by line; its short lines would blank out the whole job's log.
    github.commands.mask(Secret("{\n  \"key\": \"100%\"\n}\n"));
    CHECK(github.taken() == "::add-mask::  \"key\": \"100%25\"\n");
    github.commands.mask(Secret("short"));
    CHECK(github.taken().find("add-mask") == std::string::npos);
    On gitlab(System::gitlab);
    gitlab.commands.mask(Secret("hunter2secret"));
    CHECK(gitlab.taken() == "");
    CHECK(gitlab.log.redact("hunter2secret") == "***");
}

TEST_CASE("a section has the form of its system") {
    On gitlab(System::gitlab);
    { const Section section(gitlab.commands, "build image:1", "Building \x1b[2Jx"); }
    CHECK(gitlab.taken() == "\x1b[0Ksection_start:1795521600:build_image_1\r\x1b[0KBuilding \\x1b[2Jx\n"
                            "\x1b[0Ksection_end:1795521600:build_image_1\r\x1b[0K\n");
    On github(System::github);
    { const Section section(github.commands, "build", "Building 100%\n"); }
    CHECK(github.taken() == "::group::Building 100%25\\x0a\n::endgroup::\n");
    On none(System::none);
    { const Section section(none.commands, "build", "Building"); }
    CHECK(none.taken() == "12:00:00 push-rules[1]: Building\n");
}

TEST_CASE("a section is closed on the way of an exception") {
    for (const auto system : {System::gitlab, System::github}) {
        On on(system);
        try {
            const Section section(on.commands, "build", "Building");
            throw std::runtime_error("broken");
        } catch (const std::runtime_error&) {
        }
        const auto text = on.taken();
        CHECK((text.find("section_end:") != std::string::npos || text.find("::endgroup::\n") != std::string::npos));
    }
}

TEST_CASE("foreign output cannot command the CI system") {
    On github(System::github);
    std::string token;
    {
        ForeignOutput foreign(github.commands);
        const auto stop = github.taken();
        REQUIRE(stop.find("::stop-commands::") == 0);
        token = stop.substr(17, stop.size() - 18);
        CHECK(token.size() >= 32);
        foreign.line("::error::fake");
        foreign.line("##[error]old");
        foreign.line("\x1b[0Ksection_end:1:x\r\x1b[0K");
        CHECK(github.taken() == "  ::error::fake\n  ## [error]old\n  \\x1b[0Ksection_end:1:x\\x0d\\x1b[0K\n");
    }
    CHECK(github.taken() == "::" + token + "::\n");
    { ForeignOutput another(github.commands); }
    CHECK(github.taken().find(token) == std::string::npos); // nobody may learn it from an earlier one

    On gitlab(System::gitlab);
    gitlab.log.hide(Secret("hunter2secret"));
    {
        ForeignOutput foreign(gitlab.commands);
        foreign.line("token hunter2secret");
    }
    CHECK(gitlab.taken() == "  token ***\n");
}
