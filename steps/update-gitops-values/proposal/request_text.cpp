#include "request_text.hpp"

#include "ci/markdown.hpp"
#include "core/sha256.hpp"
#include "core/text.hpp"
#include "io/http.hpp"
#include "update-gitops-values/history/record.hpp"
#include "update-gitops-values/history/trailer_block.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <vector>

namespace slipway::update_gitops_values {

namespace {

/// Forges take 65,536 characters, or a million; titles of 255. All parts together stay below: nothing is cut where code would be left open.
constexpr std::size_t longest_title = 250;
constexpr std::size_t longest_words = 8'000;
constexpr std::size_t longest_table = 20'000;
constexpr std::size_t longest_record = 24'000;
constexpr std::size_t longest_cell = 200;
constexpr std::size_t most_undone = 20;
constexpr std::string_view mark = "<!-- slipway-change ";

std::string cut(std::string_view text, std::size_t most) {
    if (text.size() <= most) return std::string(text);
    return std::string(text.substr(0, valid_utf8_length(text.substr(0, most)))) + "...";
}

/// A name or value in a cell of a table: nothing in it is Markdown, mentions somebody or ends the cell.
std::string cell(std::string_view text) {
    auto code = ci::code(cut(one_line(visible(text)), longest_cell));
    replace_all(code, "|", "\\|");
    return code;
}

/// A string's content, and of all else its JSON.
std::string value_cell(const ValueRecord& value, const std::string& json) {
    if (value.unrecorded) return "*not recorded*";
    if (json.empty()) return "*none*";
    const auto parsed = nlohmann::json::parse(json, nullptr, false);
    const auto text = parsed.is_string() ? parsed.get<std::string>() : json;
    return text.empty() ? "*empty*" : cell(text);
}

std::string table_of(const Record& record) {
    std::vector<std::string> rows;
    for (const auto& value : record.values) rows.push_back("| " + cell(value.file) + " | " + cell(value.path) + " | " + value_cell(value, value.old_json) + " | " + value_cell(value, value.new_json) + " |");
    for (const auto& file : record.files) {
        const bool has_values = std::any_of(record.values.begin(), record.values.end(), [&](const ValueRecord& value) { return value.file == file.path; });
        if (!has_values) rows.push_back("| " + cell(file.path) + " | | " + (file.old_blob.empty() ? "*none*" : "*file*") + " | " + (file.new_blob.empty() ? "*deleted*" : file.old_blob.empty() ? "*new*" : "*replaced*") + " |");
    }
    if (rows.empty()) return {};
    std::string text = "| file | path | old | new |\n|---|---|---|---|\n";
    std::size_t shown = 0;
    for (; shown < rows.size() && text.size() + rows[shown].size() < longest_table; ++shown) text += rows[shown] + '\n';
    if (shown < rows.size()) text += "\nand " + count_of(rows.size() - shown, "other") + ".\n";
    return text;
}

/// An address that Markdown shows as a link, or else as it is.
std::string link(const std::string& url) {
    const bool is_plain = url.find_first_of(" <>\"`\\\t\r\n") == std::string::npos && visible(url) == url && io::split_url(url).has_value();
    return is_plain && (url.starts_with("https://") || url.starts_with("http://")) ? '<' + url + '>' : cell(url);
}

std::string source_of(const Record& record) {
    const auto& origin = record.origin;
    std::vector<std::string> parts;
    if (!origin.commit.empty()) parts.push_back("commit " + cell(origin.commit.substr(0, 12)));
    if (!origin.source.empty()) parts.push_back((parts.empty() ? "" : "of ") + link(origin.source));
    if (!origin.commit_time.empty()) parts.push_back("of " + cell(origin.commit_time));
    auto text = join(parts, " ");
    if (!origin.pipeline_url.empty()) text += (text.empty() ? "pipeline " : ", by pipeline ") + link(origin.pipeline_url);
    if (!text.empty()) text = "From " + text + ".\n";
    const auto undone = std::min(record.undone.size(), most_undone);
    for (std::size_t i = 0; i < undone; ++i) text += "Takes back " + cell(record.undone[i]) + ".\n";
    if (undone < record.undone.size()) text += "And " + count_of(record.undone.size() - undone, "other") + ".\n";
    return text;
}

/// The trailers as a comment that nobody sees, in a paragraph of their own; what ends a comment is escaped as JSON may escape it.
std::string hidden_record(const Record& record) {
    auto shown = record;
    for (auto* text : {&shown.origin.source, &shown.origin.commit, &shown.origin.commit_time, &shown.origin.pipeline_id, &shown.origin.pipeline_url}) {
        if (text->find("--") != std::string::npos && text->find('>') != std::string::npos) text->clear();
    }
    auto trailers = write_trailers(shown);
    replace_all(trailers, "-->", "--\\u003e");
    replace_all(trailers, "--!>", "--!\\u003e");
    return trailers.size() > longest_record ? "" : '\n' + trailers + '\n';
}

} // namespace

RequestText request_text(std::string_view commit_message) {
    const auto message = std::string(trim(commit_message));
    const auto subject = message.substr(0, message.find('\n'));
    const auto record = read_record(message);
    auto words = std::string_view(message).substr(subject.size());
    if (record) {
        if (const auto trailers = trailer_block(message); !trailers.empty()) words = words.substr(0, words.size() - std::min(words.size(), trailers.size()));
    }
    RequestText text{.title = cut(one_line(visible(subject)), longest_title - 3), .body = {}};
    if (text.title.empty()) text.title = "Change";
    std::vector<std::string> parts;
    // As it is: a message has values in it that somebody else made.
    if (words = trim(words); !words.empty()) parts.push_back(ci::fenced(cut(words, longest_words)));
    if (record) {
        parts.push_back(table_of(*record));
        parts.push_back(source_of(*record));
    }
    std::erase(parts, "");
    text.body = join(parts, "\n");
    const auto end = record ? std::string(mark) + change_of(message) + '\n' + hidden_record(*record) + "-->" : "";
    if (!end.empty()) text.body += (text.body.empty() ? "" : "\n") + end;
    return text;
}

std::string change_of(std::string_view text) {
    const auto record = read_record(text);
    if (!record) {
        // A record that was too long for the request's text.
        const auto at = text.rfind(mark);
        const auto digits = at == std::string_view::npos ? std::string_view{} : text.substr(at + mark.size(), 64);
        return digits.size() == 64 && digits.find_first_not_of("0123456789abcdef") == std::string_view::npos ? std::string(digits) : "";
    }
    std::vector<std::string> parts;
    for (const auto& value : record->values) {
        const auto parsed = nlohmann::json::parse(value.new_json, nullptr, false);
        const auto now = value.unrecorded ? nlohmann::json("?") : parsed.is_discarded() ? nlohmann::json() : nlohmann::json{{"is", parsed}};
        parts.push_back(nlohmann::json{{"file", value.file}, {"document", value.document ? static_cast<long>(*value.document) : -1}, {"path", value.path}, {"new", now}}.dump());
    }
    for (const auto& file : record->files) {
        // A file whose values are told is otherwise as it is on the base, which moves.
        const bool is_told = std::any_of(record->values.begin(), record->values.end(), [&](const ValueRecord& value) { return value.file == file.path; }) &&
                             std::none_of(record->values.begin(), record->values.end(), [&](const ValueRecord& value) { return value.file == file.path && value.unrecorded; });
        if (!is_told) parts.push_back(nlohmann::json{{"file", file.path}, {"blob", file.new_blob}, {"mode", file.mode}}.dump());
    }
    for (const auto& hash : record->undone) parts.push_back(nlohmann::json{{"undone", hash}}.dump());
    std::sort(parts.begin(), parts.end());
    return sha256(join(parts, "\n"));
}

std::string source_commit_of(std::string_view text) {
    const auto record = read_record(text);
    return record ? record->origin.commit : "";
}

} // namespace slipway::update_gitops_values
