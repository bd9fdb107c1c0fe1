#pragma once

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
    explicit ProcessTerminal(const Environment& environment);
    void choose_colour(ColourChoice choice);

    void write_out(std::string_view text) override;
    void write_err(std::string_view text) noexcept override;
    bool err_is_interactive() const override { return interactive_; }
    bool err_has_colour() const override { return colour_; }
    int width() const override;

private:
    const Environment& environment_;
    bool interactive_ = false;
    bool colour_ = false;
};

} // namespace slipway::io
