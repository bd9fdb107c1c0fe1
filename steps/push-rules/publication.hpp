#pragma once

#include "core/error.hpp"
#include "core/exit_code.hpp"
#include "prometheus/rule_file.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace slipway::push_rules {

/// What a publication does to groups, each as "file:name", in the order of the files, and to how many of their rules.
struct GroupChanges {
    std::vector<std::string> added, changed, removed, unchanged;
    std::size_t rules_added = 0, rules_changed = 0, rules_removed = 0, rules_unchanged = 0;

    bool any() const { return !added.empty() || !changed.empty() || !removed.empty(); }
    /// Groups that are there afterwards.
    std::size_t present() const { return added.size() + changed.size() + unchanged.size(); }
};

/// Adds what leads from the old groups of a file to the new ones.
void compare_groups(const std::string& file, const std::vector<prometheus::Group>& old, const std::vector<prometheus::Group>& fresh, GroupChanges& changes);

/// What publishing would do, found out without changing anything.
struct PublicationPlan {
    GroupChanges groups = {};
    std::string diff = {}; ///< unified, all files
    std::vector<Diagnostic> remarks = {};
};

/// What became of a publication.
struct Publication {
    GroupChanges groups = {};
    std::string diff = {};
    bool stored = false; ///< the rules are there, whether or not a server was asked if it has loaded them
    bool loaded = false;
    ExitCode code = ExitCode::done;
    std::vector<Diagnostic> diagnostics = {}; ///< why not, and in which state everything is
};

/// The same error with one hint more at its end.
Error with_hint(const Error& error, const std::string& hint);

/// Where rules are published: each target plans, applies, proves, and takes back what could not be proven.
class Target {
public:
    virtual ~Target() = default;

    /// Asks and reads only.
    ///
    /// @throws Error when the target cannot be reached, or does not exist
    virtual PublicationPlan plan() = 0;

    /// Puts the rules there and waits until they are proven active; is called at most once, after `plan`. Whatever goes wrong on the way,
    /// cancellation included, the old state comes back.
    ///
    /// @throws Error before anything is changed
    /// @throws Cancelled when the old state is back
    virtual Publication publish() = 0;
};

} // namespace slipway::push_rules
