#pragma once

#include "registry/client.hpp"

#include <mutex>
#include <thread>
#include <vector>

namespace slipway::build_image {

/// Finds out before a build whether its image may be pushed, by beginning uploads. Takes them back meanwhile, and waits for that at its end.
class PushPermission {
public:
    /// May be called by several threads.
    /// @param repository  outlives this object
    /// @throws Error (world failure) when it may not
    void check(registry::Repository& repository);

private:
    std::mutex mutex_;
    std::vector<std::jthread> tidying_;
};

} // namespace slipway::build_image
