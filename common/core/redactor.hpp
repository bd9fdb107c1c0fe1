#pragma once

#include "core/secret.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace slipway {

/// Replaces secrets, also in their encoded forms, in everything that people see.
///
/// Known forms of a value: as it is, each of its lines, with its control characters made visible, percent-encoded, as a
/// JSON string, in Base64 (all three alignments, both alphabets) and in hexadecimal.
class Redactor {
public:
    /// Shorter values would blank out half of every message.
    static constexpr std::size_t shortest = 6;

    /// @return false when the value is too short to be redacted
    bool add(const Secret& secret);

    /// The text with every known form replaced by "***".
    std::string redact(std::string_view text) const;

private:
    void add_form(std::string form);

    std::vector<std::string> forms_;
};

} // namespace slipway
