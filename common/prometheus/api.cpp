#include "prometheus/api.hpp"

#include "core/encoding.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "prometheus/query_answer.hpp"

#include <nlohmann/json.hpp>

namespace slipway::prometheus {

namespace {

using Json = nlohmann::json;

std::string where(const io::Request& request) { return request.method + ' ' + io::url_for_people(request.url); }

/// The start of foreign text, short enough for one line.
std::string excerpt(std::string_view text) {
    auto line = one_line(text.substr(0, 300));
    if (line.size() > 160) line = line.substr(0, 160) + "...";
    return line;
}

/// A field's text. A proxy's own answer may have an object or nothing in its place; an object is shown as it is.
std::string text_of(const Json& answer, const char* field, std::string fallback) {
    const auto found = answer.find(field);
    if (found == answer.end() || found->is_null()) return fallback;
    return found->is_string() ? found->get<std::string>() : found->dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Mimir and Cortex say so in plain text.
bool has_no_tenant(const io::Response& response) { return response.status == 401 && response.body.size() < 200 && response.body.find("no org id") != std::string::npos; }

Error strange(const io::Request& request, const std::string& what) { return world_failure(where(request) + ": " + what); }

} // namespace

Json Api::answer_of(const io::Request& request, const io::Response& response) const {
    auto answer = Json::parse(response.body, nullptr, false);
    const bool proper = answer.is_object() && answer.contains("status") && answer["status"].is_string();
    if (!proper) {
        if (has_no_tenant(response)) throw world_failure(where(request) + ": the server wants to know the tenant: " + excerpt(response.body), "give it with --tenant");
        if (response.status == 401 || response.status == 403) {
            throw world_failure(where(request) + ": the server refuses the credentials (status " + std::to_string(response.status) + ')', "check the token or password given for this server");
        }
        if (const auto location = response.header("Location"); location && response.status / 100 == 3) {
            throw world_failure(where(request) + ": status " + std::to_string(response.status) + ", a redirect to " + excerpt(io::url_for_people(*location)), "give the address that it leads to; one to a login page means that credentials are missing");
        }
        if (!response.ok()) throw strange(request, "status " + std::to_string(response.status) + ": " + excerpt(response.body));
        throw strange(request, "the answer is not the Prometheus API's: " + excerpt(response.body));
    }
    if (answer["status"] != "success") {
        const auto type = text_of(answer, "errorType", {});
        const auto words = excerpt(text_of(answer, "error", "no reason given"));
        if (type == "bad_data") throw misuse("the server refuses the query: " + words);
        throw strange(request, "the server could not answer: " + words);
    }
    if (!answer.contains("data")) throw strange(request, "the answer has no data: " + excerpt(response.body));
    return answer;
}

io::Request Api::request_for(const std::string& path, std::string form) const {
    io::Request request{.url = base_url_ + path, .timeout = patience_.timeout};
    request.retry.attempts = patience_.attempts;
    if (!form.empty()) {
        // A POST, because a long expression does not fit into a URL; it changes nothing, so it may be repeated.
        request.method = "POST";
        request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
        request.body = std::move(form);
        request.retry.also_unsafe_methods = true;
    }
    return request;
}

QueryResult Api::query(std::string_view expression, std::optional<Timestamp> time) {
    std::string form = "query=" + percent_encode(expression) + parameters_;
    if (time) form += "&time=" + percent_encode(format_timestamp(*time));
    const auto request = request_for("/api/v1/query", std::move(form));
    const auto response = client_.send(request);
    QueryResult result;
    if (!response.ok() || !read_query_answer(response.body, result)) {
        // Says what is wrong with the others.
        const auto answer = answer_of(request, response);
        const auto type = answer["data"].is_object() ? answer["data"].value("resultType", Json()) : Json();
        if (type == "string") throw misuse("the query gives a string, not numbers over time");
        throw strange(request, "the answer is not the Prometheus API's: " + excerpt(response.body));
    }
    if (const auto date = response.header("Date")) result.server_time = parse_http_date(*date);
    return result;
}

Json Api::get(const std::string& path) {
    const auto request = request_for(path, {});
    auto answer = answer_of(request, client_.send(request));
    return std::move(answer["data"]);
}

std::optional<Json> Api::get_if_known(const std::string& path, std::string form) {
    const auto request = request_for(path, std::move(form));
    const auto response = client_.send(request);
    if (response.status == 404 || response.status == 405 || response.status == 501) return std::nullopt;
    auto answer = answer_of(request, response);
    return std::move(answer["data"]);
}

std::optional<std::string> Api::own_metrics() {
    io::Request request{.url = base_url_ + "/metrics", .timeout = patience_.timeout};
    request.retry.attempts = patience_.attempts;
    auto response = client_.send(request);
    if (!response.ok()) return std::nullopt;
    return std::move(response.body);
}

io::Response Api::reload(Duration timeout) {
    // Not repeated here: a server refuses wrong rules with 500, and the next try would get the same answer.
    io::Request request{.method = "POST", .url = base_url_ + "/-/reload", .timeout = timeout};
    request.retry = {.attempts = 1};
    return client_.send(request);
}

} // namespace slipway::prometheus
