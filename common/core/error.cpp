#include "core/error.hpp"

#include <csignal>
#include <utility>

namespace slipway {

std::string to_string(const Place& place) {
    std::string text = place.file;
    if (!text.empty() && place.line > 0) {
        text += ':' + std::to_string(place.line);
        if (place.column > 0) text += ':' + std::to_string(place.column);
    }
    return text;
}

std::string to_line(const Diagnostic& diagnostic) {
    const auto place = to_string(diagnostic.place);
    return place.empty() ? diagnostic.message : place + ": " + diagnostic.message;
}

Error::Error(ExitCode code, Diagnostic diagnostic)
    : Error(code, std::vector<Diagnostic>{std::move(diagnostic)}) {}

Error::Error(ExitCode code, std::vector<Diagnostic> diagnostics)
    : std::runtime_error(to_line(diagnostics.at(0))), code_(code), diagnostics_(std::move(diagnostics)) {}

namespace {

Error make(ExitCode code, std::string message, std::string hint) {
    return {code, Diagnostic{.message = std::move(message), .hint = std::move(hint)}};
}

} // namespace

Error refused(std::string message, std::string hint) {
    return make(ExitCode::refused, std::move(message), std::move(hint));
}

Error misuse(std::string message, std::string hint) {
    return make(ExitCode::misuse, std::move(message), std::move(hint));
}

Error world_failure(std::string message, std::string hint) {
    return make(ExitCode::world, std::move(message), std::move(hint));
}

Error inconclusive(std::string message, std::string hint) {
    return make(ExitCode::inconclusive, std::move(message), std::move(hint));
}

ExitCode Cancelled::code() const noexcept {
    return signal_ == SIGINT ? ExitCode::interrupted : ExitCode::terminated;
}

} // namespace slipway
