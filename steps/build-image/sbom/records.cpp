#include "build-image/sbom/records.hpp"

#include "core/text.hpp"
#include "core/unicode.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace slipway::build_image {

namespace {

constexpr std::size_t most_packages = 100'000; // of one file; all of Debian has 65,000
constexpr std::size_t longest_name = 1'000;

/// In place, so that a file full of such bytes takes no more memory.
void replace_invalid_utf8(std::string& text) {
    for (auto at = valid_utf8_length(text); at < text.size(); at += valid_utf8_length(std::string_view(text).substr(at))) text[at] = '?';
}

std::string_view take_line(std::string_view& text) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
}

} // namespace

bool is_name(std::string_view text) {
    if (text.empty() || text.size() > longest_name) return false;
    while (!text.empty()) {
        const auto character = first_character(text);
        if (!is_printable(character.code)) return false;
        text.remove_prefix(character.length);
    }
    return true;
}

RecordFile::RecordFile(const Member& member, Content& content, std::uint64_t most_bytes) : path_(member.path) {
    auto text = content.all(most_bytes);
    if (!text) {
        gap("it is larger than " + size_in_words(most_bytes));
        return;
    }
    text_ = *std::move(text);
    replace_invalid_utf8(text_);
}

void RecordFile::add(Package package) {
    const bool is_namespace = package.name_space.empty() || is_name(package.name_space);
    if (!is_namespace || !is_name(package.name) || !is_name(package.version)) {
        ++unreadable_;
    } else if (finding_.packages.size() == most_packages) {
        ++too_many_;
    } else {
        package.supplier = in_one_line(package.supplier);
        package.homepage = in_one_line(package.homepage);
        finding_.packages.push_back(std::move(package));
    }
}

void RecordFile::gap(const std::string& why) { finding_.gaps.push_back(path_ + " was not read: " + why); }

Finding RecordFile::finding() {
    const auto missing = [&](std::size_t count, const std::string& why) {
        if (count > 0) finding_.gaps.push_back(path_ + ": " + count_of(count, "package") + (count == 1 ? " is" : " are") + " missing: " + why);
    };
    missing(unreadable_, "no name or version that can be read");
    missing(too_many_, "more than " + std::to_string(most_packages) + " in one file");
    return std::move(finding_);
}

bool take_paragraph(std::string_view& text, const FieldReader& field) {
    std::string name;
    const char* begin = nullptr; // of the value
    const char* end = nullptr;
    const auto give = [&] {
        if (begin != nullptr) field(name, trim(std::string_view(begin, static_cast<std::size_t>(end - begin))));
        begin = nullptr;
    };
    bool is_empty = true;
    while (!text.empty()) {
        const auto line = take_line(text);
        if (line.empty()) {
            if (is_empty) continue;
            break;
        }
        is_empty = false;
        if (line[0] != ' ' && line[0] != '\t') {
            give();
            const auto colon = line.find(':');
            if (colon == std::string_view::npos) continue; // and what goes on from it
            name = lower(trim(line.substr(0, colon)));
            begin = line.data() + colon + 1;
        }
        end = line.data() + line.size();
    }
    give();
    return !is_empty;
}

std::string in_one_line(std::string_view value) {
    std::string result;
    for (const char c : value) {
        const bool is_blank = static_cast<unsigned char>(c) <= ' ' || c == '\x7f';
        if (!is_blank) result += c;
        else if (!result.empty() && result.back() != ' ') result += ' ';
    }
    if (!result.empty() && result.back() == ' ') result.pop_back();
    return result;
}

std::string person(const std::string& name, const std::string& mail) {
    if (mail.empty()) return name;
    if (name.empty() || mail.find('<') != std::string::npos) return mail;
    return name + " <" + mail + '>';
}

void add_license(Package& package, std::string_view license) {
    auto name = in_one_line(license);
    if (!name.empty() && std::find(package.licenses.begin(), package.licenses.end(), name) == package.licenses.end()) package.licenses.push_back(std::move(name));
}

} // namespace slipway::build_image
