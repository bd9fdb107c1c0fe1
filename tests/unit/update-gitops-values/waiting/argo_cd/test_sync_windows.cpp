#include "catch.hpp"

#include "update-gitops-values/waiting/argo_cd/sync_windows.hpp"

using namespace slipway::update_gitops_values;
using nlohmann::json;

namespace {

json window(const std::string& kind, bool manual = false) { return {{"kind", kind}, {"schedule", "0 22 * * *"}, {"duration", "8h"}, {"manualSync", manual}}; }

std::string closed(const json& assigned, const json& active, bool by_hand = false) {
    json windows;
    windows["assignedWindows"] = assigned;
    windows["activeWindows"] = active;
    return closed_window(windows, by_hand);
}

} // namespace

TEST_CASE("sync windows: as Argo CD decides") {
    const json none = json::array();
    const json deny = json::array({window("deny")});
    const json allow = json::array({window("allow")});
    const json soft_deny = json::array({window("deny", true)});
    const json soft_allow = json::array({window("allow", true)});
    const json both = json::array({window("allow"), window("deny")});
    const std::string denies = "the sync window that denies, '0 22 * * *' for 8h, is open";
    const std::string waits = "no sync window that allows is open: '0 22 * * *' for 8h";
    CHECK(closed(none, none).empty());
    CHECK(closed(deny, none).empty());
    CHECK(closed(deny, deny) == denies);
    CHECK(closed(both, both) == denies);
    CHECK(closed(allow, none) == waits);
    CHECK(closed(allow, allow).empty());
    CHECK(closed(soft_deny, soft_deny) == denies);
    CHECK(closed(soft_deny, soft_deny, true).empty());
    CHECK(closed(deny, deny, true) == denies);
    CHECK(closed(soft_allow, none) == waits);
    CHECK(closed(soft_allow, none, true).empty());
    CHECK(closed(allow, none, true) == waits);
}

TEST_CASE("sync windows: answers of other shapes keep nobody waiting") {
    for (const auto& text : {"null", "[]", "{}", R"({"activeWindows": {}})", R"({"activeWindows": [1, null, {"kind": 1}]})"}) CHECK(closed_window(json::parse(text), false).empty());
    CHECK(closed_window(json::parse(R"({"activeWindows": [{"kind": "deny", "schedule": 1, "timeZone": "Europe/Berlin"}]})"), false) == "the sync window that denies, '' for  (Europe/Berlin), is open");
}
