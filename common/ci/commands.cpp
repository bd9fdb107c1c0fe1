#include "ci/commands.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"

#include <random>

namespace slipway::ci {

namespace {

/// What GitHub's runner undoes in a command's message.
std::string escape_message(std::string_view text) {
    std::string result(text);
    replace_all(result, "%", "%25");
    replace_all(result, "\r", "%0D");
    replace_all(result, "\n", "%0A");
    return result;
}

/// What it undoes in a command's properties.
std::string escape_property(std::string_view text) {
    auto result = escape_message(text);
    replace_all(result, ":", "%3A");
    replace_all(result, ",", "%2C");
    return result;
}

constexpr int most_annotations = 10;

std::string_view command_for(Severity severity) {
    switch (severity) {
    case Severity::error: return "error";
    case Severity::warning: return "warning";
    case Severity::notice: break;
    }
    return "notice";
}

std::string random_token() {
    std::random_device device;
    std::string bytes;
    for (int i = 0; i < 16; ++i) bytes += static_cast<char>(device());
    return hexadecimal(bytes);
}

std::string unix_time(io::Clock& clock) {
    return std::to_string(std::chrono::floor<std::chrono::seconds>(clock.now()).time_since_epoch().count());
}

} // namespace

void Commands::annotate(const Diagnostic& diagnostic, std::string_view title) {
    if (system_ != System::github) return;
    auto& count = annotations_.at(static_cast<std::size_t>(diagnostic.severity));
    if (++count > most_annotations) {
        if (count == most_annotations + 1) log_.warning("GitHub shows ten annotations of a kind: the others stand in this log only");
        return;
    }
    std::string properties;
    if (!diagnostic.place.file.empty()) {
        properties += "file=" + escape_property(diagnostic.place.file) + ',';
        if (diagnostic.place.line > 0) properties += "line=" + std::to_string(diagnostic.place.line) + ',';
        if (diagnostic.place.column > 0) properties += "col=" + std::to_string(diagnostic.place.column) + ',';
    }
    properties += "title=" + escape_property(title);
    auto message = diagnostic.message;
    if (!diagnostic.hint.empty()) message += "\nhint: " + diagnostic.hint;
    log_.raw("::" + std::string(command_for(diagnostic.severity)) + ' ' + properties +
             "::" + escape_message(log_.redact(message)) + '\n');
}

void Commands::mask(const Secret& secret) {
    if (system_ == System::github) {
        for (const auto line : lines(secret.reveal())) {
            // "}" is a line of many keys, and would vanish from the whole job's log.
            if (line.size() < Redactor::shortest || !masked_.insert(std::string(line)).second) continue;
            log_.raw_unredacted("::add-mask::" + escape_message(line) + '\n');
        }
    }
    log_.hide(secret);
}

Section::Section(Commands& commands, std::string_view name, std::string_view title) : commands_(commands), name_(name) {
    for (auto& c : name_) {
        const bool allowed = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
        if (!allowed) c = '_';
    }
    const auto header = visible(title);
    if (commands_.system_ == System::gitlab) {
        commands_.log_.raw("\x1b[0Ksection_start:" + unix_time(commands_.clock_) + ':' + name_ + "\r\x1b[0K" + header + '\n');
    } else if (commands_.system_ == System::github) {
        commands_.log_.raw("::group::" + escape_message(header) + '\n');
    } else {
        commands_.log_.info(header);
    }
}

Section::~Section() {
    if (commands_.system_ == System::gitlab) {
        commands_.log_.raw("\x1b[0Ksection_end:" + unix_time(commands_.clock_) + ':' + name_ + "\r\x1b[0K\n");
    } else if (commands_.system_ == System::github) {
        commands_.log_.raw("::endgroup::\n");
    }
}

ForeignOutput::ForeignOutput(Commands& commands) : commands_(commands) {
    if (commands_.system_ != System::github) return;
    token_ = random_token();
    commands_.log_.raw("::stop-commands::" + token_ + '\n');
}

ForeignOutput::~ForeignOutput() {
    if (!token_.empty()) commands_.log_.raw("::" + token_ + "::\n");
}

void ForeignOutput::line(std::string_view text) {
    auto line = visible(text);
    replace_all(line, "##[", "## [");
    commands_.log_.raw("  " + line + '\n');
}

} // namespace slipway::ci
