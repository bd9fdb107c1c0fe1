#include "wait-for-slo/google/token_request.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"

#include <algorithm>

namespace slipway::wait_for_slo {

namespace {

constexpr std::uint64_t most_bytes = 1024 * 1024;
/// Of a token whose lifetime is not told; Google's live an hour.
constexpr std::int64_t usual_seconds = 3600;

} // namespace

io::Request form_request(const std::string& url, const std::vector<std::pair<std::string, std::string>>& fields) {
    std::string form;
    for (const auto& [name, value] : fields) {
        if (!form.empty()) form += '&';
        form += percent_encode(name) + '=' + percent_encode(value);
    }
    io::Request request{.method = "POST", .url = url, .headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}}, .body = std::move(form)};
    request.retry.also_unsafe_methods = true;
    request.most_bytes = most_bytes;
    return request;
}

Json granted(const io::Request& request, const io::Response& response, const std::string& hint) {
    if (!response.ok()) {
        const auto refusal = read_refusal(response);
        const auto words = "cannot get an access token: " + in_words(request, refusal);
        if (io::is_passing(response.status)) throw world_failure(words);
        const bool wrong_clock = refusal.message.find("iat and exp") != std::string::npos;
        throw io::LastingError(words, wrong_clock ? "the clock of this machine is wrong" : hint);
    }
    auto answer = parse_json(response.body);
    if (!answer.is_object()) throw io::LastingError("cannot get an access token: " + request.method + ' ' + io::url_for_people(request.url) + ": the answer is no JSON object");
    return answer;
}

AccessToken read_token(const io::Request& request, const Json& answer, cli::Context& context) {
    AccessToken token{.value = Secret(text_at(answer, "access_token"))};
    const auto& text = token.value.reveal();
    if (text.empty() || text.find_first_of("\r\n") != std::string::npos) {
        throw io::LastingError("cannot get an access token: " + request.method + ' ' + io::url_for_people(request.url) + ": the answer has no access_token");
    }
    context.log.hide(token.value);
    const auto& lives = value_at(answer, "expires_in");
    const auto seconds = lives.is_number_integer() ? lives.get<std::int64_t>() : usual_seconds;
    token.lifetime = std::chrono::seconds{std::clamp<std::int64_t>(seconds, 0, 24 * 3600)};
    return token;
}

} // namespace slipway::wait_for_slo
