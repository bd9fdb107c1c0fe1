#include "api.hpp"

#include "core/error.hpp"
#include "core/nesting.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

namespace slipway::update_gitops_values {

namespace json {

const Value& at(const Value& object, const char* key) {
    static const Value nothing;
    if (!object.is_object()) return nothing;
    const auto value = object.find(key);
    return value == object.end() ? nothing : *value;
}

std::string text(const Value& object, const char* key) {
    const auto& value = at(object, key);
    return value.is_string() ? value.get<std::string>() : std::string();
}

long number(const Value& object, const char* key) {
    const auto& value = at(object, key);
    constexpr auto largest = std::numeric_limits<long>::max();
    if (!value.is_number_integer() || (value.is_number_unsigned() && value.get<unsigned long>() > static_cast<unsigned long>(largest))) return 0;
    return value.get<long>();
}

bool is_true(const Value& object, const char* key) {
    const auto& value = at(object, key);
    return value.is_boolean() && value.get<bool>();
}

const Value::array_t& items(const Value& array) {
    static const Value::array_t none;
    return array.is_array() ? array.get_ref<const Value::array_t&>() : none;
}

} // namespace json

namespace {

constexpr std::size_t longest_words = 300;
constexpr std::uint64_t most_bytes = 32 * 1024 * 1024; // a page of a hundred requests with long texts
constexpr int most_pages = 100;
constexpr Duration longest_patience{5 * 60 * 1000};
constexpr Duration unnamed_delay{60 * 1000};
constexpr Duration sign_of_life{10 * 1000};

/// The start of foreign text, short enough for one line.
std::string excerpt(std::string_view text) {
    auto line = one_line(trim(text.substr(0, 2 * longest_words)));
    if (line.size() > longest_words) line = line.substr(0, valid_utf8_length(std::string_view(line).substr(0, longest_words))) + "...";
    return visible(line);
}

std::string title_of_html(std::string_view text) {
    const auto head = lower(text.substr(0, 4096));
    auto begin = head.find("<title");
    if (begin == std::string::npos) return {};
    begin = head.find('>', begin);
    const auto end = begin == std::string::npos ? begin : head.find("</title", begin);
    return end == std::string::npos ? "" : std::string(trim(text.substr(begin + 1, end - begin - 1)));
}

void add_part(std::string& words, const std::string& part) {
    if (part.empty() || words.find(part) != std::string::npos || words.size() > longest_words) return;
    words += (words.empty() ? "" : ": ") + part;
}

/// A reason of a list, or the list of one field: "a text", {"message": ...}, {"resource", "field", "code"}, ["a text"], {"field": ["a text"]}.
std::string reason_of(const json::Value& value, int depth = 0) {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_array() && depth < 3) {
        std::string all;
        for (const auto& item : value) {
            if (all.size() > longest_words) break;
            const auto one = reason_of(item, depth + 1);
            all += (all.empty() || one.empty() ? "" : ", ") + one;
        }
        return all;
    }
    if (!value.is_object() || depth >= 3) return {};
    if (auto message = json::text(value, "message"); !message.empty()) return message;
    if (const auto code = json::text(value, "code"); !code.empty()) {
        const auto field = json::text(value, "field");
        return (field.empty() ? json::text(value, "resource") : field) + ' ' + code;
    }
    std::string all;
    for (const auto& [key, inner] : value.items()) {
        const auto reason = reason_of(inner, depth + 1);
        if (!reason.empty() && all.size() <= longest_words) all += (all.empty() ? "" : ", ") + key + ' ' + reason;
    }
    return all;
}

json::Value parse(const std::string& text) {
    if (trim(text).empty()) return nullptr;
    if (is_nested_too_deep(text)) return json::Value(json::Value::value_t::discarded);
    return json::Value::parse(text, nullptr, false);
}

std::string dump(const json::Value& value) { return value.dump(-1, ' ', false, json::Value::error_handler_t::replace); }

/// "https://host:port" of a URL.
std::string server_of(const std::string& url) { return url.substr(0, std::min(url.find_first_of("/?#", url.find("://") + 3), url.size())); }

bool is_refusal(int status) {
    constexpr int refusals[] = {400, 405, 406, 409, 410, 412, 413, 422};
    return std::find(std::begin(refusals), std::end(refusals), status) != std::end(refusals);
}

bool is_redirection(int status) { return status >= 300 && status < 400; }

/// A point in time in seconds since 1970, of a header; nothing when it is none.
std::optional<Duration> until(const std::optional<std::string>& header, io::Clock& clock) {
    if (!header) return std::nullopt;
    const auto text = trim(*header);
    long seconds = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (problem != std::errc{} || end != text.data() + text.size() || seconds < 0 || seconds > 100'000'000'000L) return std::nullopt;
    const auto now = std::chrono::duration_cast<Duration>(clock.now().time_since_epoch());
    // One second more: the header has whole ones.
    return std::max(Duration{0}, Duration{seconds * 1000} - now) + Duration{1000};
}

/// What a token would have to have, where a forge says it: GitHub in headers, GitLab in the answer.
std::string accepted_by(const json::Value& body, const io::Response& response) {
    for (const char* name : {"X-Accepted-GitHub-Permissions", "X-Accepted-OAuth-Scopes"}) {
        const auto value = response.header(name);
        if (value && !trim(*value).empty()) return excerpt(*value);
    }
    return excerpt(json::text(body, "scope"));
}

/// GraphQL says it with status 200. Somebody's title or label may be of that word.
bool is_limited_in_answer(const io::Response& response) {
    if (response.status != 200 || response.body.size() > 4096 || response.body.find("\"RATE_LIMITED\"") == std::string::npos) return false;
    const auto answer = parse(response.body);
    const auto& errors = json::items(json::at(answer, "errors"));
    return !errors.empty() && json::text(errors.front(), "type") == "RATE_LIMITED";
}

} // namespace

std::string words_of(const json::Value& body, std::string_view text) {
    if (body.is_null()) return {};
    if (body.is_discarded() || !body.is_object()) {
        const auto title = title_of_html(text);
        return excerpt(title.empty() ? text : title);
    }
    std::string words;
    for (const char* key : {"message", "error", "error_description", "errors"}) add_part(words, reason_of(json::at(body, key)));
    return excerpt(words.empty() ? text : words);
}

bool ApiAnswer::says(std::string_view part) const { return lower(words).find(lower(part)) != std::string::npos; }

std::string next_page(std::string_view link) {
    while (!link.empty()) {
        const auto begin = link.find('<');
        const auto end = begin == std::string_view::npos ? begin : link.find('>', begin);
        if (end == std::string_view::npos) return {};
        const auto url = link.substr(begin + 1, end - begin - 1);
        link.remove_prefix(end + 1);
        const auto parameters = link.substr(0, std::min(link.find('<'), link.size()));
        for (const auto part : split(parameters, ';')) {
            const auto name = lower(trim(part));
            if (name.starts_with("rel=\"next\"") || name.starts_with("rel=next")) return std::string(url);
        }
    }
    return {};
}

std::optional<Duration> limited_for(const io::Response& response, io::Clock& clock) {
    const bool in_answer = is_limited_in_answer(response);
    if (response.status != 429 && response.status != 403 && !in_answer) return std::nullopt;
    if (const auto asked = io::retry_after(response, clock)) return *asked;
    const auto remaining = response.header("x-ratelimit-remaining");
    const bool used_up = remaining && trim(*remaining) == "0";
    if (response.status == 429 || used_up || in_answer) {
        for (const char* name : {"x-ratelimit-reset", "RateLimit-Reset"}) {
            if (const auto delay = until(response.header(name), clock)) return delay;
        }
    }
    const auto words = lower(std::string_view(response.body).substr(0, 4096));
    const bool says_so = words.find("rate limit") != std::string::npos || words.find("abuse detection") != std::string::npos;
    return response.status == 429 || used_up || in_answer || says_so ? std::optional(unnamed_delay) : std::nullopt;
}

bool has_own_credentials(const cli::ServerOptions& server) {
    const auto parts = io::split_url(server.url);
    return !server.token.empty() || !server.user.empty() || !server.header_file.empty() || (parts && !parts->user_info.empty());
}

io::HttpSettings api_settings(const ForgeOptions& options, const io::BearerAuth& token, const cli::TlsOptions& tls, cli::Context& context) {
    auto settings = cli::http_settings(options.server, tls, context);
    if (!has_own_credentials(options.server) && !token.token.empty()) {
        context.commands.mask(token.token);
        settings.auth = token;
    }
    return settings;
}

ForgeApi::ForgeApi(std::string base, ApiNames names, io::HttpSettings settings, cli::Context& context)
    : base_(std::move(base)), names_(std::move(names)), http_(context.http(std::move(settings))), context_(context) {}

/// "(status 422 of POST https://api.github.com/repos/ops/gitops/pulls)"
std::string ForgeApi::named(const ApiCall& call, int status) const {
    return " (status " + std::to_string(status) + " of " + call.method + ' ' + io::url_for_people(base_ + call.path) + ')';
}

Error ForgeApi::not_understood(const ApiCall& call, const std::string& missing) const {
    return world_failure(call.what + ": the answer to " + call.method + ' ' + io::url_for_people(base_ + call.path) + " is not " + names_.forge + "'s: " + missing,
                         "is this really the address of " + names_.forge + "'s API, and no page or proxy in front of it? --forge-url gives another");
}

Error ForgeApi::failure(const ApiCall& call, const ApiAnswer& answer) const {
    const auto said = (answer.words.empty() ? "" : ": " + answer.words) + named(call, answer.status);
    const auto& forge = names_.forge;
    if (answer.status == 401) {
        return world_failure(call.what + ": " + forge + " refuses the token" + said,
                             names_.bad_token.empty() ? "it may have expired or been revoked; --forge-token-file gives another" : names_.bad_token);
    }
    const auto needs = names_.needs + (answer.accepts.empty() ? "" : "; for this " + forge + " wants " + answer.accepts);
    if (answer.status == 403) return world_failure(call.what + ": " + forge + " does not permit it" + said, needs);
    if (answer.status == 404) return world_failure(call.what + ": it is absent, or this token may not see it" + said, "to " + forge + ", no access looks like absence: " + needs);
    if (answer.status == 429) return world_failure(call.what + ": " + forge + " limits requests for longer than is waited here" + said);
    if (is_refusal(answer.status)) return refused(call.what + ": " + forge + " declines it" + said);
    if (is_redirection(answer.status)) return world_failure(call.what + ": " + forge + " sends this elsewhere, as for a repository that was renamed" + said, "give the new address with --repo");
    return world_failure(call.what + ": " + forge + (answer.status >= 500 ? " has a trouble of its own" : " does not do it") + said);
}

ApiAnswer ForgeApi::read(const ApiCall& call, const io::Response& response) const {
    ApiAnswer answer{.status = response.status, .body = parse(response.body)};
    if (answer.ok()) {
        if (answer.body.is_discarded()) throw not_understood(call, words_of(answer.body, response.body));
        return answer;
    }
    answer.words = words_of(answer.body, response.body);
    if (const auto location = response.header("Location"); location && is_redirection(answer.status)) answer.words += (answer.words.empty() ? "to " : ", to ") + visible(io::url_for_people(*location));
    if (answer.status == 403 || answer.status == 404) answer.accepts = accepted_by(answer.body, response);
    if (answer.body.is_discarded()) answer.body = nullptr;
    return answer;
}

/// Waits where the forge limits requests, and sends again.
io::Response ForgeApi::ask(const ApiCall& call) {
    io::Request request{.method = call.method, .url = base_ + call.path, .headers = {{"Accept", names_.accept}, {"User-Agent", api_agent}}};
    if (call.body) {
        request.body = dump(*call.body);
        request.headers.push_back({"Content-Type", "application/json"});
    }
    request.most_bytes = most_bytes;
    // libcurl would send a request again, without a word, where a kept connection turns out to be closed.
    request.retry.own_connection = call.survives_loss;
    request.retry.also_unsafe_methods = call.repeatable;
    request.retry.stands = [](const io::Response& response) { return response.status == 429; };
    Duration waited{0};
    for (;;) {
        auto response = http_->send(request);
        const auto delay = limited_for(response, context_.clock);
        if (!delay) return response;
        const auto words = words_of(parse(response.body), response.body);
        const auto wait = std::max(*delay, Duration{1000});
        if (waited + wait > longest_patience) {
            throw io::LastingError(call.what + ": " + names_.forge + " limits requests, and asks to wait for another " + format_duration(wait) + (words.empty() ? "" : ": " + words) + named(call, response.status),
                                "run it again later; a token of its own for this pipeline has a limit of its own");
        }
        context_.log.warning(names_.forge + " limits requests: trying " + request.method + ' ' + io::url_for_people(request.url) + " again in " + format_duration(wait) + (words.empty() ? "" : ": " + words));
        for (auto left = wait; left > Duration{0}; left -= std::min(left, sign_of_life)) {
            context_.log.progress("waiting for " + names_.forge + ", which limits requests: " + format_duration(left) + " left");
            context_.clock.sleep_for(std::min(left, sign_of_life));
        }
        context_.log.end_progress();
        waited += wait;
    }
}

ApiAnswer ForgeApi::send(const ApiCall& call) {
    io::Response response;
    try {
        response = ask(call);
    } catch (const io::LastingError&) {
        throw;
    } catch (const Error& error) {
        if (!call.survives_loss || error.code() != ExitCode::world) throw;
        return {.lost = error.what()};
    }
    auto answer = read(call, response);
    if (answer.ok() || (!io::is_passing(answer.status) && std::find(call.expected.begin(), call.expected.end(), answer.status) != call.expected.end())) return answer;
    if (call.survives_loss && io::is_passing(answer.status)) {
        answer.lost = "status " + std::to_string(answer.status) + (answer.words.empty() ? "" : ": " + answer.words);
        return answer;
    }
    throw failure(call, answer);
}

void ForgeApi::each(ApiCall call, const std::function<bool(const json::Value&)>& take) {
    for (int page = 0; page < most_pages; ++page) {
        const auto response = ask(call);
        const auto answer = read(call, response);
        if (!answer.ok()) throw failure(call, answer);
        if (!answer.body.is_array()) throw not_understood(call, "it is no list");
        for (const auto& item : answer.body) {
            if (!take(item)) return;
        }
        const auto next = next_page(response.header("Link").value_or(""));
        if (next.empty()) return;
        // The token goes to the API's server alone, whatever the header names; behind a proxy it often names another.
        const auto path = io::split_url(next) ? next.substr(server_of(next).size()) : next;
        const auto own = server_of(base_);
        const auto prefix = base_.substr(own.size());
        if (!path.starts_with(prefix + '/')) throw not_understood(call, "its next page is elsewhere");
        call.path = path.substr(prefix.size());
    }
    throw world_failure(call.what + ": " + names_.forge + " has more than a hundred pages of it");
}

} // namespace slipway::update_gitops_values
