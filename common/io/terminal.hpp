#pragma once

#include "io/cancellation.hpp"
#include "io/environment.hpp"

#include <string>
#include <string_view>

namespace slipway::io {

enum class ColourChoice { automatic, always, never };

/// The two streams that people and pipes read. All questions about terminals are decided here.
class Terminal {
public:
    virtual ~Terminal() = default;

    /// The result, for pipes and people.
    /// @throws Error (world failure) when it cannot be written in full: a truncated result is no result
    virtual void write_out(std::string_view text) = 0;

    /// For people. Nobody can be told when this fails, so it does not.
    virtual void write_err(std::string_view text) noexcept = 0;

    /// Whether a person watches standard error and a line may be drawn over.
    virtual bool err_is_interactive() const = 0;
    virtual bool err_has_colour() const = 0;
    /// Columns of standard error's terminal; 80 when there is none.
    virtual int width() const = 0;
};

/// Whether a stream gets colour: the option, then NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE, CLICOLOR, TERM=dumb, then
/// whether it is a terminal.
bool wants_colour(ColourChoice choice, const Environment& environment, bool is_terminal);

class ProcessTerminal final : public Terminal {
public:
    /// @param cancellation  ends the waiting for readers of a pipe; null: nothing does
    explicit ProcessTerminal(const Environment& environment, const Cancellation* cancellation = nullptr);
    void choose_colour(ColourChoice choice);

    void write_out(std::string_view text) override;
    void write_err(std::string_view text) noexcept override;
    bool err_is_interactive() const override { return interactive_; }
    bool err_has_colour() const override { return colour_; }
    int width() const override;

private:
    /// @return 0 or errno
    int write_all(int fd, std::string_view text) const noexcept;

    const Environment& environment_;
    const Cancellation* cancellation_;
    bool interactive_ = false;
    bool colour_ = false;
};

} // namespace slipway::io
