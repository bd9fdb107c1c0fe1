#include "cli/talk.hpp"

#include "core/duration.hpp"

namespace slipway::cli {

namespace {

/// Silence that needs no explanation.
constexpr Duration usual_silence{10'000};

} // namespace

Talk::Talk(const std::string& doing, Context& context)
    : doing_(doing), context_(context), started_(context.clock.steady()), heard_(started_), section_(context.commands, doing.substr(0, doing.find(' ')), doing) {
    // In a JSON log each line is an entry of its own; whoever asked for quiet reads the last words in the error.
    const auto& settings = context.log.settings();
    if (settings.format == io::LogFormat::text && settings.level <= io::LogLevel::info) foreign_.emplace(context.commands);
}

Talk::~Talk() { context_.log.end_progress(); }

void Talk::line(std::string_view text) {
    heard_ = context_.clock.steady();
    if (foreign_) foreign_->line(text);
    else if (context_.log.settings().format == io::LogFormat::json) context_.log.info(text);
    if (!text.empty()) last_line_ = text;
}

void Talk::wait() {
    const auto now = context_.clock.steady();
    if (now - heard_ < usual_silence) return;
    const auto elapsed = std::chrono::floor<std::chrono::seconds>(now - started_);
    context_.log.progress(doing_ + " for " + format_duration(std::chrono::duration_cast<Duration>(elapsed)) + ": " + last_line_);
}

} // namespace slipway::cli
