#pragma once

#include "core/redactor.hpp"
#include "core/secret.hpp"
#include "io/clock.hpp"
#include "io/terminal.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace slipway::io {

enum class LogLevel { debug, info, warning, error };
enum class LogFormat { text, json };

struct LogSettings {
    std::string step;   ///< the executable's name
    std::string run_id; ///< the same on every line of one run
    LogFormat format = LogFormat::text;
    LogLevel level = LogLevel::info; ///< less important lines are dropped
};

/// Lines for people on standard error, every one redacted, with control characters made visible.
///
/// On a terminal one live line may stand below the log; it is drawn again after each line. In a log that nobody
/// watches, progress becomes a heartbeat: an ordinary line, at most every half minute. May be used by several threads.
class Log {
public:
    Log(Terminal& terminal, Clock& clock, LogSettings settings);
    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    void debug(std::string_view message) { line(LogLevel::debug, message); }
    void info(std::string_view message) { line(LogLevel::info, message); }
    void warning(std::string_view message) { line(LogLevel::warning, message); }
    void error(std::string_view message) { line(LogLevel::error, message); }
    void line(LogLevel level, std::string_view message);
    /// What to do about the line before; shown when that one was.
    void hint(LogLevel level_before, std::string_view message);

    /// How far a long work is; cheap to call often.
    void progress(std::string_view message);
    /// Takes the live line away.
    void end_progress();
    /// Whether progress shows as a live line, which somebody watches.
    bool is_live() const;

    /// From now on the value shows as "***". Says once that a value is too short for that.
    void hide(const Secret& secret);

    /// Text for other places that people see: JSON, summaries, annotations.
    std::string redact(std::string_view text) const;

    /// Text that has its own form, such as a CI system's commands or a build's own log; redacted, else as it is.
    void raw(std::string_view text);
    /// The same with secrets in it, for the one command that hides them from there on.
    void raw_unredacted(std::string_view text);

    void configure(LogSettings settings);
    const LogSettings& settings() const noexcept;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

} // namespace slipway::io
