#include "catch.hpp"

#include "fakes.hpp"
#include "update-gitops-values/waiting/workloads/events.hpp"

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

std::vector<std::string> events_in(const std::string& items, int status = 200) {
    fake::Http http([&](const io::Request&) { return io::Response{status, {}, R"({"kind": "EventList", "metadata": {}, "items": )" + items + '}'}; });
    kubernetes::Client cluster(http, "https://k");
    return last_events(cluster, "Canary", "prod", "web", 2);
}

using Texts = std::vector<std::string>;

} // namespace

TEST_CASE("events: the newest ones, by whichever time they have") {
    CHECK(events_in(R"([{"type": "Warning", "reason": "C", "message": "c", "eventTime": "2026-11-24T12:00:03.123456Z", "lastTimestamp": null, "series": {"count": 4, "lastObservedTime": "2026-11-24T12:00:09.5Z"}},
                        {"type": "Warning", "reason": "B", "message": "two\nlines\u001b[1m", "lastTimestamp": "2026-11-24T12:00:02Z", "count": 3},
                        {"type": "Warning", "reason": "A", "message": "a", "metadata": {"creationTimestamp": "2026-11-24T12:00:01Z"}},
                        {"type": "Normal", "reason": "N", "message": "n", "lastTimestamp": "2026-11-24T12:00:05Z"}])") ==
          Texts{"event: 2026-11-24T12:00:02Z Warning B (3 times): two | lines\\x1b[1m", "event: 2026-11-24T12:00:09Z Warning C (4 times): c"});
    CHECK(events_in(R"([{"type": "Normal", "reason": "N", "message": "n", "lastTimestamp": "2026-11-24T12:00:05Z"}])") == Texts{"event: 2026-11-24T12:00:05Z Normal N: n"});
    CHECK(events_in("[]").empty());
}

TEST_CASE("events: of any form, and none") {
    CHECK(events_in(R"([1, null, {"type": "Warning", "reason": 3, "message": [], "count": "x", "lastTimestamp": "never"}])") == Texts{"event: Warning : "});
    CHECK(events_in("[]", 403).at(0).find("its events cannot be read: GET https://k/api/v1/namespaces/prod/events: status 403") == 0);
    const auto shortened = events_in(R"([{"type": "Warning", "reason": "R", "message": ")" + std::string(5000, 'x') + "\"}]").at(0);
    CHECK(shortened.size() < 700);
    CHECK(shortened.ends_with("..."));
}
