#pragma once

#include "ci/commands.hpp"
#include "cli/context.hpp"
#include "io/clock.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace slipway::cli {

/// What a program prints, in our log: a foldable section, and a sign of life while it prints nothing.
class Talk {
public:
    Talk(const std::string& doing, Context& context);
    ~Talk();
    Talk(const Talk&) = delete;
    Talk& operator=(const Talk&) = delete;

    void line(std::string_view text);
    /// Cheap to call often.
    void wait();

private:
    std::string doing_;
    Context& context_;
    io::Steady started_;
    io::Steady heard_;
    std::string last_line_;
    ci::Section section_;
    std::optional<ci::ForeignOutput> foreign_;
};

} // namespace slipway::cli
