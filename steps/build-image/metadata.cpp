#include "metadata.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <charconv>

namespace slipway::build_image {

namespace {

constexpr std::size_t longest_tag = 128;
constexpr std::size_t fewest_commit_digits = 7;
constexpr long long last_second = 253402300799; // 9999-12-31T23:59:59Z, the last that RFC 3339 can say

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool fits_tag(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' || c == '-';
}

/// Also as a part, as in "sha-1a2b3c4" or "main-1a2b3c4".
bool names_commit(const std::string& tag, const std::string& commit) {
    return commit.size() >= fewest_commit_digits && tag.find(commit.substr(0, fewest_commit_digits)) != std::string::npos;
}

std::vector<std::string> tags_of(const Source& source) {
    std::vector<std::string> tags;
    const auto add = [&](const std::string& tag) {
        if (!tag.empty() && std::find(tags.begin(), tags.end(), tag) == tags.end()) tags.push_back(tag);
    };
    if (!source.tag.empty()) add(tag_slug(source.tag));
    add(source.short_commit);
    if (source.is_pull_request) {
        if (!source.pull_request.empty()) add(tag_slug("pr-" + source.pull_request));
    } else if (source.tag.empty()) {
        add(tag_slug(source.branch));
    }
    return tags;
}

} // namespace

Tags choose_tags(const std::vector<std::string>& given, const Source& source) {
    Tags tags{.names = given.empty() ? tags_of(source) : given, .version = {}, .immutable = {}};
    if (tags.names.empty()) {
        throw misuse("there is no tag for the image: neither --tags nor a CI nor a Git checkout gives one", "give one with --tags");
    }
    tags.version = tags.names.front();
    for (const auto& name : tags.names) {
        if (!is_complete_version(name) && !names_commit(name, source.commit)) continue;
        tags.immutable = name;
        break;
    }
    return tags;
}

std::string tag_slug(std::string_view name) {
    std::string slug;
    for (const char c : name) {
        if (fits_tag(c)) slug += c;
        else if (slug.empty() || slug.back() != '-') slug += '-';
    }
    slug.erase(0, std::min(slug.find_first_not_of(".-"), slug.size()));
    return slug.substr(0, longest_tag);
}

bool is_complete_version(std::string_view tag) {
    if (!tag.empty() && tag[0] == 'v') tag.remove_prefix(1);
    int numbers = 0;
    while (!tag.empty() && is_digit(tag[0])) {
        ++numbers;
        tag.remove_prefix(std::min(tag.find_first_not_of("0123456789"), tag.size()));
        if (tag.size() < 2 || tag[0] != '.' || !is_digit(tag[1])) break;
        tag.remove_prefix(1);
    }
    return numbers >= 3 && (tag.empty() || (tag.size() > 1 && (tag[0] == '-' || tag[0] == '_')));
}

std::optional<Timestamp> source_date(const std::string& text) {
    if (text.empty()) return std::nullopt;
    long long seconds = -1;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (problem != std::errc{} || end != text.data() + text.size() || seconds < 0 || seconds > last_second) {
        throw misuse("cannot use SOURCE_DATE_EPOCH: '" + visible(text) + "' is no number of seconds since 1970");
    }
    return Timestamp(std::chrono::seconds(seconds));
}

std::map<std::string, std::string> standard_labels(const Source& source, const Tags& tags, const std::string& created,
                                                   const std::string& title) {
    const std::string prefix = "org.opencontainers.image.";
    std::map<std::string, std::string> labels = {{prefix + "created", created}, {prefix + "version", tags.version}, {prefix + "title", title}};
    const auto add = [&](const char* name, const std::string& value) {
        if (!value.empty()) labels[prefix + name] = value;
    };
    add("revision", source.commit);
    add("source", source.repository);
    add("url", source.url);
    return labels;
}

} // namespace slipway::build_image
