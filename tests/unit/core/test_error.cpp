#include "catch.hpp"

#include "core/error.hpp"

#include <csignal>

using namespace slipway;

TEST_CASE("a place shows what is known of it") {
    CHECK(to_string(Place{}) == "");
    CHECK(to_string(Place{"a.yml"}) == "a.yml");
    CHECK(to_string(Place{"a.yml", 3}) == "a.yml:3");
    CHECK(to_string(Place{"a.yml", 3, 7}) == "a.yml:3:7");
    CHECK(to_string(Place{"a.yml", 0, 7}) == "a.yml");
    CHECK(to_string(Place{"", 3, 7}) == "");
}

TEST_CASE("a diagnostic as one line, with its place, without its hint") {
    CHECK(to_line({.message = "cannot read it: why"}) == "cannot read it: why");
    CHECK(to_line({.message = "wrong", .place = {"f", 1, 2}, .hint = "do this"}) == "f:1:2: wrong");
}

TEST_CASE("an error carries its exit code and all diagnostics") {
    CHECK(refused("x").code() == ExitCode::refused);
    CHECK(misuse("x").code() == ExitCode::misuse);
    CHECK(world_failure("x").code() == ExitCode::world);
    CHECK(inconclusive("x").code() == ExitCode::inconclusive);
    CHECK(misuse("x", "do y").diagnostics().front().hint == "do y");
    const Error several(ExitCode::misuse, std::vector<Diagnostic>{{.message = "one", .place = {"f", 1}}, {.message = "two"}});
    CHECK(std::string(several.what()) == "f:1: one");
    CHECK(several.diagnostics().size() == 2);
}

TEST_CASE("exit codes are the ones that --help prints") {
    CHECK(static_cast<int>(ExitCode::done) == 0);
    CHECK(static_cast<int>(ExitCode::refused) == 1);
    CHECK(static_cast<int>(ExitCode::misuse) == 2);
    CHECK(static_cast<int>(ExitCode::world) == 3);
    CHECK(static_cast<int>(ExitCode::inconclusive) == 4);
    CHECK(static_cast<int>(Cancelled(SIGINT).code()) == 130);
    CHECK(static_cast<int>(Cancelled(SIGTERM).code()) == 143);
    CHECK(static_cast<int>(Cancelled(SIGHUP).code()) == 143);
}
