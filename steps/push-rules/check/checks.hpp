#pragma once

#include "core/error.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::push_rules {

/// A check that goes beyond what Prometheus refuses; each can be turned off, or weighed differently.
struct Check {
    std::string_view id;
    Severity severity; ///< unless the user says otherwise
    std::string_view what;
};

/// All of them, in the order of the manual page.
const std::vector<Check>& checks();

/// How heavy the findings of each check weigh.
class Severities {
public:
    /// Reads "id=error", "id=warning", "id=notice" and "id=off".
    /// @return what is wrong with it; nothing when it is taken
    std::optional<Diagnostic> set(const std::string& assignment);

    /// Nothing for a check that is off.
    std::optional<Severity> of(std::string_view id) const;

private:
    std::map<std::string, std::optional<Severity>, std::less<>> chosen_;
};

} // namespace slipway::push_rules
