#include "wait-for-slo/google/credentials_file.hpp"
#include "wait-for-slo/google/token_request.hpp"

#include "core/jwt.hpp"

#include <chrono>

namespace slipway::wait_for_slo {

namespace {

constexpr std::chrono::seconds lifetime{3600}; // the longest that is granted

class ServiceAccount final : public TokenSource {
public:
    ServiceAccount(const CredentialsFile& file, TokenParts parts)
        : parts_(parts), path_(file.path), email_(required_text(file, "client_email")), key_(required_text(file, "private_key")), key_id_(text_at(file.json, "private_key_id")) {
        parts_.context.commands.mask(key_);
        const auto universe = text_at(file.json, "universe_domain");
        if (!universe.empty() && universe != universe_of(file.api_url)) {
            throw misuse("cannot use " + path_ + ": the service account belongs to " + universe + ", and --google-monitoring-url to " + universe_of(file.api_url),
                         "Cloud Monitoring has the address https://monitoring." + universe + " there");
        }
        // Other universes have no token endpoint: their services take the JWT itself.
        if (universe.empty() || universe == "googleapis.com") token_uri_ = address_of_google(file, "token_uri", required_text(file, "token_uri"));
    }

    AccessToken fetch() override {
        const auto now = std::chrono::floor<std::chrono::seconds>(parts_.context.clock.now()).time_since_epoch().count();
        Json claims = {{"iss", email_}, {"scope", monitoring_scope}, {"iat", now}, {"exp", now + lifetime.count()}};
        if (token_uri_.empty()) {
            claims["sub"] = email_;
            return {.value = signed_jwt(claims), .lifetime = lifetime};
        }
        claims["aud"] = token_uri_;
        const auto request = form_request(token_uri_, {{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"}, {"assertion", signed_jwt(claims).reveal()}});
        const auto answer = granted(request, parts_.http.send(request), "the key may have been deleted or disabled, or the service account with it: make a new key");
        return read_token(request, answer, parts_.context);
    }

    std::string who() const override { return "the service account " + email_; }

private:
    Secret signed_jwt(const Json& claims) const {
        Json header = {{"alg", "RS256"}, {"typ", "JWT"}};
        if (!key_id_.empty()) header["kid"] = key_id_;
        const auto text = [](const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); };
        try {
            auto jwt = sign_jwt(text(header), text(claims), key_);
            parts_.context.log.hide(jwt);
            return jwt;
        } catch (const Error& error) {
            throw misuse("cannot use " + path_ + ": " + error.what(), error.diagnostics().front().hint);
        }
    }

    TokenParts parts_;
    std::string path_;
    std::string email_;
    Secret key_;
    std::string key_id_;
    std::string token_uri_; ///< empty: there is none
};

} // namespace

std::unique_ptr<TokenSource> make_service_account(const CredentialsFile& file, TokenParts parts) { return std::make_unique<ServiceAccount>(file, parts); }

} // namespace slipway::wait_for_slo
