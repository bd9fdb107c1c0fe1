#include "push-rules/files/folder.hpp"

#include "core/diff.hpp"

#include <algorithm>

namespace slipway::push_rules {

namespace {

void compare_groups_of(const FileChange& file, GroupChanges& changes) {
    // What lies there may be broken, or no rule file at all: then it has no groups that would be lost.
    const auto old = file.old_text ? prometheus::read_rule_file(*file.old_text, file.name).groups : std::vector<prometheus::Group>{};
    compare_groups(file.name, old, file.groups, changes);
}

} // namespace

bool FolderChanges::any() const {
    return std::any_of(files.begin(), files.end(), [](const auto& file) { return file.differs(); });
}

std::string FolderChanges::diff() const {
    std::string text;
    for (const auto& file : files) text += unified_diff(file.old_text.value_or(""), file.new_text.value_or(""), file.name);
    return text;
}

FolderChanges compare(const Inputs& inputs, RuleFolder& folder) {
    folder.check_exists();
    FolderChanges changes;
    for (const auto& input : inputs.files) {
        FileChange change{.name = input.name, .old_text = folder.read(input.name), .new_text = input.content(), .groups = input.rules.groups};
        compare_groups_of(change, changes.groups);
        changes.files.push_back(std::move(change));
    }
    return changes;
}

FolderChanges compare(const std::map<std::string, std::optional<std::string>>& files, RuleFolder& folder) {
    folder.check_exists();
    FolderChanges changes;
    for (const auto& [name, text] : files) {
        FileChange change{.name = name, .old_text = folder.read(name), .new_text = text};
        if (text) change.groups = prometheus::read_rule_file(*text, name).groups;
        compare_groups_of(change, changes.groups);
        changes.files.push_back(std::move(change));
    }
    return changes;
}

Replacement::~Replacement() {
    try {
        take_back(Hurry::yes);
    } catch (...) { // out of memory, say; there is nobody left to tell
    }
}

void Replacement::put(const FolderChanges& changes) {
    try {
        for (const auto& file : changes.files) {
            if (!file.differs()) continue;
            if (folder_.may_lose_answers()) written_.push_back(&file);
            if (file.new_text) folder_.write(file.name, *file.new_text, Hurry::no);
            else folder_.remove(file.name, Hurry::no);
            if (!folder_.may_lose_answers()) written_.push_back(&file);
        }
    } catch (const Error& error) {
        auto diagnostics = error.diagnostics();
        auto& first = diagnostics.front();
        const auto failures = take_back(Hurry::no);
        if (failures.empty() && first.hint.empty()) first.hint = "the folder is as it was before";
        for (const auto& failure : failures) diagnostics.push_back({.message = failure});
        throw Error(error.code(), std::move(diagnostics));
    }
}

std::vector<std::string> Replacement::take_back(Hurry hurry) {
    std::vector<OldFile> files;
    for (; !written_.empty(); written_.pop_back()) files.push_back({written_.back()->name, written_.back()->old_text});
    if (files.empty()) return {};
    auto failures = folder_.take_back(files, hurry);
    for (auto& failure : failures) failure.insert(0, "the old state of a file is not back: ");
    return failures;
}

} // namespace slipway::push_rules
