#pragma once

#include "cli/context.hpp"
#include "cli/server_options.hpp"
#include "io/http.hpp"
#include "update-gitops-values/forge/forge_options.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::update_gitops_values {

/// What a forge sends and is sent.
namespace json {

using Value = nlohmann::ordered_json;

/// A value of an object; null when there is none, or no object.
const Value& at(const Value& object, const char* key);
/// A text of an object; empty when there is none, or something else.
std::string text(const Value& object, const char* key);
/// A whole number of an object; 0 for anything else.
long number(const Value& object, const char* key);
/// Whether an object says true.
bool is_true(const Value& object, const char* key);
/// The members of an array; none of anything else.
const Value::array_t& items(const Value& array);

} // namespace json

/// What we call ourselves; GitHub refuses requests without such a header.
constexpr const char* api_agent = "slipway-update-gitops-values";

/// One request to a forge, and what it is for.
struct ApiCall {
    std::string method = "GET";
    std::string path = {};                       ///< with its query, after the API's address: "/repos/ops/gitops/pulls?state=all"
    std::optional<json::Value> body = {};        ///< sent as JSON
    std::string what = {};                       ///< "cannot open a pull request from slipway/web to main": how messages begin
    std::vector<int> expected = {};              ///< statuses beside 2xx that the caller understands; 401, 5xx and limits are never theirs
    bool repeatable = false;                     ///< a POST or PATCH that does the same when it is sent twice
    bool survives_loss = false;                  ///< a lost answer, or 5xx, is returned instead of thrown: see ApiAnswer::lost
};

/// What came back.
struct ApiAnswer {
    int status = 0;
    json::Value body = {};    ///< null when there was none
    std::string words = {};   ///< the forge's, of anything but success: in one line, for people
    std::string accepts = {}; ///< with a 403 or 404: the permissions or scopes of which the forge wants one, when it tells
    std::string lost = {};    ///< why it is not known whether the request was carried out; empty: it is known

    bool ok() const noexcept { return status >= 200 && status < 300; }
    /// Whether the forge's words hold these, in any case of letters.
    bool says(std::string_view part) const;
};

/// The forge's own for messages.
struct ApiNames {
    std::string forge;     ///< "GitHub"
    std::string needs;     ///< "the token needs the permissions ...": what helps against 403 and 404
    std::string bad_token; ///< what helps against 401; empty: that the token may have expired, and how to give another
    std::string accept = "application/json"; ///< the media type that is asked for
};

/// The API of a forge over HTTP: sends JSON, reads JSON, and says of what fails whose fault it is. GitHub, GitLab and Gitea differ in names
/// and paths only.
///
/// All members throw, unless a call expects the status:
///   Error (world failure)  no answer; 401; 403; 404, which says that no access looks like absence; 5xx after the retries; a limit of
///                          requests that asks for a longer wait than ours; an answer that is not the forge's (HTML with 200, a redirection)
///   Error (refused)        400, 405, 406, 409, 410, 412, 413, 422: the forge declines it, with its words and the list of its reasons
///   Cancelled
/// A limit of requests (429; 403 with Retry-After, with x-ratelimit-remaining: 0, or with words of a rate limit; what GraphQL has for it) is
/// waited for, said in the log: at most five minutes for one call, then it is a world failure. It is safe for each method: what is limited was not carried out.
class ForgeApi {
public:
    /// @param base  the API's address, without a slash at its end
    ForgeApi(std::string base, ApiNames names, io::HttpSettings settings, cli::Context& context);

    ApiAnswer send(const ApiCall& call);

    /// Gives the members of the arrays that the pages of a list are, until there is none left or `take` returns false. Follows the header
    /// Link (rel="next"), at the API's own server only, for at most a hundred pages.
    void each(ApiCall call, const std::function<bool(const json::Value&)>& take);

    /// The error for an answer that a caller expected and cannot use after all.
    Error failure(const ApiCall& call, const ApiAnswer& answer) const;
    /// The error for an answer of status 200 that has not what it should have.
    Error not_understood(const ApiCall& call, const std::string& missing) const;

    const std::string& base() const noexcept { return base_; }
    const ApiNames& names() const noexcept { return names_; }
    cli::Context& context() noexcept { return context_; }

private:
    io::Response ask(const ApiCall& call);
    ApiAnswer read(const ApiCall& call, const io::Response& response) const;
    std::string named(const ApiCall& call, int status) const;

    std::string base_;
    ApiNames names_;
    std::unique_ptr<io::HttpClient> http_;
    cli::Context& context_;
};

/// Whether the options have credentials for the API of their own, so that the repository's are not sent there.
bool has_own_credentials(const cli::ServerOptions& server);

/// How to reach the API: with the options' credentials, else with the token as `Authorization: Bearer`. The token is hidden from then on.
io::HttpSettings api_settings(const ForgeOptions& options, const io::BearerAuth& token, const cli::TlsOptions& tls, cli::Context& context);

/// How long an answer that limits requests asks to wait; nothing when it is no such answer. Without a header it is a minute, as GitHub
/// and GitLab recommend.
/// @source https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
/// @source https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/
std::optional<Duration> limited_for(const io::Response& response, io::Clock& clock);

/// The URL of the next page in a Link header; empty when there is none.
/// @source RFC 8288
std::string next_page(std::string_view link);

/// What a forge says of a request that it does not grant, in one line of at most 300 bytes: `message`, `error`, `error_description` and the
/// members of `errors`; of what is no JSON its beginning, of HTML its title.
std::string words_of(const json::Value& body, std::string_view text);

} // namespace slipway::update_gitops_values
