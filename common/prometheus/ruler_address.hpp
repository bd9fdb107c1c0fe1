#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace slipway::prometheus {

/// Servers that keep rules for their tenants and take them over HTTP.
enum class RulerKind { mimir, cortex, loki };

/// "Mimir", "Cortex", "Loki".
const char* name_of(RulerKind kind);

/// Reads the same in lower case, as options say it.
/// @return nothing for any other word
std::optional<RulerKind> parse_ruler_kind(std::string_view word);

/// Where the parts of one server's ruler API are. Names of namespaces and groups are percent-encoded, slashes, blanks and dots
/// that would climb included.
///
/// @source Grafana Mimir documentation, "HTTP API"; Cortex documentation, "HTTP API"; Grafana Loki documentation, "HTTP API"
class RulerAddress {
public:
    /// @param base_url  may have a path; slashes at its end are dropped, and so is one "/prometheus", because what people know of
    ///                  Mimir and Cortex is the address that they give as Prometheus' own
    /// @throws Error (misuse) for what is no http or https URL, and for one with a query
    RulerAddress(std::string_view base_url, RulerKind kind);

    RulerKind kind() const noexcept { return kind_; }

    /// Of all stored rules.
    std::string rules() const { return rules_; }
    /// Of one namespace.
    /// @throws Error (misuse) for an empty name: its address would be another one
    std::string rules(std::string_view name_space) const;
    /// Of one group; throws as the other does.
    std::string rules(std::string_view name_space, std::string_view group) const;

    /// For Api: its rules are those that the server evaluates, the namespace in the place of the file.
    std::string prometheus() const { return base_ + "/prometheus"; }
    /// For Api: where the server shows its form of an expression.
    std::string language() const { return base_ + (kind_ == RulerKind::loki ? "/loki" : "/prometheus"); }

private:
    RulerKind kind_;
    std::string base_;
    std::string rules_;
};

} // namespace slipway::prometheus
