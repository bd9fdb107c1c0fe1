#include "catch.hpp"

#include "core/places.hpp"
#include "nomad/job_structure.hpp"

#include <string>

using namespace slipway;
using namespace slipway::nomad;

namespace {

/// One line for each finding.
std::string found(const std::string& text, Images images = Images::any) {
    std::string lines;
    const Places places(text, "f");
    for (const auto& finding : check_job_structure(text, "f", images).findings) {
        lines += std::string(finding.severity == Severity::error ? "error " : "warning ") + to_string(places.at(finding.offset)) + ' ' + finding.message;
        if (!finding.hint.empty()) lines += " (" + finding.hint + ')';
        lines += '\n';
    }
    return lines;
}

std::string job(const std::string& config, const std::string& before = "") {
    return "job \"j\" {\n  group \"g\" {\n" + before + "    task \"t\" {\n      driver = \"docker\"\n      config {\n" + config + "      }\n    }\n  }\n}\n";
}

} // namespace

TEST_CASE("a job has one shape") {
    CHECK(found(job("")) == "");
    CHECK(found("job \"a\" {\n}\n") == "warning f:1:1 a job without groups, which Nomad refuses\n");
    CHECK(found("job \"a\" {\n  group \"g\" {\n  }\n}\n") == "warning f:2:3 a group without tasks, which Nomad refuses\n");
    CHECK(found("job \"a\" {\n  group \"g\" {\n    task \"t\" {\n    }\n  }\n}\n") == "warning f:3:5 a task without driver, which Nomad refuses\n");
    CHECK(found(job("") + job("")).find("error f:10:1 a second job: a file holds one\n") == 0);
    CHECK(found("job {\n  group \"g\" \"h\" {\n    dynamic \"task\" {\n    }\n  }\n}\n") == "error f:1:1 a job without a name\nerror f:2:3 a group with 2 names\n");
    CHECK(found("job \"\" {\n  group \"g\" {\n    dynamic \"task\" {\n    }\n  }\n  group \"g\" {\n    dynamic \"task\" {\n    }\n  }\n}\n") ==
          "error f:1:5 a job with an empty name\nerror f:6:9 a second group 'g'\n");
}

TEST_CASE("unknown blocks are pointed out, with what was meant") {
    CHECK(found(job("", "    netwrok {\n    }\n")) == "warning f:3:5 unknown block 'netwrok' in group (did you mean 'network'?)\n");
    CHECK(found(job("", "    qqqqqq {\n    }\n")) == "warning f:3:5 unknown block 'qqqqqq' in group (Nomad refuses blocks that it does not know)\n");
    CHECK(found("jobs {\n}\n" + job("")) == "warning f:1:1 unknown block 'jobs' (did you mean 'job'?)\n");
    CHECK(found(job("        logging {\n          config {\n            task \"x\" {\n            }\n          }\n        }\n")) == ""); // a driver's own business
}

TEST_CASE("files that hold no job are left alone") {
    for (const char* text : {"", "id = \"x\"\ntype = \"csi\"\ncapability {\n}\n", "server {\n  enabled = true\n}\n", "region = \"eu\"\n", "path \"x\" {}\n"}) {
        INFO(text);
        const auto structure = check_job_structure(text, "f", Images::immutable);
        CHECK_FALSE(structure.is_job);
        CHECK(structure.findings.empty());
    }
}

TEST_CASE("images that may change are refused where that is asked for") {
    const auto with = [](const std::string& image) { return found(job("        image = " + image + "\n"), Images::immutable); };
    CHECK(with("\"app\"") == "error f:6:9 the image 'app' may be another one tomorrow (name it by digest (@sha256:...) or by a tag other than latest)\n");
    CHECK(with("\"localhost:5000/app\"").find("error") == 0);
    CHECK(with("\"app:latest\"").find("error") == 0);
    CHECK(with("\"app:1.2\"") == "");
    CHECK(with("\"localhost:5000/app:latest@sha256:0a\"") == "");
    CHECK(with("\"${var.image}\"").find("warning f:6:9 the image is computed by Nomad") == 0);
    CHECK(with("var.image").find("warning f:6:9 the image is computed by Nomad") == 0);
    CHECK(found(job("        image = \"app:latest\"\n")) == "");
}
