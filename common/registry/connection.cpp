#include "registry/connection.hpp"

#include "core/encoding.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace slipway::registry {

namespace {

using Json = nlohmann::json;

constexpr std::size_t most_token_bytes = 1024 * 1024;
constexpr std::size_t most_words = 3;
constexpr long usual_token_seconds = 60; // where the server does not say
constexpr long margin_seconds = 10;      // a token must outlive the request that it is sent with

/// Tells the token server who asks, as its specification wants; not a secret.
constexpr const char* client_id = "slipway";

std::string form(const std::vector<std::pair<std::string, std::string>>& fields) {
    std::string text;
    for (const auto& [name, value] : fields) text += (text.empty() ? "" : "&") + name + '=' + percent_encode(value);
    return text;
}

} // namespace

std::string words_of(const io::Response& response) {
    std::string words = "status " + std::to_string(response.status);
    const auto json = Json::parse(response.body, nullptr, false);
    if (!json.is_object() || !json.contains("errors") || !json["errors"].is_array()) return words;
    std::size_t count = 0;
    for (const auto& error : json["errors"]) {
        if (!error.is_object() || ++count > most_words) continue;
        for (const char* name : {"message", "code"}) {
            if (!error.contains(name) || !error[name].is_string() || error[name].get_ref<const std::string&>().empty()) continue;
            words += ": " + one_line(error[name].get<std::string>());
            break;
        }
    }
    return words;
}

std::optional<std::string> next_page(const io::Response& response) {
    const auto link = response.header("Link");
    if (!link || link->find("rel=\"next\"") == std::string::npos) return std::nullopt;
    const auto begin = link->find('<');
    const auto end = link->find('>');
    if (begin == std::string::npos || end == std::string::npos || end < begin) return std::nullopt;
    return link->substr(begin + 1, end - begin - 1);
}

Connection::Connection(std::string registry, Access access, cli::Context& context)
    : registry_(registry == "docker.io" ? "registry-1.docker.io" : std::move(registry)), access_(std::move(access)), context_(context) {
    if (!access_.credentials) return;
    context_.log.hide(access_.credentials->password);
    context_.log.hide(access_.credentials->identity_token);
}

io::Response Connection::send(io::Request request, const std::string& scope) {
    request.url = url(request.url);
    const bool trusted = io::is_same_server(request.url, server());
    auto client = take_client();
    struct Return {
        Connection& owner;
        std::unique_ptr<io::HttpClient>& client;
        ~Return() { owner.give_back(std::move(client)); }
    } const back{*this, client};
    const auto plain_headers = request.headers;
    for (bool first = true;; first = false) {
        const auto proof = trusted ? authorization(scope) : std::nullopt;
        request.headers = plain_headers;
        if (proof) request.headers.push_back({"Authorization", *proof});
        auto response = client->send(request);
        if (response.status != 401 || !trusted || !first) return response;
        learn(response, scope, proof);
    }
}

std::string Connection::url(const std::string& path) { return !path.empty() && path[0] == '/' ? server() + path : path; }

std::string Connection::server() {
    std::call_once(server_found_, [this] { server_ = find_server(); });
    return server_;
}

/// A registry without TLS is asked that way only where the caller said so.
std::string Connection::find_server() {
    const auto secure = "https://" + registry_;
    if (!access_.tls.allow_insecure) return secure;
    io::Request ping{.url = secure + "/v2/", .most_bytes = most_token_bytes};
    ping.retry.attempts = 1;
    try {
        connect(io::NoAuth{})->send(ping);
        return secure;
    } catch (const Error& error) {
        context_.log.debug("the registry is asked over plain HTTP, since " + std::string(error.what()));
        return "http://" + registry_;
    }
}

std::unique_ptr<io::HttpClient> Connection::connect(io::HttpAuth auth) const {
    return context_.http({.auth = std::move(auth),
                          .ca_file = access_.tls.ca_file,
                          .client_certificate = access_.tls.client_cert,
                          .client_key = access_.tls.client_key,
                          .allow_insecure = access_.tls.allow_insecure});
}

std::unique_ptr<io::HttpClient> Connection::take_client() {
    {
        const std::lock_guard lock(clients_mutex_);
        if (!idle_.empty()) {
            auto client = std::move(idle_.back());
            idle_.pop_back();
            return client;
        }
    }
    return connect(io::NoAuth{});
}

void Connection::give_back(std::unique_ptr<io::HttpClient> client) {
    const std::lock_guard lock(clients_mutex_);
    idle_.push_back(std::move(client));
}

/// The value of the header, as far as it is known what the registry wants.
std::optional<std::string> Connection::authorization(const std::string& scope) {
    const std::lock_guard lock(authentication_mutex_);
    if (challenge_.scheme.empty()) return std::nullopt;
    if (challenge_.scheme == "basic") {
        const auto& credentials = access_.credentials;
        if (!credentials || credentials->user.empty()) return std::nullopt;
        return "Basic " + base64(credentials->user + ':' + credentials->password.reveal());
    }
    auto token = tokens_.find(scope);
    if (token == tokens_.end() || token->second.good_until <= context_.clock.steady()) {
        token = tokens_.insert_or_assign(scope, fetch_token(scope)).first;
    }
    return "Bearer " + token->second.value.reveal();
}

void Connection::learn(const io::Response& response, const std::string& scope, const std::optional<std::string>& used) {
    auto challenge = parse_challenge(response.header("WWW-Authenticate").value_or(""));
    if (challenge.scheme != "basic" && (challenge.scheme != "bearer" || challenge.get("realm").empty())) {
        throw world_failure("cannot log in to " + server() + ": the registry wants to authenticate in a way that is not known: '" + visible(challenge.scheme) + "'");
    }
    const std::lock_guard lock(authentication_mutex_);
    challenge_ = std::move(challenge);
    const auto token = tokens_.find(scope);
    // Another thread may have replaced it in the meantime.
    if (token != tokens_.end() && used && "Bearer " + token->second.value.reveal() == *used) tokens_.erase(token);
}

io::Response Connection::ask_for_token(const std::string& realm, const std::string& scope) const {
    const auto service = challenge_.get("service");
    const auto& credentials = access_.credentials;
    if (credentials && !credentials->identity_token.empty()) {
        io::Request request{.method = "POST",
                            .url = realm,
                            .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                            .body = form({{"grant_type", "refresh_token"},
                                          {"service", service},
                                          {"client_id", client_id},
                                          {"scope", scope},
                                          {"refresh_token", credentials->identity_token.reveal()}}),
                            .most_bytes = most_token_bytes};
        request.retry.also_unsafe_methods = true;
        return connect(io::NoAuth{})->send(request);
    }
    std::vector<std::pair<std::string, std::string>> fields;
    if (!service.empty()) fields.emplace_back("service", service);
    for (const auto one : split(scope, ' ')) fields.emplace_back("scope", one);
    const auto address = realm + (realm.find('?') == std::string::npos ? '?' : '&') + form(fields);
    const bool known = credentials && !credentials->user.empty();
    const auto client = known ? connect(io::BasicAuth{credentials->user, credentials->password}) : connect(io::NoAuth{});
    return client->send({.url = address, .most_bytes = most_token_bytes});
}

Connection::Token Connection::fetch_token(const std::string& scope) const {
    const auto realm = challenge_.get("realm");
    const auto asked = context_.clock.steady();
    const auto response = ask_for_token(realm, scope);
    const auto json = response.ok() ? Json::parse(response.body, nullptr, false) : Json();
    for (const char* name : {"token", "access_token"}) {
        if (!json.is_object() || !json.value(name, Json()).is_string()) continue;
        Secret token(json[name].get<std::string>());
        if (token.empty()) continue;
        context_.log.hide(token);
        const auto lifetime = json.value("expires_in", Json());
        const auto seconds = lifetime.is_number() ? lifetime.get<double>() : static_cast<double>(usual_token_seconds);
        const auto good = std::clamp(static_cast<long>(std::clamp(seconds, 0.0, 86400.0)) - margin_seconds, 1L, 86400L);
        return {token, asked + std::chrono::seconds(good)};
    }
    const auto who = access_.credentials ? "user " + (access_.credentials->user.empty() ? "with an identity token" : access_.credentials->user) : "nobody in particular: no credentials are known for it";
    throw Error(ExitCode::world, Diagnostic{.message = "cannot log in to " + registry_ + ": GET " + io::url_for_people(realm) + ": no token: " + words_of(response),
                                            .hint = response.status == 401 || response.status == 403 ? "asked as " + who : std::string()});
}

} // namespace slipway::registry
