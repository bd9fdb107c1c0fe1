#include "registry/api.hpp"

#include "core/encoding.hpp"
#include "core/error.hpp"
#include "core/sha256.hpp"
#include "core/text.hpp"
#include "registry/challenge.hpp"
#include "registry/connection.hpp"

#include <nlohmann/json.hpp>

namespace slipway::registry {

namespace {

using Json = nlohmann::json;

constexpr std::size_t most_manifest_bytes = 4 * 1024 * 1024; // what registries take at most

const char* const manifest_types = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, "
                                   "application/vnd.docker.distribution.manifest.v2+json, "
                                   "application/vnd.docker.distribution.manifest.list.v2+json";

class Inquiry {
public:
    Inquiry(const Reference& image, const std::optional<Credentials>& credentials, const cli::TlsOptions& tls, cli::Context& context)
        : image_(image), credentials_(credentials), tls_(tls), context_(context) {
        if (image_.registry == "docker.io" || image_.registry.empty()) {
            image_.registry = "registry-1.docker.io";
            if (image_.repository.find('/') == std::string::npos) image_.repository.insert(0, "library/");
        }
    }

    Lookup ask() {
        client_ = connect(io::NoAuth{});
        auto response = first_answer();
        if (response.status == 401) {
            if (!log_in(response)) return {Lookup::Answer::refused, "", "it asks for credentials, and there are none that can be used here"};
            response = request("HEAD");
        }
        if (response.status == 401 || response.status == 403) return {Lookup::Answer::refused, "", words_of(request("GET"))};
        if (response.status == 404) return {Lookup::Answer::missing, "", words_of(request("GET"))};
        if (!response.ok()) throw world_failure("cannot ask " + url() + ": " + words_of(response));
        const auto digest = response.header("Docker-Content-Digest").value_or("");
        if (is_digest(digest)) return {Lookup::Answer::found, digest, ""};
        return from_manifest();
    }

private:
    std::unique_ptr<io::HttpClient> connect(io::HttpAuth auth) {
        return context_.http({.auth = std::move(auth),
                              .ca_file = tls_.ca_file,
                              .client_certificate = tls_.client_cert,
                              .client_key = tls_.client_key,
                              .allow_insecure = tls_.allow_insecure});
    }

    std::string url() const {
        return scheme_ + "://" + image_.registry + "/v2/" + image_.repository + "/manifests/" + (image_.digest.empty() ? image_.tag : image_.digest);
    }

    io::Response request(const std::string& method, int attempts = io::RetryPolicy{}.attempts) {
        io::Request request{.method = method, .url = url(), .headers = {{"Accept", manifest_types}}, .most_bytes = most_manifest_bytes};
        request.retry.attempts = attempts;
        return client_->send(request);
    }

    /// A registry without TLS is asked that way only where the caller said so.
    io::Response first_answer() {
        if (!tls_.allow_insecure) return request("HEAD");
        try {
            return request("HEAD", 1);
        } catch (const Error&) {
            scheme_ = "http";
            return request("HEAD");
        }
    }

    /// @return false when there is nothing to log in with
    bool log_in(const io::Response& response) {
        const auto challenge = parse_challenge(response.header("WWW-Authenticate").value_or(""));
        if (challenge.scheme == "basic") {
            if (!credentials_) return false;
            client_ = connect(io::BasicAuth{credentials_->user, credentials_->password});
            return true;
        }
        const auto realm = challenge.parameters.find("realm");
        if (challenge.scheme != "bearer" || realm == challenge.parameters.end()) {
            throw world_failure("cannot ask " + url() + ": the registry wants to authenticate in a way that is not known: '" + visible(challenge.scheme) + "'");
        }
        client_ = connect(io::BearerAuth{token(challenge, realm->second)});
        return true;
    }

    Secret token(const Challenge& challenge, const std::string& realm) {
        auto address = realm + (realm.find('?') == std::string::npos ? '?' : '&');
        if (const auto service = challenge.parameters.find("service"); service != challenge.parameters.end()) {
            address += "service=" + percent_encode(service->second) + '&';
        }
        address += "scope=" + percent_encode("repository:" + image_.repository + ":pull");
        const auto client = credentials_ ? connect(io::BasicAuth{credentials_->user, credentials_->password}) : connect(io::NoAuth{});
        const auto response = client->send({.url = address, .most_bytes = most_manifest_bytes});
        const auto json = Json::parse(response.body, nullptr, false);
        for (const char* name : {"token", "access_token"}) {
            if (response.ok() && json.is_object() && json.value(name, Json()).is_string()) {
                Secret token(json[name].get<std::string>());
                context_.log.hide(token);
                return token;
            }
        }
        throw world_failure("GET " + io::url_for_people(realm) + ": no token: " + words_of(response));
    }

    /// For a registry that does not say the digest: of the manifest itself.
    Lookup from_manifest() {
        const auto response = request("GET");
        const auto json = Json::parse(response.body, nullptr, false);
        if (!response.ok() || !json.is_object() || !json.contains("schemaVersion")) {
            return {Lookup::Answer::nonsense, "", "the answer is no image manifest: " + words_of(response)};
        }
        return {Lookup::Answer::found, "sha256:" + sha256(response.body), ""};
    }

    Reference image_;
    const std::optional<Credentials>& credentials_;
    const cli::TlsOptions& tls_;
    cli::Context& context_;
    std::string scheme_ = "https";
    std::unique_ptr<io::HttpClient> client_;
};

} // namespace

Lookup look_up(const Reference& image, const std::optional<Credentials>& credentials, const cli::TlsOptions& tls,
               cli::Context& context) {
    return Inquiry(image, credentials, tls, context).ask();
}

} // namespace slipway::registry
