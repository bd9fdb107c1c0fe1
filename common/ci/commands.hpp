#pragma once

#include "ci/info.hpp"
#include "core/error.hpp"
#include "core/secret.hpp"
#include "io/clock.hpp"
#include "io/log.hpp"

#include <array>
#include <set>
#include <string>
#include <string_view>

namespace slipway::ci {

/// What the CI system understands inside a job's log: annotations, masks, sections, foreign output.
class Commands {
public:
    Commands(System system, io::Log& log, io::Clock& clock) : system_(system), log_(log), clock_(clock) {}

    /// On GitHub an annotation, at most ten of each severity in one step (the rest is dropped there silently, so it
    /// is said here once); elsewhere nothing. The log line is somebody else's business.
    void annotate(const Diagnostic& diagnostic, std::string_view title);

    /// Hides the value from here on, in our own messages and, on GitHub, in the whole job's log.
    void mask(const Secret& secret);

    System system() const noexcept { return system_; }

private:
    friend class Section;
    friend class ForeignOutput;

    System system_;
    io::Log& log_;
    io::Clock& clock_;
    std::array<int, 3> annotations_{};
    std::set<std::string> masked_; ///< what the runner knows already
};

/// A foldable part of the job's log, closed when this object goes, also on the way of an exception.
class Section {
public:
    /// @param name   for GitLab: letters, digits and "_.-"; anything else becomes "_"
    /// @param title  what people see
    Section(Commands& commands, std::string_view name, std::string_view title);
    ~Section();
    Section(const Section&) = delete;
    Section& operator=(const Section&) = delete;

private:
    Commands& commands_;
    std::string name_;
};

/// Lines of another program in our log. While this object lives GitHub does not obey commands in them.
class ForeignOutput {
public:
    explicit ForeignOutput(Commands& commands);
    ~ForeignOutput();
    ForeignOutput(const ForeignOutput&) = delete;
    ForeignOutput& operator=(const ForeignOutput&) = delete;

    void line(std::string_view text);

private:
    Commands& commands_;
    std::string token_;
};

} // namespace slipway::ci
