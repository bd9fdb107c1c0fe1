#pragma once

#include "core/exit_code.hpp"

#include <stdexcept>
#include <string>
#include <vector>

namespace slipway {

/// A place in a file. Lines and columns count from 1; 0 means "not known"; columns count characters.
struct Place {
    std::string file;
    int line = 0;
    int column = 0;

    bool operator==(const Place&) const = default;
};

/// "path:line:column", without the parts that are not known; empty when the file is not known.
std::string to_string(const Place& place);

enum class Severity { error, warning, notice };

/// One thing to say about somebody's input: `what failed: why`, lower case, one line.
struct Diagnostic {
    Severity severity = Severity::error;
    std::string message;
    Place place = {};
    std::string hint = {}; ///< what to do about it, without "hint:"
    std::string id = {};   ///< stable name of the check, for reports; empty when there is none

    bool operator==(const Diagnostic&) const = default;
};

/// "path:line:column: message", without the hint.
std::string to_line(const Diagnostic& diagnostic);

/// Ends the step with an exit code. Several mistakes in one input travel together.
class Error : public std::runtime_error {
public:
    Error(ExitCode code, Diagnostic diagnostic);
    /// @param diagnostics  at least one
    Error(ExitCode code, std::vector<Diagnostic> diagnostics);

    ExitCode code() const noexcept { return code_; }
    const std::vector<Diagnostic>& diagnostics() const noexcept { return diagnostics_; }

private:
    ExitCode code_;
    std::vector<Diagnostic> diagnostics_;
};

/// The thing itself is refused or failed: exit code 1.
Error refused(std::string message, std::string hint = {});
/// Called wrongly, or input that cannot be read: exit code 2.
Error misuse(std::string message, std::string hint = {});
/// Network, server, credentials, disk: exit code 3.
Error world_failure(std::string message, std::string hint = {});
/// Out of time or not enough data: exit code 4.
Error inconclusive(std::string message, std::string hint = {});

/// Thrown where a step notices that it was cancelled. Not an Error: no handler for errors may swallow it.
class Cancelled : public std::exception {
public:
    explicit Cancelled(int signal) noexcept : signal_(signal) {}
    const char* what() const noexcept override { return "cancelled"; }
    int signal() const noexcept { return signal_; }
    /// 130 for SIGINT, 143 for everything else that asks a process to end.
    ExitCode code() const noexcept;

private:
    int signal_;
};

} // namespace slipway
