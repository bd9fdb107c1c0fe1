#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace slipway {

/// SHA-256 as 64 lower-case hexadecimal digits.
std::string sha256(std::string_view bytes);

/// The same of bytes that come one after the other.
class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;

    void add(std::string_view bytes);
    /// Of all bytes so far; nothing may be added then.
    std::string digits();

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

} // namespace slipway
