#include "file_tree.hpp"

#include "core/text.hpp"
#include "git/glob.hpp"

#include <algorithm>

namespace slipway::update_gitops_values {

namespace {

void collect(const io::Path& folder, const std::string& prefix, io::Files& files, std::vector<std::string>& found) {
    for (const auto& name : files.list(folder)) {
        if (name == ".git") continue;
        const auto status = files.status(folder / name);
        if (!status) continue;
        if (status->kind == io::FileStatus::Kind::directory) collect(folder / name, prefix + name + '/', files, found);
        if (status->kind == io::FileStatus::Kind::file) found.push_back(prefix + name);
    }
}

} // namespace

std::vector<std::string> files_below(const io::Path& folder, io::Files& files) {
    std::vector<std::string> found;
    collect(folder, "", files, found);
    std::sort(found.begin(), found.end());
    return found;
}

std::vector<std::string> FolderTree::list(const std::string& pattern) {
    if (!git::is_pattern(pattern)) return {pattern};
    auto found = files_below(folder_, files_);
    std::erase_if(found, [&](const std::string& path) { return !git::matches(pattern, path); });
    return found;
}

io::Path FolderTree::inside(const std::string& path) {
    const auto full = io::Path(folder_) / path;
    const auto root = files_.canonical(folder_);
    const auto target = files_.canonical(full);
    if (std::mismatch(root.begin(), root.end(), target.begin(), target.end()).first != root.end()) {
        throw refused("cannot change " + full.string() + ": a symbolic link leads out of " + folder_);
    }
    return full;
}

FileTree::File FolderTree::read(const std::string& path) {
    const auto full = inside(path);
    const auto status = files_.status(files_.canonical(full));
    const bool executable = status && (status->mode & 0111U) != 0;
    return {files_.read(full), executable ? "100755" : "100644"};
}

std::optional<FileTree::File> FolderTree::find(const std::string& path) {
    if (files_.kind(inside(path)) == io::FileKind::none) return std::nullopt;
    return read(path);
}

std::vector<std::string> CommitTree::list(const std::string& pattern) {
    if (!git::is_pattern(pattern)) return {pattern};
    std::vector<std::string> paths;
    for (const auto& entry : repository_.list(commit_, pattern)) paths.push_back(entry.path);
    return paths;
}

void CommitTree::prepare(const std::vector<std::string>& paths) {
    repository_.look_up(commit_, paths);
    std::vector<std::string> hashes;
    for (const auto& path : paths) {
        const auto entry = repository_.find(commit_, path);
        if (entry && entry->is_file()) hashes.push_back(entry->hash);
    }
    repository_.read_blobs(hashes);
}

std::optional<FileTree::File> CommitTree::find(const std::string& path) {
    if (!repository_.find(commit_, path)) return std::nullopt;
    return read(path);
}

FileTree::File CommitTree::read(const std::string& path) {
    auto file = repository_.read(commit_, path);
    return {std::move(file.content), std::move(file.mode)};
}

} // namespace slipway::update_gitops_values
