#include "update-gitops-values/history/order.hpp"

#include "core/text.hpp"
#include "core/timestamp.hpp"

#include <algorithm>
#include <compare>

namespace slipway::update_gitops_values {

namespace {

bool same_source(const Origin& a, const Origin& b) { return a.source == b.source; }

bool same_pipeline(const Origin& a, const Origin& b) {
    return same_source(a, b) && !a.pipeline_id.empty() && a.pipeline_id == b.pipeline_id;
}

bool same_commit(const Origin& a, const Origin& b) { return same_source(a, b) && !a.commit.empty() && a.commit == b.commit; }

/// Of any length; nothing follows from texts that are no numbers.
std::partial_ordering compare_numbers(std::string_view a, std::string_view b) {
    const auto is_number = [](std::string_view text) {
        return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
    };
    if (!is_number(a) || !is_number(b)) return std::partial_ordering::unordered;
    const auto digits = [](std::string_view text) { return text.substr(std::min(text.find_first_not_of('0'), text.size())); };
    const auto x = digits(a);
    const auto y = digits(b);
    if (x.size() != y.size()) return x.size() <=> y.size();
    return x.compare(y) <=> 0;
}

/// GitHub's number of a run stays when the run is repeated: "9" is the first attempt, "9-2" the second.
std::partial_ordering compare_pipelines(std::string_view a, std::string_view b) {
    const auto x = split(a, '-');
    const auto y = split(b, '-');
    const auto part = [](const auto& parts, std::size_t i) { return i < parts.size() ? std::string_view(parts[i]) : "1"; };
    for (std::size_t i = 0; i < std::max(x.size(), y.size()); ++i) {
        if (const auto order = compare_numbers(part(x, i), part(y, i)); order != 0) return order;
    }
    return std::partial_ordering::equivalent;
}

/// Equivalent: the same source commit, or another one of the same instant.
std::partial_ordering compare_commits(const Origin& a, const Origin& b) {
    if (same_commit(a, b)) return std::partial_ordering::equivalent;
    const auto x = parse_timestamp(a.commit_time);
    const auto y = parse_timestamp(b.commit_time);
    if (!x || !y) return std::partial_ordering::unordered;
    return *x <=> *y;
}

enum class Verdict { unknown, in_time, late };

Verdict judge(const Origin& ours, const Record& record) {
    const auto& theirs = record.origin;
    const bool rollback = !record.undone.empty();
    if (same_pipeline(ours, theirs)) return rollback ? Verdict::late : Verdict::in_time;
    const auto commits = compare_commits(ours, theirs);
    if (commits == std::partial_ordering::unordered) return Verdict::unknown;
    if (commits < 0) return Verdict::late;
    if (commits > 0) return Verdict::in_time;
    if (rollback && same_commit(ours, theirs)) return Verdict::late;
    const auto pipelines =
        same_source(ours, theirs) ? compare_pipelines(ours.pipeline_id, theirs.pipeline_id) : std::partial_ordering::unordered;
    if (pipelines < 0) return Verdict::late;
    return rollback && !(pipelines > 0) ? Verdict::late : Verdict::in_time;
}

/// One value, or one whole file, that is still to be judged.
struct Question {
    Target target;
    bool open = true;
};

/// "commit 0f3a1b2c of 2026-11-24T11:45:00Z (pipeline 7)"; what is unknown is left out.
std::string in_words(const Origin& origin) {
    auto text = "commit " + (origin.commit.empty() ? "(unknown)" : visible(git::short_hash(origin.commit)));
    if (const auto time = parse_timestamp(origin.commit_time)) text += " of " + format_timestamp(*time);
    if (!origin.pipeline_id.empty()) text += " (pipeline " + one_line(visible(origin.pipeline_id)) + ')';
    return text;
}

} // namespace

bool leads_to(std::string_view path, std::string_view other) {
    if (!other.starts_with(path)) return false;
    if (other.size() == path.size()) return true;
    const char next = other[path.size()];
    return next == '.' || next == '[' || next == '|';
}

bool is_value_of(const ValueRecord& value, const Target& target) {
    if (value.file != target.file || (value.document && target.document && *value.document != *target.document)) return false;
    return target.paths.empty() || std::any_of(target.paths.begin(), target.paths.end(), [&](const std::string& path) {
               return leads_to(path, value.path) || leads_to(value.path, path);
           });
}

bool touches(const Record& record, const Target& target) {
    const auto is_in_file = [&](const ValueRecord& value) { return value.file == target.file; };
    if (std::any_of(record.values.begin(), record.values.end(), is_in_file))
        return std::any_of(record.values.begin(), record.values.end(),
                           [&](const ValueRecord& value) { return is_value_of(value, target); });
    return std::any_of(record.files.begin(), record.files.end(), [&](const FileRecord& file) { return file.path == target.file; });
}

Lateness find_newer(const std::vector<git::CommitInfo>& commits, const std::vector<Target>& targets, const Origin& ours) {
    const bool comparable = parse_timestamp(ours.commit_time).has_value() || !ours.commit.empty() || !ours.pipeline_id.empty();
    std::vector<Question> questions;
    for (const auto& target : targets) {
        if (target.paths.empty()) questions.push_back({target});
        for (const auto& path : target.paths)
            questions.push_back({{target.file, {path}, target.document}});
    }
    auto open = comparable ? questions.size() : 0;
    for (const auto& commit : commits) {
        if (open == 0) break;
        const auto record = read_record(commit);
        if (!record) continue;
        const auto verdict = judge(ours, *record);
        if (verdict == Verdict::unknown) continue;
        for (auto& question : questions) {
            if (!question.open || !touches(*record, question.target)) continue;
            if (verdict == Verdict::late) return {Newer{commit.hash, record->origin, !record->undone.empty()}, true};
            question.open = false;
            --open;
        }
    }
    return {std::nullopt, open == 0};
}

Diagnostic explain(const Newer& newer, const Origin& ours, const std::string& what) {
    const auto commit = git::short_hash(newer.commit);
    const auto& source = newer.origin.source;
    const auto theirs =
        in_words(newer.origin) + (same_source(ours, newer.origin) || source.empty() ? "" : " of " + one_line(visible(source)));
    const auto place = one_line(visible(what));
    auto text = newer.taken_back ? "nothing is changed: of " + place + ", " + git::short_hash(newer.commit) + " took back " + theirs +
                                       ", and this run has nothing newer: "
                                 : "nothing is changed: " + place + " comes from " + theirs + " since " + git::short_hash(newer.commit) +
                                       ", and this run is older: ";
    text += in_words(ours);
    return {.severity = Severity::notice,
            .message = std::move(text),
            .hint = newer.taken_back
                        ? "a newer commit passes; --allow-older puts this version back all the same"
                        : "to go back to an older version on purpose, run with --rollback or --rollback-to, which late pipelines do not "
                          "undo; --allow-older sets the older value as it is"};
}

} // namespace slipway::update_gitops_values
