#pragma once

#include "catch.hpp"
#include "core/error.hpp"

#include <stdexcept>
#include <string>

namespace slipway {

/// The error that ends the work; the test fails when there is none.
template <class Work> Error failure_of(Work work) {
    try {
        work();
    } catch (const Error& error) {
        return error;
    }
    FAIL("no error");
    throw std::logic_error("unreachable");
}

/// "CODE place: message | hint" of everything that is wrong, a line each.
inline std::string words_of(const Error& error) {
    auto text = std::to_string(static_cast<int>(error.code()));
    char separator = ' ';
    for (const auto& problem : error.diagnostics()) {
        text += separator + to_line(problem) + (problem.hint.empty() ? "" : " | " + problem.hint);
        separator = '\n';
    }
    return text;
}

} // namespace slipway
