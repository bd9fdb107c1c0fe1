#include "registry/upload.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <charconv>
#include <random>

namespace slipway::registry {

namespace {

constexpr int most_failures = 5;
constexpr Duration first_delay{500};
constexpr Duration longest_delay{15'000};
constexpr Duration longest_patience{60'000}; // with a registry that asks for a delay
constexpr Duration stall{120'000};           // a registry may need long to put a large blob in its place

Duration with_jitter(Duration most) {
    static thread_local std::mt19937_64 engine(std::random_device{}());
    return Duration{std::uniform_int_distribution<Duration::rep>(most.count() / 2, most.count())(engine)};
}

/// "0-1023" as 1024; nothing for what is no range from the start.
std::optional<std::uint64_t> end_of_range(const std::optional<std::string>& range) {
    if (!range) return std::nullopt;
    auto text = trim(*range);
    if (text.rfind("bytes=", 0) == 0) text.remove_prefix(6);
    if (text.rfind("0-", 0) != 0) return std::nullopt;
    std::uint64_t last = 0;
    const auto [end, problem] = std::from_chars(text.data() + 2, text.data() + text.size(), last);
    if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    // An upload that has nothing yet says "0-0", as one with a single byte does: that byte is sent again then.
    return last == 0 ? 0 : last + 1;
}

} // namespace

void Upload::run() {
    for (;;) {
        if (location_.empty()) begin();
        const auto failure = send_rest();
        if (!failure) return;
        wait(*failure);
        if (has_arrived()) return;
        if (!location_.empty()) find_where_it_is();
    }
}

void Upload::begin() {
    location_ = repository_.begin_upload();
    sent_ = 0;
}

/// In one request at first; what is left of an upload that broke off in two, as the specification wants it.
std::optional<Upload::Failure> Upload::send_rest() {
    io::Request request{.method = "PUT", .url = location_, .headers = {{"Content-Type", "application/octet-stream"}}, .body = body_(sent_)};
    if (progress_) request.on_sent = [this, before = sent_](std::uint64_t bytes) { progress_(before + bytes); };
    if (sent_ > 0 && sent_ < blob_.size) {
        request.method = "PATCH";
        request.headers.push_back({"Content-Range", std::to_string(sent_) + '-' + std::to_string(blob_.size - 1)});
        if (auto failure = send(request, 202)) return failure;
        request.on_sent = nullptr;
        request.method = "PUT";
        request.headers = {{"Content-Type", "application/octet-stream"}};
        request.body = body_(blob_.size);
    }
    request.url = location_ + (location_.find('?') == std::string::npos ? '?' : '&') + "digest=" + percent_encode(blob_.digest);
    return send(request, 201);
}

std::optional<Upload::Failure> Upload::send(io::Request request, int wanted_status) {
    request.timeout = Duration{0};
    request.stall = stall;
    request.retry.attempts = 1; // we know better what to repeat
    try {
        const auto response = repository_.ask(request, Repository::Action::push);
        if (response.status == wanted_status) {
            if (wanted_status == 202) location_ = repository_.location_of(response);
            return std::nullopt;
        }
        // The upload is gone, or is elsewhere than we believe: begin again.
        const bool lost = response.status == 404 || response.status == 416;
        if (!lost && !io::is_passing(response.status)) throw repository_.failure("push", request, response);
        if (lost) location_.clear();
        return Failure{words_of(response), io::retry_after(response, repository_.context_.clock)};
    } catch (const io::LastingError&) {
        throw;
    } catch (const RegistryError&) {
        throw;
    } catch (const Error& error) {
        if (error.code() != ExitCode::world) throw;
        return Failure{error.what(), std::nullopt};
    }
}

void Upload::wait(const Failure& failure) {
    ++failures_;
    const auto what = "the upload of " + blob_.digest.substr(0, 19) + " to " + repository_.name().name();
    const bool too_long = failure.asked_delay && *failure.asked_delay > longest_patience;
    if (failures_ >= most_failures || too_long) throw world_failure("cannot push " + repository_.name().name() + ": " + failure.why);
    auto delay = with_jitter(std::min(longest_delay, Duration{first_delay.count() << (failures_ - 1)}));
    if (failure.asked_delay) delay = std::max(delay, *failure.asked_delay);
    repository_.context_.log.warning("going on with " + what + " in " + format_duration(delay) + " (attempt " + std::to_string(failures_ + 1) + " of " + std::to_string(most_failures) + "): " + failure.why);
    repository_.context_.clock.sleep_for(delay);
}

/// Although the answer did not.
bool Upload::has_arrived() {
    try {
        return repository_.has_blob(blob_.digest);
    } catch (const Error& error) {
        repository_.context_.log.debug(error.what()); // what follows says it better
        return false;
    }
}

void Upload::find_where_it_is() {
    const auto before = sent_;
    try {
        const auto response = repository_.ask({.url = location_}, Repository::Action::push);
        const auto end = response.status == 204 || response.ok() ? end_of_range(response.header("Range")) : std::nullopt;
        if (end && *end <= blob_.size) {
            sent_ = *end;
            if (response.header("Location")) location_ = repository_.location_of(response);
            if (sent_ > before) failures_ = 0;
            return;
        }
    } catch (const Error& error) {
        repository_.context_.log.debug(error.what());
    }
    location_.clear();
}

} // namespace slipway::registry
