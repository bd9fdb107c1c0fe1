#pragma once

#include "catch.hpp"
#include "core/error.hpp"

#include <stdexcept>

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

} // namespace slipway
