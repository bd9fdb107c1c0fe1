#include "nomad/http.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"

#include <charconv>
#include <optional>
#include <utility>

namespace slipway::nomad {

namespace {

/// A list of errors may be long, a page of HTML need not be shown in full.
std::string words_of(const io::Response& response) {
    const auto text = trim(response.body);
    return visible(one_line(text.substr(0, text.starts_with('<') ? 200 : 4000)));
}

Error no_permission(const std::string& what, const io::Response& response, std::string_view capability, const std::string& name_space) {
    // Nomad says the same to no token, to a wrong one and to one that may not.
    const auto place = name_space.empty() ? std::string() : " in namespace '" + name_space + "'";
    return world_failure(what + ": status " + std::to_string(response.status) + ": " + words_of(response),
                         "give a token with NOMAD_TOKEN or --nomad-token-file; it needs the capability " + std::string(capability) + place);
}

std::uint64_t index_of(const io::Response& response) {
    const auto text = response.header("X-Nomad-Index");
    std::uint64_t index = 0;
    if (text) std::from_chars(text->data(), text->data() + text->size(), index);
    return index;
}

} // namespace

bool is_about_cluster(std::string_view text) {
    for (const std::string_view words : {"No cluster leader", "No path to region", "rpc error", "connection refused", "i/o timeout", "leadership"}) {
        if (text.find(words) != std::string_view::npos) return true;
    }
    return false;
}

bool is_refusal(const io::Response& response) {
    switch (response.status) {
    case 400:
    case 404:
    case 405:
    case 409:
    case 413: return true;
    case 500: return !is_about_cluster(response.body);
    default: return false;
    }
}

Http::Http(const ConnectionOptions& options, cli::Context& context) : Http(options, context, context.cancellation) {}

Http::Http(const ConnectionOptions& options, cli::Context& context, const io::Cancellation& cancellation) : region_(options.region) {
    // Nomad takes its token by a header of its own.
    auto server = options.server;
    const auto token = std::exchange(server.token, {});
    auto settings = cli::http_settings(server, options.tls, context);
    if (!token.empty()) settings.secret_headers.push_back({"X-Nomad-Token", token.reveal()});
    settings.tls_server_name = options.tls_server_name;
    base_ = cli::base_url(server);
    if (base_.starts_with("unix://")) {
        settings.unix_socket = base_.substr(7);
        base_ = "http://localhost";
    }
    http_ = context.http_factory(std::move(settings), context.clock, context.log, cancellation);
}

io::Request Http::request(std::string method, const std::string& path, const std::string& name_space, const Query& query) const {
    io::Request request{.method = std::move(method), .url = base_ + path};
    char separator = '?';
    const auto add = [&](std::string_view name, std::string_view value) {
        if (value.empty()) return;
        request.url += separator + std::string(name) + '=' + percent_encode(value);
        separator = '&';
    };
    add("namespace", name_space);
    add("region", region_);
    for (const auto& [name, value] : query) add(name, value);
    return request;
}

std::string Http::in_words(const io::Request& request) const { return request.method + ' ' + io::url_for_people(request.url.substr(0, request.url.find('?'))); }

Answer Http::get(const std::string& path, const std::string& name_space, const Query& query, std::string_view capability, Duration timeout) {
    auto asked = request("GET", path, name_space, query);
    asked.timeout = timeout;
    asked.retry.attempts = 1;
    const auto response = http_->send(asked);
    if (response.status == 401 || response.status == 403) throw NoPermission(no_permission(in_words(asked), response, capability, name_space));
    if (response.status != 200 && response.status != 404) throw world_failure(in_words(asked) + ": status " + std::to_string(response.status) + ": " + words_of(response));
    return {response.status, index_of(response), response.body};
}

Written Http::write(const std::string& path, const std::string& name_space, const Query& query, const Json& body, std::string_view capability) {
    auto asked = request(body.is_null() ? "DELETE" : "PUT", path, name_space, query);
    if (!body.is_null()) {
        asked.headers = {{"Content-Type", "application/json"}};
        asked.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
    }
    asked.retry.attempts = 1;
    io::Response response;
    try {
        response = http_->send(asked);
    } catch (const io::LastingError&) {
        throw;
    } catch (const Error& error) {
        if (error.code() != ExitCode::world) throw;
        return {Written::Outcome::lost, {}, error.what()};
    }
    if (response.status == 401 || response.status == 403) throw NoPermission(no_permission(in_words(asked), response, capability, name_space));
    if (is_refusal(response)) return {Written::Outcome::refused, {}, words_of(response)};
    auto answer = response.status == 200 ? Json::parse(response.body, nullptr, false) : Json();
    if (response.status != 200 || answer.is_discarded()) {
        return {Written::Outcome::lost, {}, in_words(asked) + ": status " + std::to_string(response.status) + (response.status == 200 ? ": the answer is no JSON" : ": " + words_of(response))};
    }
    return {Written::Outcome::done, std::move(answer), {}};
}

} // namespace slipway::nomad
