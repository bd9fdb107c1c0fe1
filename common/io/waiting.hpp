#pragma once

#include "io/cancellation.hpp"

namespace slipway::io {

/// Waits until a descriptor can be read or written without blocking. Somebody at the other end of a pipe who neither
/// reads, writes nor closes would otherwise keep a cancelled step from ending.
///
/// @param events        POLLIN or POLLOUT
/// @param cancellation  null: waits for the descriptor alone
/// @return false when we were asked to end and the descriptor was not ready soon after
bool wait_until_ready(int fd, short events, const Cancellation* cancellation) noexcept;

} // namespace slipway::io
