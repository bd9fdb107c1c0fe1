#include "report.hpp"

#include "ci/markdown.hpp"
#include "core/diff.hpp"
#include "core/text.hpp"

namespace slipway::update_gitops_values {

namespace {

cli::Json value(const std::optional<std::string>& text) { return text ? cli::Json(*text) : cli::Json(nullptr); }

std::string names(const Changeset& files) {
    if (files.size() > 3) return count_of(files.size(), "file");
    std::vector<std::string> all;
    for (const auto& file : files) all.push_back(ci::code(file.path));
    return join(all, ", ");
}

std::string request_of(const Outcome& outcome) {
    const auto link = [](const std::string& url) { return '<' + one_line(visible(url)) + '>'; };
    if (outcome.request) {
        const auto number = std::to_string(outcome.request->number);
        if (outcome.declined) return "\n\nRequest " + number + " for it was closed without a merge: " + link(outcome.request->url) + '.';
        const auto state = outcome.is_merged() ? " is merged: " : outcome.request->state == PullRequest::State::closed ? " is closed: " : " is open: ";
        return "\n\nRequest " + number + state + link(outcome.request->url) + '.';
    }
    return outcome.offer.empty() ? "" : "\n\nA request can be opened at " + link(outcome.offer) + '.';
}

std::string truth(const std::optional<bool>& value) { return !value ? "" : *value ? "true" : "false"; }

std::string summary_of(const Outcome& outcome, const std::string& diff) {
    const std::string title = "### update-gitops-values\n\n";
    if (outcome.late) {
        return title + "Nothing was changed: " + ci::code(outcome.branch) + " holds a newer version of it since commit " + ci::code(outcome.late->newer.commit) + '.' + request_of(outcome) + '\n';
    }
    if (outcome.files.empty()) return title + "Everything is as it should be already: nothing was changed." + request_of(outcome) + '\n';
    const auto where = outcome.commit ? "commit " + ci::code(*outcome.commit) + " on " + ci::code(outcome.branch) : outcome.branch.empty() ? "changed in the folder, without a commit" : "not changed";
    return title + names(outcome.files) + ": " + where + request_of(outcome) + "\n\n" + ci::fenced(diff, "diff");
}

/// The first value that changed.
const yaml::Change* first_change(const Changeset& files) {
    for (const auto& file : files) {
        if (!file.changes.empty()) return &file.changes.front();
    }
    return nullptr;
}

} // namespace

std::string diff_of(const Changeset& files) {
    std::string text;
    for (const auto& file : files) {
        const auto diff = file_diff(file.before, file.after, file.path);
        // A new or deleted file without a byte has no lines to show.
        text += diff.empty() ? "diff --git a/" + file.path + " b/" + file.path + (file.after ? "\nnew" : "\ndeleted") + " file mode " + file.mode + '\n' : diff;
    }
    return text;
}

cli::Json json_of(const Outcome& outcome) {
    auto changes = cli::Json::array();
    for (const auto& file : outcome.files) {
        for (const auto& change : file.changes) {
            const auto now = change.new_json.empty() || change.new_json == "null" ? cli::Json(nullptr) : cli::Json(change.value);
            changes.push_back({{"file", file.path}, {"path", change.path}, {"old", value(change.old)}, {"new", now}});
        }
        // A file as a whole: what it was and is, is in the commit.
        if (file.changes.empty()) changes.push_back({{"file", file.path}, {"path", nullptr}, {"old", nullptr}, {"new", nullptr}});
    }
    const bool changed = !outcome.files.empty() && !outcome.late && !outcome.declined && (!outcome.kept || outcome.is_merged());
    cli::Json json;
    json["changed"] = changed;
    json["superseded"] = outcome.late.has_value();
    json["commit"] = value(outcome.commit);
    json["branch"] = outcome.branch.empty() ? cli::Json(nullptr) : cli::Json(outcome.branch);
    json["request_url"] = outcome.request_url().empty() ? cli::Json(nullptr) : cli::Json(outcome.request_url());
    json["request_number"] = outcome.request ? cli::Json(outcome.request->number) : cli::Json(nullptr);
    json["merged"] = outcome.request ? cli::Json(outcome.is_merged()) : cli::Json(nullptr);
    json["applied"] = outcome.applied ? cli::Json(*outcome.applied) : cli::Json(nullptr);
    json["from_environment"] = outcome.promoted.empty() ? cli::Json(nullptr) : cli::Json(outcome.promoted);
    json["changes"] = changed ? std::move(changes) : cli::Json::array();
    return json;
}

cli::Report report_of(const Outcome& outcome) {
    cli::Report report;
    report.json = json_of(outcome);
    const bool changed = report.json["changed"].get<bool>();
    const auto diff = diff_of(outcome.files);
    if (outcome.commit) report.text = *outcome.commit + '\n';
    else if (changed) report.text = diff;
    const auto* first = changed ? first_change(outcome.files) : nullptr;
    report.outputs = {{"changed", changed ? "true" : "false"},
                      {"superseded", outcome.late ? "true" : "false"},
                      {"commit", outcome.commit.value_or("")},
                      {"branch", outcome.branch},
                      {"request_url", outcome.request_url()},
                      {"request_number", outcome.request ? std::to_string(outcome.request->number) : ""},
                      {"merged", outcome.request ? truth(outcome.is_merged()) : ""},
                      {"applied", truth(outcome.applied)},
                      {"from_environment", outcome.promoted},
                      {"old", first != nullptr ? first->old.value_or("") : ""},
                      {"new", first != nullptr ? first->value : ""}};
    report.summary = summary_of(outcome, diff);
    if (outcome.late) report.diagnostics.push_back(outcome.late->why);
    report.code = outcome.code;
    report.diagnostics.insert(report.diagnostics.end(), outcome.notes.begin(), outcome.notes.end());
    report.diagnostics.insert(report.diagnostics.end(), outcome.problems.begin(), outcome.problems.end());
    return report;
}

} // namespace slipway::update_gitops_values
