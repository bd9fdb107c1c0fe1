#include "core/encoding.hpp"
#include "core/text.hpp"
#include "wait-for-slo/google/credentials_file.hpp"
#include "wait-for-slo/google/token_request.hpp"

#include <algorithm>

namespace slipway::wait_for_slo {

namespace {

constexpr const char* supported = "supported are an identity token in a file ('file') and one that is asked for at an address ('url'), as gcloud iam workload-identity-pools create-cred-config writes them";
/// Of the token between, which is good for nothing but the impersonation.
constexpr const char* platform_scope = "https://www.googleapis.com/auth/cloud-platform";
constexpr long longest_lifetime = 12 * 3600;

/// Where an identity token comes from, and in which form.
struct SubjectToken {
    std::string file;
    std::string url;
    std::vector<io::Header> headers;
    std::string field; ///< of the JSON object that holds it; empty: the text is the token
};

SubjectToken read_source(const CredentialsFile& file, cli::Context& context) {
    const auto refuse = [&](const std::string& why) { return misuse("cannot use " + file.path + ": " + why, supported); };
    const auto& source = value_at(file.json, "credential_source");
    if (!source.is_object()) throw refuse("it has no 'credential_source'");
    for (const char* kind : {"executable", "certificate"}) {
        if (source.contains(kind)) throw refuse("a credential_source of the kind '" + std::string(kind) + "' is not supported");
    }
    if (source.contains("environment_id") || source.contains("regional_cred_verification_url")) throw refuse("credentials of AWS are not supported");
    SubjectToken token{.file = text_at(source, "file"), .url = text_at(source, "url"), .headers = {}, .field = {}};
    if (token.file.empty() == token.url.empty()) throw refuse("its credential_source must name either a file or a URL");
    if (!token.url.empty()) token.url = address_to_read(file, "credential_source.url", token.url);
    for (const auto& [name, value] : value_at(source, "headers").items()) {
        if (!value.is_string()) throw refuse("the header '" + visible(name) + "' of its credential_source is no text");
        const auto text = value.get<std::string>();
        // "Bearer TOKEN"; "True" of Azure's is no secret.
        if (io::is_credential_header(name)) context.commands.mask(Secret(text.substr(text.rfind(' ') + 1)));
        token.headers.push_back({name, text});
    }
    const auto& format = value_at(source, "format");
    const auto type = text_at(format, "type");
    if (type == "json") {
        token.field = text_at(format, "subject_token_field_name");
        if (token.field.empty()) throw refuse("the format of its credential_source is json, without a 'subject_token_field_name'");
    } else if (!type.empty() && type != "text") {
        throw refuse("the format '" + visible(type) + "' of its credential_source is neither text nor json");
    }
    return token;
}

/// "ci@team.iam.gserviceaccount.com" of ".../serviceAccounts/ci@team.iam.gserviceaccount.com:generateAccessToken"
std::string account_in(const std::string& url) {
    const auto begin = url.rfind('/') + 1;
    return visible(percent_decode(url.substr(begin, url.rfind(':') - begin)));
}

class ExternalAccount final : public TokenSource {
public:
    ExternalAccount(const CredentialsFile& file, Secret id_token, TokenParts parts)
        : parts_(parts), id_token_(std::move(id_token)), audience_(required_text(file, "audience")), type_(required_text(file, "subject_token_type")),
          token_url_(address_of_google(file, "token_url", required_text(file, "token_url"))), client_id_(text_at(file.json, "client_id")), client_secret_(text_at(file.json, "client_secret")) {
        parts_.context.commands.mask(client_secret_);
        if (id_token_.empty()) source_ = read_source(file, parts_.context);
        if (const auto url = text_at(file.json, "service_account_impersonation_url"); !url.empty()) {
            impersonation_url_ = address_of_google(file, "service_account_impersonation_url", url);
        }
        const auto& lifetime = value_at(value_at(file.json, "service_account_impersonation"), "token_lifetime_seconds");
        if (lifetime.is_number_integer()) lifetime_ = std::chrono::seconds{std::clamp(lifetime.get<long>(), 1L, longest_lifetime)};
    }

    AccessToken fetch() override {
        auto token = exchange(subject_token());
        return impersonation_url_.empty() ? token : impersonate(token.value);
    }

    std::string who() const override { return impersonation_url_.empty() ? "the principal of the workload identity pool" : "the service account " + account_in(impersonation_url_); }

private:
    std::string read_token_file() const {
        try {
            return parts_.context.files.read(source_.file);
        } catch (const Error& error) {
            throw misuse(std::string("cannot get an identity token: ") + error.what(), "credential_source names that file; a token in a variable is given as SLIPWAY_WAIT_FOR_SLO_GOOGLE_ID_TOKEN");
        }
    }

    Secret subject_token() {
        if (!id_token_.empty()) return id_token_;
        std::string text;
        std::string where;
        if (!source_.file.empty()) {
            where = source_.file;
            text = read_token_file();
        } else {
            where = io::url_for_people(source_.url);
            io::Request request{.url = source_.url, .headers = source_.headers};
            request.most_bytes = 1024 * 1024;
            const auto response = parts_.http.send(request);
            if (!response.ok()) {
                const auto words = "cannot get an identity token: " + in_words(request, read_refusal(response));
                if (io::is_passing(response.status)) throw world_failure(words);
                throw io::LastingError(words, "a GitHub job needs the permission 'id-token: write'; its address is good for this job only");
            }
            text = response.body;
        }
        Secret token{source_.field.empty() ? std::string(trim(text)) : text_at(parse_json(text), source_.field.c_str())};
        if (token.empty()) throw io::LastingError("cannot get an identity token: there is none in " + visible(where) + (source_.field.empty() ? "" : ", in the field '" + visible(source_.field) + "' of a JSON object"));
        parts_.context.log.hide(token);
        return token;
    }

    AccessToken exchange(const Secret& subject) {
        auto request = form_request(token_url_, {{"grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"},
                                                 {"audience", audience_},
                                                 {"scope", impersonation_url_.empty() ? monitoring_scope : platform_scope},
                                                 {"requested_token_type", "urn:ietf:params:oauth:token-type:access_token"},
                                                 {"subject_token", subject.reveal()},
                                                 {"subject_token_type", type_}});
        if (!client_id_.empty()) request.headers.push_back({"Authorization", "Basic " + base64(client_id_ + ':' + client_secret_.reveal())});
        const auto answer = granted(request, parts_.http.send(request),
                                    "the provider of the workload identity pool must accept the token's issuer, its audience and the attribute condition; an identity token of GitLab lives 5 minutes where the job has no timeout of its own");
        return read_token(request, answer, parts_.context);
    }

    AccessToken impersonate(const Secret& token) {
        const Json body = {{"scope", {monitoring_scope}}, {"lifetime", std::to_string(lifetime_.count()) + 's'}};
        io::Request request{.method = "POST", .url = impersonation_url_, .headers = {{"Content-Type", "application/json"}, {"Authorization", "Bearer " + token.reveal()}}, .body = body.dump()};
        request.retry.also_unsafe_methods = true;
        request.most_bytes = 1024 * 1024;
        const auto answer = granted(request, parts_.http.send(request), "the identity of the job needs the role roles/iam.workloadIdentityUser on " + who());
        // Its expireTime is by Google's clock; what was asked for is granted or refused.
        return read_token(request, {{"access_token", text_at(answer, "accessToken")}, {"expires_in", lifetime_.count()}}, parts_.context);
    }

    TokenParts parts_;
    Secret id_token_;
    std::string audience_;
    std::string type_;
    std::string token_url_;
    std::string client_id_;
    Secret client_secret_;
    SubjectToken source_;
    std::string impersonation_url_; ///< empty: the exchanged token is the one
    std::chrono::seconds lifetime_{3600};
};

} // namespace

std::unique_ptr<TokenSource> make_external_account(const CredentialsFile& file, Secret id_token, TokenParts parts) { return std::make_unique<ExternalAccount>(file, std::move(id_token), parts); }

} // namespace slipway::wait_for_slo
