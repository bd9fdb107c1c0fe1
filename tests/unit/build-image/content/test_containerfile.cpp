#include "catch.hpp"

#include "build-image/content/containerfile.hpp"

using namespace slipway;
using namespace slipway::build_image;

namespace {

/// "1 FROM a | 2 RUN b": the instructions with their lines.
std::string shown(std::string_view text) {
    std::string result;
    for (const auto& instruction : parse_containerfile(text)) result += (result.empty() ? "" : " | ") + std::to_string(instruction.line) + ' ' + instruction.text;
    return result;
}

} // namespace

TEST_CASE("instructions with their lines") {
    CHECK(shown("FROM a\nRUN b\n") == "1 FROM a | 2 RUN b");
    CHECK(shown("# comment\n\n  from  a   as  b \r\n\tRUN\tx\n") == "3 FROM a as b | 4 RUN x");
    CHECK(shown("RUN a \\\n  && b \\\n\n# comment\n  # another\n  && c\nCMD d") == "1 RUN a && b && c | 7 CMD d");
    CHECK(shown("RUN a\\\nb\n") == "1 RUN ab");
    CHECK(shown("RUN a \\  \n b\n") == "1 RUN a b");
    CHECK(shown("RUN a \\") == "1 RUN a");
    CHECK(shown("RUN a \\\\\nb\n") == "1 RUN a \\b");
    CHECK(shown("# escape=`\nRUN a `\n b \\\nCMD c\n") == "2 RUN a b \\ | 4 CMD c");
    CHECK(shown("#syntax=x\n# escape = `\nRUN a `\n b\n") == "3 RUN a b");
    CHECK(shown("# words\n# escape=`\nRUN a `\nCMD b\n") == "3 RUN a ` | 4 CMD b"); // too late for a directive
    CHECK(shown("").empty());
    CHECK(shown("\n#\n\n").empty());
    CHECK(shown("FROM a\n#") == "1 FROM a");
}

TEST_CASE("here-documents belong to their instruction") {
    CHECK(shown("RUN <<EOF\nFROM x\nEOF\nCMD a\n") == "1 RUN <<EOF | 4 CMD a");
    CHECK(shown("COPY <<-\"A\" <<B /x\n\tone\n\tA\ntwo\nB\nCMD a\n") == "1 COPY <<-\"A\" <<B /x | 6 CMD a");
    CHECK(shown("RUN <<A\n A\nA \nA\nCMD a\n") == "1 RUN <<A | 5 CMD a");
    CHECK(shown("RUN <<A\nCMD a\n") == "1 RUN <<A | 2 CMD a");
    CHECK(shown("RUN echo $((1 <<2))\nCMD a\n") == "1 RUN echo $((1 <<2)) | 2 CMD a"); // as words go, this is one; "2))" never ends it
    CHECK(shown("ENV A=<<EOF\nCMD a\n") == "1 ENV A=<<EOF | 2 CMD a");
    CHECK(parse_containerfile("RUN <<A\nx\nA\n")[0].has_heredoc);
}

TEST_CASE("flags and words have their places in the file") {
    const std::string text = "FROM a\nCOPY --from=b \\\n  --chown=1:1 x\\\ny /z\n";
    const auto copy = parse_containerfile(text).at(1);
    REQUIRE(copy.flags.size() == 2);
    CHECK(copy.flags[0].text == "--from=b");
    CHECK(text.substr(copy.flags[0].begin, copy.flags[0].end - copy.flags[0].begin) == "--from=b");
    CHECK(text.substr(copy.flags[1].begin, copy.flags[1].end - copy.flags[1].begin) == "--chown=1:1");
    REQUIRE(copy.words.size() == 2);
    CHECK(copy.words[0].text == "xy");
    CHECK(text.substr(copy.words[0].begin, copy.words[0].end - copy.words[0].begin) == "x\\\ny");
    CHECK(copy.end == text.size());
}
