#pragma once

#include "cli/context.hpp"
#include "core/secret.hpp"
#include "io/files.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace slipway::push_rules {

/// Who waits while something is written: somebody who cancelled waits for a short time only.
enum class Hurry { no, yes };

/// A file as it was: nothing when it was not there.
struct OldFile {
    std::string name;
    std::optional<std::string> text;
};

/// A folder that a Prometheus reads its rules from, on this machine or on another. Names are those of files directly in it.
class RuleFolder {
public:
    virtual ~RuleFolder() = default;

    /// The folder as people know it.
    virtual const std::string& name() const = 0;
    /// "folder/name"
    std::string shown(const std::string& file) const { return name() + (name().back() == '/' ? "" : "/") + file; }
    /// The path under which a Prometheus on the same machine sees the file.
    virtual std::string path_there(const std::string& file) const = 0;

    /// Whether a write that failed may have been done all the same, because the answer was lost on its way.
    virtual bool may_lose_answers() const = 0;

    /// @throws Error (misuse) when there is no such folder; (world failure) when that cannot be told
    virtual void check_exists() = 0;
    /// @return nothing when there is no such file
    /// @throws Error (world failure), also for what has the name and is no file
    virtual std::optional<std::string> read(const std::string& file) = 0;
    /// As a whole or not at all.
    /// @throws Error (world failure)
    virtual void write(const std::string& file, const std::string& text, Hurry hurry) = 0;
    virtual void remove(const std::string& file, Hurry hurry) = 0;
    /// Brings the old contents of several files back, all of them, whatever fails on the way.
    ///
    /// @return why it failed, for each file that could not be brought back
    virtual std::vector<std::string> take_back(const std::vector<OldFile>& files, Hurry hurry);
    /// As Files::try_lock.
    virtual std::unique_ptr<io::FolderLock> try_lock() = 0;
};

/// How to reach a folder on another machine.
struct SshOptions {
    std::string known_hosts; ///< file; empty: ssh's own
    Secret key;              ///< a private key; empty: the agent's and those of ~/.ssh
};

/// A local path, or ssh://user@host:port/path.
///
/// @throws Error (misuse) for an address that is none
std::unique_ptr<RuleFolder> open_rule_folder(const std::string& address, const SshOptions& ssh, cli::Context& context);

bool is_ssh_address(const std::string& address);

} // namespace slipway::push_rules
