#include "wait-for-slo/reports/webhook.hpp"

#include "cli/report.hpp"
#include "core/hmac.hpp"
#include "core/redactor.hpp"
#include "core/sha256.hpp"
#include "core/text.hpp"
#include "core/timestamp.hpp"
#include "io/http.hpp"
#include "wait-for-slo/reports/answers.hpp"
#include "wait-for-slo/reports/objective_json.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

namespace slipway::wait_for_slo {

namespace {

using cli::Json;

constexpr Duration longest_try{10'000};
/// A receiver that asks for more patience than that in Retry-After is not waited for.
constexpr Duration longest_patience{10'000};
constexpr std::size_t most_objectives = 100;

/// Slack cuts a text at 40,000 characters, and nobody reads a tenth of that in a chat.
constexpr std::size_t most_of_reason = 2'000;
constexpr std::size_t most_of_rest = 300;

/// Where the path begins, or what else follows scheme, host and port.
std::size_t end_of_server(std::string_view url) {
    const auto host = url.find("://");
    return std::min(url.find_first_of("/?#", host == std::string_view::npos ? 0 : host + 3), url.size());
}

std::string server_of(std::string_view url) { return io::url_for_people(url.substr(0, end_of_server(url))); }

std::string host_of(const std::string& url) {
    const auto parts = io::split_url(url);
    return parts ? parts->host : std::string();
}

bool is_discord(const std::string& host) { return host == "discord.com" || host == "discordapp.com"; }

/// Chats that refuse a field which they do not know, or may.
bool takes_text_only(const std::string& host) { return host == "hooks.slack.com" || host == "hooks.slack-gov.com" || host == "chat.googleapis.com" || is_discord(host); }

std::string cut(std::string text, std::size_t most) {
    if (text.size() <= most) return text;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U) --most; // not within a character
    return text.substr(0, most) + "...";
}

/// What others wrote, within a text as Slack reads it.
/// @source Slack, "Formatting text for app surfaces", section "Escaping text"
std::string escaped(std::string text) {
    replace_all(text, "&", "&amp;");
    replace_all(text, "<", "&lt;");
    replace_all(text, ">", "&gt;");
    // Mattermost and Discord would wake up everybody for @all and @everyone; a space without width keeps them from it.
    replace_all(text, "@", "@\xE2\x80\x8B");
    return text;
}

std::string text_of(const Result& result, const cli::Context& context) {
    // Redacted first: cut or escaped, a secret would not be recognized.
    const auto shown = [&](const std::string& text, std::size_t most) { return escaped(cut(one_line(context.log.redact(text)), most)); };
    const auto& outcome = result.outcome;
    auto text = "*wait-for-slo: " + to_string(outcome.verdict) + "*: ";
    if (result.found->command_failed()) text += "the command failed: " + shown(result.found->command->ended, most_of_rest) + "; ";
    if (result.found->objectives.size() == 1) text += shown(result.found->objectives.front().objective().name, most_of_rest) + ": ";
    text += shown(outcome.reason, most_of_reason);
    const auto& ci = context.ci;
    std::vector<std::string> release;
    for (const auto& part : {ci.project_name, ci.tag.empty() ? ci.branch : ci.tag, ci.short_commit.empty() ? ci.commit : ci.short_commit}) {
        if (!part.empty()) release.push_back(shown(part, most_of_rest));
    }
    if (!release.empty()) text += " (" + join(release, ", ") + ')';
    if (const auto& url = ci.job_url.empty() ? ci.pipeline_url : ci.job_url; !url.empty()) text += ' ' + shown(url, most_of_rest);
    return text;
}

/// Those that decided first, and no more than anybody wants to be told.
void add_objectives(Json& json, const Result& result) {
    const auto order = by_importance(result);
    const auto shown = std::min(order.size(), most_objectives);
    json["objectives"] = Json::array();
    for (std::size_t i = 0; i < shown; ++i) json["objectives"].push_back(to_json(result.found->objectives[order[i]], finding_of(result, order[i])));
    json["objectives_left_out"] = order.size() - shown;
    json["checks"] = Json::array();
    for (const auto& analysis : result.found->analyses) json["checks"].push_back({{"name", analysis.name}, {"verdict", to_string(analysis.finding.verdict)}, {"reason", analysis.finding.reason}});
}

Json ci_of(const ci::Info& info) {
    const auto text = [](const std::string& value) { return value.empty() ? Json(nullptr) : Json(value); };
    return {{"system", info.system == ci::System::none ? Json(nullptr) : Json(to_string(info.system))},
            {"project", text(info.project_name)},
            {"pipeline_url", text(info.pipeline_url)},
            {"job_url", text(info.job_url)},
            {"commit", text(info.commit)},
            {"branch", text(info.branch)},
            {"tag", text(info.tag)}};
}

Json body_of(const Result& result, const cli::Context& context) {
    const auto& outcome = result.outcome;
    Json json = {{"text", text_of(result, context)},
                 {"step", "wait-for-slo"},
                 {"verdict", to_string(outcome.verdict)},
                 {"reason", outcome.reason},
                 {"exit_code", static_cast<int>(outcome.code)}};
    add_objectives(json, result);
    json["command"] = nullptr;
    if (const auto& command = result.found->command) json["command"] = {{"exit_code", command->exit_code}, {"ended", command->ended}};
    json["ci"] = ci_of(context.ci);
    json["run_id"] = context.log.settings().run_id;
    json["time"] = format_timestamp(context.clock.now());
    cli::redact(json, context.log);
    return json;
}

std::string dumped(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

io::Request request_to(const std::string& url, const Json& whole, const Secret& secret) {
    const auto body = dumped(takes_text_only(host_of(url)) ? Json{{"text", whole.at("text")}} : whole);
    constexpr std::size_t digits_of_key = 32;
    io::Request request{.method = "POST",
                        .url = url,
                        .headers = {{"Content-Type", "application/json"}, {"Idempotency-Key", sha256(dumped(whole)).substr(0, digits_of_key)}},
                        .body = body,
                        .timeout = longest_try,
                        .retry = {.attempts = 3, .first_delay = Duration{500}, .longest_patience = longest_patience, .also_unsafe_methods = true},
                        .most_bytes = 1'000'000};
    if (!secret.empty()) request.headers.push_back({"X-Hub-Signature-256", "sha256=" + hmac_sha256(secret, body)});
    return request;
}

/// Why the answer is none that a receiver gives who took it.
std::string refusal_of(const io::Response& response) {
    auto why = "status " + std::to_string(response.status);
    if (response.status >= 300 && response.status < 400) return why + ": a redirect, which is not followed; give the address that it leads to";
    constexpr std::size_t most_words = 300;
    if (const auto words = one_line(cut(std::string(trim(response.body)), most_words)); !words.empty()) why += ": " + words;
    return why;
}

} // namespace

void check_webhooks(const ReportOptions& options, std::vector<Diagnostic>& problems) {
    for (const auto& [option, urls] : {std::pair{"--on-pass", &options.on_pass}, std::pair{"--on-fail", &options.on_fail}}) {
        for (const auto& url : *urls) {
            const auto refuse = [&, name = option](const std::string& why, std::string hint) { problems.push_back({.message = std::string("cannot use ") + name + ": " + why, .hint = std::move(hint)}); };
            const auto host = host_of(url);
            // The address itself is not shown: it may be all that is needed to write to it.
            if (host.empty()) refuse("it is no http:// or https:// URL", "an address that is a secret is given as a variable: SLIPWAY_WAIT_FOR_SLO_" + std::string(option == std::string_view("--on-pass") ? "ON_PASS" : "ON_FAIL"));
            const auto path = std::string_view(url).substr(0, url.find_first_of("?#"));
            if (is_discord(host) && !path.ends_with("/slack")) refuse(server_of(url) + " takes Slack's form at another address", "append /slack to the webhook's address");
        }
    }
}

void hide_webhooks(const ReportOptions& options, cli::Context& context) {
    for (const auto* urls : {&options.on_pass, &options.on_fail}) {
        for (const auto& url : *urls) {
            const auto rest = url.substr(end_of_server(url));
            // Without its query as well, as messages have it.
            for (const auto& part : {rest, rest.substr(0, rest.find_first_of("?#"))}) {
                if (part.size() >= Redactor::shortest) context.commands.mask(Secret(part));
            }
        }
    }
}

std::string webhooks_for_people(const ReportOptions& options) {
    std::string lines;
    for (const auto& url : options.on_pass) lines += "would post the verdict to " + server_of(url) + " when it is 'holds'\n";
    for (const auto& url : options.on_fail) lines += "would post the verdict to " + server_of(url) + " when it is any other than 'holds'\n";
    return lines;
}

void notify(const Result& result, const ReportOptions& options, const cli::TlsOptions& tls, cli::Context& context) {
    const auto& outcome = result.outcome;
    // A deploy that failed is none that passed, whatever the service says.
    const auto& urls = outcome.verdict == Verdict::holds && !result.found->command_failed() ? options.on_pass : options.on_fail;
    if (urls.empty() || outcome.is_cancelled()) return;
    const auto body = body_of(result, context);
    for (const auto& url : urls) {
        const auto failed = "the verdict was not posted to " + server_of(url) + ": ";
        try {
            cli::ServerOptions server;
            server.url = url;
            const auto response = cli::connect(server, tls, context)->send(request_to(url, body, options.webhook_secret));
            if (response.ok()) context.log.info("posted the verdict to " + server_of(url));
            else context.log.warning(failed + refusal_of(response));
        } catch (const Cancelled&) {
            context.log.warning(failed + "cancelled");
            return;
        } catch (const Error& error) {
            context.log.warning(failed + error.what());
            if (const auto& hint = error.diagnostics().front().hint; !hint.empty()) context.log.hint(io::LogLevel::warning, hint);
        }
    }
}

} // namespace slipway::wait_for_slo
