#include "wait-for-slo/google/credentials_file.hpp"
#include "wait-for-slo/google/token_request.hpp"

namespace slipway::wait_for_slo {

namespace {

constexpr const char* usual_token_uri = "https://oauth2.googleapis.com/token";

class AuthorizedUser final : public TokenSource {
public:
    AuthorizedUser(const CredentialsFile& file, TokenParts parts)
        : parts_(parts), client_id_(required_text(file, "client_id")), client_secret_(required_text(file, "client_secret")), refresh_token_(required_text(file, "refresh_token")) {
        parts_.context.commands.mask(client_secret_);
        parts_.context.commands.mask(refresh_token_);
        const auto own = text_at(file.json, "token_uri");
        token_uri_ = address_of_google(file, "token_uri", own.empty() ? usual_token_uri : own);
    }

    AccessToken fetch() override {
        const auto request = form_request(token_uri_, {{"grant_type", "refresh_token"}, {"client_id", client_id_}, {"client_secret", client_secret_.reveal()}, {"refresh_token", refresh_token_.reveal()}});
        return read_token(request, granted(request, parts_.http.send(request), "log in again: gcloud auth application-default login"), parts_.context);
    }

    std::string who() const override { return "the user who logged in with gcloud"; }

private:
    TokenParts parts_;
    std::string client_id_;
    Secret client_secret_;
    Secret refresh_token_;
    std::string token_uri_;
};

} // namespace

std::unique_ptr<TokenSource> make_authorized_user(const CredentialsFile& file, TokenParts parts) { return std::make_unique<AuthorizedUser>(file, parts); }

} // namespace slipway::wait_for_slo
