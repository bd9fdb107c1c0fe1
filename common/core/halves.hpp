#pragma once

#include <cstddef>
#include <functional>

namespace slipway {

/// Work on a list, shared out among two threads when it is long.
///
/// @param size  of the list
/// @param work  is called with a part [first, last) of the list, and with 0 or 1: which of the two it is, for results of its own.
///              Whatever it throws in either thread is thrown here, when both are done
void in_halves(std::size_t size, const std::function<void(std::size_t first, std::size_t last, std::size_t part)>& work);

} // namespace slipway
