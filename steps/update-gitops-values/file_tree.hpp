#pragma once

#include "git/repository.hpp"
#include "io/files.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// The files that are to change, as they stand now: those of a commit, or of a folder on this machine.
class FileTree {
public:
    struct File {
        std::string content;
        std::string mode; ///< as Git writes it: "100644" or "100755"
    };

    virtual ~FileTree() = default;

    /// The files that a pattern names, sorted; a path without `*`, `?` or `[` names itself, be it there or not.
    virtual std::vector<std::string> list(const std::string& pattern) = 0;

    /// Gets ready to read these files: in one request where each costs one.
    virtual void prepare(const std::vector<std::string>& paths) = 0;

    /// @return nothing when there is no such file
    /// @throws Error (refused) for what is no plain file
    virtual std::optional<File> find(const std::string& path) = 0;

    /// @throws Error (misuse) when there is no such file, with one that may be meant
    virtual File read(const std::string& path) = 0;

    /// What stands where a folder of a path would have to be.
    struct Obstacle {
        std::string path;
        std::string what; ///< "a file", "a symbolic link", "a submodule"
    };
    /// By the paths that have one.
    virtual std::map<std::string, Obstacle> obstacles(const std::vector<std::string>& paths) = 0;
};

class FolderTree final : public FileTree {
public:
    FolderTree(std::string folder, io::Files& files) : folder_(std::move(folder)), files_(files) {}
    std::vector<std::string> list(const std::string& pattern) override;
    void prepare(const std::vector<std::string>&) override {}
    std::optional<File> find(const std::string& path) override;
    File read(const std::string& path) override;
    std::map<std::string, Obstacle> obstacles(const std::vector<std::string>& paths) override;

private:
    /// Where a file is, which no symbolic link may lead out of the folder.
    io::Path inside(const std::string& path);
    /// For a path that does not exist: the name that may be meant.
    std::string meant(const std::string& path);

    std::string folder_;
    io::Files& files_;
};

class CommitTree final : public FileTree {
public:
    CommitTree(git::Repository& repository, std::string commit) : repository_(repository), commit_(std::move(commit)) {}
    std::vector<std::string> list(const std::string& pattern) override;
    void prepare(const std::vector<std::string>& paths) override;
    std::optional<File> find(const std::string& path) override;
    File read(const std::string& path) override;
    std::map<std::string, Obstacle> obstacles(const std::vector<std::string>& paths) override;

private:
    git::Repository& repository_;
    std::string commit_;
};

/// The files below a folder of this machine, as paths from there, sorted; symbolic links and what lies behind them are left out.
std::vector<std::string> files_below(const io::Path& folder, io::Files& files);

} // namespace slipway::update_gitops_values
