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
    const std::string folder(git::folder_of_matches(pattern));
    for (std::size_t end = 0; end != folder.size();) {
        end = std::min(folder.find('/', end + 1), folder.size());
        const auto status = files_.status(io::Path(folder_) / folder.substr(0, end));
        if (!status || status->kind != io::FileStatus::Kind::directory) return {}; // what lies behind a link is left out
    }
    std::vector<std::string> found;
    collect(folder.empty() ? io::Path(folder_) : io::Path(folder_) / folder, folder.empty() ? "" : folder + '/', files_, found);
    std::erase_if(found, [&](const std::string& path) { return !git::matches(pattern, path); });
    std::sort(found.begin(), found.end());
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
    const auto kind = files_.kind(full);
    if (kind == io::FileKind::directory) throw refused("cannot change " + full.string() + ": it is a folder");
    if (kind == io::FileKind::other) throw refused("cannot change " + full.string() + ": it is no plain file");
    const auto status = files_.status(files_.canonical(full));
    const bool executable = status && (status->mode & 0111U) != 0;
    try {
        return {files_.read(full), executable ? "100755" : "100644"};
    } catch (const Error& error) {
        auto problem = error.diagnostics().front();
        if (kind == io::FileKind::none) problem.hint = meant(path);
        throw Error(error.code(), std::move(problem));
    }
}

std::string FolderTree::meant(const std::string& path) {
    std::size_t begin = 0; // of the first name that is not there
    auto slash = path.find('/');
    while (slash != std::string::npos && files_.kind(io::Path(folder_) / path.substr(0, slash)) == io::FileKind::directory) {
        begin = slash + 1;
        slash = path.find('/', begin);
    }
    const auto folder = path.substr(0, begin);
    if (files_.kind(io::Path(folder_)) != io::FileKind::directory) return {};
    const auto close = closest(path.substr(begin, slash - begin), files_.list(begin == 0 ? io::Path(folder_) : io::Path(folder_) / path.substr(0, begin - 1)));
    return close ? "did you mean " + visible(folder + *close) + "?" : "";
}

std::map<std::string, FileTree::Obstacle> FolderTree::obstacles(const std::vector<std::string>& paths) {
    std::map<std::string, Obstacle> found;
    for (const auto& path : paths) {
        for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
            const auto kind = files_.kind(io::Path(folder_) / path.substr(0, slash));
            if (kind == io::FileKind::directory) continue;
            if (kind != io::FileKind::none) found[path] = {path.substr(0, slash), "a file"};
            break;
        }
    }
    return found;
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

std::map<std::string, FileTree::Obstacle> CommitTree::obstacles(const std::vector<std::string>& paths) {
    std::map<std::string, Obstacle> found;
    for (const auto& [path, entry] : repository_.in_the_way(commit_, paths)) {
        found[path] = {entry.path, entry.mode == "120000" ? "a symbolic link" : entry.mode == "160000" ? "a submodule" : "a file"};
    }
    return found;
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
