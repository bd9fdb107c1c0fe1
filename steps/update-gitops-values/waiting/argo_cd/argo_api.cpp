#include "argo_api.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "update-gitops-values/waiting/field.hpp"

namespace slipway::update_gitops_values {

namespace {

using Json = nlohmann::json;

constexpr Duration look_timeout{20'000};
constexpr Duration refresh_timeout{30'000};

/// The server's own words: {"error": "...", "message": "..."}, or whatever text something in between sends.
std::string words_of(const io::Response& response) {
    const auto json = Json::parse(response.body, nullptr, false);
    const Field root(json);
    for (const auto* key : {"message", "error"}) {
        if (const auto text = root.at(key).text(); !text.empty()) return in_a_line(text);
    }
    const bool is_page = lower(response.header("Content-Type").value_or("")).find("html") != std::string::npos;
    return is_page ? "a page for people" : in_a_line(response.body);
}

bool has(const std::string& text, std::string_view words) { return text.find(words) != std::string::npos; }

std::string about(const io::Request& request, const io::Response& response) {
    const auto words = words_of(response);
    return request.method + ' ' + io::url_for_people(request.url) + ": status " + std::to_string(response.status) + (words.empty() ? "" : ": " + words);
}

const char* const another_address = "is this really the address of Argo CD? a login in front of it answers with a page: give the API's own address, or its headers by --argocd-header-file";

Json object_of(const io::Request& request, const io::Response& response) {
    auto json = Json::parse(response.body, nullptr, false);
    if (json.is_object()) return json;
    throw world_failure(request.method + ' ' + io::url_for_people(request.url) + ": the answer is no JSON object" + (lower(response.body.substr(0, 100)).find("<html") != std::string::npos ? ", but a page for people" : ""), another_address);
}

io::Request request_for(std::string method, std::string url, Duration timeout) {
    io::Request request{.method = std::move(method), .url = std::move(url), .headers = {{"Accept", "application/json"}}, .timeout = timeout};
    request.retry.attempts = 1;
    return request;
}

} // namespace

ArgoApi::ArgoApi(io::HttpClient& http, std::string server, std::string name_space, std::string name)
    : http_(http), server_(std::move(server)), name_space_(std::move(name_space)), name_(std::move(name)),
      shown_((name_space_.empty() ? "" : name_space_ + '/') + name_) {}

std::string ArgoApi::url(const std::string& below, const std::string& query) const {
    auto parameters = query;
    if (!name_space_.empty()) parameters += (parameters.empty() ? "" : "&") + ("appNamespace=" + percent_encode(name_space_));
    return server_ + "/api/v1/applications/" + percent_encode(name_) + below + (parameters.empty() ? "" : '?' + parameters);
}

Error ArgoApi::failure(const io::Request& request, const io::Response& response, const std::string& permission) const {
    const auto message = about(request, response);
    const auto need = "the account needs the permission '" + permission + "'";
    switch (response.status) {
    case 401:
        throw io::LastingError(message, "the token is not valid (any more): a login ends after a day, a token of `argocd account generate-token` when it says so; give one by --argocd-token-file or ARGOCD_AUTH_TOKEN");
    case 403: throw ArgoAbsent(world_failure(message, "Argo CD says so as well where there is no application " + shown_ + "; else " + need));
    case 404: throw ArgoAbsent(world_failure(message, "there is no application " + shown_ + " that this account may see; one outside of Argo CD's own namespace is argocd/NAMESPACE/APP"));
    default: return world_failure(message, response.status == 400 ? "an Argo CD before 2.5 does not know applications in other namespaces" : "");
    }
}

io::Response ArgoApi::get(const std::string& url, Duration timeout) {
    const auto request = request_for("GET", url, timeout);
    auto response = http_.send(request);
    if (!response.ok()) throw failure(request, response, "applications, get, PROJECT/" + shown_ + ", allow");
    object_of(request, response);
    return response;
}

void ArgoApi::refresh() { get(url("", "refresh=normal"), refresh_timeout); }

ArgoState ArgoApi::get() {
    const auto address = url("", "");
    const auto response = get(address, look_timeout);
    auto state = read_argo_state(Json::parse(response.body, nullptr, false));
    if (!state) throw world_failure("GET " + io::url_for_people(address) + ": the answer is no Application", another_address);
    return std::move(*state);
}

std::optional<Json> ArgoApi::sync_windows() {
    try {
        return Json::parse(get(url("/syncwindows", ""), look_timeout).body, nullptr, false);
    } catch (const Error&) {
        return std::nullopt; // it only explains why nothing happens
    }
}

ArgoSyncAsked ArgoApi::sync(const std::string& revision, const std::string& project) {
    auto body = Json::object();
    body["name"] = name_;
    if (!name_space_.empty()) body["appNamespace"] = name_space_;
    if (!revision.empty()) body["revision"] = revision;
    auto request = request_for("POST", url("/sync", ""), look_timeout);
    request.headers.push_back({"Content-Type", "application/json"});
    request.body = body.dump();
    const auto response = http_.send(request);
    if (response.ok()) {
        object_of(request, response);
        return {.begun = true, .why_not = {}};
    }
    const auto words = words_of(response);
    if (has(words, "sync window") || has(words, "another operation is already in progress")) return {.begun = false, .why_not = words};
    if (response.status == 403) {
        throw io::LastingError(about(request, response), "the account needs the permission 'applications, sync, " + in_a_line(project) + '/' + shown_ + ", allow'; without --argocd-sync somebody else has to sync it");
    }
    // What it does not take now, a setting of the application in its way for example, it does not take in a moment.
    if (response.status >= 400 && response.status < 500 && response.status != 401 && !io::is_passing(response.status)) throw io::LastingError(about(request, response));
    throw failure(request, response, "applications, sync, PROJECT/" + shown_ + ", allow");
}

} // namespace slipway::update_gitops_values
