#include "update-gitops-values/history/rollback.hpp"

#include "core/text.hpp"
#include "core/timestamp.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

namespace slipway::update_gitops_values {

namespace {

constexpr std::size_t shortest_prefix = 7;

/// Document and path, within one file.
using ValuePlace = std::pair<std::optional<std::size_t>, std::string>;

/// A commit of ours.
struct Step {
    std::size_t at; ///< in the history
    Record record;
};

std::string in_words(const Target& target) {
    auto text = one_line(visible(target.file));
    if (!target.paths.empty()) text += ": " + one_line(visible(join(target.paths, ", ")));
    return text;
}

/// How far the history was read, when it goes on.
std::string read_so_far(const std::vector<git::CommitInfo>& commits) {
    if (commits.empty() || commits.back().parents.empty()) return {};
    return "only the newest " + count_of(commits.size(), "commit") + " were read, back to " + git::short_hash(commits.back().hash);
}

Error cannot(const Target& target, const std::string& why, std::string hint = {}) {
    return refused("cannot roll back " + in_words(target) + ": " + why, std::move(hint));
}

/// The commits of ours, newest first.
std::vector<Step> steps_of(const std::vector<git::CommitInfo>& commits) {
    std::vector<Step> steps;
    for (std::size_t at = 0; at < commits.size(); ++at) {
        if (auto record = read_record(commits[at])) steps.push_back({at, std::move(*record)});
    }
    return steps;
}

/// Those that no rollback took back, or whose rollback was itself taken back, without rollbacks; as places in the history. Rollbacks
/// of anything count: one that took the target there and back again does not name it.
std::set<std::size_t> in_effect(const std::vector<git::CommitInfo>& commits, const std::vector<Step>& steps) {
    std::set<std::size_t> result;
    std::set<std::string> undone;
    for (const auto& step : steps) {
        if (undone.contains(commits[step.at].hash)) continue;
        if (step.record.undone.empty()) result.insert(step.at);
        undone.insert(step.record.undone.begin(), step.record.undone.end());
    }
    return result;
}

/// The one commit that a hash names, by its beginning; nothing when the text is no hash or names none.
std::optional<std::size_t> commit_named(const std::vector<git::CommitInfo>& commits, const Target& target, const std::string& to) {
    const auto prefix = lower(to);
    if (prefix.size() < shortest_prefix || prefix.find_first_not_of("0123456789abcdef") != std::string::npos) return std::nullopt;
    std::optional<std::size_t> found;
    for (std::size_t at = 0; at < commits.size(); ++at) {
        if (!commits[at].hash.starts_with(prefix)) continue;
        if (found) {
            throw cannot(target, visible(to) + " is the beginning of two commits",
                         "they are " + visible(commits[*found].hash) + " and " + visible(commits[at].hash));
        }
        found = at;
    }
    return found;
}

/// Whether a recorded value is what somebody means by a text: the string, or the JSON itself.
bool is_meant(const std::string& json, const std::string& text) {
    if (json.empty()) return false;
    if (json == text) return true;
    const auto value = nlohmann::json::parse(json, nullptr, false);
    return value.is_string() && value.get_ref<const std::string&>() == text;
}

/// How many of the newest steps are to be taken back, so that one of the target's values is what it once was; nothing when it never was.
std::optional<std::size_t> steps_since_value(const std::vector<Step>& steps, const Target& target, const std::string& to) {
    const auto is_wanted = [&](const ValueRecord& value) {
        const bool within =
            std::any_of(target.paths.begin(), target.paths.end(), [&](const std::string& path) { return leads_to(path, value.path); });
        return is_value_of(value, target) && (within || target.paths.empty());
    };
    // What a step left is what the next one for the same value found; only if that is not recorded, or there is none, it counts itself.
    // Somebody may have changed the value in between: that is what taking back the next one would lead to.
    std::map<ValuePlace, std::optional<std::size_t>> unknown_since;
    std::size_t whole_since = 0;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const auto& values = steps[i].record.values;
        if (std::none_of(values.begin(), values.end(), [&](const ValueRecord& value) { return value.file == target.file; })) {
            whole_since = i + 1; // the file was changed as a whole
            for (auto& entry : unknown_since)
                entry.second = whole_since;
        }
        for (const auto& value : values) {
            if (!is_wanted(value)) continue;
            auto& since = unknown_since.try_emplace(ValuePlace{value.document, value.path}, whole_since).first->second;
            if (since && is_meant(value.new_json, to)) return since;
            if (is_meant(value.old_json, to)) return i + 1;
            since = value.unrecorded ? std::optional(i + 1) : std::nullopt;
        }
    }
    return std::nullopt;
}

/// "earlier values are 'v2', 'v1'": the latest values of the target, for somebody who mistyped one.
std::string values_before(const std::vector<Step>& steps, const Target& target) {
    constexpr std::size_t most_values = 5;
    constexpr std::size_t longest_value = 60;
    std::vector<std::string> found;
    for (const auto& step : steps) {
        for (const auto& value : step.record.values) {
            const auto json = nlohmann::json::parse(value.old_json, nullptr, false);
            if (!is_value_of(value, target) || json.is_discarded()) continue;
            const auto text = '\'' + one_line(visible(json.is_string() ? json.get<std::string>() : value.old_json)) + '\'';
            if (found.size() < most_values && text.size() <= longest_value && std::find(found.begin(), found.end(), text) == found.end())
                found.push_back(text);
        }
    }
    return found.empty() ? "" : "earlier values are " + join(found, ", ");
}

/// Which of the commits that changed the target are to be taken back.
std::vector<Step> chosen(const std::vector<git::CommitInfo>& commits, const Target& target, const std::string& to, std::vector<Step> steps,
                         const std::set<std::size_t>& effective) {
    if (to.empty()) {
        const auto last = std::find_if(steps.begin(), steps.end(), [&](const Step& step) { return effective.contains(step.at); });
        if (last == steps.end()) {
            const auto so_far = read_so_far(commits);
            throw cannot(target, "every change of it by this tool is taken back already",
                         so_far.empty() ? "a commit whose message lost its trailers, Slipway-Change and Slipway-File, is not known" : so_far);
        }
        return {*last};
    }
    const auto commit = commit_named(commits, target, to);
    auto count = steps_since_value(steps, target, to);
    if (commit && count) {
        throw cannot(target, visible(to) + " is the beginning of commit " + git::short_hash(commits[*commit].hash) + ", and a value that it had",
                     "the whole hash of a commit is never taken for a value");
    }
    if (!commit && !count) {
        auto hint = values_before(steps, target);
        if (const auto so_far = read_so_far(commits); !so_far.empty()) hint += (hint.empty() ? "" : "; ") + so_far;
        throw cannot(target,
                     '\'' + one_line(visible(to)) +
                         "' is neither a commit of the branch (at least 7 digits) nor a value that this tool has set there",
                     std::move(hint));
    }
    if (commit) {
        const auto is_older = [&](const Step& step) { return step.at >= *commit; };
        count = static_cast<std::size_t>(std::find_if(steps.begin(), steps.end(), is_older) - steps.begin());
    }
    if (*count == 0) {
        throw cannot(target, commit ? "this tool did not change it after commit " + git::short_hash(commits[*commit].hash)
                                    : "it is '" + one_line(visible(to)) + "' already, as far as this tool changed it");
    }
    steps.resize(*count);
    return steps;
}

/// All that some commits did to one file, newest first.
struct FileHistory {
    std::optional<FileRecord> blobs = {}; ///< from before the oldest to the newest commit
    bool blobs_fit = true;                ///< each commit found what the one before left
    std::vector<ValueRecord> values = {}; ///< from before the oldest to the newest commit
    bool whole = false;                   ///< a commit changed the file as a whole
    bool values_usable = true;            ///< each is recorded, and none lies within another
    std::string misfit = {};              ///< the first path at which a commit did not find what the one before left
};

void add_value(FileHistory& history, const ValueRecord& value) {
    history.values_usable = history.values_usable && !value.unrecorded;
    for (auto& known : history.values) {
        if (known.document != value.document) continue;
        if (known.path == value.path) {
            const bool recorded = !known.unrecorded && !value.unrecorded;
            if (recorded && history.misfit.empty() && !same_json(known.old_json, value.new_json)) history.misfit = value.path;
            known.old_json = value.old_json;
            known.unrecorded = !recorded;
            return;
        }
        // Putting one back would put back the other, or be refused.
        if (leads_to(known.path, value.path) || leads_to(value.path, known.path)) history.values_usable = false;
    }
    history.values.push_back(value);
}

void add_values(FileHistory& history, const std::vector<ValueRecord>& values) {
    history.whole = history.whole || values.empty();
    for (const auto& value : values)
        add_value(history, value);
}

void add_blobs(FileHistory& history, const FileRecord& file) {
    if (!history.blobs) {
        history.blobs = file;
        return;
    }
    history.blobs_fit = history.blobs_fit && history.blobs->old_blob == file.new_blob;
    history.blobs->old_blob = file.old_blob;
    if (!file.old_blob.empty()) history.blobs->mode = file.mode;
}

std::map<std::string, FileHistory> histories_of(const std::vector<Step>& steps) {
    std::map<std::string, FileHistory> histories;
    for (const auto& step : steps) {
        std::map<std::string, std::vector<ValueRecord>> values;
        for (const auto& value : step.record.values)
            values[value.file].push_back(value);
        std::set<std::string> named;
        for (const auto& file : step.record.files) {
            named.insert(file.path);
            add_blobs(histories[file.path], file);
            add_values(histories[file.path], values[file.path]);
        }
        for (const auto& [file, changes] : values) {
            if (named.contains(file)) continue;
            histories[file].blobs_fit = false; // its line is cut or lost
            add_values(histories[file], changes);
        }
    }
    return histories;
}

void add_file(RollbackPlan& plan, const std::string& path, FileHistory history) {
    const bool by_values = !history.whole && history.values_usable && history.misfit.empty();
    const bool by_blobs = history.blobs && history.blobs_fit;
    if (!by_blobs && !by_values) throw changed_since(history.misfit.empty() ? path : path + ": " + history.misfit);
    if (by_blobs) plan.files.push_back(*history.blobs);
    if (history.whole) return;
    for (auto& value : history.values) {
        if (!by_values)
            value = {
                .file = value.file, .document = value.document, .path = value.path, .old_json = {}, .new_json = {}, .unrecorded = true};
        plan.values.push_back(std::move(value));
    }
}

/// The latest origin of the steps: one that went before may have been taken back by an earlier rollback, and must stay out as well.
Origin latest_origin(const std::vector<Step>& steps) {
    const Origin* latest = &steps.front().record.origin;
    auto latest_time = parse_timestamp(latest->commit_time);
    for (const auto& step : steps) {
        const auto time = parse_timestamp(step.record.origin.commit_time);
        if (time && (!latest_time || *time > *latest_time)) {
            latest = &step.record.origin;
            latest_time = time;
        }
    }
    return *latest;
}

} // namespace

RollbackPlan plan_rollback(const std::vector<git::CommitInfo>& commits, const Target& target, const std::string& to) {
    auto steps = steps_of(commits);
    const auto effective = in_effect(commits, steps);
    std::erase_if(steps, [&](const Step& step) { return !touches(step.record, target); });
    if (steps.empty()) {
        throw cannot(target,
                     read_so_far(commits).empty() ? "this tool has never changed it" : "no commit of this tool that changed it was found",
                     read_so_far(commits));
    }
    auto undone = chosen(commits, target, to, steps, effective);
    RollbackPlan plan;
    for (const auto& step : undone)
        plan.undone.push_back(commits[step.at]);
    for (auto& [path, history] : histories_of(undone))
        add_file(plan, path, std::move(history));
    const auto record = record_of(plan);
    if (record.files.empty() && record.values.empty())
        throw cannot(target, "it was changed since, and changed back: there is nothing to take back");
    std::erase_if(steps, [&](const Step& step) { return step.at > undone.back().at; });
    plan.origin = latest_origin(steps);
    return plan;
}

Record record_of(const RollbackPlan& plan) {
    Record record;
    record.origin = plan.origin;
    for (auto value : plan.values) {
        if (!value.unrecorded && same_json(value.old_json, value.new_json)) continue;
        std::swap(value.old_json, value.new_json);
        record.values.push_back(std::move(value));
    }
    for (auto file : plan.files) {
        if (file.old_blob == file.new_blob) continue;
        std::swap(file.old_blob, file.new_blob);
        record.files.push_back(std::move(file));
    }
    for (const auto& commit : plan.undone)
        record.undone.push_back(commit.hash);
    return record;
}

yaml::Operation inverse_of(const ValueRecord& value) {
    using Kind = yaml::Operation::Kind;
    return {.kind = value.old_json.empty() ? Kind::remove : Kind::set_json,
            .path = yaml::parse_path(value.path),
            .value = value.old_json,
            .document = value.document,
            .create = value.new_json.empty()};
}

Error changed_since(const std::string& path) {
    return refused("cannot roll back " + one_line(visible(path)) + ": somebody changed it since",
                   "set the value that it is to have with --set, or revert the commits by hand");
}

} // namespace slipway::update_gitops_values
