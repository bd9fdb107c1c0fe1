#include "update-gitops-values/promotion/version_origin.hpp"

#include "core/timestamp.hpp"
#include "update-gitops-values/history/order.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace slipway::update_gitops_values {

namespace {

/// Whether a value that a commit set is what is copied, or has the image's version in it: "v2", "registry/app:v2", a whole map.
bool is_put(const ValueRecord& value, const Copied& copied) {
    if (copied.versions.empty()) return std::find(copied.paths.begin(), copied.paths.end(), value.path) != copied.paths.end() && same_json(value.new_json, copied.json);
    return std::any_of(copied.versions.begin(), copied.versions.end(), [&](const std::string& version) {
        const auto at = value.new_json.find(version);
        if (at == std::string::npos) return false;
        // "v2" is no part of "v20".
        const auto is_inside = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-'; };
        const auto end = at + version.size();
        return (at == 0 || !is_inside(value.new_json[at - 1])) && (end == value.new_json.size() || !is_inside(value.new_json[end]));
    });
}

} // namespace

std::optional<Origin> origin_of(const std::vector<git::CommitInfo>& commits, const std::string& file, const std::string& blob, const Copied& copied) {
    const Target target{.file = file, .paths = copied.paths, .document = copied.document};
    for (const auto& commit : commits) {
        const auto record = read_record(commit);
        if (!record || !record->undone.empty() || !touches(*record, target)) continue;
        const bool in_values = std::any_of(record->values.begin(), record->values.end(), [&](const ValueRecord& value) { return is_value_of(value, target) && is_put(value, copied); });
        const bool as_a_whole = std::any_of(record->files.begin(), record->files.end(), [&](const FileRecord& changed) { return changed.path == file && changed.new_blob == blob; });
        if ((in_values || as_a_whole) && record->origin != Origin{}) return record->origin;
    }
    return std::nullopt;
}

Origin oldest(const std::vector<Origin>& origins) {
    const auto found = std::min_element(origins.begin(), origins.end(), [](const Origin& a, const Origin& b) {
        const auto x = parse_timestamp(a.commit_time);
        const auto y = parse_timestamp(b.commit_time);
        return x && (!y || *x < *y);
    });
    return found == origins.end() ? Origin{} : *found;
}

} // namespace slipway::update_gitops_values
