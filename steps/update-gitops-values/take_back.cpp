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
        : plan_(plan), repository_(repository), tip_(tip), context_(context) {}

    Changeset run() {
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
    void undo(const FileRecord& file) {
        const auto entry = repository_.find(tip_, file.path);
        const auto now = entry ? entry->hash : std::string();
        if (now == file.old_blob) return context_.log.info(file.path + " is as it was before: nothing to take back");
        now == file.new_blob ? restore(file) : set_back(file.path);
    }

    void restore(const FileRecord& file) {
        EditedFile result{.path = file.path, .before = std::nullopt, .after = std::nullopt, .mode = file.mode, .changes = changes_of(file.path)};
        if (!file.new_blob.empty()) result.before = repository_.read_blob(file.new_blob);
        if (!file.old_blob.empty()) result.after = repository_.read_blob(file.old_blob);
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
            }
            result_.push_back({.path = path, .before = std::move(file.content), .after = std::move(edited.text), .mode = std::move(file.mode), .changes = std::move(edited.changes)});
        } catch (const Error& error) {
            complain(error);
        }
    }

    void complain(const Error& error) { problems_.insert(problems_.end(), error.diagnostics().begin(), error.diagnostics().end()); }

    std::vector<ValueRecord> values_of(const std::string& path) const {
        std::vector<ValueRecord> values;
        std::copy_if(plan_.values.begin(), plan_.values.end(), std::back_inserter(values), [&](const ValueRecord& value) { return value.file == path; });
        return values;
    }

    /// As they will be told of: what was new is the old one now.
    std::vector<yaml::Change> changes_of(const std::string& path) const {
        std::vector<yaml::Change> changes;
        for (const auto& value : values_of(path)) {
            yaml::Change change{.path = value.path, .document = value.document, .old = text_of(value.new_json), .value = text_of(value.old_json).value_or(""), .old_json = value.new_json,
                                .new_json = value.old_json, .place = {path}};
            change.changed = true;
            changes.push_back(std::move(change));
        }
        return changes;
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
    std::vector<Diagnostic> problems_;
    Changeset result_;
};

} // namespace

Changeset take_back(const RollbackPlan& plan, git::Repository& repository, const std::string& tip, cli::Context& context) { return Undoing(plan, repository, tip, context).run(); }

} // namespace slipway::update_gitops_values
