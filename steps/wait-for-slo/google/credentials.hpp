#pragma once

#include "cli/context.hpp"
#include "cli/server_options.hpp"
#include "core/secret.hpp"
#include "io/clock.hpp"
#include "wait-for-slo/google/options.hpp"
#include "wait-for-slo/google/token_source.hpp"

#include <memory>
#include <string>

namespace slipway::wait_for_slo {

/// The access token for Cloud Monitoring, kept as long as it is good.
class AccessTokens {
public:
    AccessTokens(std::unique_ptr<TokenSource> source, io::Clock& clock) : source_(std::move(source)), clock_(clock) {}

    /// A token that is good for a minute at least; a new one when there is no such.
    /// @throws Error as TokenSource::fetch does
    const Secret& token();

    /// The server did not take it (401): the next is a new one.
    void refused() { token_ = {}; }

    std::string who() const { return source_->who(); }

private:
    std::unique_ptr<TokenSource> source_;
    io::Clock& clock_;
    Secret token_;
    io::Steady good_until_{};
};

/// By the credentials file that the options name, else by the metadata server. Asks nothing yet.
///
/// @throws Error (misuse) for a file that cannot be read, is of a kind that is not supported, lacks something, or names addresses that are not
/// Google's
std::unique_ptr<TokenSource> find_credentials(const GoogleOptions& options, const cli::TlsOptions& tls, io::HttpClient& http, cli::Context& context);

} // namespace slipway::wait_for_slo
