#include "catch.hpp"

#include "prometheus/metric_catalog.hpp"

#include <string>

using namespace slipway;
using namespace slipway::prometheus;

namespace {

constexpr auto text_format = ExpositionFormat::text;
constexpr auto open_metrics = ExpositionFormat::open_metrics;

std::string problem(const std::string& text, ExpositionFormat format = text_format) {
    MetricCatalog catalog;
    const auto found = catalog.add(text, format, "m.txt");
    return found ? to_line(*found) : "right";
}

MetricCatalog catalog_of(const std::string& text, ExpositionFormat format = text_format) {
    MetricCatalog catalog;
    const auto found = catalog.add(text, format, "m.txt");
    INFO((found ? found->message : ""));
    CHECK_FALSE(found.has_value());
    return catalog;
}

} // namespace

TEST_CASE("the format is told by the content type, else by the end of the text") {
    CHECK(exposition_format("application/openmetrics-text; version=1.0.0", "") == open_metrics);
    CHECK(exposition_format("text/plain; version=0.0.4", "# EOF\n") == text_format);
    CHECK(exposition_format("", "a 1\n# EOF\n") == open_metrics);
    CHECK(exposition_format("", "a 1\n") == text_format);
    CHECK(exposition_format("", "") == text_format);
}

TEST_CASE("right and wrong texts") {
    for (const char* text : {"", "a 1", "a 1\n", "a{b=\"c\"} 1 1395066363000\n", "a{b=\"c\",} 1\n", "a NaN\na +Inf\n", "# a comment\n\n# HELP a x\n# TYPE a counter\na 1\n", "{\"a.b\",\"x.y\"=\"z\"} 1\n", "a{b=\"\\\\ \\\" \\n \\q\"} 1\n", "a\t{ b = \"c\" }\t1\n"}) {
        INFO(text);
        CHECK(problem(text) == "right");
    }
    CHECK(problem("a 1\nb\n") == "m.txt:2: wrong metrics: 'b' has no value");
    CHECK(problem("a x\n") == "m.txt:1: wrong metrics: the value of 'a' is no number: 'x'");
    CHECK(problem("a{b=c} 1\n") == "m.txt:1: wrong metrics: the value of the label 'b' stands in no quotes");
    CHECK(problem("a{b=\"c} 1\n") == "m.txt:1: wrong metrics: a quote is never closed");
    CHECK(problem("a{9=\"c\"} 1\n") == "m.txt:1: wrong metrics: a label is expected, not '9=\"c\"} 1'");
    CHECK(problem("9a 1\n") == "m.txt:1: wrong metrics: a metric is expected, not '9a 1'");
    CHECK(problem("a 1 1.5\n") == "m.txt:1: wrong metrics: the time '1.5' is no whole number");
    CHECK(problem("a 1 2 3\n") == "m.txt:1: wrong metrics: unexpected '3' behind the value");
    CHECK(problem("# TYPE a count\n") == "m.txt:1: wrong metrics: 'a' has the type 'count', which is none");
    CHECK(problem("a{b=\"\xFF\"} 1\n") == "m.txt:1: wrong metrics: a quoted text is no UTF-8");
    CHECK(problem("<!DOCTYPE html><html>login</html>") == "m.txt: this is a web page, no metrics");
}

TEST_CASE("OpenMetrics is stricter") {
    CHECK(problem("# TYPE a counter\na_total 1 1.5 # {id=\"x\"} 2 3\n# EOF\n", open_metrics) == "right");
    CHECK(problem("a 1\n", open_metrics) == "m.txt:1: wrong metrics: the text does not end with # EOF");
    CHECK(problem("a  1\n# EOF\n", open_metrics) == "m.txt:1: wrong metrics: the value of 'a' is no number: ''");
    CHECK(problem("# EOF\na 1\n", open_metrics) == "m.txt:2: wrong metrics: something stands behind # EOF");
    CHECK(problem("a 1\n\n# EOF\n", open_metrics) == "m.txt:2: wrong metrics: an empty line");
}

TEST_CASE("families are taken apart into series") {
    const auto catalog = catalog_of(R"(# TYPE latency_seconds histogram
latency_seconds_bucket{path="/",le="0.5"} 1
latency_seconds_bucket{path="/",le="+Inf"} 2
latency_seconds_sum{path="/"} 1
latency_seconds_count{path="/"} 2
# TYPE fresh_total counter
# TYPE size gauge
size 1
untold 1
)");
    const auto* bucket = catalog.find("latency_seconds_bucket");
    REQUIRE(bucket != nullptr);
    CHECK(bucket->type == MetricType::histogram);
    CHECK(bucket->role == SeriesRole::bucket);
    CHECK(bucket->seen);
    CHECK(bucket->labels.at("le").values == std::set<std::string, std::less<>>{"+Inf", "0.5"});
    CHECK(catalog.find("latency_seconds") == nullptr);
    CHECK_FALSE(catalog.find("latency_seconds_count")->is_gauge());
    REQUIRE(catalog.find("fresh_total") != nullptr);
    CHECK_FALSE(catalog.find("fresh_total")->seen);
    CHECK(catalog.find("size")->is_gauge());
    CHECK(catalog.find("untold")->type == MetricType::untyped);
}

TEST_CASE("OpenMetrics names the family, not the series") {
    const auto catalog = catalog_of("# TYPE a counter\na_total 1\na_created 1.5\n# TYPE b info\nb_info{v=\"1\"} 1\n# EOF\n", open_metrics);
    CHECK(catalog.find("a_total")->type == MetricType::counter);
    CHECK(catalog.find("a") == nullptr);
    CHECK(catalog.find("a_created")->is_gauge() == false);
    CHECK(catalog.find("a_created")->role == SeriesRole::created);
    CHECK(catalog.find("b_info")->labels.count("v") == 1);
}

TEST_CASE("many values of a label are not all kept") {
    std::string text;
    for (int i = 0; i < 3000; ++i) text += "a{id=\"" + std::to_string(i) + "\"} 1\n";
    const auto catalog = catalog_of(text);
    CHECK(catalog.find("a")->labels.at("id").values.size() == 1000);
    CHECK(catalog.find("a")->labels.at("id").more);
}
