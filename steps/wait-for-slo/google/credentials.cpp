#include "wait-for-slo/google/credentials.hpp"

#include "core/text.hpp"
#include "wait-for-slo/google/answer.hpp"

#include <chrono>

namespace slipway::wait_for_slo {

namespace {

/// Long enough for a request that was begun with it.
constexpr std::chrono::seconds shortest_rest{60};

constexpr const char* kinds = "supported are service_account (a key), external_account (workload identity federation) and authorized_user (gcloud auth application-default login)";

} // namespace

const Secret& AccessTokens::token() {
    if (token_.empty() || clock_.steady() + shortest_rest >= good_until_) {
        const auto asked = clock_.steady();
        auto fresh = source_->fetch();
        token_ = std::move(fresh.value);
        good_until_ = asked + fresh.lifetime;
    }
    return token_;
}

std::unique_ptr<TokenSource> find_credentials(const GoogleOptions& options, const cli::TlsOptions& tls, io::HttpClient& http, cli::Context& context) {
    const auto& path = options.credentials_file;
    if (path.empty()) {
        if (!options.id_token.empty()) {
            throw misuse("cannot use --google-id-token-file without --google-credentials-file: nothing says where the identity token is exchanged", "gcloud iam workload-identity-pools create-cred-config writes that file; it holds no secret");
        }
        return make_metadata_server(context);
    }
    const auto json = parse_json(context.files.read(path));
    if (!json.is_object()) throw misuse("cannot use " + path + ": it is no JSON object", kinds);
    const CredentialsFile file{.path = path, .json = json, .api_url = options.monitoring_url, .allow_insecure = tls.allow_insecure};
    const TokenParts parts{http, context};
    const auto type = text_at(json, "type");
    if (type == "external_account") return make_external_account(file, options.id_token, parts);
    if (!options.id_token.empty()) throw misuse("cannot use --google-id-token-file with " + path + ": it is no configuration of workload identity federation (external_account)");
    if (type == "service_account") return make_service_account(file, parts);
    if (type == "authorized_user") return make_authorized_user(file, parts);
    throw misuse("cannot use " + path + ": " + (type.empty() ? "it has no 'type'" : "credentials of the type '" + visible(type) + "' are not supported"), kinds);
}

} // namespace slipway::wait_for_slo
