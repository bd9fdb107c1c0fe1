#pragma once

#include <string>
#include <utility>

namespace slipway {

/// A password or token. It cannot be printed, formatted, compared with a string, or turned into one by
/// accident; `reveal` is the only way to the value, and easy to search for.
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string value) : value_(std::move(value)) {}

    const std::string& reveal() const noexcept { return value_; }
    bool empty() const noexcept { return value_.empty(); }

private:
    std::string value_;
};

} // namespace slipway
