#include "wait-for-slo/probes/probe_source.hpp"

#include "core/encoding.hpp"
#include "core/secret.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace slipway::wait_for_slo {

namespace {

/// For the first good answer, before a command.
constexpr Duration shortest_patience{10'000};

/// Headers whose values everybody may see: hidden, "application/json" would be missing from the whole log.
bool is_public(const std::string& name) {
    static const std::array<std::string_view, 9> names = {"accept", "accept-encoding", "accept-language", "cache-control", "content-type", "host", "origin", "referer", "user-agent"};
    return std::find(names.begin(), names.end(), lower(name)) != names.end();
}

io::ProberSettings settings_of(const ProbeOptions& options, const cli::TlsOptions& tls, cli::Context& context) {
    io::ProberSettings settings{.urls = options.urls, .timeout = options.timeout, .keep_connections = options.connection == "keep-alive"};
    settings.http = {.ca_file = tls.ca_file, .client_certificate = tls.client_cert, .client_key = tls.client_key, .allow_insecure = tls.allow_insecure};
    hide_credentials(options, context);
    for (const auto& text : options.headers) settings.http.headers.push_back(parse_header(text));
    settings.resolve = options.resolve;
    return settings;
}

} // namespace

void hide_credentials(const ProbeOptions& options, cli::Context& context) {
    for (const auto& text : options.headers) {
        const auto header = parse_header(text);
        if (is_public(header.name)) continue;
        context.commands.mask(Secret(header.value));
        // "Bearer TOKEN": the token alone is one as well.
        if (const auto space = header.value.rfind(' '); space != std::string::npos) context.commands.mask(Secret(header.value.substr(space + 1)));
    }
    for (const auto& url : options.urls) {
        const auto parts = io::split_url(url);
        const auto colon = parts ? parts->user_info.find(':') : std::string::npos;
        if (colon != std::string::npos) context.commands.mask(Secret(percent_decode(parts->user_info.substr(colon + 1))));
    }
}

ProbeSource::ProbeSource(const ProbeOptions& options, const cli::TlsOptions& tls, cli::Context& context, const ProberFactory& make_prober)
    : context_(context), has_command_(!options.command.empty()), patience_(std::max(shortest_patience, 2 * options.timeout)), probing_(options, context.clock, context.log),
      prober_(make_prober(settings_of(options, tls, context), context.cancellation)) {}

ProbeSource::~ProbeSource() { stop(); }

void ProbeSource::start() {
    if (thread_.joinable() || stopping_) return;
    thread_ = std::thread([this] { probe(); });
}

void ProbeSource::stop() noexcept {
    stopping_ = true;
    if (thread_.joinable()) {
        prober_->wake();
        thread_.join();
    }
    prober_.reset();
}

void ProbeSource::probe() noexcept {
    try {
        while (!stopping_ && !context_.cancellation.requested()) {
            Duration pause{0};
            {
                const std::lock_guard lock(mutex_);
                pause = probing_.send_due(*prober_);
            }
            const auto answers = prober_->wait(pause);
            const std::lock_guard lock(mutex_);
            if (!stopping_) probing_.take(answers);
        }
        const std::lock_guard lock(mutex_);
        probing_.finish();
    } catch (...) {
        const std::lock_guard lock(mutex_);
        failure_ = std::current_exception();
    }
}

void ProbeSource::rethrow() const {
    context_.cancellation.check();
    if (failure_) std::rethrow_exception(failure_);
}

void ProbeSource::await_good_answers() {
    constexpr Duration pause{50};
    start();
    const auto began = context_.clock.steady();
    for (;;) {
        {
            const std::lock_guard lock(mutex_);
            rethrow();
            if (probing_.answered_once()) return;
            if (context_.clock.steady() - began >= patience_) break;
        }
        context_.clock.sleep_for(pause);
    }
    stop();
    for (std::size_t i = 0; i < probing_.size(); ++i) {
        if (const auto mistake = probing_.mistake_in(i)) throw misuse(mistake->message, mistake->hint);
    }
    throw io::LastingError("the command does not run: no good answer within " + format_duration(patience_) + " from " + probing_.missing(),
                           "a service that is down before the command runs cannot show whether the command takes it down");
}

Beginning ProbeSource::begin() {
    if (has_command_) await_good_answers();
    return {.since = context_.clock.now()};
}

void ProbeSource::count_from(Timestamp) {
    {
        const std::lock_guard lock(mutex_);
        probing_.count_from_now();
    }
    start();
}

Reading ProbeSource::read() {
    const std::lock_guard lock(mutex_);
    rethrow();
    return {.objectives = probing_.look()};
}

std::optional<QueryMistake> ProbeSource::mistake_in(std::size_t objective) {
    const std::lock_guard lock(mutex_);
    return probing_.mistake_in(objective);
}

std::vector<SeriesCount> ProbeSource::series_of(std::size_t objective) const {
    const std::lock_guard lock(mutex_);
    return probing_.series_of(objective);
}

std::vector<ProbeRecord> ProbeSource::records() const {
    const std::lock_guard lock(mutex_);
    return probing_.records();
}

} // namespace slipway::wait_for_slo
