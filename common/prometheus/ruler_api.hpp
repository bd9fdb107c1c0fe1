#pragma once

#include "io/http.hpp"
#include "prometheus/api.hpp"
#include "prometheus/ruler_address.hpp"
#include "prometheus/ruler_group.hpp"

#include <string>
#include <vector>

namespace slipway::prometheus {

/// A world failure with which the server surely changed nothing: it answered, and not to our request (401, 404, a redirect).
class NothingChanged : public Error {
public:
    explicit NothingChanged(std::string message, std::string hint = {})
        : Error(ExitCode::world, Diagnostic{.message = std::move(message), .hint = std::move(hint)}) {}
};

/// The ruler API of Mimir, Cortex and Loki. The tenant comes with the client's settings, as the header X-Scope-OrgID.
///
/// Every function throws Error (world failure) when there is no proper answer: no connection, no such API there, a login page,
/// credentials or a tenant that are missing, and what the client's retries could not help (429, 5xx).
///
/// @source Grafana Mimir documentation, "HTTP API", section "Ruler"; the answers of a Cortex in tests/support/recordings/ruler.jsonl
class RulerApi {
public:
    RulerApi(io::HttpClient& client, RulerAddress address, Patience patience = {})
        : client_(client), address_(std::move(address)), patience_(patience) {}
    /// @param base_url  see RulerAddress
    RulerApi(io::HttpClient& client, std::string_view base_url, RulerKind kind, Patience patience = {})
        : RulerApi(client, RulerAddress(base_url, kind), patience) {}

    const RulerAddress& address() const noexcept { return address_; }

    /// All that is stored for this tenant; what the server evaluates can be something else for some seconds.
    RulerState list();

    /// The groups of one namespace, none when it is not there.
    std::vector<RulerGroup> groups(const std::string& name_space);

    /// Some namespaces; those that are not there are in the result without groups.
    RulerState groups_of(const std::vector<std::string>& namespaces);

    /// Stores a group in place of the one with its name. It is evaluated some seconds later: the answer does not say that it is.
    ///
    /// @param group  its name, for messages
    /// @param text   YAML of the group alone
    /// @throws Error (refused) with the server's words, where it has some: a wrong group, a limit of the tenant
    void set_group(const std::string& name_space, const std::string& group, const std::string& text);

    /// What is not there is deleted already.
    void delete_group(const std::string& name_space, const std::string& group);
    void delete_namespace(const std::string& name_space);

private:
    io::Request request_for(const char* method, std::string url) const;
    RulerState read(const io::Request& request);
    void remove(const io::Request& request);
    /// Throws what an answer that is none means.
    [[noreturn]] void fail(const io::Request& request, const io::Response& response) const;

    io::HttpClient& client_;
    RulerAddress address_;
    Patience patience_;
};

} // namespace slipway::prometheus
