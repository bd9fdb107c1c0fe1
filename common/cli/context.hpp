#pragma once

#include "ci/commands.hpp"
#include "ci/info.hpp"
#include "io/cancellation.hpp"
#include "io/clock.hpp"
#include "io/environment.hpp"
#include "io/files.hpp"
#include "io/http.hpp"
#include "io/log.hpp"
#include "io/processes.hpp"

#include <functional>
#include <memory>

namespace slipway::cli {

/// Makes an HTTP client for one server.
using HttpFactory = std::function<std::unique_ptr<io::HttpClient>(io::HttpSettings, io::Clock&, io::Log&, const io::Cancellation&)>;

/// All that a step may touch. Nothing is global.
struct Context {
    const io::Environment& environment;
    io::Files& files;
    io::Processes& processes;
    io::Clock& clock;
    io::Log& log;
    const io::Cancellation& cancellation;
    ci::Commands& commands;
    const ci::Info& ci;
    HttpFactory http_factory;

    std::unique_ptr<io::HttpClient> http(io::HttpSettings settings) const {
        return http_factory(std::move(settings), clock, log, cancellation);
    }
};

} // namespace slipway::cli
