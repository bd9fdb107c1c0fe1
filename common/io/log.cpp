#include "io/log.hpp"

#include "core/text.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/details/null_mutex.h>

#include <mutex>
#include <optional>

namespace slipway::io {

namespace {

constexpr Duration heartbeat{30'000};

spdlog::level::level_enum level_of(LogLevel level) {
    switch (level) {
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warning: return spdlog::level::warn;
    case LogLevel::error: return spdlog::level::err;
    }
    return spdlog::level::info;
}

std::string_view name_of(spdlog::level::level_enum level) {
    switch (level) {
    case spdlog::level::debug: return "debug";
    case spdlog::level::warn: return "warning";
    case spdlog::level::err: return "error";
    default: return "info";
    }
}

std::string_view colour_of(spdlog::level::level_enum level) {
    switch (level) {
    case spdlog::level::debug: return "\x1b[2m";
    case spdlog::level::warn: return "\x1b[33m";
    case spdlog::level::err: return "\x1b[1;31m";
    default: return "";
    }
}

/// Draws log lines and the live line on one stream without mixing them up.
class TerminalSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
public:
    TerminalSink(Terminal& terminal, Clock& clock) : terminal_(terminal), clock_(clock) {}

    LogSettings settings;
    Redactor redactor;
    bool said_too_short = false;
    bool is_hint = false;

    void raw(std::string_view text, bool redacted) {
        erase_live_line();
        terminal_.write_err(redacted ? redactor.redact(text) : std::string(text));
        terminal_.write_err(live_line_);
    }

    void draw_live_line(std::string_view text) {
        auto line = visible(redactor.redact(text));
        const auto width = static_cast<std::size_t>(terminal_.width());
        while (characters_before(line, line.size()) >= width) line.pop_back();
        live_line_ = "\r\x1b[K" + line;
        terminal_.write_err(live_line_);
    }

    void end_live_line() {
        erase_live_line();
        live_line_.clear();
    }

    bool heartbeat_is_due() {
        const auto now = clock_.steady();
        if (last_heartbeat_ && now - *last_heartbeat_ < heartbeat) return false;
        last_heartbeat_ = now;
        return true;
    }

    bool interactive() const { return terminal_.err_is_interactive() && settings.format == LogFormat::text; }

protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        const std::string_view payload(message.payload.data(), message.payload.size());
        const auto text = redactor.redact(payload);
        erase_live_line();
        terminal_.write_err(settings.format == LogFormat::json ? as_json(message.level, text) : as_text(message.level, text));
        terminal_.write_err(live_line_);
    }
    void flush_() override {}

private:
    void erase_live_line() {
        if (!live_line_.empty()) terminal_.write_err("\r\x1b[K");
    }

    std::string_view label_of(spdlog::level::level_enum level) const { return is_hint ? "hint" : name_of(level); }

    std::string as_text(spdlog::level::level_enum level, std::string_view text) const {
        std::string line = format_timestamp(clock_.now()).substr(11, 8) + ' ' + settings.step + '[' + settings.run_id + "]: ";
        if (level != spdlog::level::info || is_hint) {
            const bool colour = terminal_.err_has_colour() && !is_hint;
            if (colour) line += colour_of(level);
            line += label_of(level);
            line += ": ";
            if (colour) line += "\x1b[0m";
        }
        return line + harmless(text) + '\n';
    }

    /// One line without control characters.
    static std::string harmless(std::string_view text) {
        auto line = visible(one_line(text));
        // GitHub's runner obeys its old commands anywhere in a line.
        replace_all(line, "##[", "## [");
        return line;
    }

    std::string as_json(spdlog::level::level_enum level, std::string_view text) const {
        return "{\"time\":\"" + format_timestamp(clock_.now()) + "\",\"level\":\"" + std::string(label_of(level)) +
               "\",\"step\":\"" + json_escape(settings.step) + "\",\"run\":\"" + json_escape(settings.run_id) +
               "\",\"message\":\"" + json_escape(harmless(text)) + "\"}\n";
    }

    Terminal& terminal_;
    Clock& clock_;
    std::string live_line_; ///< with the codes that draw it; empty when there is none
    std::optional<Steady> last_heartbeat_;
};

} // namespace

struct Log::Parts {
    std::shared_ptr<TerminalSink> sink;
    spdlog::logger logger;
    std::recursive_mutex mutex; ///< for the sink: several threads may push layers, and all of them talk

    Parts(Terminal& terminal, Clock& clock)
        : sink(std::make_shared<TerminalSink>(terminal, clock)), logger("slipway", sink) {}
};

Log::Log(Terminal& terminal, Clock& clock, LogSettings settings) : parts_(std::make_unique<Parts>(terminal, clock)) {
    configure(std::move(settings));
}

Log::~Log() { end_progress(); }

void Log::configure(LogSettings settings) {
    const std::lock_guard lock(parts_->mutex);
    parts_->logger.set_level(level_of(settings.level));
    settings.run_id = one_line(visible(settings.run_id)); // it may come from anywhere, and stands on every line
    parts_->sink->settings = std::move(settings);
}

const LogSettings& Log::settings() const noexcept { return parts_->sink->settings; }

void Log::line(LogLevel level, std::string_view message) {
    const std::lock_guard lock(parts_->mutex);
    parts_->logger.log(level_of(level), spdlog::string_view_t(message.data(), message.size()));
}

void Log::hint(LogLevel level_before, std::string_view message) {
    const std::lock_guard lock(parts_->mutex);
    parts_->sink->is_hint = true;
    line(level_before, message);
    parts_->sink->is_hint = false;
}

void Log::progress(std::string_view message) {
    const std::lock_guard lock(parts_->mutex);
    if (settings().level > LogLevel::info) return;
    if (parts_->sink->interactive()) {
        parts_->sink->draw_live_line(message);
    } else if (parts_->sink->heartbeat_is_due()) {
        info(message);
    }
}

bool Log::is_live() const { return parts_->sink->interactive(); }

void Log::end_progress() {
    const std::lock_guard lock(parts_->mutex);
    parts_->sink->end_live_line();
}

void Log::hide(const Secret& secret) {
    const std::lock_guard lock(parts_->mutex);
    if (secret.empty() || parts_->sink->redactor.add(secret) || parts_->sink->said_too_short) return;
    parts_->sink->said_too_short = true;
    warning("a secret shorter than " + std::to_string(Redactor::shortest) + " characters is not hidden in messages: it would blank out ordinary words");
}

std::string Log::redact(std::string_view text) const {
    const std::lock_guard lock(parts_->mutex);
    return parts_->sink->redactor.redact(text);
}

void Log::raw(std::string_view text) {
    const std::lock_guard lock(parts_->mutex);
    parts_->sink->raw(text, true);
}

void Log::raw_unredacted(std::string_view text) {
    const std::lock_guard lock(parts_->mutex);
    parts_->sink->raw(text, false);
}

} // namespace slipway::io
