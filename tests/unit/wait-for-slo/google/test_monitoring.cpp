// The API, burn rates, and the job with three variables.
#include "failure.hpp"
#include "played_google.hpp"

#include "wait-for-slo/google/burn_rate_values.hpp"
#include "wait-for-slo/google/cloud_monitoring_source.hpp"
#include "wait-for-slo/google/slocheck.hpp"

#include <algorithm>
#include <cmath>

using namespace slipway;
using namespace slipway::wait_for_slo;
using played::PlayedGoogle;
using Json = nlohmann::json;

namespace {

struct Api : PlayedGoogle {
    Monitoring monitoring{options, {}, context};

    std::string failure(const std::string& name = played::slo) {
        return words_of(failure_of([&] { monitoring.slo(name); }));
    }
};

const std::string selector = "select_slo_burn_rate(\"" + played::slo + "\",\"300s\")";

} // namespace

TEST_CASE("an objective's goal and name come from Google") {
    Api api;
    auto& objective = api.objective;
    auto read = read_google_objectives({played::slo}, api.monitoring);
    CHECK(read[0].name == "80% - Good/Total Ratio");
    CHECK(read[0].goal == 0.8);
    CHECK(api.asked == std::vector<std::string>{played::slo});

    objective["serviceLevelIndicator"] = {{"basicSli", {{"availability", Json::object()}}}};
    objective["displayName"] = "  ";
    read = read_google_objectives({played::slo}, api.monitoring);
    CHECK(read[0].name == played::slo);

    // Several that the console named alike.
    objective["displayName"] = "99.9%\nrolling";
    read = read_google_objectives({played::slo, played::slo}, api.monitoring);
    CHECK(read[1].name == "99.9% | rolling (" + played::slo + ')');

    objective["serviceLevelIndicator"] = {{"windowsBased", Json::object()}};
    CHECK(words_of(failure_of([&] { read_google_objectives({played::slo}, api.monitoring); })) ==
          "2 cannot count " + played::slo + ": it judges slices of time, not events (windowsBased), of which there are too few in a watch | watch its burn rate: --check 'select_slo_burn_rate(\"" + played::slo + "\",\"300s\") <= 1'");
    objective["goal"] = "0.8";
    CHECK(api.failure() == "3 GET https://monitoring.googleapis.com/v3/" + played::slo + ": the answer has no goal between 0 and 1");
}

TEST_CASE("what Google refuses is told in its words, with what to do") {
    Api api;
    const auto where = "GET https://monitoring.googleapis.com/v3/" + played::slo + ": ";
    struct Row {
        io::Response answer;
        std::string words;
        bool lasts;
    };
    const std::vector<Row> rows = {
        {PlayedGoogle::refusal(403, "PERMISSION_DENIED", "Permission monitoring.slos.get denied (or the resource may not exist)."),
         "3 " + where + "status 403, PERMISSION_DENIED: Permission monitoring.slos.get denied (or the resource may not exist). | give the service account of this machine or pod the role roles/monitoring.viewer on the project", true},
        {PlayedGoogle::refusal(403, "PERMISSION_DENIED", "Request had insufficient authentication scopes.", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"),
         "3 " + where + "status 403, PERMISSION_DENIED: Request had insufficient authentication scopes. | the machine's access scopes must include https://www.googleapis.com/auth/monitoring.read, or cloud-platform", true},
        {PlayedGoogle::refusal(403, "PERMISSION_DENIED", "Cloud Monitoring API has not been used in project 1 before or it is disabled.", "SERVICE_DISABLED"),
         "3 " + where + "status 403, PERMISSION_DENIED: Cloud Monitoring API has not been used in project 1 before or it is disabled. | enable it: gcloud services enable monitoring.googleapis.com", true},
        {PlayedGoogle::refusal(404, "NOT_FOUND", "Service not found."), "2 " + where + "status 404, NOT_FOUND: Service not found. | the full name is in the field 'name' of the objective's JSON; a project that may not be seen is 'not found' as well", false},
        {{.status = 404, .headers = {}, .body = "<html>"}, "3 " + where + "status 404: <html> | is --google-monitoring-url really Cloud Monitoring's?", true},
        {PlayedGoogle::refusal(400, "INVALID_ARGUMENT", "Field filter had an invalid value."), "2 " + where + "status 400, INVALID_ARGUMENT: Field filter had an invalid value.", false},
        {PlayedGoogle::refusal(429, "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'Time series queries'."),
         "3 " + where + "status 429, RESOURCE_EXHAUSTED: Quota exceeded for quota metric 'Time series queries'. | the project's quota of requests to Cloud Monitoring is used up for this minute", false},
        {PlayedGoogle::refusal(503, "UNAVAILABLE", "The service is currently unavailable."), "3 " + where + "status 503, UNAVAILABLE: The service is currently unavailable.", false},
        {{.status = 200, .headers = {}, .body = "[]"}, "3 GET https://monitoring.googleapis.com/v3/" + played::slo + ": the answer is no JSON object | is --google-monitoring-url really Cloud Monitoring's?", false},
        {{.status = 200, .headers = {}, .body = std::string(50'000, '[')}, "3 GET https://monitoring.googleapis.com/v3/" + played::slo + ": the answer is no JSON object | is --google-monitoring-url really Cloud Monitoring's?", false},
    };
    for (const auto& row : rows) {
        api.instead = [&] { return row.answer; };
        const auto failure = [&] { api.monitoring.slo(played::slo); };
        CHECK(words_of(failure_of(failure)) == row.words);
        if (row.lasts) CHECK_THROWS_AS(failure(), io::LastingError);
        else CHECK_THROWS_AS(failure(), Error);
    }
    CHECK(api.tokens == 1);
}

TEST_CASE("a token that is not taken any more is replaced once") {
    Api api;
    CHECK(api.monitoring.slo(played::slo).goal == 0.8);
    api.good_token = "token-2";
    CHECK(api.monitoring.slo(played::slo).goal == 0.8);
    CHECK(api.tokens == 2);
    api.good_token = "another";
    CHECK(api.failure() == "3 GET https://monitoring.googleapis.com/v3/" + played::slo + ": status 401, UNAUTHENTICATED: Request had invalid authentication credentials. | Google does not take the access token of the service account of this machine or pod");
    CHECK(api.tokens == 3);
}

TEST_CASE("Google's clock is the one that counts") {
    Api api;
    CHECK(api.monitoring.now() == api.world.clock.time);
    api.monitoring.slo(played::slo);
    api.world.clock.time += std::chrono::seconds{7};
    CHECK(api.monitoring.now() == api.now());
}

TEST_CASE("series are read whole, over pages and in every form of a number") {
    Api api;
    const auto ask = [&](const std::string& body) {
        api.instead = [&] { return io::Response{.status = 200, .headers = {}, .body = body}; };
        return api.monitoring.time_series("team", {.filter = "f", .after = {}, .until = api.now()});
    };
    const auto point = [](const std::string& value) { return R"({"timeSeries":[{"points":[{"interval":{"startTime":"2026-11-24T12:00:00.000001Z","endTime":"2026-11-24T12:01:00Z"},"value":)" + value + "}]}]}"; };
    for (const auto& [value, number] : std::vector<std::pair<std::string, double>>{{R"({"int64Value":"12"})", 12}, {R"({"doubleValue":0.5})", 0.5}, {R"({"doubleValue":"Infinity"})", HUGE_VAL}, {R"({"distributionValue":{"count":"7","mean":3}})", 7}, {R"({"distributionValue":{}})", 0}}) {
        CHECK(ask(point(value))[0].points[0].value == number);
    }
    for (const char* value : {R"({"doubleValue":"NaN"})", R"({"stringValue":"12"})", R"({"int64Value":"12x"})", "7"}) CHECK(std::isnan(ask(point(value))[0].points[0].value));
    CHECK(format_timestamp(ask(point("{}"))[0].points[0].start) == "2026-11-24T12:00:00Z");
    CHECK(ask("{}").empty());
    for (const auto& [body, why] : std::vector<std::pair<std::string, std::string>>{{R"({"timeSeries":{}})", "timeSeries is no list"},
                                                                                   {R"({"timeSeries":[{}]})", "a series has no points"},
                                                                                   {R"({"timeSeries":[{"points":[{"interval":{"endTime":"soon"}}]}]})", "a point has no endTime"},
                                                                                   {R"({"timeSeries":[],"executionErrors":[{"code":4,"message":"deadline\nexceeded"}]})", "it is incomplete: deadline | exceeded"}}) {
        const auto& text = body;
        CHECK(words_of(failure_of([&] { ask(text); })) == "3 cannot read the answer of Cloud Monitoring: " + why);
    }
    api.queries.clear();
    CHECK(words_of(failure_of([&] { ask(R"({"nextPageToken":"again"})"); })) == "3 GET https://monitoring.googleapis.com/v3/projects/team/timeSeries: the answer has more than 1000 pages");
    CHECK(api.queries.size() == 1000);
    CHECK(api.queries.back().at("pageToken") == "again");
}

TEST_CASE("a burn rate is that of the newest point, unless that is too old") {
    Api api;
    api.skew = Duration{0};
    BurnRateValues values(api.monitoring);
    const auto at = [&](int seconds_ago) { return api.now() - std::chrono::seconds{seconds_ago}; };
    CHECK(values.ask(selector).values.empty());
    CHECK(api.asked == std::vector<std::string>{"projects/team/timeSeries"});
    CHECK(api.queries.back() == std::map<std::string, std::string>{{"filter", selector}, {"view", "FULL"}, {"interval.startTime", format_timestamp(at(600))}, {"interval.endTime", format_timestamp(at(0))}});
    api.burn_rates = {{at(600), 9.0}};
    CHECK(values.ask(selector).values.empty());
    api.burn_rates = {{at(200), 3.0}, {at(140), 0.25}, {at(260), 4.0}};
    const auto value = values.ask("  select_slo_burn_rate( \"" + played::slo + "\" , \"300s\" ) ");
    CHECK_FALSE(value.is_scalar);
    CHECK(value.values == std::vector<double>{0.25});
    api.burn_rates = {{at(140), "NaN"}};
    CHECK(values.ask(selector).values.empty());
    // A longer window, and so older points.
    api.burn_rates = {{at(3000), 2.0}};
    CHECK(values.ask("select_slo_burn_rate(\"" + played::slo + "\",\"1h\")").values == std::vector<double>{2.0});
}

TEST_CASE("selectors of other forms are refused") {
    const std::string hint = " | the form is select_slo_burn_rate(\"projects/PROJECT/services/SERVICE/serviceLevelObjectives/ID\",\"300s\")";
    CHECK(words_of(failure_of([] { parse_burn_rate_query("select_slo_burn_rate(\"shop\",\"300s\")"); })) == "2 cannot ask for 'select_slo_burn_rate(\"shop\",\"300s\")': 'shop' is no full name of an objective" + hint);
    CHECK(words_of(failure_of([] { parse_burn_rate_query("select_slo_burn_rate(\"" + played::slo + "\",\"0s\")"); })).find("its window '0s' is none") != std::string::npos);
    for (const auto& end : {",\"5\")", ",300s)", ")", ",\"300s\") <= 1", ",\"9999999s\")"}) {
        CHECK(words_of(failure_of([&] { parse_burn_rate_query("select_slo_burn_rate(\"" + played::slo + "\"" + end); })).find("it is no selector of a burn rate") != std::string::npos);
    }
}

TEST_CASE("slocheck's exit code is 0 or 1, and its verdict tells why") {
    PlayedGoogle google;
    google.skew = Duration{0};
    google.good_token.clear(); // each try has its own
    auto& options = google.options;
    options.slocheck_project = "other-project";
    options.slocheck_threshold = "0.5";
    options.slocheck_slo = "projects/123/services/shop/serviceLevelObjectives/requests";
    const auto judged = [&] {
        const auto outcome = judge_slocheck(options, {}, google.context);
        return std::to_string(static_cast<int>(outcome.code)) + ' ' + to_string(outcome.verdict) + ": " + outcome.reason + (outcome.hint.empty() ? "" : " | " + outcome.hint);
    };
    CHECK(judged() == "1 inconclusive: there is no burn rate of the newest 300s for " + options.slocheck_slo + " | without requests there is none, and points arrive up to 300 s late");
    CHECK(google.asked == std::vector<std::string>{"projects/other-project/timeSeries"});
    CHECK(google.queries.back().at("filter") == "select_slo_burn_rate(\"" + options.slocheck_slo + "\",\"300s\")");
    const auto with_rate = [&](double rate) {
        google.burn_rates = {{google.now() - std::chrono::seconds{120}, rate}};
        return judged();
    };
    CHECK(with_rate(0.5) == "0 holds: the burn rate of the newest 300s is 0.5, and 0.5 is allowed");
    CHECK(with_rate(0.51) == "1 violated: the burn rate of the newest 300s is 0.51, above 0.5");
    options.slocheck_threshold = " 2 ";
    CHECK(with_rate(0.51).substr(0, 7) == "0 holds");
    for (const char* threshold : {"half", "", "-1", "nan", "0.5x"}) {
        options.slocheck_threshold = threshold;
        CHECK(judged() == "1 error: cannot use the threshold '" + std::string(threshold) + "' (THRESHOLD): it is no number from 0 on | the highest burn rate that passes, such as 0.5");
    }
    options.slocheck_threshold = "0.5";
    google.instead = [] { return PlayedGoogle::refusal(403, "PERMISSION_DENIED", "Permission monitoring.timeSeries.list denied (or the resource may not exist)."); };
    CHECK(judged() == "1 error: GET https://monitoring.googleapis.com/v3/projects/other-project/timeSeries?...: status 403, PERMISSION_DENIED: Permission monitoring.timeSeries.list denied (or the resource may not exist). | give the service account of this machine or pod the role roles/monitoring.viewer on the project");
    options.slocheck_slo = "requests";
    CHECK(judged() == "1 error: cannot use the objective 'requests' (DEFINEDSLO): it is no full name | the form is projects/PROJECT/services/SERVICE/serviceLevelObjectives/ID");
    options.slocheck_project = "a/b";
    CHECK(judged() == "1 error: cannot use the project 'a/b' (TARGET_PROJECT): it is no project's id or number");
}

TEST_CASE("names and addresses that cannot be right are refused") {
    GoogleOptions options;
    options.slos = {played::slo, "projects/example.com:team/services/ist:team-zone-x/serviceLevelObjectives/A-b_9", "projects/123/services/s/serviceLevelObjectives/o"};
    std::vector<Diagnostic> problems;
    check(options, problems);
    CHECK(problems.empty());
    options.slos = {"shop/requests", "https://monitoring.googleapis.com/v3/" + played::slo, "projects//services/s/serviceLevelObjectives/o", "projects/p/services/s\"/serviceLevelObjectives/o", "projects/p/services/../serviceLevelObjectives/o", played::slo + "/x", played::slo, played::slo};
    options.monitoring_url = "monitoring.googleapis.com";
    options.slocheck_threshold = "a pipeline's own variable";
    check(options, problems);
    REQUIRE(problems.size() == 8);
    const std::string hint = "the form is projects/PROJECT/services/SERVICE/serviceLevelObjectives/ID; it is the field 'name' of the objective's JSON";
    CHECK(problems[0] == Diagnostic{.message = "cannot use --google-slo 'shop/requests': it is no full name of an objective", .hint = hint});
    CHECK(problems[1].hint == hint + ", and no address");
    CHECK(problems[6].message == "cannot use --google-slo '" + played::slo + "' twice");
    CHECK(problems[7].message == "cannot use --google-monitoring-url: 'monitoring.googleapis.com' is no http:// or https:// URL of a server");
}
