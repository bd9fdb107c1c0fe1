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

TEST_CASE("right texts") {
    for (const char* text : {"", "a 1", "a 1\n", "a{b=\"c\"} 1 1395066363000\n", "a{b=\"c\",} 1\n", "a NaN\na +Inf\n", "# a comment\n\n# HELP a x\n# TYPE a counter\na 1\n", "{\"a.b\",\"x.y\"=\"z\"} 1\n", "a{b=\"\\\\ \\\" \\n \\q\"} 1\n", "a\t{ b = \"c\" }\t1\n",
                             "a{b=\"1\" c=\"2\"} 1\n", "a{b=\"two\nlines\"} 1\n", "a+1\n", "a{b=\"c\"}1\n", "a 1e-400\n", "#TYPE a bogus\n", "# TYPE\n", "# HELP a\n", "# UNIT a bogus\n", "# TYPE a-counter\n"}) {
        INFO(text);
        CHECK(problem(text) == "right");
    }
}

TEST_CASE("wrong lines") {
    CHECK(problem("a 1\nb\n") == "m.txt:2:2: wrong metrics: 'b' has no value");
    CHECK(problem("a{b=\"c\"} \n") == "m.txt:1:10: wrong metrics: 'a' has no value");
    CHECK(problem("9a 1\n") == "m.txt:1:1: wrong metrics: a metric is expected, not '9a 1'");
    CHECK(problem("a-b 1\n") == "m.txt:1:2: wrong metrics: the value of 'a' is no number: '-b'");
    CHECK(problem("a 1 2 3\n") == "m.txt:1:7: wrong metrics: unexpected '3' behind the time");
    CHECK(problem("a{b=\"\xC3\xA9\"} x\n") == "m.txt:1:10: wrong metrics: the value of 'a' is no number: 'x'"); // columns count characters
    CHECK(problem("a{b=\"two\nlines\"} x\n") == "m.txt:2:9: wrong metrics: the value of 'a' is no number: 'x'");
    CHECK(problem("a 1\r\n") == "m.txt:1:3: wrong metrics: the value of 'a' is no number: '1\\x0d'");
    CHECK(problem("<!DOCTYPE html><html>login</html>") == "m.txt: this is a web page, no metrics");
}

TEST_CASE("wrong numbers") {
    for (const char* number : {"x", "0x1F", "0x1p4", "1_000", "1e400", "-1e400", "1e", "--1", "+nan", "infin", ".", "-", "1,5", "1#"}) {
        INFO(number);
        CHECK(problem("a " + std::string(number) + "\n") == "m.txt:1:3: wrong metrics: the value of 'a' is no number: '" + std::string(number) + '\'');
    }
    for (const char* time : {"1.5", "-5", "+5", "x", "9223372036854775808", "12x"}) {
        INFO(time);
        CHECK(problem("a 1 " + std::string(time) + "\n") == "m.txt:1:5: wrong metrics: the time of 'a' is no number of milliseconds: '" + std::string(time) + '\'');
    }
}

TEST_CASE("wrong labels") {
    CHECK(problem("a{b=c} 1\n") == "m.txt:1:5: wrong metrics: the value of the label 'b' stands in no quotes");
    CHECK(problem("a{b} 1\n") == "m.txt:1:4: wrong metrics: the label 'b' has no value");
    CHECK(problem("a{b=\"c} 1\n") == "m.txt:1:5: wrong metrics: a quote is never closed");
    CHECK(problem("a{9=\"c\"} 1\n") == "m.txt:1:3: wrong metrics: a label is expected, not '9=\"c\"} 1'");
    CHECK(problem("a{b:c=\"d\"} 1\n") == "m.txt:1:4: wrong metrics: the label 'b' has no value");
    CHECK(problem("a{b=\"c\",,} 1\n") == "m.txt:1:9: wrong metrics: a label is expected, not ',} 1'");
    CHECK(problem("a{b=\"c\"\n") == "m.txt:1:8: wrong metrics: '}' or ',' is expected behind the label 'b', not the end of the line");
    CHECK(problem("a{b=\"\xFF\"} 1\n") == "m.txt:1:5: wrong metrics: the value of the label 'b' is no UTF-8");
    CHECK(problem("a{b=\"c\\\n\"} 1\n") == "m.txt:1:7: wrong metrics: a backslash stands before a line break");
    CHECK(problem("{b=\"c\"} 1\n") == "m.txt:1:1: wrong metrics: the braces name no metric");
    CHECK(problem("{\"a\",\"b\"} 1\n") == "m.txt:1:6: wrong metrics: the metric is named twice: 'a' and 'b'");
    CHECK(problem("a{\"b\"} 1\n") == "m.txt:1:3: wrong metrics: the metric is named twice: 'a' and 'b'");
}

TEST_CASE("series that Prometheus cannot store") {
    CHECK(problem("a{b=\"1\",c=\"2\",b=\"1\"} 1\n") == "m.txt:1:15: wrong metrics: 'a' has the label 'b' twice");
    CHECK(problem("a{b=\"1\",\"b\"=\"2\"} 1\n") == "m.txt:1:9: wrong metrics: 'a' has the label 'b' twice");
    CHECK(problem("a{__name__=\"b\"} 1\n") == "m.txt:1:3: wrong metrics: 'a' has a label __name__");
    CHECK(problem("a{__name__=\"\"} 1\n") == "m.txt:1:3: wrong metrics: 'a' has a label __name__");
    CHECK(problem("a{\"\"=\"b\"} 1\n") == "m.txt:1:3: wrong metrics: 'a' has a label without a name");
    CHECK(problem("a{\"\xFF\"=\"b\"} 1\n") == "m.txt:1:3: wrong metrics: the name of a label of 'a' is no UTF-8");
    CHECK(problem("{\"\"} 1\n") == "m.txt:1:2: wrong metrics: the name of the metric is empty");
    CHECK(problem("{\"\xFF\"} 1\n") == "m.txt:1:2: wrong metrics: the name of the metric is no UTF-8");
    std::string many = "a{";
    for (int i = 0; i < 30; ++i) many += "b" + std::to_string(i) + "=\"1\",";
    CHECK(problem(many + "} 1\n") == "right");
    CHECK(problem(many + "b3=\"1\"} 1\n").find("'a' has the label 'b3' twice") != std::string::npos);
}

TEST_CASE("a label with an empty value is none, and takes those of its name with it") {
    for (const char* text : {"a{b=\"\"} 1\n", "a{b=\"\",b=\"1\"} 1\n", "a{b=\"1\",b=\"\",b=\"2\"} 1\n", "a{\"\"=\"\"} 1\n", "a{\"\xFF\"=\"\"} 1\n", "a{\"\xFF\"=\"1\",\"\xFF\"=\"\"} 1\n"}) {
        INFO(text);
        CHECK(problem(text) == "right");
    }
    CHECK(catalog_of("a{b=\"\",b=\"1\"} 1\n").find("a")->labels.at("b").values.empty());
}

TEST_CASE("blanks in front of a name belong to it") {
    const auto catalog = catalog_of(" a 1\n\t{\"b\"} 1\n");
    CHECK(catalog.find("a") == nullptr);
    CHECK(catalog.find(" a") != nullptr);
    CHECK(catalog.find("b") != nullptr);
}

TEST_CASE("NUL bytes are right in labels and help texts alone") {
    const auto with_nul = [](std::string text) {
        for (auto& c : text) c = c == '0' ? '\0' : c;
        return text;
    };
    for (const char* text : {"a{b=\"x0y\"} 1\n", "# HELP a 0\n"}) {
        INFO(text);
        CHECK(problem(with_nul(text)) == "right");
    }
    for (const char* text : {"0", "a 1\n0\n", "a0 1\n", "a 10\n", "a 1 50\n", "a{b=\"x\"0} 1\n", "a{b0=\"x\"} 1\n", "a{b=0\"x\"} 1\n", "a{\"b0\"=\"x\"} 1\n", "{\"a0\"} 1\n", "a{b=\"\\0\"} 1\n", "#0\n", "# 0\n", "# x0\n", "# HE0LP a x\n", "# HELP a0x\n", "# TYPE a counter0\n", "# TYPE \"a0\" counter\n"}) {
        INFO(text);
        CHECK(problem(with_nul(text)) != "right");
    }
}

TEST_CASE("wrong TYPE and HELP lines") {
    CHECK(problem("# TYPE a count\n") == "m.txt:1:10: wrong metrics: 'a' has the type 'count', which is none");
    CHECK(problem("# TYPE a counter \n") == "m.txt:1:10: wrong metrics: 'a' has the type 'counter ', which is none");
    CHECK(problem("# TYPE a counter\r\n") == "m.txt:1:10: wrong metrics: 'a' has the type 'counter\\x0d', which is none");
    CHECK(problem("# TYPE a\n") == "m.txt:1:9: wrong metrics: the TYPE line of 'a' names no type");
    CHECK(problem("# TYPE a.b counter\n") == "m.txt:1:10: wrong metrics: 'a' has the type 'b counter', which is none");
    CHECK(problem("# TYPE a info\n") == "m.txt:1:10: wrong metrics: 'a' has the type 'info', which is none");
    CHECK(problem("# TYPE 9a counter\n") == "m.txt:1:8: wrong metrics: a metric is expected behind # TYPE, not '9a counter'");
    CHECK(problem("# HELP \n") == "m.txt:1:8: wrong metrics: a metric is expected behind # HELP, not the end of the line");
    CHECK(problem("# HELP a \xFF\n") == "m.txt:1:9: wrong metrics: the help text is no UTF-8");
    CHECK(problem("# HELP \"a\n") == "m.txt:1:8: wrong metrics: a quote is never closed");
}

TEST_CASE("OpenMetrics is stricter") {
    const auto with_eof = [](const std::string& text) { return problem(text + "# EOF\n", open_metrics); };
    CHECK(problem("# TYPE a counter\na_total 1 1.5 # {id=\"x\"} 2 3\n# EOF\n", open_metrics) == "right");
    CHECK(problem("# EOF", open_metrics) == "right");
    CHECK(problem("", open_metrics) == "right");
    CHECK(problem("a 1\n", open_metrics) == "m.txt:2:1: wrong metrics: the text does not end with # EOF");
    CHECK(problem("a 1", open_metrics) == "m.txt:1:4: wrong metrics: the text ends within a line");
    CHECK(problem("# EOF\na 1\n", open_metrics) == "m.txt:2:1: wrong metrics: something stands behind # EOF");
    CHECK(problem("# EOF\n\n", open_metrics) == "m.txt:2:1: wrong metrics: something stands behind # EOF");
    CHECK(problem("# EOF\r\n", open_metrics) == "m.txt:1:6: wrong metrics: something stands behind # EOF");
    CHECK(with_eof("a  1\n") == "m.txt:1:3: wrong metrics: the value of 'a' is no number: ''");
    CHECK(with_eof(" a 1\n") == "m.txt:1:1: wrong metrics: a metric is expected, not ' a 1'");
    CHECK(with_eof("a\t1\n") == "m.txt:1:2: wrong metrics: a blank is expected behind 'a', not '\t1'");
    CHECK(with_eof("a 1 \n") == "m.txt:1:5: wrong metrics: the time of 'a' is no number: ''");
    CHECK(with_eof("a 1 NaN\n") == "m.txt:1:5: wrong metrics: the time of 'a' is no time: 'NaN'");
    CHECK(with_eof("a 1 2 3\n") == "m.txt:1:6: wrong metrics: unexpected ' 3' behind the time");
    CHECK(with_eof("a 1\n\n") == "m.txt:2:1: wrong metrics: an empty line");
    CHECK(with_eof("# comment\n") == "m.txt:1:1: wrong metrics: a comment that is none of # TYPE, # HELP, # UNIT and # EOF");
    CHECK(with_eof("a{ b=\"c\"} 1\n") == "m.txt:1:3: wrong metrics: a label is expected, not ' b=\"c\"} 1'");
    CHECK(with_eof("a{b=\"c\" d=\"e\"} 1\n") == "m.txt:1:8: wrong metrics: '}' or ',' is expected behind the label 'b', not ' d=\"e\"} 1'");
    CHECK(with_eof("a{b=\"c\n\"} 1\n") == "m.txt:1:5: wrong metrics: a quote is never closed");
    CHECK(with_eof("a{b=\"1\",b=\"2\"} 1\n") == "m.txt:1:9: wrong metrics: 'a' has the label 'b' twice");
    CHECK(with_eof("# TYPE a untyped\n") == "m.txt:1:10: wrong metrics: 'a' has the type 'untyped', which is none");
    CHECK(with_eof("# HELP a\n") == "m.txt:1:9: wrong metrics: a blank is expected behind 'a'");
}

TEST_CASE("units of OpenMetrics end the name") {
    const auto with_unit = [](const std::string& line) { return problem(line + "\n# EOF\n", open_metrics); };
    CHECK(with_unit("# UNIT a_seconds seconds") == "right");
    CHECK(with_unit("# UNIT a ") == "right");
    CHECK(with_unit("# UNIT a seconds") == "m.txt:1:8: wrong metrics: 'a' does not end with its unit, '_seconds'");
    CHECK(with_unit("# UNIT a_seconds econds") == "m.txt:1:8: wrong metrics: 'a_seconds' does not end with its unit, '_econds'");
    CHECK(with_unit("# UNIT seconds seconds") == "m.txt:1:8: wrong metrics: 'seconds' does not end with its unit, '_seconds'");
}

TEST_CASE("exemplars of OpenMetrics") {
    const auto with_exemplar = [](const std::string& exemplar) { return problem("a 1" + exemplar + "\n# EOF\n", open_metrics); };
    for (const char* right : {" # {} 1", " # {b=\"c\",} NaN 2", " 5 # {\"b\"=\"c\",b=\"d\"} 1", " # {__name__=\"x\"} 1"}) {
        INFO(right);
        CHECK(with_exemplar(right) == "right");
    }
    CHECK(with_exemplar(" # {}") == "m.txt:1:9: wrong metrics: the exemplar of 'a' has no value");
    CHECK(with_exemplar(" # {} x") == "m.txt:1:10: wrong metrics: the exemplar's value of 'a' is no number: 'x'");
    CHECK(with_exemplar(" # {} 1 x") == "m.txt:1:12: wrong metrics: the exemplar's time of 'a' is no number: 'x'");
    CHECK(with_exemplar(" # {} 1 Inf") == "m.txt:1:12: wrong metrics: the exemplar's time of 'a' is no time: 'Inf'");
    CHECK(with_exemplar(" # {} 1 2 3") == "m.txt:1:13: wrong metrics: unexpected ' 3' behind the exemplar");
    CHECK(with_exemplar(" # {\"b\"} 1") == "m.txt:1:8: wrong metrics: the label 'b' has no value");
    CHECK(with_exemplar(" # {b=\"\xFF\"} 1") == "m.txt:1:10: wrong metrics: the value of the label 'b' is no UTF-8");
    CHECK(with_exemplar(" #{} 1") == "m.txt:1:5: wrong metrics: the time of 'a' is no number: '#{}'");
    CHECK(problem("a 1 # {} 1\n").find("the time of 'a' is no number of milliseconds: '#'") != std::string::npos);
}

TEST_CASE("a TYPE line may name what no series can be called") {
    CHECK(catalog_of("# TYPE \"\xFF\" counter\n# TYPE \"\" gauge\n").metrics().empty());
    CHECK(catalog_of("# TYPE \"a.b\" gauge\n{\"a.b\"} 1\n").find("a.b")->is_gauge());
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
