#include "catch.hpp"

#include "failure.hpp"
#include "wait-for-slo/probes/expectation.hpp"
#include "wait-for-slo/probes/options.hpp"

#include <functional>
#include <limits>

using namespace slipway;
using namespace slipway::wait_for_slo;

namespace {

ProbeOptions options_for(const std::string& url) {
    ProbeOptions options;
    options.urls = {url};
    return options;
}

/// All problems, a line each.
std::string problems_of(const std::function<void(ProbeOptions&)>& change, double objective = 99) {
    auto options = options_for("https://shop.example.com/health");
    change(options);
    std::vector<Diagnostic> problems;
    check(options, objective, problems);
    std::string text;
    for (const auto& problem : problems) text += problem.message + (problem.hint.empty() ? "" : " | " + problem.hint) + '\n';
    return text;
}

io::ProbeAnswer answered(int status, std::string body, std::vector<io::Header> headers = {}) {
    return {.response = {.status = status, .headers = std::move(headers), .body = std::move(body)}};
}

} // namespace

TEST_CASE("options for probes that are right", "[probes]") {
    const std::vector<std::function<void(ProbeOptions&)>> all = {
        [](ProbeOptions&) {},
        [](ProbeOptions& o) { o.urls.push_back("http://[2001:db8::1]:8080/?a=b"); },
        [](ProbeOptions& o) { o.rate = 0.1; },
        [](ProbeOptions& o) { o.rate = 1000; },
        [](ProbeOptions& o) { o.status = "200, 204,300-399"; },
        [](ProbeOptions& o) { o.headers = {"Host: shop.example.com", "X-Empty:", "Authorization:Bearer abc:def"}; },
        [](ProbeOptions& o) { o.resolve = {"Shop.example.com:443:192.0.2.7"}; },
        [](ProbeOptions& o) { o.resolve = {"shop.example.com:443:[2001:db8::7]"}; },
        [](ProbeOptions& o) { o.resolve = {"shop.example.com:443:2001:db8::7"}; },
        [](ProbeOptions& o) { o.command = {"deploy", "--now"}; },
    };
    for (std::size_t i = 0; i < all.size(); ++i) {
        CAPTURE(i);
        CHECK(problems_of(all[i]).empty());
    }
    CHECK(problems_of([](ProbeOptions& o) { o.zero_downtime = true; }, 0).empty());
    CHECK(problems_of([](ProbeOptions& o) { o.urls = {}; }, 0).empty());
}

TEST_CASE("options for probes that are wrong say why", "[probes]") {
    using Change = std::function<void(ProbeOptions&)>;
    const std::vector<std::pair<Change, std::string>> all = {
        {[](ProbeOptions& o) { o.urls = {"shop.example.com"}; }, "cannot use --probe: 'shop.example.com' is no http:// or https:// URL | such as https://shop.example.com/health\n"},
        {[](ProbeOptions& o) { o.urls = {"http://shop:99999/"}; }, "cannot use --probe: 'http://shop:99999/' is no http:// or https:// URL | such as https://shop.example.com/health\n"},
        {[](ProbeOptions& o) { o.urls = {"http://user:word@shop/a b"}; }, "cannot use --probe: 'http://shop/a b' is no http:// or https:// URL | such as https://shop.example.com/health\n"},
        {[](ProbeOptions& o) { o.urls.push_back(o.urls.front()); }, "cannot use --probe 'https://shop.example.com/health' twice | more requests to one address are asked for with --probe-rate\n"},
        {[](ProbeOptions& o) { o.rate = 0.09; }, "--probe-rate must be from 0.1 to 1000 requests a second\n"},
        {[](ProbeOptions& o) { o.rate = 1001; }, "--probe-rate must be from 0.1 to 1000 requests a second\n"},
        {[](ProbeOptions& o) { o.rate = std::numeric_limits<double>::quiet_NaN(); }, "--probe-rate must be from 0.1 to 1000 requests a second\n"},
        {[](ProbeOptions& o) { o.timeout = Duration{0}; }, "--probe-timeout must be longer than nothing, and at most 10m\n"},
        {[](ProbeOptions& o) { o.status = "2xx"; }, "cannot use --probe-status: '2xx' is no status code from 100 to 599, and no range of them | such as 200,204 or 200-399\n"},
        {[](ProbeOptions& o) { o.status = "200,"; }, "cannot use --probe-status: '' is no status code from 100 to 599, and no range of them | such as 200,204 or 200-399\n"},
        {[](ProbeOptions& o) { o.status = "299-200"; }, "cannot use --probe-status: '299-200' is no status code from 100 to 599, and no range of them | such as 200,204 or 200-399\n"},
        {[](ProbeOptions& o) { o.body = "(ok"; }, "cannot use --probe-body '(ok': missing ): (ok\n"},
        {[](ProbeOptions& o) { o.version = "[a"; }, "cannot use --probe-version '[a': missing ]: [a\n"},
        {[](ProbeOptions& o) { o.headers = {"Bearer sesame"}; }, "cannot use --probe-header: this is no 'Name: value' | such as --probe-header 'Host: shop.example.com'\n"},
        {[](ProbeOptions& o) { o.headers = {"My Token: sesame"}; }, "cannot use --probe-header: 'My Token' is no name of a header | such as --probe-header 'Host: shop.example.com'\n"},
        {[](ProbeOptions& o) { o.headers = {"X-Token: ses\nX-Other: ame"}; }, "cannot use --probe-header: the value of X-Token holds a line break, or what is no text | such as --probe-header 'Host: shop.example.com'\n"},
        {[](ProbeOptions& o) { o.resolve = {"shop.example.com:443"}; }, "cannot use --resolve 'shop.example.com:443': this is not HOST:PORT:IP | such as shop.example.com:443:192.0.2.7, or with [2001:db8::7]\n"},
        {[](ProbeOptions& o) { o.resolve = {"*:443:192.0.2.7"}; }, "cannot use --resolve '*:443:192.0.2.7': a host is needed, as it stands in the address of --probe\n"},
        {[](ProbeOptions& o) { o.resolve = {"shop.example.com:443:canary"}; }, "cannot use --resolve 'shop.example.com:443:canary': 'canary' is no IP address\n"},
        {[](ProbeOptions& o) { o.resolve = {"shop.example.com:443:[192.0.2.7]"}; }, "cannot use --resolve 'shop.example.com:443:[192.0.2.7]': '192.0.2.7' is no IP address\n"},
        {[](ProbeOptions& o) { o.resolve = {"shop.example.com:80:192.0.2.7"}; }, "cannot use --resolve 'shop.example.com:80:192.0.2.7': no --probe has this host and port | as in --probe https://shop.example.com/ --resolve shop.example.com:443:192.0.2.7\n"},
        {[](ProbeOptions& o) { o.zero_downtime = true; }, "cannot use --zero-downtime with --objective: it allows no failed request at all\n"},
        {[](ProbeOptions& o) { o.urls = {}; o.command = {"deploy"}; o.zero_downtime = true; }, "cannot run 'deploy' without --probe: nothing would be asked meanwhile | options stand before '--', and what runs after it\n"
                                                                                             "cannot use --zero-downtime without --probe: there are no requests that it is for\n"},
    };
    for (const auto& [change, expected] : all) CHECK(problems_of(change) == expected);
    CHECK(problems_of([](ProbeOptions&) {}, 0) == "missing --objective: the share of the requests that must be answered well, such as 99.9 | or --zero-downtime, when not one may fail\n");
    CHECK(problems_of([](ProbeOptions&) {}, 0.999) == "--objective must be at least 1 and less than 100 percent | 99.9 means that 99.9 % of the requests must be answered well, not 0.999\n");
    CHECK(failure_of([] { parse_header("token-that-is-a-secret"); }).what() == std::string("this is no 'Name: value'"));
}

TEST_CASE("an answer is good when its status and body are as expected", "[probes]") {
    auto options = options_for("http://shop/");
    options.status = "200,302-303";
    options.body = "status.: ?.ok";
    const Expectation expectation(options);
    CHECK(expectation.fault_of(answered(200, R"({"status":"ok"})")).empty());
    CHECK(expectation.fault_of(answered(303, R"({"status": "ok"})")).empty());
    CHECK(expectation.fault_of(answered(204, R"({"status":"ok"})")) == "status 204");
    CHECK(expectation.fault_of(answered(304, "")) == "status 304");
    CHECK(expectation.fault_of(answered(200, "\xff\xfe maintenance")) == "the body does not match --probe-body");
    // A status line came, and the rest did not.
    CHECK(expectation.fault_of({.failure = io::ProbeFailure::timeout, .reason = "the answer did not end within 5s", .response = {.status = 200, .headers = {}, .body = {}}}) == "the answer did not end within 5s");
}

TEST_CASE("the version of an answer", "[probes]") {
    const auto version = [](const std::string& regex, const io::ProbeAnswer& answer) {
        auto options = options_for("http://shop/");
        options.version = regex;
        const Expectation expectation(options);
        REQUIRE(expectation.wants_versions());
        return expectation.version_in(answer.response);
    };
    const auto both = answered(200, R"({"version": "from-body"})", {{"Date", "today"}, {"X-Version", "from-header"}});
    CHECK(version("^X-Version: (.*)$", both) == "from-header");
    CHECK(version("(?i)^x-version: (.*)$", both) == "from-header");
    CHECK(version("\"version\": \"([^\"]*)\"", both) == "from-body");
    CHECK(version("from-[a-z]+", both) == "from-header");
    CHECK(version("v[0-9]+", both).empty());
    CHECK(version("(v[0-9]+)?from", both).empty()); // a group that takes no part
    CHECK(version("a.*", answered(200, "a\x1b[2J")) == "a\\x1b[2J");
    CHECK(version("(?s)a.*", answered(200, 'a' + std::string(1000, 'b'))).size() == 100);
    CHECK_FALSE(Expectation(options_for("http://shop/")).wants_versions());
}
