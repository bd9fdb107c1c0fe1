#include "prometheus/ruler_api.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace slipway::prometheus {

namespace {

std::string where(const io::Request& request) { return request.method + ' ' + io::url_for_people(request.url); }

/// The start of foreign text, short enough for one line.
std::string excerpt(std::string_view text) {
    auto line = one_line(trim(text.substr(0, 400)));
    if (line.size() > 240) line = line.substr(0, valid_utf8_length(line.substr(0, 240))) + "...";
    return line;
}

std::string status_of(const io::Response& response) {
    const auto words = excerpt(response.body);
    return "status " + std::to_string(response.status) + (words.empty() ? "" : ": " + words);
}

/// Whether a 404 is the ruler's own: what was asked for is not stored. Any other 404 is somebody else's.
bool is_not_stored(const io::Response& response) {
    constexpr std::array<std::string_view, 3> words = {"no rule groups found", "group does not exist", "group namespace does not exist"};
    const auto text = trim(response.body);
    return response.status == 404 && std::find(words.begin(), words.end(), text) != words.end();
}

bool has_no_tenant(const io::Response& response) { return response.body.size() < 200 && response.body.find("no org id") != std::string::npos; }

std::string hint_for_missing_api(RulerKind kind) {
    switch (kind) {
    case RulerKind::mimir:
        return "Mimir has it at /prometheus/config/v1/rules below its address, unless it runs with -ruler.enable-api=false "
               "or with another -http.prometheus-http-prefix";
    case RulerKind::cortex:
        return "Cortex has it at /api/v1/rules below its address when it runs with -experimental.ruler.enable-api "
               "(in newer versions -ruler.enable-api)";
    case RulerKind::loki:
        return "Loki has it at /loki/api/v1/rules below its address when its ruler has enable_api: true and its rules are in object storage";
    }
    return {};
}

} // namespace

io::Request RulerApi::request_for(const char* method, std::string url) const {
    io::Request request{.method = method, .url = std::move(url), .timeout = patience_.timeout};
    request.retry.attempts = patience_.attempts;
    // Storing a group once more changes nothing.
    request.retry.also_unsafe_methods = true;
    return request;
}

void RulerApi::fail(const io::Request& request, const io::Response& response) const {
    const auto status = response.status;
    if (status == 401 && has_no_tenant(response)) {
        throw NothingChanged(where(request) + ": the server wants to know the tenant: " + excerpt(response.body), "give it with --tenant");
    }
    if (status == 401 || status == 403) {
        throw NothingChanged(where(request) + ": the server refuses the credentials (" + status_of(response) + ')',
                             "check the token or password given for this server, and the tenant");
    }
    if (status == 404 || status == 405) {
        throw NothingChanged(where(request) + ": the ruler API is not there: " + status_of(response), hint_for_missing_api(address_.kind()));
    }
    const bool unclear = status == 408 || status >= 500; // it may have gone on with our request
    const auto message = where(request) + ": " + status_of(response);
    if (response.ok()) {
        const auto text = trim(response.body);
        const bool page = !text.empty() && text.front() == '<';
        throw Error(ExitCode::world, Diagnostic{.message = where(request) + ": the answer is not the ruler API's: " + (text.empty() ? "it is empty" : excerpt(text)),
                                                .hint = page ? "a page for people, such as a login, stands before the server: give its own address, or credentials that go past the page" : hint_for_missing_api(address_.kind())});
    }
    if (unclear) throw world_failure(message);
    throw NothingChanged(message);
}

RulerState RulerApi::read(const io::Request& request) {
    const auto response = client_.send(request);
    if (is_not_stored(response)) return {};
    if (response.status != 200) fail(request, response);
    try {
        return read_ruler_state(response.body, address_.kind(), "answer");
    } catch (const Error&) {
        fail(request, response);
    }
}

RulerState RulerApi::list() { return read(request_for("GET", address_.rules())); }

std::vector<RulerGroup> RulerApi::groups(const std::string& name_space) {
    const auto request = request_for("GET", address_.rules(name_space));
    auto state = read(request);
    // A proxy that decodes and cleans paths turns a name into another address.
    for (const auto& [name, groups] : state) {
        if (name != name_space) throw world_failure(where(request) + ": the answer is about another namespace: " + visible(name));
    }
    return std::move(state[name_space]);
}

RulerState RulerApi::groups_of(const std::vector<std::string>& namespaces) {
    RulerState state;
    for (const auto& name_space : namespaces) state[name_space] = groups(name_space);
    return state;
}

void RulerApi::set_group(const std::string& name_space, const std::string& group, const std::string& text) {
    if (group.empty()) throw misuse("a group needs a name");
    auto request = request_for("POST", address_.rules(name_space));
    request.headers = {{"Content-Type", "application/yaml"}};
    request.body = text;
    const auto response = client_.send(request);
    const auto words = excerpt(response.body);
    const auto refusal = "the server refuses group '" + visible(group) + '\'';
    switch (response.status) {
    case 400:
        if (words.empty()) throw refused(refusal + " without saying why", "mostly one of its expressions or templates is wrong for this server");
        [[fallthrough]];
    case 413:
    case 422: throw refused(refusal + " of namespace '" + visible(name_space) + "': " + (words.empty() ? status_of(response) : words));
    default: break;
    }
    if (!response.ok()) fail(request, response);
    const auto answer = nlohmann::json::parse(response.body, nullptr, false);
    const bool proper = answer.is_object() && answer.contains("status") && answer["status"] == "success";
    if (!proper && !(response.status != 200 && words.empty())) fail(request, response);
}

void RulerApi::remove(const io::Request& request) {
    const auto response = client_.send(request);
    if (is_not_stored(response)) return;
    const auto text = trim(response.body);
    // A login page is no answer, and has status 200.
    if (!response.ok() || (!text.empty() && text.front() == '<')) fail(request, response);
}

void RulerApi::delete_group(const std::string& name_space, const std::string& group) { remove(request_for("DELETE", address_.rules(name_space, group))); }

void RulerApi::delete_namespace(const std::string& name_space) { remove(request_for("DELETE", address_.rules(name_space))); }

} // namespace slipway::prometheus
