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
    /// @param attaches    documents, too: how the registry lists them is asked while there is something else to wait for
    /// @throws Error (world failure) when it may not
    void check(registry::Repository& repository, bool attaches);

private:
    std::mutex mutex_;
    std::vector<std::jthread> tidying_;
};

} // namespace slipway::build_image
