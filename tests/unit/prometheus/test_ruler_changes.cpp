#include "catch.hpp"

#include "failure.hpp"
#include "prometheus/ruler_changes.hpp"

#include <string>

using namespace slipway;
using namespace slipway::prometheus;

namespace {

RulerGroup group(const std::string& name, const std::string& expr = "up") {
    return read_ruler_group("name: " + name + "\nrules:\n- record: r\n  expr: '" + expr + "'\n", RulerKind::mimir, "x.yml");
}

std::string names(const std::vector<RulerChange>& changes) {
    std::string text;
    for (const auto& change : changes) text += (text.empty() ? "" : " ") + change.name_space + ':' + change.group;
    return text;
}

} // namespace

TEST_CASE("what is wanted is compared with what is stored") {
    const RulerState wanted = {{"app", {group("new"), group("same", "rate(x[28d])"), group("other", "up")}}};
    const RulerState stored = {{"app", {group("same", "rate(x[4w])"), group("other", "down"), group("old")}}, {"foreign", {group("theirs")}}};
    const auto kept = compare(wanted, stored, false);
    CHECK(names(kept.added) == "app:new");
    CHECK(names(kept.changed) == "app:other");
    CHECK(names(kept.unchanged) == "app:same");
    CHECK(names(kept.untouched) == "app:old");
    CHECK(kept.removed.empty());
    CHECK_FALSE(kept.nothing());
    CHECK(kept.added[0].text == wanted.at("app")[0].text());

    const auto pruned = compare(wanted, stored, true);
    CHECK(names(pruned.removed) == "app:old");
    CHECK(pruned.removed[0].text.empty());
    CHECK(pruned.untouched.empty());
}

TEST_CASE("a namespace that is ours and wants nothing is emptied, others are never looked at") {
    const RulerState stored = {{"app", {group("a"), group("b")}}, {"foreign", {group("theirs")}}};
    CHECK(names(compare({{"app", {}}}, stored, true).removed) == "app:a app:b");
    CHECK(compare({}, stored, true).nothing());
    CHECK(compare({{"gone", {}}}, stored, true).nothing());
}

TEST_CASE("a group that is wanted twice is refused") {
    const auto error = failure_of([] { compare({{"app", {group("a"), group("a", "down")}}}, {}, false); });
    CHECK(error.code() == ExitCode::misuse);
    CHECK(std::string(error.what()) == "group 'a' stands twice in namespace 'app': the server keeps one of a name");
    CHECK(names(compare({{"app", {group("a")}}, {"web", {group("a")}}}, {}, false).added) == "app:a web:a");
}

TEST_CASE("a snapshot reads back") {
    const RulerState state = {{"my app/web", {group("a"), group("b", "x > 1")}}, {"empty", {}}, {"\xC3\xBC", {group("c")}}};
    const auto text = write_snapshot(state, RulerKind::mimir);
    const auto back = read_snapshot(text, RulerKind::mimir, "snapshot.json");
    REQUIRE(back.size() == 3);
    CHECK(back.at("empty").empty());
    CHECK(back.at("my app/web").at(1).text() == state.at("my app/web").at(1).text());
    CHECK(compare(state, back, true).nothing());
    CHECK(write_snapshot(back, RulerKind::mimir) == text);

    CHECK(std::string(failure_of([&] { read_snapshot(text, RulerKind::loki, "s.json"); }).what()) == "s.json: the snapshot is of another server: its kind is 'mimir'");
    for (const char* other : {"", "{}", "[]", "{\"format\": 1}", "{\"format\": \"slipway ruler snapshot 1\"}", "{\"format\": \"slipway ruler snapshot 2\", \"kind\": \"mimir\", \"namespaces\": {}}",
                              "{\"format\": \"slipway ruler snapshot 1\", \"kind\": \"mimir\", \"namespaces\": {\"a\": [{}]}}",
                              "{\"format\": \"slipway ruler snapshot 1\", \"kind\": \"mimir\", \"namespaces\": {\"a\": [{\"text\": \"[]\"}]}}"}) {
        INFO(other);
        CHECK(failure_of([&] { read_snapshot(other, RulerKind::mimir, "s.json"); }).code() == ExitCode::misuse);
    }
}

TEST_CASE("a snapshot says what leads back to it") {
    const RulerState before = {{"app", {group("a"), group("b")}}, {"new", {}}};
    const RulerState now = {{"app", {group("a", "down"), group("c")}}, {"new", {group("d")}}, {"foreign", {group("e")}}};
    const auto back = restore(before, now);
    CHECK(names(back.added) == "app:b");
    CHECK(names(back.changed) == "app:a");
    CHECK(names(back.removed) == "app:c new:d");
    CHECK(back.changed[0].text == before.at("app")[0].text());
}

TEST_CASE("only what was sent is taken back") {
    const RulerState before = {{"app", {group("a"), group("b")}}};
    const auto back = undo(before, {{"app", "a", "name: a\n"}, {"app", "new", "name: new\n"}, {"app", "b", ""}});
    CHECK(names(back.changed) == "app:a");
    CHECK(names(back.added) == "app:b");
    CHECK(names(back.removed) == "app:new");
    CHECK(back.added[0].text == before.at("app")[1].text());
    CHECK(undo(before, {}).nothing());
}
