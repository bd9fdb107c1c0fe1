#include "failure.hpp"
#include "fakes.hpp"
#include "signing_keys.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "wait-for-slo/google/credentials.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>

using namespace slipway;
using namespace slipway::wait_for_slo;
using Json = nlohmann::json;

namespace {

const SigningKey& key() {
    static const auto made = make_rsa_key();
    return made;
}

Json service_account() {
    return {{"type", "service_account"}, {"private_key_id", "0123abcd"}, {"private_key", key().pem()}, {"client_email", "ci@team.iam.gserviceaccount.com"},
            {"token_uri", "https://oauth2.googleapis.com/token"}};
}

Json authorized_user() { return {{"type", "authorized_user"}, {"client_id", "id.apps.googleusercontent.com"}, {"client_secret", "client-secret"}, {"refresh_token", "1//refresh&token"}}; }

/// As google-github-actions/auth writes it.
Json github_job() {
    return {{"type", "external_account"},
            {"audience", "//iam.googleapis.com/projects/123/locations/global/workloadIdentityPools/ci/providers/github"},
            {"subject_token_type", "urn:ietf:params:oauth:token-type:jwt"},
            {"token_url", "https://sts.googleapis.com/v1/token"},
            {"service_account_impersonation_url", "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/ci%40team.iam.gserviceaccount.com:generateAccessToken"},
            {"credential_source",
             {{"url", "https://pipelines.actions.githubusercontent.com/token?audience=x"}, {"headers", {{"Authorization", "Bearer request-token"}}}, {"format", {{"type", "json"}, {"subject_token_field_name", "value"}}}}}};
}

/// As gcloud writes it for GitLab's id_tokens in a file.
Json gitlab_job() {
    auto file = github_job();
    file["credential_source"] = {{"file", "/builds/id_token"}};
    return file;
}

io::Response json(int status, const Json& body) { return {.status = status, .headers = {{"Content-Type", "application/json"}}, .body = body.dump()}; }

std::map<std::string, std::string> fields_of(const io::Request& request) {
    std::map<std::string, std::string> fields;
    const auto& body = std::get<std::string>(request.body);
    for (const auto field : split(body, '&')) {
        const auto equals = field.find('=');
        fields[percent_decode(field.substr(0, equals))] = percent_decode(field.substr(equals + 1));
    }
    return fields;
}

std::string header_of(const io::Request& request, const std::string& name) {
    for (const auto& header : request.headers) {
        if (header.name == name) return header.value;
    }
    return {};
}

struct Bench {
    fake::World world;
    cli::Context context = world.context();
    cli::TlsOptions tls = {};
    GoogleOptions options = {};
    std::unique_ptr<io::HttpClient> http = context.http({});
    std::unique_ptr<AccessTokens> tokens = {};

    explicit Bench(const Json& file = {}) {
        if (file.is_null()) return;
        options.credentials_file = "key.json";
        world.files.contents["key.json"] = file.is_string() ? file.get<std::string>() : file.dump();
    }

    std::string token() {
        if (!tokens) tokens = std::make_unique<AccessTokens>(find_credentials(options, tls, *http, context), world.clock);
        return tokens->token().reveal();
    }
    std::string failure() {
        return words_of(failure_of([&] { token(); }));
    }
};

} // namespace

TEST_CASE("a service account's key gets a token for a signed JWT, and a new one a minute before it ends") {
    Bench bench(service_account());
    int given = 0;
    bench.world.on_request = [&](const io::Request& request) {
        CHECK(request.method == "POST");
        CHECK(request.url == "https://oauth2.googleapis.com/token");
        const auto fields = fields_of(request);
        CHECK(fields.at("grant_type") == "urn:ietf:params:oauth:grant-type:jwt-bearer");
        const auto& jwt = fields.at("assertion");
        const auto parts = split(jwt, '.');
        REQUIRE(parts.size() == 3);
        const auto part = [&](std::size_t i) {
            std::string text(parts[i]);
            std::replace(text.begin(), text.end(), '-', '+');
            std::replace(text.begin(), text.end(), '_', '/');
            return decode_base64(text).value();
        };
        CHECK(Json::parse(part(0)) == Json{{"alg", "RS256"}, {"typ", "JWT"}, {"kid", "0123abcd"}});
        const auto now = std::chrono::floor<std::chrono::seconds>(bench.world.clock.time).time_since_epoch().count();
        CHECK(Json::parse(part(1)) == Json{{"iss", "ci@team.iam.gserviceaccount.com"}, {"scope", "https://www.googleapis.com/auth/monitoring.read"}, {"aud", "https://oauth2.googleapis.com/token"}, {"iat", now}, {"exp", now + 3600}});
        CHECK(key().verifies(jwt.substr(0, jwt.rfind('.')), part(2)));
        return json(200, {{"access_token", "ya29.token-" + std::to_string(++given)}, {"expires_in", 3599}, {"token_type", "Bearer"}});
    };
    CHECK(bench.token() == "ya29.token-1");
    bench.world.clock.time += std::chrono::seconds{3538};
    CHECK(bench.token() == "ya29.token-1");
    bench.world.clock.time += std::chrono::seconds{2};
    CHECK(bench.token() == "ya29.token-2");
    bench.tokens->refused();
    CHECK(bench.token() == "ya29.token-3");
    // Neither keys nor tokens are ever shown.
    const auto pem = key().pem();
    bench.context.log.info("ya29.token-3 " + std::string(lines(pem)[3]));
    CHECK(bench.world.terminal.err.find("ya29") == std::string::npos);
    CHECK(bench.world.terminal.err.find(lines(pem)[3]) == std::string::npos);
}

TEST_CASE("in another universe the JWT itself is the token") {
    auto file = service_account();
    file["universe_domain"] = "apis.example";
    Bench bench(file);
    CHECK(bench.failure() == "2 cannot use key.json: the service account belongs to apis.example, and --google-monitoring-url to googleapis.com | Cloud Monitoring has the address https://monitoring.apis.example there");
    bench.options.monitoring_url = "https://monitoring.apis.example";
    const auto jwt = bench.token();
    CHECK(split(jwt, '.').size() == 3);
    CHECK(bench.world.requests.empty());
}

TEST_CASE("a GitHub job's token is asked for, exchanged, and becomes one of the service account") {
    Bench bench(github_job());
    bench.world.on_request = [&](const io::Request& request) {
        switch (bench.world.requests.size()) {
        case 1:
            CHECK(request.method + ' ' + request.url == "GET https://pipelines.actions.githubusercontent.com/token?audience=x");
            CHECK(header_of(request, "Authorization") == "Bearer request-token");
            return json(200, {{"value", "job.id.token"}});
        case 2:
            CHECK(request.method + ' ' + request.url == "POST https://sts.googleapis.com/v1/token");
            CHECK(fields_of(request) == std::map<std::string, std::string>{{"grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"},
                                                                          {"audience", "//iam.googleapis.com/projects/123/locations/global/workloadIdentityPools/ci/providers/github"},
                                                                          {"scope", "https://www.googleapis.com/auth/cloud-platform"},
                                                                          {"requested_token_type", "urn:ietf:params:oauth:token-type:access_token"},
                                                                          {"subject_token", "job.id.token"},
                                                                          {"subject_token_type", "urn:ietf:params:oauth:token-type:jwt"}});
            return json(200, {{"access_token", "federated-token"}, {"issued_token_type", "urn:ietf:params:oauth:token-type:access_token"}, {"token_type", "Bearer"}, {"expires_in", 3599}});
        default:
            CHECK(request.method + ' ' + request.url == "POST https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/ci%40team.iam.gserviceaccount.com:generateAccessToken");
            CHECK(header_of(request, "Authorization") == "Bearer federated-token");
            CHECK(Json::parse(std::get<std::string>(request.body)) == Json{{"scope", {"https://www.googleapis.com/auth/monitoring.read"}}, {"lifetime", "3600s"}});
            return json(200, {{"accessToken", "account-token"}, {"expireTime", "2026-11-24T13:00:00Z"}});
        }
    };
    CHECK(bench.token() == "account-token");
    CHECK(bench.tokens->who() == "the service account ci@team.iam.gserviceaccount.com");
    bench.context.log.info("request-token job.id.token federated-token account-token");
    CHECK(bench.world.terminal.err.find("-token") == std::string::npos);
    CHECK(bench.world.terminal.err.find("job.id") == std::string::npos);
}

TEST_CASE("a GitLab job's token comes from a file or an option, with and without a service account") {
    auto direct = gitlab_job();
    direct.erase("service_account_impersonation_url");
    direct["client_id"] = "user";
    direct["client_secret"] = "password";
    Bench bench(direct);
    bench.world.files.contents["/builds/id_token"] = " from.the.file\n";
    std::string subject;
    bench.world.on_request = [&](const io::Request& request) {
        subject = fields_of(request).at("subject_token");
        CHECK(fields_of(request).at("scope") == "https://www.googleapis.com/auth/monitoring.read");
        CHECK(header_of(request, "Authorization") == "Basic " + base64("user:password"));
        return json(200, {{"access_token", "federated-token"}, {"expires_in", 3599}});
    };
    SECTION("the file") {
        CHECK(bench.token() == "federated-token");
        CHECK(subject == "from.the.file");
    }
    SECTION("the option") {
        bench.options.id_token = Secret("from.the.option");
        CHECK(bench.token() == "federated-token");
        CHECK(subject == "from.the.option");
    }
    SECTION("an empty file") {
        bench.world.files.contents["/builds/id_token"] = "\n";
        CHECK(bench.failure() == "3 cannot get an identity token: there is none in /builds/id_token");
    }
    SECTION("no file") {
        bench.world.files.contents.erase("/builds/id_token");
        CHECK(bench.failure() == "2 cannot get an identity token: cannot read /builds/id_token: No such file or directory | credential_source names that file; a token in a variable is given as SLIPWAY_WAIT_FOR_SLO_GOOGLE_ID_TOKEN");
    }
    SECTION("a file of JSON") {
        direct["credential_source"]["format"] = {{"type", "json"}, {"subject_token_field_name", "id_token"}};
        bench.world.files.contents["key.json"] = direct.dump();
        CHECK(bench.failure() == "3 cannot get an identity token: there is none in /builds/id_token, in the field 'id_token' of a JSON object");
        bench.world.files.contents["/builds/id_token"] = R"({"id_token": "from.json"})";
        CHECK(bench.token() == "federated-token");
        CHECK(subject == "from.json");
    }
}

TEST_CASE("what gcloud keeps of a person is a refresh token") {
    Bench bench(authorized_user());
    bench.world.on_request = [&](const io::Request& request) {
        CHECK(request.url == "https://oauth2.googleapis.com/token");
        CHECK(fields_of(request) == std::map<std::string, std::string>{{"grant_type", "refresh_token"}, {"client_id", "id.apps.googleusercontent.com"}, {"client_secret", "client-secret"}, {"refresh_token", "1//refresh&token"}});
        return json(200, {{"access_token", "user-token"}, {"expires_in", 3599}});
    };
    CHECK(bench.token() == "user-token");
}

TEST_CASE("the metadata server of a fresh pod answers late") {
    Bench bench;
    bench.world.environment.variables["GCE_METADATA_HOST"] = "127.0.0.1:8080";
    int request_number = 0;
    bench.world.on_request = [&](const io::Request& request) -> io::Response {
        CHECK(request.url == "http://127.0.0.1:8080/computeMetadata/v1/instance/service-accounts/default/token");
        CHECK(header_of(request, "Metadata-Flavor") == "Google");
        if (++request_number == 1) throw world_failure("GET http://127.0.0.1:8080/...: connection refused");
        const std::vector<io::Header> headers = {{"metadata-flavor", "Google"}};
        if (request_number < 5) return {.status = 404, .headers = headers, .body = "Not Found"};
        return {.status = 200, .headers = headers, .body = R"({"access_token":"pod-token","expires_in":3000,"token_type":"Bearer"})"};
    };
    CHECK(bench.token() == "pod-token");
    CHECK(request_number == 5);
    CHECK(bench.world.clock.sleeps == std::vector<Duration>(4, Duration{1'000}));
    CHECK(bench.world.connections.back().past_proxies);
    CHECK(bench.world.terminal.err.find("waiting up to 30s for a token of the metadata server: GET http://127.0.0.1:8080/...: connection refused") != std::string::npos);
}

TEST_CASE("without a metadata server there are no credentials") {
    const std::string hint = " | outside of Google Cloud give --google-credentials-file (GOOGLE_APPLICATION_CREDENTIALS): the key of a service account, or a configuration of workload identity federation";
    Bench bench;
    SECTION("nothing answers for half a minute") {
        CHECK(bench.failure() == "3 there are no credentials for Google Cloud: the metadata server gave no token within 30s: GET http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token: connection refused" + hint);
        CHECK(bench.world.requests.size() == 31);
    }
    SECTION("it knows no service account") {
        bench.world.on_request = [](const io::Request&) { return io::Response{.status = 404, .headers = {{"Metadata-Flavor", "Google"}}, .body = "no such account"}; };
        CHECK(bench.failure() == "3 there are no credentials for Google Cloud: the metadata server gave no token within 30s: GET http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token: status 404: no such account" + hint);
    }
    SECTION("something else answers by that name") {
        bench.world.on_request = [](const io::Request&) { return json(200, {{"access_token", "trap"}}); };
        CHECK(bench.failure() == "3 there are no credentials for Google Cloud: what answers at http://metadata.google.internal is no metadata server (status 200, without the header Metadata-Flavor: Google) | give --google-credentials-file (GOOGLE_APPLICATION_CREDENTIALS)");
        CHECK(bench.world.requests.size() == 1);
    }
    SECTION("somebody cancels") {
        bench.world.clock.on_sleep = [] { throw Cancelled(15); };
        CHECK_THROWS_AS(bench.token(), Cancelled);
    }
}

TEST_CASE("credentials files that cannot be used are refused before anything is sent") {
    const auto with = [](Json file, const std::string& pointer, const Json& value) {
        if (value.is_null()) file.erase(pointer.substr(1));
        else file[Json::json_pointer(pointer)] = value;
        return file;
    };
    const std::string kinds = " | supported are service_account (a key), external_account (workload identity federation) and authorized_user (gcloud auth application-default login)";
    const std::string sources = " | supported are an identity token in a file ('file') and one that is asked for at an address ('url'), as gcloud iam workload-identity-pools create-cred-config writes them";
    const std::string written = " | credentials are used as Google's console or gcloud wrote them";
    const std::string universe = " | where Google's services have another domain, --google-monitoring-url names it: https://monitoring.DOMAIN";
    const std::vector<std::pair<Json, std::string>> rows = {
        {"no JSON", "it is no JSON object" + kinds},
        {std::string(100'000, '['), "it is no JSON object" + kinds},
        {Json::object(), "it has no 'type'" + kinds},
        {{{"type", "impersonated_service_account"}}, "credentials of the type 'impersonated_service_account' are not supported" + kinds},
        {with(service_account(), "/client_email", nullptr), "it has no 'client_email'" + written},
        {with(service_account(), "/private_key", 7), "it has no 'private_key'" + written},
        {with(service_account(), "/private_key", "-----BEGIN PRIVATE KEY-----\nMIIE"), "the private key is cut off: its last line, -----END ...-----, is missing"},
        {with(service_account(), "/token_uri", "http://oauth2.googleapis.com/token"), "token_uri 'http://oauth2.googleapis.com/token' is plain HTTP, which would show the credentials to everybody on the way"},
        {with(service_account(), "/token_uri", "https://evil.example/token"), "token_uri 'https://evil.example/token' is no address of Google's: credentials would be sent there" + universe},
        {with(service_account(), "/token_uri", "https://evilgoogleapis.com/token"), "token_uri 'https://evilgoogleapis.com/token' is no address of Google's: credentials would be sent there" + universe},
        {with(service_account(), "/token_uri", "https://oauth2.googleapis.com@evil.example/"), "token_uri 'https://evil.example/' names a user"},
        {with(service_account(), "/token_uri", "ftp://x"), "token_uri 'ftp://x' is no http:// or https:// URL"},
        {with(github_job(), "/token_url", "https://sts.evil.example"), "token_url 'https://sts.evil.example' is no address of Google's: credentials would be sent there" + universe},
        {with(github_job(), "/service_account_impersonation_url", "http://10.0.0.1/x"), "service_account_impersonation_url 'http://10.0.0.1/x' is plain HTTP, which would show the credentials to everybody on the way"},
        {with(github_job(), "/credential_source/url", "http://tokens.example/"), "credential_source.url 'http://tokens.example/' is plain HTTP, which would show the identity token to everybody on the way"},
        {with(github_job(), "/credential_source/file", "/x"), "its credential_source must name either a file or a URL" + sources},
        {with(github_job(), "/credential_source", {{"executable", {{"command", "/bin/token"}}}}), "a credential_source of the kind 'executable' is not supported" + sources},
        {with(github_job(), "/credential_source", {{"environment_id", "aws1"}}), "credentials of AWS are not supported" + sources},
        {with(github_job(), "/credential_source", nullptr), "it has no 'credential_source'" + sources},
        {with(github_job(), "/credential_source/format", {{"type", "json"}}), "the format of its credential_source is json, without a 'subject_token_field_name'" + sources},
        {with(github_job(), "/credential_source/format/type", "xml"), "the format 'xml' of its credential_source is neither text nor json" + sources},
        {with(github_job(), "/credential_source/headers/Accept", 1), "the header 'Accept' of its credential_source is no text" + sources},
        {with(github_job(), "/audience", nullptr), "it has no 'audience'" + written},
    };
    for (const auto& [file, words] : rows) {
        Bench bench(file);
        INFO(file.dump().substr(0, 300));
        CHECK(bench.failure() == "2 cannot use key.json: " + words);
        CHECK(bench.world.requests.empty());
    }
    Bench bench(service_account());
    bench.options.id_token = Secret("id.token");
    CHECK(bench.failure() == "2 cannot use --google-id-token-file with key.json: it is no configuration of workload identity federation (external_account)");
    bench.options.credentials_file.clear();
    CHECK(bench.failure() == "2 cannot use --google-id-token-file without --google-credentials-file: nothing says where the identity token is exchanged | gcloud iam workload-identity-pools create-cred-config writes that file; it holds no secret");
}

TEST_CASE("addresses that are Google's, this machine's, or that the user trusts are taken") {
    const auto uri = [](const char* url) {
        auto file = service_account();
        file["token_uri"] = url;
        return file;
    };
    for (const char* url : {"https://accounts.google.com/o/oauth2/token", "http://127.0.0.1:8080/token", "https://oauth2.example.p.googleapis.com/token", "https://monitoring-proxy.corp.example/token", "https://oauth2.monitoring.corp.example/"}) {
        Bench bench(uri(url));
        if (std::string(url).find("corp") != std::string::npos) bench.options.monitoring_url = std::string(url).find("proxy") != std::string::npos ? "https://monitoring-proxy.corp.example" : "https://monitoring.monitoring.corp.example";
        bench.world.on_request = [](const io::Request&) { return json(200, {{"access_token", "a-token"}}); };
        INFO(url);
        CHECK(bench.token() == "a-token");
    }
    Bench insecure(uri("http://proxy.corp.example/token"));
    insecure.tls.allow_insecure = true;
    insecure.options.monitoring_url = "http://proxy.corp.example";
    insecure.world.on_request = [](const io::Request&) { return json(200, {{"access_token", "a-token"}}); };
    CHECK(insecure.token() == "a-token");
    // Azure's metadata address is plain HTTP, like Google's.
    auto azure = github_job();
    azure["credential_source"] = {{"url", "http://169.254.169.254/metadata/identity/oauth2/token?resource=x"}, {"headers", {{"Metadata", "True"}}}};
    Bench of_azure(azure);
    of_azure.world.on_request = [](const io::Request&) { return json(200, {{"access_token", "a-token"}, {"accessToken", "a-token"}}); };
    CHECK(of_azure.token() == "a-token");
}

TEST_CASE("refused credentials are told in the server's words, with what to do") {
    struct Row {
        Json file;
        std::size_t at; ///< the request that is refused
        int status;
        Json answer;
        std::string words;
    };
    const std::string oauth = "3 cannot get an access token: POST https://oauth2.googleapis.com/token: status ";
    const std::string sts = "3 cannot get an access token: POST https://sts.googleapis.com/v1/token: status ";
    const std::string iam = "3 cannot get an access token: POST https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/ci%40team.iam.gserviceaccount.com:generateAccessToken: status ";
    const std::vector<Row> rows = {
        {service_account(), 1, 400, {{"error", "invalid_grant"}, {"error_description", "Invalid JWT Signature."}}, oauth + "400, invalid_grant: Invalid JWT Signature. | the key may have been deleted or disabled, or the service account with it: make a new key"},
        {service_account(), 1, 400, {{"error", "invalid_grant"}, {"error_description", "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim."}},
         oauth + "400, invalid_grant: Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim. | the clock of this machine is wrong"},
        {service_account(), 1, 503, "busy", oauth + "503: \"busy\""},
        {service_account(), 1, 200, "no object", "3 cannot get an access token: POST https://oauth2.googleapis.com/token: the answer is no JSON object"},
        {service_account(), 1, 200, {{"id_token", "x"}}, "3 cannot get an access token: POST https://oauth2.googleapis.com/token: the answer has no access_token"},
        {service_account(), 1, 200, {{"access_token", "a\nb"}}, "3 cannot get an access token: POST https://oauth2.googleapis.com/token: the answer has no access_token"},
        {authorized_user(), 1, 400, {{"error", "invalid_grant"}, {"error_description", "Token has been expired or revoked."}}, oauth + "400, invalid_grant: Token has been expired or revoked. | log in again: gcloud auth application-default login"},
        {github_job(), 1, 403, {{"message", "no"}}, "3 cannot get an identity token: GET https://pipelines.actions.githubusercontent.com/token?...: status 403: {\"message\":\"no\"} | a GitHub job needs the permission 'id-token: write'; its address is good for this job only"},
        {github_job(), 2, 400, {{"error", "invalid_grant"}, {"error_description", "ID Token issued at 1 is stale to sign-in."}},
         sts + "400, invalid_grant: ID Token issued at 1 is stale to sign-in. | the provider of the workload identity pool must accept the token's issuer, its audience and the attribute condition; an identity token of GitLab lives 5 minutes where the job has no timeout of its own"},
        {github_job(), 3, 403, {{"error", {{"code", 403}, {"message", "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist)."}, {"status", "PERMISSION_DENIED"}}}},
         iam + "403, PERMISSION_DENIED: Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist). | the identity of the job needs the role roles/iam.workloadIdentityUser on the service account ci@team.iam.gserviceaccount.com"},
    };
    for (const auto& row : rows) {
        Bench bench(row.file);
        bench.world.on_request = [&](const io::Request&) {
            if (bench.world.requests.size() == row.at) return json(row.status, row.answer);
            return json(200, {{"value", "id.token"}, {"access_token", "a-token"}});
        };
        CHECK(bench.failure() == row.words);
    }
}
