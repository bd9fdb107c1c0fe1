#include "update-gitops-values/history/record.hpp"

#include "core/text.hpp"
#include "core/timestamp.hpp"
#include "core/unicode.hpp"
#include "git/names.hpp"
#include "update-gitops-values/history/trailer_block.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace slipway::update_gitops_values {

namespace {

using Json = nlohmann::json;

constexpr std::string_view change_name = "Slipway-Change";
constexpr std::string_view file_name = "Slipway-File";
constexpr std::string_view undoes_name = "Slipway-Undoes";
constexpr std::string_view redacted = "***";
/// By how much clocks of people and of CI machines differ.
constexpr std::chrono::hours clock_skew{24};

struct OriginLine {
    std::string_view name;
    std::string Origin::*member;
};
constexpr std::array<OriginLine, 5> origin_lines{{{"Slipway-Source", &Origin::source},
                                                  {"Slipway-Commit", &Origin::commit},
                                                  {"Slipway-Commit-Time", &Origin::commit_time},
                                                  {"Slipway-Pipeline", &Origin::pipeline_url},
                                                  {"Slipway-Pipeline-Id", &Origin::pipeline_id}}};

/// As JSON escapes it.
void append_escape(std::string& text, char32_t code) {
    const auto unit = [&](char32_t value) {
        std::array<char, 16> buffer{};
        std::snprintf(buffer.data(), buffer.size(), "\\u%04x", static_cast<unsigned>(value));
        text += buffer.data();
    };
    if (code < 0x10000) return unit(code);
    unit(0xD800 + ((code - 0x10000) >> 10U));
    unit(0xDC00 + ((code - 0x10000) & 0x3FFU));
}

/// In one line, every character visible; the same value when it is JSON. Other characters stay, so that a redactor finds what it knows.
std::string escaped(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        const auto character = first_character(text);
        const bool seen = is_printable(character.code) && (character.code == ' ' || !is_white_space(character.code));
        if (seen)
            result += text.substr(0, character.length);
        else
            append_escape(result, character.code);
        text.remove_prefix(character.length);
    }
    return result;
}

std::string json_string(std::string_view text) { return '"' + escaped(json_escape(text)) + '"'; }

/// JSON in one line. Its line breaks and tabs stand between its parts: within strings they are escaped.
std::string line_of(std::string json) {
    std::erase_if(json, [](char c) { return c == '\n' || c == '\r' || c == '\t'; });
    return escaped(json);
}

bool can_record(const std::string& json) { return json.size() <= longest_recorded_value && (json.empty() || Json::accept(json)); }

using ValuePlace = std::tuple<std::string, std::optional<std::size_t>, std::string>;
ValuePlace place_of(const ValueRecord& value) { return {value.file, value.document, value.path}; }

std::string change_line(const ValueRecord& value) {
    auto line = "{\"file\":" + json_string(value.file);
    if (value.document) line += ",\"document\":" + std::to_string(*value.document);
    line += ",\"path\":" + json_string(value.path);
    if (value.unrecorded || !can_record(value.old_json) || !can_record(value.new_json)) return line + ",\"long\":true}";
    if (!value.old_json.empty()) line += ",\"old\":" + line_of(value.old_json);
    if (!value.new_json.empty()) line += ",\"new\":" + line_of(value.new_json);
    return line + '}';
}

std::string file_line(const FileRecord& file) {
    auto line = "{\"path\":" + json_string(file.path);
    if (!file.old_blob.empty()) line += ",\"old\":" + json_string(file.old_blob);
    if (!file.new_blob.empty()) line += ",\"new\":" + json_string(file.new_blob);
    return line + ",\"mode\":" + json_string(file.mode) + '}';
}

/// A value that changed twice in one commit, as one change.
std::vector<ValueRecord> merged(const std::vector<ValueRecord>& values) {
    std::vector<ValueRecord> result;
    std::map<ValuePlace, std::size_t> known;
    for (const auto& value : values) {
        const auto [at, is_new] = known.emplace(place_of(value), result.size());
        if (is_new) {
            result.push_back(value);
        } else {
            result[at->second].new_json = value.new_json;
            result[at->second].unrecorded = result[at->second].unrecorded || value.unrecorded;
        }
    }
    return result;
}

/// The members of a JSON object in one line, each as its own text, so that numbers keep their digits. Nothing when it is none, or when
/// a key stands there twice.
std::optional<std::map<std::string, std::string_view>> members_of(std::string_view line) {
    if (!line.starts_with('{') || !Json::accept(line)) return std::nullopt;
    std::map<std::string, std::string_view> members;
    std::string key;
    std::size_t begin = 1;
    std::size_t depth = 0;
    bool in_string = false;
    for (std::size_t at = 0; at < line.size(); ++at) {
        const char c = line[at];
        if (in_string) {
            if (c == '\\') ++at;
            if (c == '"') in_string = false;
            continue;
        }
        if (c == '"') in_string = true;
        if (depth == 1 && c == ':') {
            key = Json::parse(trim(line.substr(begin, at - begin))).get<std::string>();
            begin = at + 1;
        }
        if (depth == 1 && (c == ',' || c == '}')) {
            const auto value = trim(line.substr(begin, at - begin));
            if (!value.empty() && !members.emplace(key, value).second) return std::nullopt;
            begin = at + 1;
        }
        if (c == '{' || c == '[') ++depth;
        if (c == '}' || c == ']') --depth;
    }
    return members;
}

using Members = std::map<std::string, std::string_view>;

/// The string that a member is; nothing when it is missing or something else.
std::optional<std::string> string_of(const Members& members, const char* key) {
    const auto found = members.find(key);
    if (found == members.end() || !found->second.starts_with('"')) return std::nullopt;
    return Json::parse(found->second).get<std::string>();
}

std::string json_of(const Members& members, const char* key) {
    const auto found = members.find(key);
    return found == members.end() ? std::string() : std::string(found->second);
}

bool is_hash(std::string_view text) {
    return (text.size() == 40 || text.size() == 64) && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::optional<ValueRecord> read_change(std::string_view line) {
    const auto members = members_of(line);
    if (!members) return std::nullopt;
    const auto file = string_of(*members, "file");
    const auto path = string_of(*members, "path");
    if (!file || !git::why_no_path(*file).empty() || !path || path->empty()) return std::nullopt;
    ValueRecord value{
        .file = *file, .document = {}, .path = *path, .old_json = json_of(*members, "old"), .new_json = json_of(*members, "new")};
    if (const auto document = json_of(*members, "document"); !document.empty()) {
        constexpr std::size_t most_digits = 9; // a stream of more documents does not exist
        if (document.size() > most_digits || document.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
        value.document = std::stoul(document);
    }
    const auto hidden = [](const std::string& json) { return json.find(redacted) != std::string::npos; };
    if (members->contains("long") || hidden(value.old_json) || hidden(value.new_json)) {
        value.unrecorded = true;
        value.old_json.clear();
        value.new_json.clear();
    }
    return value;
}

std::optional<FileRecord> read_file(std::string_view line) {
    const auto members = members_of(line);
    if (!members) return std::nullopt;
    const auto path = string_of(*members, "path");
    if (!path || !git::why_no_path(*path).empty()) return std::nullopt;
    FileRecord file{*path, string_of(*members, "old").value_or(""), string_of(*members, "new").value_or(""),
                    string_of(*members, "mode").value_or("")};
    const auto is_blob = [&](const char* key, const std::string& hash) { return !members->contains(key) || is_hash(hash); };
    if (!is_blob("old", file.old_blob) || !is_blob("new", file.new_blob) || file.old_blob == file.new_blob) return std::nullopt;
    if (file.mode != "100644" && file.mode != "100755" && file.mode != "120000") return std::nullopt;
    return file;
}

/// The trailers, also when those that a server adds to a squashed commit, Co-authored-by and the like, stand below them in a paragraph of
/// their own, or below a line of dashes; and within the comment at the end of a request's text, which such a commit may have as its message.
std::string_view our_block(std::string_view message) {
    constexpr int most_paragraphs = 4;
    for (int paragraph = 0; paragraph < most_paragraphs; ++paragraph) {
        const auto block = trailer_block(message);
        if (block.starts_with("Slipway-") || block.find("\nSlipway-") != std::string_view::npos) return block;
        const auto end = message.find_last_not_of("\r\n ");
        if (end == std::string_view::npos) return {};
        const auto start = block.empty() ? message.rfind('\n', end) + 1 : static_cast<std::size_t>(block.data() - message.data());
        const auto last = message.substr(start, end + 1 - start);
        if (start == 0 || (block.empty() && last != "-->" && last.find_first_not_of('-') != std::string_view::npos)) return {};
        message = message.substr(0, start);
    }
    return {};
}

} // namespace

std::string write_trailers(const Record& record) {
    std::string text;
    const auto add = [&](std::string_view name, const std::string& value) {
        if (!value.empty() && is_valid_utf8(value)) text += std::string(name) + ": " + value + '\n';
    };
    for (const auto& value : merged(record.values)) {
        if (is_valid_utf8(value.file) && is_valid_utf8(value.path)) add(change_name, change_line(value));
    }
    for (const auto& file : record.files) {
        if (is_valid_utf8(file.path)) add(file_name, file_line(file));
    }
    for (const auto& line : origin_lines) {
        const auto& value = record.origin.*line.member;
        if (is_valid_utf8(value)) add(line.name, escaped(trim(value)));
    }
    for (const auto& hash : record.undone)
        add(undoes_name, hash);
    return text;
}

std::optional<Record> read_record(std::string_view message) {
    Record record;
    std::set<ValuePlace> places;
    std::set<std::string> files;
    std::set<std::string> undone;
    for (const auto line : lines(our_block(message))) {
        if (!line.starts_with("Slipway-")) continue;
        const auto colon = line.find(':');
        const auto name = line.substr(0, colon);
        const auto value = trim(line.substr(std::min(colon, line.size() - 1) + 1));
        if (value.empty() || !is_valid_utf8(value)) continue;
        if (name == change_name) {
            if (auto change = read_change(value); change && places.insert(place_of(*change)).second)
                record.values.push_back(std::move(*change));
        } else if (name == file_name) {
            if (auto file = read_file(value); file && files.insert(file->path).second) record.files.push_back(std::move(*file));
        } else if (name == undoes_name) {
            if (is_hash(value) && undone.insert(std::string(value)).second) record.undone.emplace_back(value);
        } else {
            for (const auto& origin : origin_lines) {
                auto& known = record.origin.*origin.member;
                if (name == origin.name && known.empty()) known = value;
            }
        }
    }
    if (record.values.empty() && record.files.empty() && record.undone.empty()) return std::nullopt;
    return record;
}

std::optional<Record> read_record(const git::CommitInfo& commit) {
    auto record = read_record(std::string_view(commit.message));
    if (!record) return record;
    const auto time = parse_timestamp(record->origin.commit_time);
    if (time && std::chrono::floor<std::chrono::seconds>(*time - clock_skew).time_since_epoch().count() > commit.seconds) record->origin.commit_time.clear();
    return record;
}

bool same_json(std::string_view a, std::string_view b) {
    if (a == b) return true;
    const auto first = Json::parse(a, nullptr, false);
    const auto second = Json::parse(b, nullptr, false);
    return !first.is_discarded() && !second.is_discarded() && first == second;
}

} // namespace slipway::update_gitops_values
