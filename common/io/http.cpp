#include "io/http.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "io/log.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <random>

namespace slipway::io {

std::optional<std::string> Response::header(std::string_view name) const {
    const auto wanted = lower(name);
    for (const auto& header : headers) {
        if (lower(header.name) == wanted) return header.value;
    }
    return std::nullopt;
}

namespace {

bool is_safe(const Request& request) {
    return request.method == "GET" || request.method == "HEAD" || request.method == "PUT" || request.method == "DELETE";
}

} // namespace

bool is_passing(int status) { return status == 408 || status == 429 || (status >= 500 && status != 501 && status != 505); }

std::optional<Duration> retry_after(const Response& response, Clock& clock) {
    const auto value = response.header("Retry-After");
    if (!value) return std::nullopt;
    const auto text = trim(*value);
    if (const auto until = parse_http_date(text)) {
        // The server's own clock, where it tells the time: ours may differ.
        const auto date = response.header("Date");
        const auto now = (date ? parse_http_date(trim(*date)) : std::nullopt).value_or(clock.now());
        return std::max(Duration{0}, std::chrono::duration_cast<Duration>(*until - now));
    }
    long seconds = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (problem != std::errc{} || end != text.data() + text.size() || seconds < 0) return std::nullopt;
    return Duration{std::min(seconds, 24L * 3600) * 1000};
}

namespace {

class RetryingClient final : public HttpClient {
public:
    RetryingClient(std::unique_ptr<HttpClient> client, Clock& clock, Log& log, std::function<double()> jitter)
        : client_(std::move(client)), clock_(clock), log_(log), jitter_(std::move(jitter)) {}

    Response send(const Request& request) override {
        const auto& policy = request.retry;
        const bool may_repeat = is_safe(request) || policy.also_unsafe_methods;
        for (int attempt = 1;; ++attempt) {
            const bool last = attempt >= policy.attempts || !may_repeat;
            std::string why;
            auto delay = back_off(policy, attempt);
            try {
                auto response = client_->send(request);
                if (last || !is_passing(response.status) || (policy.stands && policy.stands(response))) return response;
                why = "status " + std::to_string(response.status);
                if (const auto asked = retry_after(response, clock_)) {
                    if (*asked > policy.longest_patience) return response;
                    delay = std::max(delay, *asked);
                }
            } catch (const LastingError&) {
                throw;
            } catch (const Error& error) {
                if (last || error.code() != ExitCode::world) throw;
                why = error.what();
            }
            log_.warning("trying " + request.method + ' ' + url_for_people(request.url) + " again in " +
                         format_duration(delay) + " (attempt " + std::to_string(attempt + 1) + " of " +
                         std::to_string(policy.attempts) + "): " + why);
            clock_.sleep_for(delay);
        }
    }

private:
    Duration back_off(const RetryPolicy& policy, int attempt) {
        const double ceiling = std::min(static_cast<double>(policy.longest_delay.count()),
                                        static_cast<double>(policy.first_delay.count()) * std::exp2(attempt - 1));
        return Duration{std::llround(ceiling * jitter_())};
    }

    std::unique_ptr<HttpClient> client_;
    Clock& clock_;
    Log& log_;
    std::function<double()> jitter_;
};

} // namespace

std::unique_ptr<HttpClient> make_retrying_client(std::unique_ptr<HttpClient> client, Clock& clock, Log& log,
                                                 std::function<double()> jitter) {
    return std::make_unique<RetryingClient>(std::move(client), clock, log, std::move(jitter));
}

std::unique_ptr<HttpClient> make_http_client(HttpSettings settings, Clock& clock, Log& log,
                                             const Cancellation& cancellation) {
    auto jitter = [engine = std::mt19937_64(std::random_device{}())]() mutable {
        return std::uniform_real_distribution<>(0.0, 1.0)(engine);
    };
    return make_retrying_client(make_curl_client(std::move(settings), cancellation), clock, log, std::move(jitter));
}

} // namespace slipway::io
