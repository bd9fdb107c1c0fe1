#include "catch.hpp"

#include "core/redactor.hpp"
#include "core/text.hpp"
#include "update-gitops-values/history/record.hpp"
#include "update-gitops-values/history/trailer_block.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

const std::string blob_a(40, 'a');
const std::string blob_b(64, 'b');
const std::string hash_c(40, 'c');

ValueRecord value(std::string path, std::string old_json, std::string new_json) {
    return {.file = "v.yaml", .document = {}, .path = std::move(path), .old_json = std::move(old_json), .new_json = std::move(new_json)};
}

Record full_record() {
    return {.origin = {"https://git.example/app", "0f3a", "2026-11-24T12:45:00+01:00", "7", "https://git.example/app/-/pipelines/7"},
            .values = {value("image.tag", "\"v1\"", "\"v2\""), value("replicas", "", "1.10")},
            .files = {{"v.yaml", blob_a, blob_b, "100644"}, {"rules.yml", "", blob_a, "100755"}, {"old.yml", blob_b, "", "120000"}},
            .undone = {hash_c, blob_b}};
}

std::string message_of(const std::string& trailers) { return "title\n\n" + trailers; }

std::optional<Record> read(const std::string& trailers) { return read_record(message_of(trailers)); }

/// The one value that is left of what was written.
ValueRecord through(const ValueRecord& written) {
    const auto record = read(write_trailers({.origin = {}, .values = {written}, .files = {}, .undone = {}}));
    REQUIRE(record);
    REQUIRE(record->values.size() == 1);
    return record->values[0];
}

} // namespace

TEST_CASE("a record is written as trailers of one line each, and read again") {
    const auto text = write_trailers(full_record());
    CHECK(text == "Slipway-Change: {\"file\":\"v.yaml\",\"path\":\"image.tag\",\"old\":\"v1\",\"new\":\"v2\"}\n"
                  "Slipway-Change: {\"file\":\"v.yaml\",\"path\":\"replicas\",\"new\":1.10}\n"
                  "Slipway-File: {\"path\":\"v.yaml\",\"old\":\"" +
                      blob_a + "\",\"new\":\"" + blob_b +
                      "\",\"mode\":\"100644\"}\n"
                      "Slipway-File: {\"path\":\"rules.yml\",\"new\":\"" +
                      blob_a +
                      "\",\"mode\":\"100755\"}\n"
                      "Slipway-File: {\"path\":\"old.yml\",\"old\":\"" +
                      blob_b +
                      "\",\"mode\":\"120000\"}\n"
                      "Slipway-Source: https://git.example/app\nSlipway-Commit: 0f3a\nSlipway-Commit-Time: 2026-11-24T12:45:00+01:00\n"
                      "Slipway-Pipeline: https://git.example/app/-/pipelines/7\nSlipway-Pipeline-Id: 7\n"
                      "Slipway-Undoes: " +
                      hash_c + "\nSlipway-Undoes: " + blob_b + "\n");
    CHECK(read(text) == full_record());
    CHECK(write_trailers({}).empty());
}

TEST_CASE("JSON texts keep their digits, and no character of a record is hidden") {
    struct Row {
        std::string json, expected;
    };
    for (const auto& [json, expected] : std::vector<Row>{
             {"18446744073709551617", "18446744073709551617"},
             {"-0.10", "-0.10"},
             {"null", "null"},
             {"\"\"", "\"\""},
             {"{\n\t\"a\": [1,\r\n 2]\n}", "{\"a\": [1, 2]}"},
             {R"({"old":{"new":"},{"},"x":"\"\\"})", R"({"old":{"new":"},{"},"x":"\"\\"})"},
             {R"("a\nSlipway-Undoes: x")", R"("a\nSlipway-Undoes: x")"},
             {"\"gr\xC3\xBC\xC3\x9F\"", "\"gr\xC3\xBC\xC3\x9F\""}, // readable letters stay
             {"\"a\xE2\x80\xAE"
              "b\"",
              R"("a\u202eb")"},                                                             // turns the direction of writing
             {"\"\xE2\x80\xA8\xEF\xBB\xBF\xC2\xA0\x7F\"", R"("\u2028\ufeff\u00a0\u007f")"}, // line separator, BOM, hard space, DEL
             {"\"\xF3\xA0\x81\x81\"", R"("\udb40\udc41")"},                                 // an invisible tag, as two halves
             {"\"" + std::string(2046, 'x') + "\"", "\"" + std::string(2046, 'x') + "\""},
         }) {
        INFO(json);
        const auto read = through(value("a", json, json));
        CHECK(read.old_json == expected);
        CHECK(read.new_json == expected);
        CHECK(same_json(read.new_json, json));
        CHECK_FALSE(read.unrecorded);
    }
    for (const std::string& json : std::vector<std::string>{std::string(2049, '1'), std::string("nonsense"), std::string("\"\xFF\""),
                                                            std::string(2000, '['), std::string("1e999")}) {
        const auto read = through(value("a", "1", json)); // both are left out: half of a change is of no use
        CHECK(read.unrecorded);
        CHECK(read.old_json.empty());
        CHECK(read.new_json.empty());
    }
}

TEST_CASE("names of any kind make one line that reads as they were") {
    for (const std::string& name : std::vector<std::string>{"a\n\nSlipway-Undoes: b", "\"quoted.key\"[0]", "\x1B[1m", "a\xE2\x80\xAE",
                                                            "a\\\"b", "***", "\xF0\x9F\x9A\xA2", "{}", ","}) {
        auto written = value(name, "1", "2");
        written.document = 999;
        const auto text = write_trailers({{}, {written}, {}, {}});
        CHECK(lines(text).size() == 1);
        CHECK(through(written) == written);
    }
    auto broken = value("a", "1", "2");
    broken.file = "\xFF";
    CHECK(write_trailers({{}, {broken}, {{"\xC3", blob_a, blob_b, "100644"}}, {}}).empty());
    const auto origin = write_trailers({{" https://x/\n\nSlipway-Undoes: \xE2\x80\xAE", "\xFF", "\t", "", ""}, {}, {}, {}});
    CHECK(origin == "Slipway-Source: https://x/\\u000a\\u000aSlipway-Undoes: \\u202e\n");
}

TEST_CASE("a value that changed twice in one commit is one change") {
    auto in_document = value("a", "1", "2");
    in_document.document = 1;
    const auto record = read(write_trailers({{}, {value("a", "1", "2"), value("b", "5", "6"), value("a", "2", ""), in_document}, {}, {}}));
    REQUIRE(record);
    CHECK(record->values == std::vector<ValueRecord>{value("a", "1", ""), value("b", "5", "6"), in_document});
}

TEST_CASE("hostile, cut and repeated lines are ignored one by one") {
    const std::string good = "Slipway-Change: {\"file\":\"v.yaml\",\"path\":\"a\",\"old\":1,\"new\":2}\n";
    const Record expected{{}, {value("a", "1", "2")}, {}, {}};
    const auto file = [](const std::string& rest) { return "Slipway-File: {\"path\":\"f\"," + rest + "}\n"; };
    for (const std::string& line : std::vector<std::string>{
             "Slipway-Change:\n",
             "Slipway-Change: {\n",
             "Slipway-Change: []\n",
             "Slipway-Change: null\n",
             "Slipway-Change: \"x\"\n",
             "Slipway-Change: {}\n",
             "Slipway-Change: {\"file\":\"v.yaml\",\"path\":\"b\",\"old\":1,\"ne\n",
             "Slipway-Change: {\"file\":\"v.yaml\",\"path\":\"\",\"new\":2}\n",
             "Slipway-Change: {\"file\":\"v.yaml\",\"path\":[1],\"new\":2}\n",
             "Slipway-Change: {\"file\":\"../v.yaml\",\"path\":\"b\",\"new\":2}\n",
             "Slipway-Change: {\"file\":\"/etc/x\",\"path\":\"b\"}\n",
             "Slipway-Change: {\"file\":\".git/config\",\"path\":\"b\"}\n",
             "Slipway-Change: {\"file\":\"v\\u0000\",\"path\":\"b\"}\n",
             "Slipway-Change: {\"file\":\"v.yaml\",\"path\":\"b\",\"path\":\"c\",\"new\":2}\n", // a key that stands there twice
             "Slipway-Change: {\"file\":\"v.yaml\",\"path\":\"b\",\"document\":-1}\n",
             "Slipway-Change: {\"file\":\"v.yaml\",\"path\":\"b\",\"document\":\"1\"}\n",
             "Slipway-Change: {\"file\":\"v.yaml\",\"path\":\"b\",\"document\":99999999999999999999}\n",
             "Slipway-Change: {\"file\":\"v.yaml\",\"path\":\"\\ud800\",\"new\":2}\n",
             "Slipway-Change: {\"file\":\"v.yaml\",\"path\":\"\xFF\"}\n",
             "Slipway-Change: " + std::string(100'000, '[') + "\n",
             "Slipway-Change: " + std::string(100'000, '{') + "\n",
             file("\"old\":\"" + std::string(39, 'a') + "\",\"mode\":\"100644\""),
             file("\"old\":\"" + std::string(40, 'A') + "\",\"mode\":\"100644\""),
             file("\"old\":\"" + blob_a + "\",\"new\":\"" + blob_a + "\",\"mode\":\"100644\""),
             file("\"mode\":\"100644\""),
             file("\"old\":\"" + blob_a + "\""),
             file("\"old\":\"" + blob_a + "\",\"mode\":\"160000\""),
             file("\"old\":1,\"mode\":\"100644\""),
             "Slipway-File: {\"path\":\"-f\",\"old\":\"" + blob_a + "\",\"mode\":\"100644\"}\n",
             "Slipway-Undoes: abc\n",
             "Slipway-Undoes: " + std::string(41, 'a') + "\n",
             "Slipway-Undoes: --all\n",
             "Slipway-Unknown: x\n",
             "slipway-undoes: " + hash_c + "\n",
             " Slipway-Undoes: " + hash_c + "\n",
             "Slipway-Undoes:\n " + hash_c + "\n",
             "Signed-off-by: A <a@b>\n",
         }) {
        INFO(line.substr(0, 200));
        CHECK(read(good + line) == expected);
        CHECK_FALSE(read(line)); // alone, it is no record
    }
    CHECK(read(good + "Slipway-Change: {\"file\":\"v.yaml\",\"path\":\"a\",\"old\":3,\"new\":4}\n") == expected); // the place is known
    const auto first =
        read(good + "Slipway-Source: a\nSlipway-Source: b\nSlipway-Undoes: " + hash_c + "\nSlipway-Undoes: " + hash_c + "\n");
    REQUIRE(first);
    CHECK(first->origin.source == "a");
    CHECK(first->undone.size() == 1);
}

TEST_CASE("only the block of trailers at the end of a message is read") {
    const auto ours = write_trailers(full_record());
    struct Row {
        std::string message;
        bool is_ours;
    };
    for (const auto& [message, is_ours] : std::vector<Row>{
             {"", false},
             {"\n\n\n", false},
             {ours, false},       // it is the title
             {"\n" + ours, true}, // as Git reads it: an empty title
             {"t\n\n" + ours, true},
             {"t\n \t\n" + ours + "\n\n  \n", true},
             {"t\r\n\r\nSlipway-Undoes: " + hash_c + "\r\n", true},
             {"t\n\n" + ours + "\nThat was the release.\n", false}, // quoted by a human
             {"t\n\nThe trailers were\n" + ours, false},            // words in the same paragraph
             {"t\n\n    Slipway-Undoes: " + hash_c + "\n", false},  // a squashed commit's, indented
             {"t\n\nSigned-off-by: A <a@b>\n" + ours, true},
             {"t\n\nReviewed-by: B\n (twice)\n" + ours, true},
             {"t\n\n" + ours + "(cherry picked from commit " + hash_c + ")\n", true},
             {"t\n\n" + ours + "\n# a comment\n", true},
             {"t\n\nNot a trailer\nSigned-off-by: A <a@b>\nSlipway-Undoes: " + hash_c + "\n", true}, // Git takes it when a quarter is
             {"t\n\na\nb\nc\nd\ne\nf\ng\nh\ni\nj\nSigned-off-by: A <a@b>\nSlipway-Undoes: " + hash_c + "\n", false},
         }) {
        INFO(message);
        CHECK(read_record(message).has_value() == is_ours);
    }
    std::string large = "t\n\n";
    for (int i = 0; i < 100'000; ++i)
        large += "Slipway-Change: {\"file\":\"v.yaml\",\"path\":\"p" + std::to_string(i) + "\",\"new\":1}\n";
    const auto record = read_record(large);
    REQUIRE(record);
    CHECK(record->values.size() == 100'000);
    CHECK_FALSE(read_record(std::string(20'000'000, '\n')));
    CHECK_FALSE(read_record(std::string(20'000'000, 'x')));
    CHECK_FALSE(read_record("t\n\n" + std::string(20'000'000, ' ')));
}

TEST_CASE("trailers that a server adds to a squashed commit stand below ours") {
    const std::string ours = "Slipway-Change: {\"file\":\"v.yaml\",\"path\":\"a\",\"new\":1}\n";
    const std::string theirs = "Co-authored-by: X <x@y>\nSigned-off-by: Y <y@z>\n";
    for (const auto& message : {"t\n\n" + ours + '\n' + theirs, "t\n\nbody\n\n" + ours + "\n---------\n\n" + theirs, "t\n\n" + ours + "\n\n" + theirs + "\n" + theirs}) {
        INFO(message);
        CHECK(read_record(message));
    }
    for (const auto& message : {"t\n\n" + ours + "\nmore words\n\n" + theirs, "t\n\n" + ours + "\nmore words\n", ours + '\n' + theirs, theirs, std::string("---\n"), "---\n\n" + theirs,
                                std::string(1000, '\n') + theirs}) {
        INFO(message);
        CHECK_FALSE(read_record(message));
    }
}

TEST_CASE("what a redactor leaves of a value is no value") {
    Redactor redactor;
    redactor.add(Secret("hunter2-\"quoted\""));
    redactor.add(Secret("12345678"));
    const auto text =
        redactor.redact(write_trailers({{},
                                        {value("a", "\"x\"", nlohmann::json("hunter2-\"quoted\"").dump()), value("b", "1", "2"),
                                         value("c", "\"12345678\"", "\"x\""), value("d", "1", "12345678")},
                                        {{"v.yaml", blob_a, blob_b, "100644"}},
                                        {}}));
    CHECK(text.find("hunter2") == std::string::npos);
    CHECK(text.find("quoted") == std::string::npos);
    const auto record = read(text);
    REQUIRE(record);
    REQUIRE(record->values.size() == 3); // a bare number leaves no JSON, so that this line is lost
    CHECK(record->values[0].unrecorded);
    CHECK(record->values[1] == value("b", "1", "2"));
    CHECK(record->values[2].unrecorded);
}

TEST_CASE("trailers join the block that a message has") {
    struct Row {
        std::string body, expected;
    };
    for (const auto& [body, expected] : std::vector<Row>{
             {"t", "t\n\nA: b\n"},
             {"t\n\n \n", "t\n\nA: b\n"},
             {"Fix: t", "Fix: t\n\nA: b\n"}, // a title is no trailer
             {"t\n\nwords\n", "t\n\nwords\n\nA: b\n"},
             {"t\n\nSee: x\nand more\n", "t\n\nSee: x\nand more\n\nA: b\n"},
             {"t\n\nwords\n\nSigned-off-by: X <x@y>\n", "t\n\nwords\n\nSigned-off-by: X <x@y>\nA: b\n"},
             {"t\n\nCo-authored-by: X\n  <x@y>\n\n", "t\n\nCo-authored-by: X\n  <x@y>\nA: b\n"},
         }) {
        CHECK(with_trailers(body, "A: b\n") == expected);
        CHECK(std::string(trailer_block(with_trailers(body, "A: b\n"))).ends_with("A: b\n"));
    }
    CHECK(with_trailers("t\n\n", "") == "t\n");
}

TEST_CASE("JSON texts are compared by what they say") {
    CHECK(same_json("", ""));
    CHECK(same_json("{\"a\": 1, \"b\": 2}", "{\"b\":2,\"a\":1}"));
    CHECK(same_json("\"\\u00e4\"", "\"\xC3\xA4\""));
    CHECK_FALSE(same_json("", "null"));
    CHECK_FALSE(same_json("1", "\"1\""));
    CHECK_FALSE(same_json("x", "y"));
}
