#include "catch.hpp"

#include "update-gitops-values/history/order.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

std::string hash(int number) {
    auto text = std::to_string(number);
    return std::string(40 - text.size(), 'a') + text;
}

ValueRecord value(const std::string& path, std::optional<std::size_t> document = {}) {
    return {.file = "v.yaml", .document = document, .path = path, .old_json = "1", .new_json = "2"};
}

git::CommitInfo commit(int number, const Record& record) {
    return {
        .hash = hash(number), .parents = {hash(number - 1)}, .author = "A", .seconds = 1'795'525'200, .message = "title\n\n" + write_trailers(record)};
}

git::CommitInfo update(int number, const Origin& origin, const std::string& path = "image.tag") {
    return commit(number, {origin, {value(path)}, {}, {}});
}

git::CommitInfo rollback(int number, const Origin& origin) {
    return commit(number, {origin, {value("image.tag")}, {}, {hash(number - 1)}});
}

const Target tag{"v.yaml", {"image.tag"}};

Origin origin(const std::string& source_commit, const std::string& time, const std::string& pipeline = "",
              const std::string& source = "app") {
    return {source, source_commit, time, pipeline, ""};
}

} // namespace

TEST_CASE("which of two pipelines is late") {
    struct Row {
        std::string what;
        Origin theirs, ours;
        bool late, late_after_rollback;
    };
    for (const auto& [what, theirs, ours, late, late_after_rollback] : std::vector<Row>{
             {"older by an hour", origin("b", "2026-11-24T12:00:00Z"), origin("a", "2026-11-24T11:00:00Z"), true, true},
             {"newer by a second", origin("a", "2026-11-24T12:00:00Z"), origin("b", "2026-11-24T12:00:01Z"), false, false},
             {"11:45Z is later than 11:30Z, whatever its text", origin("b", "2026-11-24T12:45:00+01:00"),
              origin("a", "2026-11-24T11:30:00Z"), true, true},
             {"11:45Z is earlier than 12:00Z", origin("b", "2026-11-24T12:45:00+01:00"), origin("a", "2026-11-24T12:00:00Z"), false, false},
             {"the same instant in two zones", origin("b", "2026-11-24T12:45:00+01:00"), origin("a", "2026-11-24T11:45:00Z"), false, true},
             {"the same second, an earlier pipeline", origin("b", "2026-11-24T12:00:00Z", "10"), origin("a", "2026-11-24T12:00:00Z", "9"),
              true, true},
             {"the same second, a later pipeline", origin("b", "2026-11-24T12:00:00Z", "10"), origin("a", "2026-11-24T12:00:00Z", "11"),
              false, false},
             {"the same commit, an earlier pipeline", origin("a", "", "10"), origin("a", "", "9"), true, true},
             {"the same commit, a later pipeline", origin("a", "", "9"), origin("a", "", "10"), false, true},
             {"the same commit, pipelines of 30 digits", origin("a", "", "100000000000000000000000000010"),
              origin("a", "", "100000000000000000000000000009"), true, true},
             {"the same commit, zeros in front", origin("a", "", "0009"), origin("a", "", "10"), false, true},
             {"the same commit, an earlier pipeline run again", origin("a", "", "10"), origin("a", "", "9-3"), true, true},
             {"the same commit, a later pipeline run again", origin("a", "", "9-3"), origin("a", "", "10-2"), false, true},
             {"the same commit, the same pipeline run again", origin("a", "", "9"), origin("a", "", "9-2"), false, true},
             {"the same commit, an earlier attempt", origin("a", "", "9-10"), origin("a", "", "9-9"), true, true},
             {"the same commit, the first attempt", origin("a", "", "9-2"), origin("a", "", "9"), true, true},
             {"the same commit, pipelines without numbers", origin("a", "", "x2"), origin("a", "", "x1"), false, true},
             {"the same commit, no pipelines", origin("a", ""), origin("a", ""), false, true},
             {"the same pipeline, run again", origin("a", "2026-11-24T12:00:00Z", "9"), origin("a", "2026-11-24T12:00:00Z", "9"), false,
              true},
             {"the same pipeline, by its number alone", origin("", "", "9"), origin("b", "", "9"), false, true},
             {"another project, older", origin("a", "2026-11-24T12:00:00Z", "1", "x"), origin("b", "2026-11-24T11:00:00Z", "9", "y"), true,
              true},
             {"another project, newer", origin("a", "2026-11-24T12:00:00Z", "9", "x"), origin("b", "2026-11-24T13:00:00Z", "1", "y"), false,
              false},
             {"another project, the same number of a pipeline", origin("a", "2026-11-24T12:00:00Z", "9", "x"),
              origin("b", "2026-11-24T11:00:00Z", "9", "y"), true, true},
             {"the same hash in another project", origin("a", "", "10", "x"), origin("a", "", "9", "y"), false, false},
             {"their time is not known", origin("b", "", "10"), origin("a", "2026-11-24T11:00:00Z", "9"), false, false},
             {"our time is not known", origin("b", "2026-11-24T12:00:00Z", "10"), origin("a", "", "9"), false, false},
             {"a time that is none", origin("b", "2026-13-24T12:00:00Z"), origin("a", "2026-11-24T11:00:00Z"), false, false},
             {"nothing is known", origin("", "", "", ""), origin("", "", "", ""), false, false},
         }) {
        INFO(what);
        CHECK(find_newer({update(1, theirs)}, {tag}, ours).newer.has_value() == late);
        const auto after = find_newer({rollback(2, theirs), update(1, {})}, {tag}, ours).newer;
        CHECK(after.has_value() == late_after_rollback);
        if (after) CHECK(after->taken_back);
    }
}

TEST_CASE("only commits that changed the same target tell") {
    const auto newer = origin("b", "2026-11-24T12:00:00Z");
    const auto ours = origin("a", "2026-11-24T11:00:00Z");
    const auto file = [&](const std::string& path) {
        return commit(1, {newer, {}, {{path, std::string(40, 'a'), std::string(40, 'b'), "100644"}}, {}});
    };
    struct Row {
        git::CommitInfo theirs;
        Target target;
        bool same;
    };
    for (const auto& [theirs, target, same] : std::vector<Row>{
             {update(1, newer, "image.tag"), tag, true},
             {update(1, newer, "image"), tag, true},
             {update(1, newer, "image.tag"), {"v.yaml", {"image"}}, true},
             {update(1, newer, "image.tags"), tag, false},
             {update(1, newer, "image.name"), tag, false},
             {update(1, newer, "images"), {"v.yaml", {"image"}}, false},
             {update(1, newer, "image.name"), {"v.yaml", {"image.tag", "image.name"}}, true},
             {update(1, newer, "list[0].a"), {"v.yaml", {"list"}}, true},
             {update(1, newer, "list[0]"), {"v.yaml", {"list[0].a"}}, true},
             {update(1, newer, "list[1]"), {"v.yaml", {"list[10]"}}, false},
             {update(1, newer, "list[-1]"), {"v.yaml", {"list[2]"}}, false},
             {update(1, newer, "env[name=A].value"), {"v.yaml", {"env[name=A]"}}, true},
             {update(1, newer, "env[name=A].value"), {"v.yaml", {"env[name=B].value"}}, false},
             {update(1, newer, "values|image.tag"), {"v.yaml", {"values"}}, true},
             {update(1, newer), {"w.yaml", {"image.tag"}}, false},
             {update(1, newer), {"v.yaml", {}}, true},
             {file("v.yaml"), tag, true},
             {file("w.yaml"), tag, false},
             {file("v.yaml"), {"v.yaml", {}}, true},
             {commit(1, {newer, {value("image.tag", 1)}, {}, {}}), tag, true},
             {commit(1, {newer, {value("image.tag", 1)}, {}, {}}), {"v.yaml", {"image.tag"}, 1}, true},
             {commit(1, {newer, {value("image.tag", 1)}, {}, {}}), {"v.yaml", {"image.tag"}, 0}, false},
             {commit(1, {newer, {value("other")}, {{"v.yaml", "", std::string(40, 'b'), "100644"}}, {}}), tag, false},
         }) {
        INFO(theirs.message << " / " << target.file);
        CHECK(find_newer({theirs}, {target}, ours).newer.has_value() == same);
        CHECK(find_newer({theirs}, {target}, ours).told == same);
    }
}

TEST_CASE("each target is judged by the newest commit that can be compared") {
    const auto old_one = origin("a", "2026-11-24T10:00:00Z");
    const auto middle = origin("b", "2026-11-24T11:00:00Z");
    const auto new_one = origin("c", "2026-11-24T12:00:00Z");
    const git::CommitInfo human{hash(9), {}, "A", 0, "image.tag by hand\n"};

    // An older version that was put there on purpose is what we are compared with.
    CHECK_FALSE(find_newer({update(2, old_one), update(1, new_one)}, {tag}, middle).newer);
    // People's commits and those of unknown age tell nothing, what lies behind them does.
    auto found = find_newer({human, update(3, {}), update(2, new_one), update(1, old_one)}, {tag}, middle);
    REQUIRE(found.newer);
    CHECK(found.newer->commit == hash(2));
    CHECK(found.newer->origin == new_one);
    CHECK_FALSE(found.newer->taken_back);

    // One late target makes the update late, in whichever commit it is found.
    const std::vector<Target> both{tag, {"v.yaml", {"replicas"}}};
    CHECK(find_newer({update(2, old_one), update(1, new_one, "replicas")}, both, middle).newer);
    CHECK_FALSE(find_newer({update(2, old_one), update(1, old_one, "replicas")}, both, middle).newer);

    // Whether older commits must be read.
    CHECK_FALSE(find_newer({update(1, old_one)}, both, middle).told);
    CHECK(find_newer({update(2, old_one), update(1, old_one, "replicas")}, both, middle).told);
    CHECK(find_newer({update(1, new_one)}, both, middle).told);
    CHECK_FALSE(find_newer({update(1, {})}, {tag}, middle).told);
    CHECK_FALSE(find_newer({}, {tag}, middle).told);
    CHECK(find_newer({}, {tag}, {}).told); // nobody who has no origin can be late
    CHECK(find_newer({}, {}, middle).told);
}

TEST_CASE("a late pipeline is told why, and how to roll back") {
    const auto ours = origin("aaaaaaaaaaaa", "2026-11-24T12:00:00+01:00", "8");
    const Newer newer{hash(1), origin("bbbbbbbbbbbb", "2026-11-24T12:00:00Z", "9", "other\nproject"), false};
    const auto line = explain(newer, ours, "v.yaml: image.tag");
    CHECK(
        line.message ==
        "nothing is changed: v.yaml: image.tag comes from commit bbbbbbbb of 2026-11-24T12:00:00Z (pipeline 9) of other\\x0aproject since "
        "aaaaaaaa, and this run is older: commit aaaaaaaa of 2026-11-24T11:00:00Z (pipeline 8)");
    CHECK(line.severity == Severity::notice);
    CHECK(line.hint.find("--rollback") != std::string::npos);
    const auto back = explain({hash(1), ours, true}, ours, "v.yaml: image.tag");
    CHECK(back.message.find("took back commit aaaaaaaa") != std::string::npos);
    CHECK(back.hint.find("--allow-older") != std::string::npos);
    CHECK(explain({"", {}, false}, {}, "").message.find('\n') == std::string::npos);
}

TEST_CASE("a time that lies after its own commit makes nobody late") {
    const auto ours = origin("a", "2026-11-24T12:00:00Z", "9");
    const auto theirs = [&](const std::string& time) {
        auto commit = update(2, origin("f", time, "10"));
        commit.seconds = 1'795'525'200; // 2026-11-24T13:00:00Z
        return commit;
    };
    CHECK(find_newer({theirs("2026-11-24T12:30:00Z")}, {tag}, ours).newer);
    CHECK(find_newer({theirs("2026-11-25T13:00:00Z")}, {tag}, ours).newer); // clocks differ
    for (const std::string time : {"2026-11-25T13:00:01Z", "2099-01-01T00:00:00Z", "9999-12-31T23:59:59Z"}) {
        INFO(time);
        const auto found = find_newer({theirs(time), update(1, origin("b", "2026-11-24T11:00:00Z"))}, {tag}, ours);
        CHECK_FALSE(found.newer);
        CHECK(found.told); // by what lies behind
        CHECK(find_newer({theirs(time), update(1, origin("b", "2026-11-24T12:30:00Z"))}, {tag}, ours).newer);
    }
    auto far = theirs("9999-12-31T23:59:59Z");
    for (const std::int64_t seconds : {std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()}) {
        far.seconds = seconds;
        CHECK(find_newer({far}, {tag}, ours).newer.has_value() == (seconds > 0));
    }
}
