#include "push-rules/files/proof.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <map>

namespace slipway::push_rules {

namespace {

using GroupsByPath = std::map<std::string, std::vector<const prometheus::LoadedGroup*>>;

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/// Why the groups that the server shows for one path are not those of the input; empty when they are.
std::string difference(const FileChange& file, const std::vector<const prometheus::LoadedGroup*>& loaded, prometheus::RuleComparison& comparison) {
    for (const auto& group : file.groups) {
        const auto found = std::find_if(loaded.begin(), loaded.end(), [&](const auto* candidate) { return candidate->name == group.name; });
        const auto name = "group '" + visible(group.name) + "' of " + file.name;
        if (found == loaded.end()) {
            if (group.rules.empty()) continue; // a server may leave out what does nothing
            return name + " is not there";
        }
        if (const auto why = comparison.difference(group, **found); !why.empty()) return name + " is another one there: " + why;
    }
    for (const auto* group : loaded) {
        const auto ours = std::find_if(file.groups.begin(), file.groups.end(), [&](const auto& candidate) { return candidate.name == group->name; });
        if (ours == file.groups.end()) return "group '" + visible(group->name) + "' is still there, and no more in " + file.name;
    }
    return {};
}

/// The server's groups by the path of their file, of those files that have this one's name; only our own path where the server knows it.
GroupsByPath candidates_for(const FileChange& file, const std::vector<prometheus::LoadedGroup>& loaded, RuleFolder& folder) {
    GroupsByPath candidates;
    for (const auto& group : loaded) {
        if (name_of(group.file) == file.name) candidates[group.file].push_back(&group);
    }
    if (const auto own = candidates.find(folder.path_there(file.name)); own != candidates.end()) return {*own};
    return candidates;
}

/// What the server does read, for somebody who gave it another folder.
std::string hint_about(const std::vector<prometheus::LoadedGroup>& loaded, const RuleFolder& folder) {
    constexpr std::size_t most = 5;
    std::vector<std::string> paths;
    for (const auto& group : loaded) {
        if (std::find(paths.begin(), paths.end(), group.file) == paths.end()) paths.push_back(group.file);
    }
    const auto question = "does 'rule_files:' of its configuration match the files in " + folder.name() + "? ";
    if (paths.empty()) return question + "It has loaded no rule files at all";
    const auto more = paths.size() > most ? " and " + std::to_string(paths.size() - most) + " more" : "";
    if (paths.size() > most) paths.resize(most);
    return question + "It has loaded " + visible(join(paths, ", ")) + more;
}

} // namespace

Proof prove(const FolderChanges& published, const std::vector<prometheus::LoadedGroup>& loaded, prometheus::RuleComparison& comparison, RuleFolder& folder) {
    for (const auto& file : published.files) {
        const auto candidates = candidates_for(file, loaded, folder);
        if (candidates.empty()) {
            if (std::all_of(file.groups.begin(), file.groups.end(), [](const auto& group) { return group.rules.empty(); })) continue;
            return {false, "it has loaded no file of the name " + file.name, hint_about(loaded, folder)};
        }
        std::string why;
        for (const auto& [path, groups] : candidates) {
            why = difference(file, groups, comparison);
            if (why.empty()) break;
        }
        if (!why.empty()) return {false, why, hint_about(loaded, folder)};
    }
    return {true, {}, {}};
}

prometheus::Evaluation evaluation_of(const FolderChanges& published, const std::vector<prometheus::LoadedGroup>& loaded, Timestamp since, RuleFolder& folder) {
    prometheus::Evaluation pending;
    for (const auto& file : published.files) {
        for (const auto& [path, groups] : candidates_for(file, loaded, folder)) {
            for (const auto* group : groups) {
                auto evaluation = prometheus::evaluation_of(*group, since);
                if (evaluation.state == prometheus::Evaluation::State::failed) return evaluation;
                if (evaluation.state == prometheus::Evaluation::State::pending) pending = std::move(evaluation);
            }
        }
    }
    return pending;
}

std::vector<prometheus::LoadedGroup> groups_of(const FolderChanges& published, const std::vector<prometheus::LoadedGroup>& loaded) {
    std::vector<prometheus::LoadedGroup> groups;
    for (const auto& group : loaded) {
        const auto name = name_of(group.file);
        const auto ours = std::any_of(published.files.begin(), published.files.end(), [&](const auto& file) { return file.name == name; });
        if (ours) groups.push_back(group);
    }
    return groups;
}

} // namespace slipway::push_rules
