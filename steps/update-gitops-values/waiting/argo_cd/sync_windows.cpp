#include "sync_windows.hpp"

#include "core/text.hpp"
#include "update-gitops-values/waiting/field.hpp"

#include <vector>

namespace slipway::update_gitops_values {

namespace {

/// "'0 22 * * *' for 8h (Europe/Berlin)"
std::string in_words(const Field& window) {
    const auto zone = window.at("timeZone").text();
    return '\'' + in_a_line(window.at("schedule").text()) + "' for " + in_a_line(window.at("duration").text()) + (zone.empty() ? "" : " (" + in_a_line(zone) + ')');
}

/// Of one kind, and which of them a sync by hand does not pass.
struct Windows {
    std::vector<std::string> all;
    std::vector<std::string> strict;
};

Windows of_kind(const std::vector<Field>& windows, const char* kind) {
    Windows found;
    for (const auto& window : windows) {
        if (window.at("kind").text() != kind) continue;
        found.all.push_back(in_words(window));
        if (!window.at("manualSync").is_true()) found.strict.push_back(in_words(window));
    }
    return found;
}

} // namespace

std::string closed_window(const nlohmann::json& windows, bool by_hand) {
    const Field root(windows);
    const auto active = root.at("activeWindows").items();
    const auto denies = of_kind(active, "deny");
    if (!denies.all.empty()) {
        const auto& blocking = by_hand ? denies.strict : denies.all;
        return blocking.empty() ? "" : "the sync window that denies, " + first_few(blocking) + ", is open";
    }
    if (!of_kind(active, "allow").all.empty()) return {};
    const auto allows = of_kind(root.at("assignedWindows").items(), "allow");
    const auto& closed = by_hand ? allows.strict : allows.all;
    return closed.empty() ? "" : "no sync window that allows is open: " + first_few(allows.all);
}

} // namespace slipway::update_gitops_values
