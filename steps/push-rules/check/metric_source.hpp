#pragma once

#include "cli/context.hpp"
#include "cli/server_options.hpp"
#include "prometheus/metric_catalog.hpp"

#include <string>
#include <vector>

namespace slipway::push_rules {

/// How a service that runs is asked for its metrics.
struct MetricRequest {
    std::vector<std::string> warm_up; ///< "GET /path", sent first, so that families show their series
    long port = 8000;                 ///< of an image, where it listens
    std::string path = "/metrics";    ///< of an image
    Duration patience{60'000};        ///< for an image to answer
    cli::TlsOptions tls = {};
};

/// Reads "GET /api/v1/process_data" or "POST /x".
/// @return what is wrong with it; empty when it is right
std::string why_no_warm_up(const std::string& text);

bool is_url(const std::string& source);

/// Adds what a file or a URL shows to the catalogue.
///
/// @throws Error (misuse) for a file that cannot be read or is no exposition; (world failure) for a server that does not answer
void add_metrics(const std::string& source, const MetricRequest& request, cli::Context& context, prometheus::MetricCatalog& catalog);

/// Starts an image with podman, or buildah where there is none, asks it, and ends it.
///
/// @throws Error (world failure) when it cannot be started or does not answer in time
void add_metrics_of_image(const std::string& image, const MetricRequest& request, cli::Context& context, prometheus::MetricCatalog& catalog);

} // namespace slipway::push_rules
