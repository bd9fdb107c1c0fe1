#include "push-rules/files/folder.hpp"

#include <algorithm>

namespace slipway::push_rules {

namespace {

void compare_groups(const FileChange& file, GroupChanges& changes) {
    const auto& name = file.input->name;
    // What lies there may be broken, or no rule file at all: then it has no groups that would be lost.
    const auto old = file.old_text ? prometheus::read_rule_file(*file.old_text, name).groups : std::vector<prometheus::Group>{};
    const auto find = [](const std::vector<prometheus::Group>& groups, const std::string& wanted) {
        return std::find_if(groups.begin(), groups.end(), [&](const auto& group) { return group.name == wanted; });
    };
    const auto& fresh = file.input->rules.groups;
    for (const auto& group : fresh) {
        const auto before = find(old, group.name);
        auto& list = before == old.end() ? changes.added : same_content(*before, group) ? changes.unchanged : changes.changed;
        list.push_back(name + ':' + group.name);
    }
    for (const auto& group : old) {
        if (find(fresh, group.name) == fresh.end()) changes.removed.push_back(name + ':' + group.name);
    }
}

} // namespace

bool FolderChanges::any() const {
    return std::any_of(files.begin(), files.end(), [](const auto& file) { return file.differs(); });
}

FolderChanges compare(const Inputs& inputs, const std::string& folder, io::Files& files) {
    if (files.kind(folder) != io::FileKind::directory) {
        throw misuse("cannot publish into " + folder + ": there is no such folder", "--rules-dir names the folder that Prometheus reads its rules from");
    }
    const auto names = files.list(folder);
    FolderChanges changes;
    for (const auto& input : inputs.files) {
        FileChange change{.input = &input, .target = io::Path(folder) / input.name, .old_text = {}};
        try {
            const auto kind = files.kind(change.target);
            if (kind == io::FileKind::file) change.old_text = files.read(change.target);
            else if (kind != io::FileKind::none || std::binary_search(names.begin(), names.end(), input.name)) throw misuse("cannot write " + change.target.string() + ": what has this name is no file, or a link to none");
        } catch (const Error& error) {
            throw world_failure(error.what()); // it is not our input that is wrong
        }
        compare_groups(change, changes.groups);
        changes.files.push_back(std::move(change));
    }
    return changes;
}

Replacement::~Replacement() {
    try {
        take_back();
    } catch (...) { // out of memory, say; there is nobody left to tell
    }
}

void Replacement::put(const FolderChanges& changes) {
    try {
        for (const auto& file : changes.files) {
            if (!file.differs()) continue;
            files_.write_atomic(file.target, file.input->content());
            written_.push_back(&file);
        }
    } catch (const Error& error) {
        auto diagnostics = error.diagnostics();
        auto& first = diagnostics.front();
        const auto failures = take_back();
        if (failures.empty() && first.hint.empty()) first.hint = "the folder is as it was before";
        for (const auto& failure : failures) diagnostics.push_back({.message = failure});
        throw Error(error.code(), std::move(diagnostics));
    }
}

std::vector<std::string> Replacement::take_back() {
    std::vector<std::string> failures;
    for (; !written_.empty(); written_.pop_back()) {
        const auto& file = *written_.back();
        try {
            if (file.old_text) files_.write_atomic(file.target, *file.old_text);
            else files_.remove(file.target);
        } catch (const Error& error) {
            failures.push_back(std::string("the old state of a file is not back: ") + error.what());
        }
    }
    return failures;
}

} // namespace slipway::push_rules
