#include "update-gitops-values/history/message.hpp"

#include "core/text.hpp"
#include "update-gitops-values/history/trailer_block.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <utility>

namespace slipway::update_gitops_values {

namespace {

constexpr std::size_t longest_value = 80;
constexpr std::size_t most_undone = 20; // a list that people still read

std::string cut(std::string text) {
    if (text.size() <= longest_value) return text;
    auto end = longest_value;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
        --end; // not within a character
    return text.substr(0, end) + "...";
}

std::string shown(const std::string& value) { return value.empty() ? "(empty)" : cut(one_line(visible(value))); }

std::string shown_name(const std::string& name) { return one_line(visible(name)); }

/// A string's content, and of all else its JSON; empty for null and nothing.
std::string text_of(const std::string& json) {
    if (json.empty() || json == "null") return {};
    const auto value = nlohmann::json::parse(json, nullptr, false);
    return value.is_string() ? value.get<std::string>() : json;
}

std::string old_text(const ValueRecord& value) { return value.unrecorded ? "(not recorded)" : shown(text_of(value.old_json)); }

std::string new_text(const ValueRecord& value) {
    if (value.unrecorded) return "(not recorded)";
    return value.new_json.empty() ? "(removed)" : shown(text_of(value.new_json));
}

std::string old_and_new(const ValueRecord& value) { return value.unrecorded ? "changed" : old_text(value) + " -> " + new_text(value); }

/// What happened to a file as a whole.
std::string fate_of(const FileRecord& file) { return file.old_blob.empty() ? "new" : file.new_blob.empty() ? "deleted" : "replaced"; }

/// One thing that the commit does, as a line says it.
struct Item {
    std::string file;
    std::string path; ///< empty: the whole file
    std::string what;
};

std::vector<Item> items_of(const Record& record) {
    std::vector<Item> items;
    for (const auto& value : record.values)
        items.push_back({shown_name(value.file), shown_name(value.path), old_and_new(value)});
    for (const auto& file : record.files) {
        const bool has_values =
            std::any_of(record.values.begin(), record.values.end(), [&](const ValueRecord& value) { return value.file == file.path; });
        if (!has_values) items.push_back({shown_name(file.path), "", fate_of(file)});
    }
    return items;
}

std::vector<std::string> files_of(const std::vector<Item>& items) {
    std::vector<std::string> files;
    for (const auto& item : items) {
        if (std::find(files.begin(), files.end(), item.file) == files.end()) files.push_back(item.file);
    }
    return files;
}

/// One line an item, with the file's name where there are several files.
std::string list_of(const std::vector<Item>& items) {
    const bool several = files_of(items).size() > 1;
    std::string text;
    for (const auto& item : items) {
        if (several || item.path.empty()) text += item.file + (item.path.empty() ? "" : " ");
        text += item.path + ": " + item.what + '\n';
    }
    return text;
}

std::string usual_title(const std::vector<Item>& items) {
    if (items.empty()) return "no change";
    if (items.size() == 1) return items[0].file + ": " + (items[0].path.empty() ? "" : items[0].path + ' ') + items[0].what;
    const auto files = files_of(items);
    const auto values =
        static_cast<std::size_t>(std::count_if(items.begin(), items.end(), [](const Item& item) { return !item.path.empty(); }));
    if (files.size() == 1) return files[0] + ": " + count_of(values, "value");
    return count_of(files.size(), "file") + (values > 0 ? ", " + count_of(values, "value") : "");
}

std::string undone_list(const std::vector<git::CommitInfo>& undone) {
    std::string text;
    for (std::size_t i = 0; i < undone.size() && i < most_undone; ++i) {
        const auto title = std::string(trim(undone[i].message.substr(0, undone[i].message.find('\n'))));
        text += "This takes back " + visible(undone[i].hash.substr(0, 12)) + (title.empty() ? "" : ", " + shown(title)) + '\n';
    }
    if (undone.size() > most_undone) text += "and " + count_of(undone.size() - most_undone, "older commit") + '\n';
    return text;
}

std::string usual_body(const std::vector<Item>& items, const std::vector<git::CommitInfo>& undone) {
    auto text = (undone.empty() ? "" : "Roll back ") + usual_title(items) + '\n';
    if (items.size() > 1) text += '\n' + list_of(items);
    if (!undone.empty()) text += '\n' + undone_list(undone);
    return text;
}

/// What the names of a template stand for.
struct Facts {
    const Record& record;
    const std::vector<Item>& items;
    const ci::Info& ci;
};

struct Name {
    std::string_view name;
    std::string (*value)(const Facts&);
};

constexpr std::array<Name, 12> names{{
    {"file", [](const Facts& facts) { return facts.items.empty() ? std::string() : facts.items[0].file; }},
    {"files",
     [](const Facts& facts) {
         const auto files = files_of(facts.items);
         return join(files, ", ");
     }},
    {"path", [](const Facts& facts) { return facts.items.empty() ? std::string() : facts.items[0].path; }},
    {"old", [](const Facts& facts) { return facts.record.values.empty() ? std::string() : old_text(facts.record.values[0]); }},
    {"new", [](const Facts& facts) { return facts.record.values.empty() ? std::string() : new_text(facts.record.values[0]); }},
    {"changes", [](const Facts& facts) { return std::string(trim(list_of(facts.items))); }},
    {"project", [](const Facts& facts) { return shown_name(facts.ci.project_name); }},
    {"branch", [](const Facts& facts) { return shown_name(facts.ci.branch); }},
    {"tag", [](const Facts& facts) { return shown_name(facts.ci.tag); }},
    {"commit", [](const Facts& facts) { return shown_name(facts.ci.commit); }},
    {"short_commit", [](const Facts& facts) { return shown_name(facts.ci.short_commit); }},
    {"pipeline_url", [](const Facts& facts) { return shown_name(facts.ci.pipeline_url); }},
}};

std::vector<std::string> all_names() {
    std::vector<std::string> result;
    for (const auto& name : names)
        result.emplace_back(name.name);
    return result;
}

/// Walks through a template: texts as they are to appear, and what stands in braces. A brace that begins no name is given as an empty name.
void walk(std::string_view text, const std::function<void(std::string_view)>& literal, const std::function<void(std::string_view)>& named) {
    while (!text.empty()) {
        const auto plain = std::min(text.find_first_of("{}"), text.size());
        literal(text.substr(0, plain));
        text.remove_prefix(plain);
        if (text.empty()) return;
        if (text.size() > 1 && text[1] == text[0]) {
            literal(text.substr(0, 1));
            text.remove_prefix(2);
            continue;
        }
        const auto end = text[0] == '{' ? text.find_first_of("{}\n", 1) : std::string_view::npos;
        if (end == std::string_view::npos || text[end] != '}') {
            named({});
            literal(text.substr(0, 1));
            text.remove_prefix(1);
            continue;
        }
        named(text.substr(1, end - 1));
        text.remove_prefix(end + 1);
    }
}

bool looks_like_ours(std::string_view line) { return lower(line.substr(0, 8)) == "slipway-"; }

std::string filled(std::string_view given, const Facts& facts) {
    std::string text;
    walk(
        given, [&](std::string_view literal) { text += literal; },
        [&](std::string_view name) {
            const auto known = std::find_if(names.begin(), names.end(), [&](const Name& candidate) { return candidate.name == name; });
            if (known != names.end()) text += known->value(facts);
        });
    return text;
}

/// Line by line: control characters visible, and no line that would be read as a trailer of ours.
std::string safe(const std::string& body) {
    std::string text;
    for (const auto line : lines(body))
        text += (looks_like_ours(line) ? "- " : "") + visible(line) + '\n';
    return text;
}

} // namespace

std::string old_and_new(const yaml::Change& change) { return shown(change.old.value_or("")) + " -> " + shown(change.value); }

void check_message(std::string_view given, std::vector<Diagnostic>& problems) {
    const auto add = [&](const std::string& why, std::string hint = {}) {
        problems.push_back({.message = "cannot use --message: " + why, .hint = std::move(hint)});
    };
    if (!is_valid_utf8(given)) return add("it is no valid UTF-8");
    if (given.find('\0') != std::string_view::npos) return add("it holds a NUL character");
    if (!given.empty() && trim(given).empty()) return add("it is blank");
    const auto is_ours = [](std::string_view line) { return looks_like_ours(trim(line)); };
    const auto all_lines = lines(given);
    if (const auto line = std::find_if(all_lines.begin(), all_lines.end(), is_ours); line != all_lines.end())
        add("the line '" + cut(visible(*line)) + "' begins with Slipway-, as the trailers do that this tool writes and reads",
            "put other words in front of it");
    const auto known = all_names();
    bool brace_told = false;
    walk(
        given, [](std::string_view) {},
        [&](std::string_view name) {
            if (std::find(known.begin(), known.end(), name) != known.end()) return;
            if (name.empty()) {
                if (!std::exchange(brace_told, true))
                    add("it has a brace that stands for nothing", "{{ and }} are braces as they are, and {name} a value");
                return;
            }
            const auto meant = closest(name, known);
            add("there is no {" + cut(visible(name)) + '}', meant ? "did you mean {" + *meant + "}? {{ is a brace as it is"
                                                                  : "known are " + join(known, ", ") + "; {{ is a brace as it is");
        });
}

std::string commit_message(std::string_view given, const Record& record, const ci::Info& ci, const std::vector<git::CommitInfo>& undone) {
    const auto items = items_of(record);
    const auto trailers = write_trailers(record);
    const auto own = safe(filled(trim(given), Facts{record, items, ci}));
    if (!trim(own).empty()) return with_trailers(trim(own), trailers);
    // A list of ours may look like trailers; the blank line keeps it apart.
    const auto text = safe(usual_body(items, undone));
    return trailers.empty() ? text : text + '\n' + trailers;
}

} // namespace slipway::update_gitops_values
