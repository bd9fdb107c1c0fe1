#include "catch.hpp"

#include "prometheus/query_answer.hpp"
#include "sampling.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <random>
#include <string>
#include <vector>

using namespace slipway;
using prometheus::QueryResult;
using prometheus::read_query_answer;

namespace {

std::string success(const std::string& data, const std::string& more = {}) { return R"({"status":"success","data":)" + data + more + '}'; }
std::string matrix(const std::string& series) { return success(R"({"resultType":"matrix","result":[)" + series + "]}"); }

} // namespace

TEST_CASE("answers of all kinds of numbers are read") {
    QueryResult result;
    SECTION("a range") {
        REQUIRE(read_query_answer(matrix(R"({"metric":{"__name__":"up","a":"\u00e9\n"},"values":[[1.5,"1"],[16,"NaN"],[31,"+Inf"]]},{"metric":{},"values":[[2,"-1e3"]]})"), result));
        REQUIRE(result.series.size() == 2);
        CHECK(result.series[0].labels == std::map<std::string, std::string>{{"__name__", "up"}, {"a", "\u00e9\n"}});
        REQUIRE(result.series[0].samples.size() == 3);
        CHECK(result.series[0].samples[0].time == 1.5);
        CHECK(result.series[0].samples[0].value == 1);
        CHECK(std::isnan(result.series[0].samples[1].value));
        CHECK(std::isinf(result.series[0].samples[2].value));
        CHECK(result.series[1].labels.empty());
        CHECK(result.series[1].samples[0].value == -1000);
    }
    SECTION("a vector") {
        REQUIRE(read_query_answer(success(R"({"resultType":"vector","result":[{"metric":{"a":"b"},"value":[3,"4"]}]})"), result));
        REQUIRE(result.series.size() == 1);
        CHECK(result.series[0].samples[0].value == 4);
    }
    SECTION("a scalar") {
        REQUIRE(read_query_answer(success(R"({"resultType":"scalar","result":[3,"4"]})"), result));
        REQUIRE(result.series.size() == 1);
        CHECK(result.series[0].samples[0].time == 3);
    }
    SECTION("nothing") {
        REQUIRE(read_query_answer(matrix(""), result));
        CHECK(result.series.empty());
    }
    SECTION("the status behind the data, fields that nobody knows, and warnings") {
        const std::string body = R"({"infos":["x",{"y":[1]}],"data":{"stats":{"samples":[[1,2]]},"result":[{"histograms":[[1,{"count":"3"}]],"metric":{},"values":[[1,"2"]]}],"resultType":"matrix"},
                                     "warnings":["store a is down"],"status":"success","isPartial":null})";
        REQUIRE(read_query_answer(body, result));
        CHECK(result.warnings == std::vector<std::string>{"store a is down"});
        CHECK(result.series[0].samples.size() == 1);
    }
    SECTION("a value that is no number") {
        REQUIRE(read_query_answer(matrix(R"({"metric":{},"values":[[1,"12x"],[2,""],[3," "]]})"), result));
        for (const auto& sample : result.series[0].samples) CHECK(std::isnan(sample.value));
    }
}

TEST_CASE("everything else is no answer") {
    const std::vector<std::string> bodies = {
        "", "null", "[]", "{}", "<html>Sign in</html>", R"({"status":"success"})", R"({"status":"success","data":null})", R"({"status":"success","data":[]})",
        R"({"status":"success","data":{}})", R"({"status":"error","data":{"resultType":"matrix","result":[]}})", R"({"data":{"resultType":"matrix","result":[]}})",
        success(R"({"resultType":"matrix"})"), success(R"({"resultType":"matrix","result":null})"), success(R"({"resultType":"matrix","result":{}})"),
        success(R"({"resultType":"string","result":[1,"x"]})"), success(R"({"resultType":"streams","result":[]})"), success(R"({"resultType":"scalar","result":[]})"),
        success(R"({"resultType":"scalar","result":[1]})"), success(R"({"resultType":"scalar","result":[1,"2",3]})"), success(R"({"resultType":"scalar","result":[1,2]})"),
        matrix("1"), matrix("[]"), matrix(R"({"metric":{"a":1},"values":[]})"), matrix(R"({"metric":{"a":{}},"values":[]})"), matrix(R"({"metric":{},"values":[[1,2]]})"),
        matrix(R"({"metric":{},"values":[["1","2"]]})"), matrix(R"({"metric":{},"values":[[1]]})"), matrix(R"({"metric":{},"values":[[1,2,"3"]]})"), matrix(R"({"metric":{},"values":[1,"2"]})"),
        matrix(R"({"metric":{},"values":[[1,null]]})"), matrix(R"({"metric":{},"values":[[[1],"2"]]})"), matrix(R"({"metric":{},"values":[{"a":1}]})"),
        matrix("") + "x", matrix("").substr(0, 40), R"({"status":"success","warnings":[1],"data":{"resultType":"matrix","result":[]}})"};
    for (const auto& body : bodies) {
        INFO(body);
        QueryResult result;
        CHECK_FALSE(read_query_answer(body, result));
    }
}

TEST_CASE("an answer that is cut or changed anywhere is read as the document that it is, or not at all") {
    const std::string whole = success(R"({"resultType":"matrix","result":[{"metric":{"__name__":"a","b":"c"},"values":[[1.25,"3"],[2,"4"]]},{"metric":{"d":"e"},"values":[[3,"NaN"]]}]})", R"(,"warnings":["w"])");
    std::mt19937_64 random(sampling::seed());
    for (std::size_t i = 0; i < sampling::cases(3000, 100'000); ++i) {
        auto body = whole;
        if (random() % 4 == 0) body.resize(random() % body.size());
        for (auto changes = random() % 3; changes > 0 && !body.empty(); --changes) {
            static const std::string bytes = "\"{}[],:01.e-x\\ n";
            body[random() % body.size()] = bytes[random() % bytes.size()];
        }
        INFO(body);
        QueryResult result;
        if (!read_query_answer(body, result)) continue;
        const auto document = nlohmann::json::parse(body, nullptr, false);
        REQUIRE(document.is_object());
        REQUIRE(document.at("status") == "success");
        const auto& series = document.at("data").at("result");
        if (document.at("data").at("resultType") == "scalar") continue;
        REQUIRE(result.series.size() == series.size());
        for (std::size_t k = 0; k < series.size(); ++k) {
            const auto samples = series[k].value("values", nlohmann::json::array()).size() + (series[k].contains("value") ? 1 : 0);
            CHECK(result.series[k].samples.size() == samples);
        }
    }
}
