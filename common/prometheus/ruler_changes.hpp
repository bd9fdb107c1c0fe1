#pragma once

#include "prometheus/ruler_group.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace slipway::prometheus {

/// What happens to one group.
struct RulerChange {
    std::string name_space;
    std::string group;
    std::string text = {}; ///< that is sent; empty: the group is deleted, or nothing is sent

    bool operator==(const RulerChange&) const = default;
};

/// What leads from one state to another. Lists are in the order of namespaces, then of groups as they stand there.
struct RulerChanges {
    std::vector<RulerChange> added = {};
    std::vector<RulerChange> changed = {};
    std::vector<RulerChange> removed = {};
    std::vector<RulerChange> unchanged = {};
    std::vector<RulerChange> untouched = {}; ///< stored, not wanted, and left alone: would be removed with `prune`

    /// Whether there is nothing to send.
    bool nothing() const noexcept { return added.empty() && changed.empty() && removed.empty(); }
};

/// @param wanted  its namespaces are those that we manage: no other is looked at; one without groups is to be empty
/// @param stored  what the server has
/// @param prune   whether groups that are not wanted are removed
/// @throws Error (misuse) when a wanted group stands twice in its namespace
RulerChanges compare(const RulerState& wanted, const RulerState& stored, bool prune);

/// A state as a JSON document, to be kept in a file.
///
/// {"format": "slipway ruler snapshot 1", "kind": "mimir", "namespaces": {"app": [{"name": "g", "text": "name: g\n..."}]}}
std::string write_snapshot(const RulerState& state, RulerKind kind);

/// @param file  for the places in errors
/// @throws Error (misuse) for anything but such a document, and for one of another kind of server
RulerState read_snapshot(std::string_view text, RulerKind kind, const std::string& file);

/// What brings the namespaces of a snapshot back from what is stored now, groups that others added since included.
RulerChanges restore(const RulerState& snapshot, const RulerState& now);

/// What takes back the changes that were sent, and touches nothing else; needs no look at the server.
///
/// @param snapshot  from before they were sent, all of their namespaces included
RulerChanges undo(const RulerState& snapshot, const std::vector<RulerChange>& sent);

} // namespace slipway::prometheus
