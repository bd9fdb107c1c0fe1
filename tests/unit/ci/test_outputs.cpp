#include "catch.hpp"

#include "ci/outputs.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "fakes.hpp"

using namespace slipway;
using namespace slipway::ci;

namespace {

struct Places {
    fake::Environment environment;
    fake::Files files;

    void write(const std::vector<Output>& outputs, const OutputPlaces& places) { write_outputs(outputs, places, environment, files); }
    std::string refusal(const std::vector<Output>& outputs, const OutputPlaces& places) {
        try {
            write(outputs, places);
        } catch (const Error& error) {
            CHECK(error.code() == ExitCode::refused);
            return error.what();
        }
        FAIL("accepted");
        return {};
    }
};

/// GitHub's own way of reading: name<<delimiter, lines up to the delimiter.
std::vector<std::pair<std::string, std::string>> read_as_github(const std::string& text) {
    std::vector<std::pair<std::string, std::string>> outputs;
    const auto all = split(text, '\n');
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].empty()) continue;
        const auto mark = all[i].find("<<");
        REQUIRE(mark != std::string_view::npos);
        const auto delimiter = all[i].substr(mark + 2);
        std::string value;
        const auto name = all[i].substr(0, mark);
        for (++i; i < all.size() && all[i] != delimiter; ++i) value += (value.empty() ? "" : "\n") + std::string(all[i]);
        REQUIRE(i < all.size()); // or the delimiter is missing
        outputs.emplace_back(name, value);
    }
    return outputs;
}

} // namespace

TEST_CASE("GITHUB_OUTPUT is read back as it was meant, whatever a value holds") {
    Places places;
    places.environment.variables["GITHUB_OUTPUT"] = "out";
    places.files.contents["out"] = "earlier=1"; // without the line break that should end it
    const std::vector<Output> outputs = {{"digest", "sha256:abc"}, {"list", "a\nb\n c"}, {"hostile", "x\nEOF\nother<<EOF\nevil=1\nghadelimiter_\n::error::x"}, {"empty", ""}};
    places.write(outputs, {});
    const auto text = places.files.contents["out"];
    REQUIRE(text.find("earlier=1\ndigest<<ghadelimiter_") == 0);
    CHECK(text.back() == '\n');
    const auto read = read_as_github(text.substr(10));
    REQUIRE(read.size() == 4);
    for (std::size_t i = 0; i < read.size(); ++i) {
        CHECK(read[i].first == outputs[i].name);
        CHECK(read[i].second == outputs[i].value);
    }
    places.write({{"later", "2"}}, {});
    CHECK(read_as_github(places.files.contents["out"].substr(10)).size() == 5);
}

TEST_CASE("the delimiter is new each time") {
    Places places;
    places.environment.variables["GITHUB_OUTPUT"] = "out";
    places.write({{"a", "1"}}, {});
    const auto first = places.files.contents["out"].substr(3, 45);
    places.files.contents["out"] = "";
    places.write({{"a", "1"}}, {});
    CHECK(places.files.contents["out"].find(first) == std::string::npos);
}

TEST_CASE("a dotenv report has one variable a line, and keeps those of other steps") {
    Places places;
    places.files.contents["env"] = "OTHER=kept\n\n# a comment\ndigest=old\n  \nlast=x";
    places.write({{"digest", "sha256:abc"}, {"empty", ""}, {"quoted", "\"a b\" 'c' #d"}}, {.dotenv_file = "env"});
    CHECK(places.files.contents["env"] == "OTHER=kept\nlast=x\ndigest=sha256:abc\nempty=\nquoted=\"a b\" 'c' #d\n");
    places.write({{"digest", "sha256:def"}}, {.dotenv_file = "env", .folder = "folder", .dotenv_prefix = "image_"});
    CHECK(places.files.contents["env"] == "OTHER=kept\nlast=x\ndigest=sha256:abc\nempty=\nquoted=\"a b\" 'c' #d\nimage_digest=sha256:def\n");
    CHECK(places.files.contents["folder/digest"] == "sha256:def");
}

TEST_CASE("what GitLab would reject is refused, and nothing is written anywhere") {
    Places places;
    places.environment.variables["GITHUB_OUTPUT"] = "out";
    const OutputPlaces all{.dotenv_file = "env", .folder = "folder"};
    CHECK(places.refusal({{"good", "1"}, {"list", "a\nb"}}, all) == "cannot write the output list to env: GitLab's dotenv report takes no line break in a value");
    CHECK(places.refusal({{"list", "a\rb"}}, all).find("line break") != std::string::npos);
    CHECK(places.refusal({{"with-hyphen", "a"}}, all) == "cannot write the output with-hyphen to env: GitLab's dotenv report takes letters, digits and _ in a name");
    CHECK(places.refusal({{"", "a"}}, all).find("letters, digits") != std::string::npos);
    CHECK(places.refusal({{"big", std::string(5 * 1024 - 5, 'x')}}, all) == "cannot write the outputs to env: GitLab's dotenv report takes 20 variables and less than 5 KB, these are 1 and 5120 bytes");
    std::vector<Output> many;
    for (int i = 0; i < 21; ++i) many.push_back({"v" + std::to_string(i), "x"});
    CHECK(places.refusal(many, all).find("20 variables") != std::string::npos);
    CHECK(places.files.contents.empty());
    many.pop_back();
    places.write(many, {.dotenv_file = "env"});
    places.write({{"v0", std::string(5 * 1024 - 1 - 19 * 6 - 10 + 5, 'x')}}, {.dotenv_file = "env2"});
    CHECK(lines(places.files.contents["env"]).size() == 20);
    CHECK(places.refusal({{"one_more", "x"}}, {.dotenv_file = "env"}).find("these are 21") != std::string::npos);
}

TEST_CASE("a folder gets one file for each output, byte for byte") {
    Places places;
    places.write({{"digest", "sha256:abc"}, {"list", "a\nb\n"}, {"empty", ""}}, {.folder = "outputs"});
    CHECK(places.files.contents == std::map<std::string, std::string>{{"outputs/digest", "sha256:abc"}, {"outputs/list", "a\nb\n"}, {"outputs/empty", ""}});
}

TEST_CASE("without outputs nothing is written") {
    Places places;
    places.environment.variables["GITHUB_OUTPUT"] = "out";
    places.write({}, {.dotenv_file = "env", .folder = "folder"});
    CHECK(places.files.contents.empty());
}

TEST_CASE("a summary is appended") {
    Places places;
    places.environment.variables["GITHUB_STEP_SUMMARY"] = "github";
    places.files.contents["github"] = "# Before\n";
    write_summary("# Now\n", "mine", places.environment, places.files);
    CHECK(places.files.contents["github"] == "# Before\n# Now\n");
    CHECK(places.files.contents["mine"] == "# Now\n");
    write_summary("", "empty", places.environment, places.files);
    CHECK(places.files.contents.count("empty") == 0);
}

TEST_CASE("a summary never passes GitHub's 1 MiB, which would drop all of it") {
    constexpr std::size_t most = 1024 * 1024;
    const std::string note = "cut here: GitHub takes 1 MiB a step";
    Places places;
    places.environment.variables["GITHUB_STEP_SUMMARY"] = "github";
    const auto size = [&] { return places.files.contents["github"].size(); };

    std::string fits;
    while (fits.size() < most) fits += "0123456789abcde\n";
    write_summary(fits, "", places.environment, places.files);
    CHECK(size() == most);

    places.files.contents["github"] = "# Before\n";
    write_summary(fits, "mine", places.environment, places.files);
    CHECK(size() <= most);
    CHECK(size() > most - 100);
    CHECK(places.files.contents["github"].find(note) != std::string::npos);
    CHECK(places.files.contents["mine"] == fits);

    // A single line is cut between two characters.
    places.files.contents["github"] = "x";
    std::string endless;
    while (endless.size() <= most) endless += "\xC3\xA4\xE2\x82\xAC";
    write_summary(endless, "", places.environment, places.files);
    CHECK(size() <= most);
    CHECK(is_valid_utf8(places.files.contents["github"]));
    CHECK(places.files.contents["github"].find(note) != std::string::npos);

    places.files.contents["github"] = std::string(most, 'x');
    write_summary("more", "", places.environment, places.files);
    CHECK(size() == most);
}
