#include "yaml/writer.hpp"

#include "core/text.hpp"
#include "yaml/scalar.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string_view>

namespace slipway::yaml {

namespace {

using Json = nlohmann::ordered_json;

/// Whether a text of several lines may stand in a literal block without a figure for its indentation.
bool fits_a_block(std::string_view text) {
    if (text.find('\n') == std::string_view::npos) return false;
    if (text.front() == ' ' || text.front() == '\t' || text.front() == '\n') return false;
    if (text.back() == '\n' && (text.size() < 2 || text[text.size() - 2] == '\n')) return false;
    const auto all = lines(text);
    return text.find('\r') == std::string_view::npos && std::none_of(all.begin(), all.end(), [](std::string_view line) { return needs_escapes(line); });
}

class Writer {
public:
    explicit Writer(std::string& out) : out_(out) {}

    /// @param indent      of what stands in lines of its own
    /// @param behind_key  "key:" stands in front, else the beginning of the line or "- "
    void value(const Json& json, int indent, bool behind_key) {
        if (json.is_object() && !json.empty()) return object(json, indent, behind_key);
        if (json.is_array() && !json.empty()) return array(json, indent, behind_key);
        if (behind_key) out_ += ' ';
        if (!json.is_string()) return end(json.dump());
        const auto& text = json.get_ref<const std::string&>();
        // Queries are full of double quotes, which single ones leave alone.
        if (!fits_a_block(text)) return end(write_scalar(text, text.find_first_of("\"\\") == std::string::npos ? Style::plain : Style::single_quoted));
        end(text.back() == '\n' ? "|" : "|-");
        for (const auto line : lines(text)) {
            if (!line.empty()) blanks(indent);
            end(line);
        }
    }

private:
    void blanks(int count) { out_.append(static_cast<std::size_t>(count), ' '); }

    void end(std::string_view text) {
        out_ += text;
        out_ += '\n';
    }

    void object(const Json& json, int indent, bool behind_key) {
        bool first = !behind_key; // behind "- " the first key stands in the same line
        if (behind_key) out_ += '\n';
        for (const auto& [key, item] : json.items()) {
            if (!first) blanks(indent);
            first = false;
            out_ += write_scalar(key, Style::plain);
            out_ += ':';
            value(item, indent + 2, true);
        }
    }

    void array(const Json& json, int indent, bool behind_key) {
        bool first = !behind_key;
        if (behind_key) out_ += '\n';
        for (const auto& item : json) {
            if (!first) blanks(indent);
            first = false;
            out_ += "- ";
            value(item, indent + 2, false);
        }
    }

    std::string& out_;
};

} // namespace

std::string write_document(const Json& json) {
    std::string text;
    Writer(text).value(json, 0, false);
    return text;
}

} // namespace slipway::yaml
