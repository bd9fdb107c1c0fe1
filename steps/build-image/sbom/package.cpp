#include "build-image/sbom/package.hpp"

#include "build-image/sbom/fields.hpp"
#include "core/encoding.hpp"
#include "core/text.hpp"

#include <algorithm>

namespace slipway::build_image {

namespace {

/// The colon stays, since the specification has it so.
std::string encode(std::string_view text) {
    auto encoded = percent_encode(valid_utf8(text));
    replace_all(encoded, "%3A", ":");
    return encoded;
}

std::string encode_value(std::string_view text) {
    auto encoded = encode(text);
    replace_all(encoded, "%2F", "/");
    return encoded;
}

/// [a-z][a-z0-9._-]*
bool is_key(std::string_view text) {
    return !text.empty() && text[0] >= 'a' && text[0] <= 'z' && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-") == std::string_view::npos;
}

/// Whether a type's namespaces and names are the same in upper and lower case.
bool ignores_case(std::string_view type) { return type != "maven"; }

} // namespace

std::string package_url(const Package& package) {
    auto name_space = package.name_space, name = package.name;
    if (ignores_case(package.type)) {
        name_space = lower(name_space);
        name = lower(name);
    }
    if (package.type == "pypi") replace_all(name, "_", "-");
    std::string url = "pkg:" + lower(package.type) + '/';
    for (const auto segment : split(name_space, '/')) {
        if (!segment.empty()) url += encode(segment) + '/';
    }
    url += encode(name);
    if (!package.version.empty()) url += '@' + encode(package.version);
    char separator = '?';
    for (const auto& [key, value] : package.qualifiers) { // sorted
        if (value.empty() || !is_key(key)) continue;
        url += separator + key + '=' + encode_value(value);
        separator = '&';
    }
    return url;
}

bool is_of_distribution(const Package& package) { return package.type == "deb" || package.type == "apk"; }

} // namespace slipway::build_image
