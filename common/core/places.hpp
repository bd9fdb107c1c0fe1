#pragma once

#include "core/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace slipway {

/// Lines and columns of a text, for many places in one file. The text must outlive this.
class Places {
public:
    Places(std::string_view text, std::string file) : text_(text), file_(std::move(file)) {}

    /// A byte order mark counts as nothing; what lies behind the end is the end.
    Place at(std::size_t offset) const;

    /// The byte at a line and column, both counted from 1; the end of the line, or of the text, when it has fewer.
    std::size_t offset(int line, int column) const;

    const std::string& file() const noexcept { return file_; }

private:
    void find_lines() const;

    std::string_view text_;
    std::string file_;
    mutable std::vector<std::size_t> starts_; ///< filled when somebody asks
};

/// One place, where the text is not asked for many.
Place place_of(std::string_view text, const std::string& file, std::size_t offset);

} // namespace slipway
