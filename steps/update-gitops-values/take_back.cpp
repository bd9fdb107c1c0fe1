#include "take_back.hpp"

#include "core/text.hpp"
#include "update-gitops-values/files/edit_file.hpp"
#include "yaml/path.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace slipway::update_gitops_values {

namespace {

class Undoing {
public:
    Undoing(const RollbackPlan& plan, git::Repository& repository, const std::string& tip, cli::Context& context)
        : plan_(plan), repository_(repository), tip_(tip), context_(context) {
        for (const auto& commit : plan.undone) records_.push_back(read_record(commit).value_or(Record{}));
        for (const auto& file : plan.files) paths_.push_back(file.path);
        for (const auto& value : plan.values) paths_.push_back(value.file);
    }

    Changeset run() {
        read_at_once();
        std::vector<std::string> done;
        for (const auto& file : plan_.files) {
            undo(file);
            done.push_back(file.path);
        }
        for (const auto& value : plan_.values) {
            if (std::find(done.begin(), done.end(), value.file) != done.end()) continue;
            set_back(value.file);
            done.push_back(value.file);
        }
        if (!problems_.empty()) throw Error(ExitCode::refused, std::move(problems_));
        return std::move(result_);
    }

private:
    /// All that will be asked for one by one.
    void read_at_once() {
        repository_.look_up(tip_, paths_);
        std::vector<std::string> hashes;
        for (const auto& file : plan_.files) {
            const auto now = repository_.find(tip_, file.path);
            if (!now || now->hash != file.new_blob) continue;
            hashes.push_back(now->hash);
            const auto earlier = entry_before(oldest_of(file.path), file.path);
            if (earlier && earlier->hash == file.old_blob) hashes.push_back(earlier->hash);
        }
        repository_.read_blobs(hashes);
    }

    void undo(const FileRecord& file) {
        const auto entry = repository_.find(tip_, file.path);
        const auto now = entry ? entry->hash : std::string();
        if (now == file.old_blob) return context_.log.info(file.path + " is as it was before: nothing to take back");
        if (now != file.new_blob) return set_back(file.path);
        const auto* commit = oldest_of(file.path);
        const auto earlier = entry_before(commit, file.path);
        if ((earlier ? earlier->hash : "") != file.old_blob) {
            // A commit that was moved or squashed has another one before it than it had once: then its values may fit still.
            return values_of(file.path).empty() ? complain(untrue(file.path, commit)) : set_back(file.path);
        }
        restore(file, earlier ? earlier->mode : file.mode);
    }

    void restore(const FileRecord& file, const std::string& mode) {
        EditedFile result{.path = file.path, .before = std::nullopt, .after = std::nullopt, .mode = mode, .changes = {}};
        if (!file.new_blob.empty()) result.before = repository_.read_blob(file.new_blob);
        if (!file.old_blob.empty()) result.after = repository_.read_blob(file.old_blob);
        result.changes = changes_of(result);
        result_.push_back(std::move(result));
    }

    void set_back(const std::string& path) {
        const auto values = values_of(path);
        const bool told = std::none_of(values.begin(), values.end(), [](const ValueRecord& value) { return value.unrecorded; });
        if (values.empty() || !told || !repository_.find(tip_, path)) return complain(changed_since(path));
        auto file = repository_.read(tip_, path);
        try {
            std::vector<yaml::Operation> operations;
            for (const auto& value : values) operations.push_back(inverse_of(value));
            auto edited = edit_file(file.content, path, operations, {});
            for (std::size_t i = 0; i < values.size(); ++i) {
                if (!same_json(edited.changes[i].old_json, values[i].new_json)) complain(changed_since(path + ": " + values[i].path));
                else check_earlier(values[i]);
            }
            std::erase_if(edited.changes, [](const yaml::Change& change) { return !change.changed; });
            if (file.content == edited.text) return;
            result_.push_back({.path = path, .before = std::move(file.content), .after = std::move(edited.text), .mode = std::move(file.mode), .changes = std::move(edited.changes)});
        } catch (const Error& error) {
            complain(error);
        }
    }

    /// A message says what somebody wrote there, which may be anybody who has a change merged. Only what the branch really held before a commit
    /// is put back.
    void check_earlier(const ValueRecord& value) {
        const auto* commit = oldest([&](const Record& record) {
            return std::any_of(record.values.begin(), record.values.end(), [&](const ValueRecord& other) { return other.file == value.file && other.document == value.document && other.path == value.path; });
        });
        const auto entry = entry_before(commit, value.file);
        auto operation = inverse_of(value);
        operation.create = false;
        const auto earlier = entry && entry->is_file() ? change_at(repository_.read_blob(entry->hash), value.file, operation).old_json : std::string();
        if (!same_json(earlier, value.old_json)) complain(untrue(value.file + ": " + value.path, commit));
    }

    /// What an operation would change; an empty change where there is no such place.
    static yaml::Change change_at(const std::string& content, const std::string& path, const yaml::Operation& operation) {
        yaml::EditSettings settings;
        settings.aliases = yaml::OnAlias::break_apart;
        try {
            return edit_file(content, path, {operation}, settings).changes.front();
        } catch (const Error&) {
            return {}; // there is no such place
        }
    }

    /// The oldest commit that is taken back of those whose record has something; null: none.
    template <class Has> const git::CommitInfo* oldest(const Has& has) const {
        const auto found = std::find_if(records_.rbegin(), records_.rend(), has);
        return found == records_.rend() ? nullptr : &plan_.undone[static_cast<std::size_t>(records_.rend() - found) - 1];
    }

    const git::CommitInfo* oldest_of(const std::string& path) const {
        return oldest([&](const Record& record) { return names(record, path); });
    }

    static bool names(const Record& record, const std::string& path) {
        return std::any_of(record.files.begin(), record.files.end(), [&](const FileRecord& file) { return file.path == path; }) ||
               std::any_of(record.values.begin(), record.values.end(), [&](const ValueRecord& value) { return value.file == path; });
    }

    /// What was there before a commit.
    std::optional<git::Entry> entry_before(const git::CommitInfo* commit, const std::string& path) {
        if (commit == nullptr || commit->parents.empty()) return std::nullopt;
        repository_.get_folders(commit->parents.front());
        repository_.look_up(commit->parents.front(), paths_);
        return repository_.find(commit->parents.front(), path);
    }

    static Error untrue(const std::string& what, const git::CommitInfo* commit) {
        return refused("cannot roll back " + one_line(visible(what)) + ": what commit " + (commit == nullptr ? "(unknown)" : git::short_hash(commit->hash)) +
                           " says of the earlier state is not what the commit before it held",
                       "its message was written or moved by hand; set the value that it is to have with --set");
    }

    void complain(const Error& error) { problems_.insert(problems_.end(), error.diagnostics().begin(), error.diagnostics().end()); }

    std::vector<ValueRecord> values_of(const std::string& path) const {
        std::vector<ValueRecord> values;
        std::copy_if(plan_.values.begin(), plan_.values.end(), std::back_inserter(values), [&](const ValueRecord& value) { return value.file == path; });
        return values;
    }

    /// As they will be told of: what was new is the old one now.
    std::vector<yaml::Change> changes_of(const EditedFile& file) const {
        const auto& path = file.path;
        std::vector<yaml::Change> changes;
        for (const auto& value : values_of(path)) {
            if (value.unrecorded) {
                changes.push_back(read_change(file, value));
                continue;
            }
            yaml::Change change{.path = value.path, .document = value.document, .old = text_of(value.new_json), .value = text_of(value.old_json).value_or(""), .old_json = value.new_json,
                                .new_json = value.old_json, .place = {path}};
            change.changed = true;
            changes.push_back(std::move(change));
        }
        return changes;
    }

    /// Of a value that is too long for a message, or secret: as it stands in the file.
    static yaml::Change read_change(const EditedFile& file, const ValueRecord& value) {
        const yaml::Operation operation{.kind = yaml::Operation::Kind::set, .path = yaml::parse_path(value.path), .value = {}, .document = value.document, .create = false};
        const auto at = [&](const std::optional<std::string>& content) { return content ? change_at(*content, file.path, operation) : yaml::Change{}; };
        auto change = at(file.before);
        const auto after = at(file.after);
        change.path = value.path;
        change.value = after.old.value_or("");
        change.new_json = after.old_json;
        change.place = {file.path};
        change.changed = true;
        return change;
    }

    /// A string without its quotes, all else as JSON writes it.
    static std::optional<std::string> text_of(const std::string& json) {
        const auto value = nlohmann::json::parse(json, nullptr, false);
        if (json.empty() || value.is_null()) return std::nullopt;
        return value.is_string() ? value.get<std::string>() : json;
    }

    const RollbackPlan& plan_;
    git::Repository& repository_;
    const std::string& tip_;
    cli::Context& context_;
    std::vector<Record> records_;    ///< of the commits that are taken back
    std::vector<std::string> paths_; ///< of the plan
    std::vector<Diagnostic> problems_;
    Changeset result_;
};

} // namespace

Changeset take_back(const RollbackPlan& plan, git::Repository& repository, const std::string& tip, cli::Context& context) { return Undoing(plan, repository, tip, context).run(); }

} // namespace slipway::update_gitops_values
