#pragma once

#include "push-rules/files/rule_folder.hpp"

#include <string>
#include <vector>

namespace slipway::push_rules {

struct SshAddress {
    std::string destination; ///< "user@host"
    std::string port;        ///< empty: ssh's own choice
    std::string folder;      ///< absolute
};

/// @throws Error (misuse) for anything but ssh://[user@]host[:port]/folder
SshAddress parse_ssh_address(const std::string& address);

/// A folder on another machine, by its ssh client: whose host key is known beforehand, and which never asks. There it takes a shell with
/// the usual tools (cat, mv, sync, base64); a file is written beside its place, forced to disk, and moved.
class SshFolder final : public RuleFolder {
public:
    SshFolder(SshAddress address, const SshOptions& options, cli::Context& context);
    ~SshFolder() override;

    const std::string& name() const override { return name_; }
    std::string path_there(const std::string& file) const override { return address_.folder + (address_.folder.back() == '/' ? "" : "/") + file; }
    bool may_lose_answers() const override { return true; }
    void check_exists() override;
    std::optional<std::string> read(const std::string& file) override;
    void write(const std::string& file, const std::string& text, Hurry hurry) override;
    void remove(const std::string& file, Hurry hurry) override;
    /// In one go: each connection takes its time.
    std::vector<std::string> take_back(const std::vector<OldFile>& files, Hurry hurry) override;
    /// A folder of its own name beside the files, which holds until it is taken away; one that is older than an hour is nobody's any more.
    std::unique_ptr<io::FolderLock> try_lock() override;

private:
    friend class SshLock;

    std::string script_for(const std::string& file, const std::optional<std::string>& text) const;
    /// Runs a script of the shell there.
    /// @throws Error (world failure) when ssh does not come through
    io::ProcessResult run(const std::string& script, Hurry hurry);
    /// The same for a script that must succeed; `what` begins the message.
    std::string expect(const std::string& script, Hurry hurry, const std::string& what);

    SshAddress address_;
    std::string name_;
    cli::Context& context_;
    io::TemporaryFolder private_; ///< the key, and the socket of the connection that all commands share
    std::vector<std::string> options_;
};

} // namespace slipway::push_rules
