#pragma once

#include <string>

// Certificates made while the test runs: a file in the repository would expire.
namespace slipway::fake {

/// A certificate and its key, PEM.
struct Certificate {
    std::string certificate;
    std::string key;
};

/// A certificate authority of its own.
class Authority {
public:
    explicit Authority(const std::string& name);

    const std::string& certificate() const { return own_.certificate; }
    /// @param names  as in subjectAltName: "IP:127.0.0.1,DNS:localhost"; empty: for a client
    Certificate issue(const std::string& subject, const std::string& names) const;

private:
    Certificate own_;
};

} // namespace slipway::fake
