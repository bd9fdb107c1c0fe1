#include "catch.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "fakes.hpp"
#include "io/log.hpp"

#include <nlohmann/json.hpp>

using namespace slipway;
using namespace slipway::io;

namespace {

struct Logged {
    fake::Terminal terminal;
    fake::Clock clock;
    Log log{terminal, clock, {.step = "push-rules", .run_id = "42/7"}};

    /// What was written since the last call.
    std::string taken() { return std::exchange(terminal.err, ""); }
    void set(LogFormat format, LogLevel level = LogLevel::info) {
        auto settings = log.settings();
        settings.format = format;
        settings.level = level;
        log.configure(settings);
    }
};

} // namespace

TEST_CASE("a line has time, step, run and level") {
    Logged t;
    t.log.info("wrote it");
    t.log.warning("careful");
    t.log.error("broken: why");
    t.log.debug("details");
    CHECK(t.taken() == "12:00:00 push-rules[42/7]: wrote it\n"
                       "12:00:00 push-rules[42/7]: warning: careful\n"
                       "12:00:00 push-rules[42/7]: error: broken: why\n");
}

TEST_CASE("unimportant lines are dropped, with their hints") {
    Logged t;
    t.set(LogFormat::text, LogLevel::warning);
    t.log.info("dropped");
    t.log.hint(LogLevel::info, "dropped");
    t.log.progress("dropped");
    t.log.warning("kept");
    t.log.hint(LogLevel::warning, "do this");
    CHECK(t.taken() == "12:00:00 push-rules[42/7]: warning: kept\n12:00:00 push-rules[42/7]: hint: do this\n");
    t.set(LogFormat::text, LogLevel::debug);
    t.log.debug("details");
    CHECK(t.taken() == "12:00:00 push-rules[42/7]: debug: details\n");
}

TEST_CASE("levels have their colours where colour is wanted") {
    Logged t;
    t.terminal.colour = true;
    t.log.error("x");
    CHECK(t.taken() == "12:00:00 push-rules[42/7]: \x1b[1;31merror: \x1b[0mx\n");
    t.log.info("x");
    CHECK(t.taken() == "12:00:00 push-rules[42/7]: x\n");
}

TEST_CASE("each line is one JSON object when that is asked for") {
    Logged t;
    t.set(LogFormat::json);
    t.log.warning("a \"quote\", \xC3\xA4, \x1b[2J and \xFF\nsecond line");
    t.log.hint(LogLevel::warning, "do this");
    const auto text = t.taken();
    const auto both = lines(text);
    REQUIRE(both.size() == 2);
    CHECK(nlohmann::json::parse(both[0]) == nlohmann::json{{"time", "2026-11-24T12:00:00Z"},
                                                           {"level", "warning"},
                                                           {"step", "push-rules"},
                                                           {"run", "42/7"},
                                                           {"message", "a \"quote\", \xC3\xA4, \\x1b[2J and \\xff | second line"}});
    CHECK(nlohmann::json::parse(both[1])["level"] == "hint");
}

TEST_CASE("secrets are hidden in all that the log writes") {
    Logged t;
    t.log.hide(Secret("hunter2secret"));
    CHECK(t.taken() == "");
    t.log.info("token hunter2secret, " + hexadecimal("hunter2secret"));
    t.log.raw("raw hunter2secret\n");
    CHECK(t.taken() == "12:00:00 push-rules[42/7]: token ***, ***\nraw ***\n");
    t.set(LogFormat::json);
    t.log.info("token hunter2secret");
    CHECK(t.taken().find("token ***") != std::string::npos);
    t.set(LogFormat::text);
    t.terminal.interactive = true;
    t.log.progress("token hunter2secret");
    CHECK(t.taken() == "\r\x1b[Ktoken ***");
    CHECK(t.log.redact("hunter2secret") == "***");
}

TEST_CASE("a secret with line breaks is hidden although a message becomes one line") {
    Logged t;
    t.log.hide(Secret("first-line\nsecond-line"));
    t.log.info("a first-line\nsecond-line b");
    CHECK(t.taken() == "12:00:00 push-rules[42/7]: a *** b\n");
}

TEST_CASE("that a secret is too short to be hidden is said once") {
    Logged t;
    t.log.hide(Secret("12345"));
    t.log.hide(Secret("abc"));
    t.log.hide(Secret(""));
    CHECK(t.taken() == "12:00:00 push-rules[42/7]: warning: a secret shorter than 6 characters is not hidden in messages: it would blank out ordinary words\n");
    t.log.info("12345");
    CHECK(t.taken() == "12:00:00 push-rules[42/7]: 12345\n");
}

TEST_CASE("foreign text cannot move the cursor, fake a line, or command GitHub's runner") {
    Logged t;
    t.log.info("a\x1b[2J\rb\n::error::fake\n##[error]old");
    CHECK(t.taken() == "12:00:00 push-rules[42/7]: a\\x1b[2J\\x0db | ::error::fake | ## [error]old\n");
    t.set(LogFormat::json);
    t.log.info("##[error]old");
    CHECK(t.taken().find("##[") == std::string::npos);
    auto settings = t.log.settings();
    settings.format = LogFormat::text;
    settings.run_id = "1\n::error::fake\x1b[2J";
    t.log.configure(settings);
    t.log.info("x");
    CHECK(t.taken() == "12:00:00 push-rules[1\\x0a::error::fake\\x1b[2J]: x\n");
}

TEST_CASE("on a terminal a live line stands below the log") {
    Logged t;
    t.terminal.interactive = true;
    t.terminal.columns = 10;
    t.log.progress("one");
    t.log.progress("t\xC3\xA4\xC3\xA4\xC3\xA4-much-too-long");
    CHECK(t.taken() == "\r\x1b[Kone\r\x1b[Kt\xC3\xA4\xC3\xA4\xC3\xA4-much"); // nine characters of ten columns
    t.log.info("line");
    CHECK(t.taken() == "\r\x1b[K12:00:00 push-rules[42/7]: line\n\r\x1b[Kt\xC3\xA4\xC3\xA4\xC3\xA4-much");
    t.log.end_progress();
    CHECK(t.taken() == "\r\x1b[K");
    t.log.end_progress();
    t.log.info("line");
    CHECK(t.taken() == "12:00:00 push-rules[42/7]: line\n");
}

TEST_CASE("in a log that nobody watches progress is a heartbeat") {
    Logged t;
    t.log.progress("1 of 9");
    t.clock.time += Duration{29'000};
    t.log.progress("2 of 9");
    t.clock.time += Duration{1'000};
    t.log.progress("3 of 9");
    t.log.progress("4 of 9");
    CHECK(t.taken() == "12:00:00 push-rules[42/7]: 1 of 9\n12:00:30 push-rules[42/7]: 3 of 9\n");
    // A log in JSON is read by programs, also on a terminal.
    Logged json;
    json.terminal.interactive = true;
    json.set(LogFormat::json);
    json.log.progress("1 of 9");
    CHECK(nlohmann::json::parse(json.taken())["message"] == "1 of 9");
}
