#include "io/terminal.hpp"

#include "core/error.hpp"
#include "io/waiting.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
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

ProcessTerminal::ProcessTerminal(const Environment& environment, const Cancellation* cancellation)
    : environment_(environment), cancellation_(cancellation) {
    interactive_ = ::isatty(STDERR_FILENO) == 1 && environment.get("TERM") != "dumb";
    choose_colour(ColourChoice::automatic);
}

void ProcessTerminal::choose_colour(ColourChoice choice) {
    colour_ = wants_colour(choice, environment_, ::isatty(STDERR_FILENO) == 1);
}

int ProcessTerminal::write_all(int fd, std::string_view text) const noexcept {
    while (!text.empty()) {
        // In pieces that a ready pipe takes at once: a reader who stopped reading must not keep a cancelled step alive.
        if (!wait_until_ready(fd, POLLOUT, cancellation_)) return EAGAIN;
        const auto written = ::write(fd, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
        if (written < 0) {
            if (errno == EINTR || errno == EAGAIN) continue;
            return errno;
        }
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

void ProcessTerminal::write_out(std::string_view text) {
    if (const int error = write_all(STDOUT_FILENO, text)) {
        throw world_failure(std::string("cannot write the result to standard output: ") + std::strerror(error));
    }
}

void ProcessTerminal::write_err(std::string_view text) noexcept { write_all(STDERR_FILENO, text); }

int ProcessTerminal::width() const {
    winsize size = {};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return 80;
}

} // namespace slipway::io
