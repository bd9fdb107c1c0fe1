#pragma once

#include "cli/context.hpp"
#include "core/secret.hpp"
#include "io/files.hpp"
#include "io/processes.hpp"

#include <memory>
#include <string>
#include <vector>

namespace slipway::git {

/// How commits are signed.
struct Signing {
    enum class Kind {
        none,
        openpgp, ///< by gpg, with an ASCII-armoured private key
        ssh,     ///< by ssh-keygen, with a private key of OpenSSH without passphrase
    };
    Kind kind = Kind::none;
    Secret key = {};
    Secret passphrase = {}; ///< of an OpenPGP key; empty: it has none
};

/// Which kind of key a text is; Kind::none for anything else.
Signing::Kind kind_of_key(const Secret& key);

/// Holds a signing key in a private folder until this object goes, and with it the agent that gpg starts.
class Signer {
public:
    /// @throws Error (misuse) when the key is none, or needs a person
    /// @throws Error (world failure) when gpg or ssh-keygen is missing
    Signer(cli::Context& context, const Signing& signing);
    ~Signer();
    Signer(const Signer&) = delete;
    Signer& operator=(const Signer&) = delete;

    /// Stand between "git" and its command.
    const std::vector<std::string>& settings() const noexcept { return settings_; }
    /// What its environment needs for that.
    void prepare(io::EnvironmentChanges& environment) const;

private:
    void take_openpgp(const Signing& signing);
    void take_ssh(const Signing& signing);
    io::ProcessResult gpg(std::vector<std::string> arguments, std::string input = {}) const;

    cli::Context& context_;
    io::TemporaryFolder folder_;
    Signing::Kind kind_;
    std::vector<std::string> settings_;
};

} // namespace slipway::git
