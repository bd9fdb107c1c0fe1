#pragma once

#include "push-rules/inputs.hpp"
#include "io/files.hpp"

#include <optional>
#include <string>
#include <vector>

namespace slipway::push_rules {

/// The groups of a publication, each as "file:name", in the order of the files.
struct GroupChanges {
    std::vector<std::string> added, changed, removed, unchanged;
};

/// One file of the publication against what lies in the folder.
struct FileChange {
    const Input* input = nullptr;
    io::Path target;
    std::optional<std::string> old_text; ///< nothing: the file does not exist there yet

    bool differs() const { return !old_text || *old_text != input->content(); }
};

/// What a publication does to the folder.
struct FolderChanges {
    std::vector<FileChange> files;
    GroupChanges groups;

    bool any() const;
};

/// Compares the inputs with the folder. Other files of the folder are never looked at.
///
/// @throws Error (misuse) when there is no such folder, Error (world failure) when a file in it cannot be read
FolderChanges compare(const Inputs& inputs, const std::string& folder, io::Files& files);

/// Files put in place that can be taken back until they are kept.
class Replacement {
public:
    explicit Replacement(io::Files& files) : files_(files) {}
    /// Takes back what nobody kept; a failure of that is silent here, so call `take_back` first where somebody listens.
    ~Replacement();
    Replacement(const Replacement&) = delete;
    Replacement& operator=(const Replacement&) = delete;

    /// Writes every file that differs, each as a whole or not at all.
    ///
    /// @param changes  must stay until the replacement is kept or taken back
    /// @throws Error (world failure); what was written before the failure is taken back then
    void put(const FolderChanges& changes);

    void keep() noexcept { written_.clear(); }

    /// Puts the old contents back, all of them, whatever fails on the way.
    ///
    /// @return one line for each file that could not be put back
    std::vector<std::string> take_back();

private:
    io::Files& files_;
    std::vector<const FileChange*> written_;
};

} // namespace slipway::push_rules
