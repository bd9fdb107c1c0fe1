#include "catch.hpp"
#include "toy.hpp"

#include <algorithm>

using namespace slipway;
using namespace slipway::toy;

namespace {

/// What --describe says of one option.
cli::Json described(const cli::Json& all, const std::string& name) {
    const auto& options = all["options"];
    const auto found = std::find_if(options.begin(), options.end(), [&](const auto& option) { return option["name"] == name; });
    REQUIRE(found != options.end());
    return *found;
}

} // namespace

TEST_CASE("a step describes itself as one JSON object") {
    Run run;
    run({"--describe", "--unknown"});
    REQUIRE(run.code == 0);
    CHECK(run.err().empty());
    const auto all = run.json();
    CHECK(all["name"] == "render-jobspec");
    CHECK(all["usage"] == "FILE...");
    CHECK(all["outputs"][1]["name"] == "digest");
    CHECK(all["outputs"][1]["meaning"] == "a digest");

    const auto choice = described(all, "choice");
    CHECK(choice["type"] == "word");
    CHECK(choice["words"].get<std::vector<std::string>>() == std::vector<std::string>{"red", "blue", "none"});
    CHECK(choice["default"] == "what it knows");
    CHECK(choice["from_ci"] == true);
    CHECK(choice["own"] == true);
    CHECK(choice["variables"][0] == "SLIPWAY_RENDER_JOBSPEC_CHOICE");

    const auto secret = described(all, "shared-secret");
    CHECK(secret["kind"] == "secret");
    CHECK(secret["flag"] == "--shared-secret-file");
    CHECK(secret["variables"][0] == "SLIPWAY_SHARED_SECRET");
    CHECK(secret["variables"][1] == "SLIPWAY_SHARED_SECRET_FILE");

    CHECK(described(all, "number")["type"] == "integer");
    CHECK(described(all, "real")["type"] == "number");
    CHECK(described(all, "duration")["type"] == "duration");
    CHECK(described(all, "list")["kind"] == "list");
    CHECK(described(all, "flag")["kind"] == "flag");
    CHECK(described(all, "must")["short"] == "m");
    CHECK(described(all, "must")["default"].is_null());
    CHECK(described(all, "must")["section"] == "Duties");
    CHECK(described(all, "file")["section"] == "");
    CHECK(described(all, "file")["positional"] == true);
    CHECK(described(all, "json")["own"] == false);
}

TEST_CASE("an output that is not declared is a mistake of ours, and said") {
    Run run;
    work = [](cli::Context&) { return cli::Report{.outputs = {{"surprise", "value"}}}; };
    run({});
    CHECK(run.code == 3);
    CHECK(run.err().find("the output surprise is not declared") != std::string::npos);
}
