#include "build-image/tags/labels.hpp"

#include "build-image/tags/expressions.hpp"
#include "core/text.hpp"

#include <charconv>

namespace slipway::build_image {

namespace {

constexpr long long last_second = 253402300799; // 9999-12-31T23:59:59Z, the last that RFC 3339 can say

constexpr const char* levels = "manifest index manifest-descriptor index-descriptor";

/// Whether what stands before a colon is a list of levels, with or without platforms, and not a part of the key.
bool is_list_of_levels(std::string_view text) {
    for (const auto part : split(text, ',')) {
        const auto bracket = part.find('[');
        const auto name = part.substr(0, bracket);
        if (bracket != std::string_view::npos && part.back() != ']') return false;
        bool known = false;
        for (const auto level : split(std::string_view(levels), ' ')) known = known || name == level;
        if (!known) return false;
    }
    return true;
}

} // namespace

std::map<std::string, std::string> standard_labels(const Source& source, const std::string& version, const std::string& created,
                                                   const std::string& title) {
    const std::string prefix = "org.opencontainers.image.";
    std::map<std::string, std::string> labels = {{prefix + "created", created}, {prefix + "version", version}, {prefix + "title", source.title.empty() ? title : source.title}};
    const auto add = [&](const char* name, const std::string& value) {
        if (!value.empty()) labels[prefix + name] = value;
    };
    add("revision", source.commit);
    add("source", source.repository);
    add("url", source.url);
    add("description", source.description);
    add("licenses", source.license);
    return labels;
}

Annotations read_annotations(const std::vector<std::string>& texts, std::vector<Diagnostic>& problems) {
    Annotations annotations;
    for (const auto& text : meaningful_lines(texts)) {
        const auto equals = text.find('=');
        auto key = text.substr(0, equals);
        const auto value = equals == std::string::npos ? std::string() : text.substr(equals + 1);
        const auto colon = key.find(':');
        std::string where = "manifest";
        if (colon != std::string::npos && is_list_of_levels(std::string_view(key).substr(0, colon))) {
            where = key.substr(0, colon);
            key.erase(0, colon + 1);
        }
        if (equals == std::string::npos || key.empty()) {
            problems.push_back({.message = "cannot use --annotations '" + visible(text) + "': it is no KEY=VALUE"});
            continue;
        }
        for (const auto level : split(where, ',')) {
            if (level == "manifest") annotations.manifest[key] = value;
            else if (level == "index") annotations.index[key] = value;
            else problems.push_back({.message = "cannot use --annotations '" + visible(text) + "': an annotation can be of manifest and index, not of " + visible(level)});
        }
    }
    return annotations;
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

std::map<std::string, std::string> expanded(std::map<std::string, std::string> values, const Facts& facts) {
    for (auto& [key, value] : values) value = expand_expressions(value, facts);
    return values;
}

} // namespace slipway::build_image
