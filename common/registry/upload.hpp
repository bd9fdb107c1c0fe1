#pragma once

#include "registry/client.hpp"

#include <functional>
#include <optional>
#include <string>

namespace slipway::registry {

/// One blob on its way up, over broken connections and busy registries.
class Upload {
public:
    /// What is left of the blob from a byte on, as the body of a request.
    using Body = std::function<decltype(io::Request::body)(std::uint64_t from)>;

    Upload(Repository& repository, const Descriptor& blob, Body body, const Progress& progress)
        : repository_(repository), blob_(blob), body_(std::move(body)), progress_(progress) {}

    /// @throws Error  what Repository::upload_blob throws
    void run();

private:
    struct Failure {
        std::string why;
        std::optional<Duration> asked_delay; ///< by Retry-After
    };

    void begin();
    std::optional<Failure> send_rest();
    std::optional<Failure> send(io::Request request, int wanted_status);
    bool has_arrived();
    void find_where_it_is();
    void wait(const Failure& failure);

    Repository& repository_;
    const Descriptor& blob_;
    Body body_;
    const Progress& progress_;
    std::string location_; ///< of the upload; empty: there is none
    std::uint64_t sent_ = 0;
    int failures_ = 0; ///< since the registry last had more of it than before
};

} // namespace slipway::registry
