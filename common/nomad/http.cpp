#include "nomad/http.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"

#include <charconv>
#include <optional>
#include <utility>

namespace slipway::nomad {

namespace {

constexpr const char* other_server = "is --nomad-addr really a Nomad server's?";

/// A list of errors may be long, a page of HTML need not be shown in full.
std::string words_of(const io::Response& response) {
    auto text = trim(response.body);
    // A server that asked the leader puts this in front of the leader's words, also where the leader refuses.
    constexpr std::string_view forwarded = "rpc error: ";
    while (text.starts_with(forwarded)) text.remove_prefix(forwarded.size());
    return visible(read_errors(text.substr(0, text.starts_with('<') ? 200 : 4000)));
}

/// "PUT https://nomad:4646/v1/jobs"
std::string in_words(const io::Request& request) { return request.method + ' ' + io::url_for_people(request.url.substr(0, request.url.find('?'))); }

/// Whether Nomad itself does not know what was asked for. A proxy says 404 too while it knows no server, which says nothing about a job.
bool is_not_found(const io::Response& response) {
    if (response.status != 404) return false;
    return response.header("X-Nomad-Index") || (trim(response.body).ends_with("not found") && response.body.find("page") == std::string::npos);
}

/// Whether Nomad says no, for good.
bool is_refusal(const io::Response& response) {
    return response.status == 400 || response.status == 405 || response.status == 409 || response.status == 413 || is_not_found(response) ||
           (response.status == 500 && !is_about_cluster(response.body));
}

Written refusal(const io::Response& response) {
    auto words = words_of(response);
    return {Written::Outcome::refused, {}, words.empty() ? "status " + std::to_string(response.status) : std::move(words)};
}

/// What is to be said of an answer that is neither what was asked for nor a refusal.
Error failure(const io::Request& request, const io::Response& response) {
    const auto words = words_of(response);
    return world_failure(in_words(request) + ": status " + std::to_string(response.status) + (words.empty() ? "" : ": " + words), response.status == 404 ? other_server : "");
}

/// Throws for what no repetition changes.
void check(const io::Request& request, const io::Response& response, std::string_view capability, const std::string& name_space) {
    const auto error = failure(request, response);
    if (response.status == 401 || response.status == 403) {
        // Nomad says the same to no token, to a wrong one and to one that may not.
        const auto place = name_space.empty() ? std::string() : " in namespace '" + visible(name_space) + '\'';
        throw NoPermission(world_failure(error.what(), "give a token with NOMAD_TOKEN or --nomad-token-file; it needs the capability " + std::string(capability) + place));
    }
    if (!response.ok() && response.status != 404 && !io::is_passing(response.status)) throw io::LastingError(error.what(), other_server);
}

std::uint64_t index_of(const io::Response& response) {
    const auto text = response.header("X-Nomad-Index");
    std::uint64_t index = 0;
    if (text) std::from_chars(text->data(), text->data() + text->size(), index);
    return index;
}

} // namespace

std::string read_errors(std::string_view text) {
    if (text.find(" occurred:") == std::string_view::npos) return one_line(text);
    std::string errors;
    for (const auto line : lines(text)) {
        auto words = trim(line);
        if (words.starts_with("* ")) words = trim(words.substr(2));
        for (const std::string_view count : {" error occurred:", " errors occurred:"}) {
            if (!words.ends_with(count)) continue;
            words.remove_suffix(count.size());
            words = trim(words.substr(0, words.find_last_not_of("0123456789") + 1));
        }
        if (words.empty()) continue;
        if (!errors.empty()) errors += errors.ends_with(':') ? " " : "; ";
        errors += words;
    }
    return errors;
}

bool is_about_cluster(std::string_view text) {
    for (const std::string_view words : {"No cluster leader", "No path to", "connection refused", "connection reset", "broken pipe", "i/o timeout", "no route to host", "leadership lost",
                                         "leadership transfer", "not the leader", "Not ready to serve consistent reads", "failed to get conn", "session shutdown", "shutting down",
                                         "raft is already shutdown", "rpc error: EOF"}) {
        if (text.find(words) != std::string_view::npos) return true;
    }
    return false;
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

io::Request Http::request(std::string method, const std::string& path, const std::string& name_space, const Query& query, const Json& body) const {
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
    if (!body.is_null()) {
        request.headers = {{"Content-Type", "application/json"}};
        // Bytes that are no UTF-8 become U+FFFD, as from Nomad's own tool.
        request.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
    }
    request.retry.attempts = 1;
    return request;
}

Answer Http::get(const std::string& path, const std::string& name_space, const Query& query, std::string_view capability, Duration timeout, std::uint64_t most_bytes) {
    auto asked = request("GET", path, name_space, query, {});
    asked.timeout = timeout;
    asked.most_bytes = most_bytes;
    const auto response = http_->send(asked);
    if (response.status == 200 || is_not_found(response)) return {response.status, index_of(response), response.body};
    check(asked, response, capability, name_space);
    if (response.status == 504) throw GatewayTimeout(failure(asked, response));
    throw failure(asked, response);
}

Written Http::ask(const std::string& path, const std::string& name_space, const Json& body, std::string_view capability) {
    auto asked = request(body.is_null() ? "GET" : "PUT", path, name_space, {}, body);
    asked.retry = {};
    asked.retry.stands = is_refusal;
    const auto response = http_->send(asked);
    if (is_refusal(response)) return refusal(response);
    check(asked, response, capability, name_space);
    if (!response.ok()) throw failure(asked, response);
    auto answer = parse_answer(response.body);
    if (!answer.is_object()) throw io::LastingError(in_words(asked) + ": the answer is no JSON object", other_server);
    return {Written::Outcome::done, std::move(answer), {}};
}

Written Http::write(const std::string& path, const std::string& name_space, const Query& query, const Json& body, std::string_view capability) {
    auto asked = request(body.is_null() ? "DELETE" : "PUT", path, name_space, query, body);
    asked.retry.own_connection = true;
    io::Response response;
    try {
        response = http_->send(asked);
    } catch (const io::LastingError&) {
        throw;
    } catch (const Error& error) {
        if (error.code() != ExitCode::world) throw;
        return {Written::Outcome::lost, {}, error.what()};
    }
    if (is_refusal(response)) return refusal(response);
    check(asked, response, capability, name_space);
    if (!response.ok()) return {Written::Outcome::lost, {}, failure(asked, response).what()};
    auto answer = parse_answer(response.body);
    if (answer.is_discarded()) return {Written::Outcome::lost, {}, in_words(asked) + ": the answer is no JSON"};
    if (!answer.is_object()) answer = Json::object();
    return {Written::Outcome::done, std::move(answer), {}};
}

} // namespace slipway::nomad
