#include "github_app.hpp"

#include "core/encoding.hpp"
#include "core/jwt.hpp"
#include "core/text.hpp"
#include "github_api.hpp"

#include <chrono>
#include <exception>
#include <utility>

namespace slipway::update_gitops_values {

namespace {

/// GitHub takes ten minutes at most, and clocks differ.
constexpr std::chrono::seconds issued_before{60};
constexpr std::chrono::seconds good_for{9 * 60};
/// Tokens are good for an hour.
constexpr std::chrono::minutes renewed_after{50};
/// Giving a token back must not delay the end of a step that is cancelled.
constexpr Duration time_to_revoke{2'000};

constexpr const char* needs_app = "the app's page on GitHub says where it is installed ('Install App', 'Repository access'), and which permissions it has";

std::string key_problem(const Error& error) { return "cannot use --github-app-key-file: " + error.diagnostics().front().message; }

/// Proves that we are the app.
/// @source https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
Secret app_proof(const ForgeOptions& options, Timestamp time) {
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch());
    json::Value claims = json::Value::object();
    claims["iat"] = (now - issued_before).count();
    claims["exp"] = (now + good_for).count();
    claims["iss"] = std::string(trim(options.app_id));
    try {
        return sign_jwt(R"({"alg":"RS256","typ":"JWT"})", claims.dump(-1, ' ', false, json::Value::error_handler_t::replace), options.app_key);
    } catch (const Error& error) {
        throw misuse(key_problem(error), error.diagnostics().front().hint);
    }
}

/// Asks GitHub as an app.
class AppApi {
public:
    AppApi(const ForgeProject& project, const ForgeOptions& options, const cli::TlsOptions& tls, cli::Context& context)
        : project_(project), shown_("the app " + visible(options.app_id)), asks_(options.asks()), api_(project.api, names(), settings(options, tls, context), context) {}

    Secret token() {
        const auto installation = find_installation();
        const auto name = project_.path.substr(project_.path.find('/') + 1);
        ApiCall call{.method = "POST", .path = "/app/installations/" + std::to_string(installation) + "/access_tokens", .what = "cannot get a token of " + shown_ + " for " + visible(project_.path)};
        call.body = json::Value::object();
        (*call.body)["repositories"] = json::Value::array();
        (*call.body)["repositories"].push_back(name);
        (*call.body)["permissions"]["contents"] = "write";
        if (asks_) (*call.body)["permissions"]["pull_requests"] = "write";
        call.repeatable = true; // one token more, which ends by itself
        call.expected = {403, 422};
        const auto answer = api_.send(call);
        if (answer.status == 422) throw world_failure(call.what + ": GitHub does not give it: " + answer.words, hint_for(answer));
        if (answer.status == 403) throw world_failure(call.what + ": GitHub does not give it: " + answer.words, answer.says("suspended") ? "an owner of the organization can lift that: settings, GitHub Apps" : needs_app);
        const auto token = json::text(answer.body, "token");
        if (token.empty()) throw api_.not_understood(call, "it has no token");
        return Secret(token);
    }

private:
    static ApiNames names() {
        auto names = github_names(needs_app);
        names.bad_token = "do --github-app-id and --github-app-key-file belong together, and is this machine's clock right? the app's page on GitHub shows its id and its keys";
        return names;
    }

    static io::HttpSettings settings(const ForgeOptions& options, const cli::TlsOptions& tls, cli::Context& context) {
        // As the app, not with what --forge-token-file says.
        cli::ServerOptions server;
        server.url = cli::base_url(options.server);
        auto settings = cli::http_settings(server, tls, context);
        const auto proof = app_proof(options, context.clock.now());
        context.commands.mask(proof);
        settings.auth = io::BearerAuth{proof};
        settings.headers.push_back({"X-GitHub-Api-Version", "2022-11-28"});
        return settings;
    }

    std::string permissions() const { return asks_ ? "'Contents' and 'Pull requests' (read and write)" : "'Contents' (read and write)"; }

    std::string hint_for(const ApiAnswer& answer) const {
        if (!answer.says("permission")) return needs_app;
        return "the app needs the repository permissions " + permissions() + "; after a change an owner of the organization has to accept them: settings, GitHub Apps";
    }

    long find_installation() {
        const auto& path = project_.path;
        const auto slash = path.find('/');
        ApiCall call{.path = "/repos/" + percent_encode(path.substr(0, slash)) + '/' + percent_encode(path.substr(slash + 1)) + "/installation", .what = "cannot find the installation of " + shown_ + " for " + visible(path)};
        call.expected = {404};
        const auto answer = api_.send(call);
        if (answer.status == 404) throw world_failure("cannot get a token of " + shown_ + " for " + visible(path) + ": the app is not installed for this repository, or there is none of that name", needs_app);
        const auto id = json::number(answer.body, "id");
        if (id <= 0) throw api_.not_understood(call, "it has no id");
        if (!json::text(answer.body, "suspended_at").empty()) throw world_failure("cannot get a token of " + shown_ + " for " + visible(path) + ": its installation is suspended", "an owner of the organization can lift that: settings, GitHub Apps");
        return id;
    }

    const ForgeProject& project_;
    std::string shown_;
    bool asks_; ///< opens pull requests
    ForgeApi api_;
};

io::HttpSettings settings_to_revoke(const ForgeOptions& options, const Secret& token, const cli::TlsOptions& tls, cli::Context& context) {
    cli::ServerOptions server;
    server.url = cli::base_url(options.server);
    auto settings = cli::http_settings(server, tls, context);
    settings.auth = io::BearerAuth{token};
    return settings;
}

} // namespace

InstallationToken::InstallationToken(const ForgeProject& project, const ForgeOptions& options, const cli::TlsOptions& tls, cli::Context& context)
    : project_(project), options_(options), tls_(tls), context_(context) {
    if (project.kind != ForgeProject::Kind::github) throw misuse("--github-app-id is for GitHub, and " + visible(project.api) + " is none", "--forge says which API it speaks");
    fetch();
}

InstallationToken::~InstallationToken() { give_back(); }

const Secret& InstallationToken::value() {
    if (context_.clock.steady() - since_ < renewed_after) return value_;
    fetch();
    tell_(value_);
    return value_;
}

void InstallationToken::fetch() {
    const auto now = context_.clock.steady();
    const auto token = AppApi(project_, options_, tls_, context_).token();
    context_.commands.mask(token);
    context_.log.debug("got a token of the app " + options_.app_id + " for " + project_.path);
    give_back();
    value_ = token;
    since_ = now;
    http_ = context_.http_factory(settings_to_revoke(options_, value_, tls_, context_), context_.clock, context_.log, never_);
}

void InstallationToken::give_back() noexcept {
    if (!http_) return;
    try {
        io::Request request{.method = "DELETE", .url = project_.api + "/installation/token", .headers = {{"Accept", "application/vnd.github+json"}, {"User-Agent", api_agent}, {"X-GitHub-Api-Version", "2022-11-28"}}, .timeout = time_to_revoke};
        request.retry.attempts = 1;
        const auto answer = http_->send(request);
        if (!answer.ok()) context_.log.debug("the app's token is not given back (status " + std::to_string(answer.status) + "): it ends within an hour");
    } catch (const std::exception& error) {
        // It ends within an hour by itself.
        try {
            context_.log.debug(std::string("the app's token is not given back: ") + error.what());
        } catch (const std::exception&) { // nobody is left to be told
        }
    }
}

} // namespace slipway::update_gitops_values
