#pragma once

#include "push-rules/files/rule_folder.hpp"
#include "push-rules/inputs.hpp"
#include "push-rules/publication.hpp"

#include <optional>
#include <string>
#include <vector>

namespace slipway::push_rules {

/// One file of the publication against what lies in the folder. A file of a snapshot may be one that is to go.
struct FileChange {
    std::string name;
    std::optional<std::string> old_text; ///< nothing: the file does not exist there yet
    std::optional<std::string> new_text; ///< nothing: it is removed
    std::vector<prometheus::Group> groups = {}; ///< of the new text

    bool differs() const { return old_text != new_text; }
};

/// What a publication does to the folder.
struct FolderChanges {
    std::vector<FileChange> files;
    GroupChanges groups;

    bool any() const;
    /// Unified, all files.
    std::string diff() const;
};

/// Compares the inputs with the folder. Other files of the folder are never looked at.
///
/// @throws Error (misuse) when there is no such folder, Error (world failure) when a file in it cannot be read
FolderChanges compare(const Inputs& inputs, RuleFolder& folder);

/// The same for files as they shall be: nothing for one that shall not be there.
FolderChanges compare(const std::map<std::string, std::optional<std::string>>& files, RuleFolder& folder);

/// Files put in place that can be taken back until they are kept.
class Replacement {
public:
    explicit Replacement(RuleFolder& folder) : folder_(folder) {}
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
    std::vector<std::string> take_back(Hurry hurry);

private:
    RuleFolder& folder_;
    std::vector<const FileChange*> written_;
};

} // namespace slipway::push_rules
