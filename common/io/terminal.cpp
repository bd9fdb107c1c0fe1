#include "io/terminal.hpp"

#include "core/error.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace slipway::io {

bool wants_colour(ColourChoice choice, const Environment& environment, bool is_terminal) {
    if (choice != ColourChoice::automatic) return choice == ColourChoice::always;
    if (environment.get("NO_COLOR")) return false;
    for (const char* name : {"FORCE_COLOR", "CLICOLOR_FORCE"}) {
        if (const auto value = environment.get(name); value && *value != "0") return true;
    }
    if (environment.get("CLICOLOR") == "0" || environment.get("TERM") == "dumb") return false;
    return is_terminal;
}

ProcessTerminal::ProcessTerminal(const Environment& environment) : environment_(environment) {
    interactive_ = ::isatty(STDERR_FILENO) == 1 && environment.get("TERM") != "dumb";
    choose_colour(ColourChoice::automatic);
}

void ProcessTerminal::choose_colour(ColourChoice choice) {
    colour_ = wants_colour(choice, environment_, ::isatty(STDERR_FILENO) == 1);
}

void ProcessTerminal::write_out(std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(STDOUT_FILENO, text.data(), text.size());
        if (written < 0) {
            if (errno == EINTR) continue;
            throw world_failure(std::string("cannot write the result to standard output: ") + std::strerror(errno));
        }
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

void ProcessTerminal::write_err(std::string_view text) noexcept {
    while (!text.empty()) {
        const auto written = ::write(STDERR_FILENO, text.data(), text.size());
        if (written < 0) {
            if (errno == EINTR) continue;
            return;
        }
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

int ProcessTerminal::width() const {
    winsize size = {};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return 80;
}

} // namespace slipway::io
