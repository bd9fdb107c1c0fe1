#include "build-image/show/sbom_table.hpp"

#include "build-image/show/unwrap.hpp"
#include "core/encoding.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

namespace slipway::build_image {

namespace {

using nlohmann::json;

struct Row {
    std::string kind, name, version, license;

    bool operator==(const Row&) const = default;
    bool operator<(const Row& other) const { return std::tie(kind, name, version, license) < std::tie(other.kind, other.name, other.version, other.license); }
};

constexpr std::size_t widest_column = 60; ///< longer words stick out
constexpr std::size_t most_rows = 500'000; ///< as many as a list of our own may have
constexpr const char* other_kind = "other";

/// Documents of others may be full of nothing.
void add(std::vector<Row>& rows, Row row) {
    if (rows.size() == most_rows) throw world_failure("the document cannot be shown: it lists more than " + std::to_string(most_rows) + " packages");
    rows.push_back(std::move(row));
}

/// "deb" of "pkg:deb/debian/libc6@2.36"; empty for anything else.
std::string kind_of_url(std::string_view url) {
    if (!url.starts_with("pkg:")) return {};
    url.remove_prefix(4);
    return lower(url.substr(0, std::min(url.find('/'), url.find('@'))));
}

bool is_image(const std::string& kind) { return kind == "oci" || kind == "docker"; }

/// Foreign text in one line that is not too long.
std::string cell(std::string_view text) {
    constexpr std::size_t longest = 200;
    auto line = one_line(trim(text.substr(0, text.find('\n'))));
    if (line.size() <= longest) return visible(line);
    line.resize(longest);
    line.resize(valid_utf8_length(line));
    return visible(line) + "...";
}

const json& elements(const json& object, const char* path) {
    static const json none = json::array();
    const auto& found = member_at(object, path);
    return found.is_array() ? found : none;
}

std::string spdx_url(const json& package) {
    for (const auto& reference : elements(package, "/externalRefs")) {
        if (text_at(reference, "/referenceType") == "purl") return text_at(reference, "/referenceLocator");
    }
    return {};
}

/// Where an expression has "LicenseRef-...", the words that this stands for.
std::string with_names(std::string expression, const std::map<std::string, std::string>& names) {
    if (expression.find("LicenseRef-") == std::string::npos) return expression;
    std::string result;
    const auto is_id = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; };
    for (auto at = expression.begin(); at != expression.end();) {
        const auto end = std::find_if_not(at, expression.end(), is_id);
        const std::string id(at, end);
        const auto name = names.find(id);
        result += name == names.end() ? id : name->second;
        at = end;
        if (at != expression.end()) result += *at++;
    }
    return result;
}

std::vector<Row> spdx_rows(const json& document) {
    std::map<std::string, std::string> names;
    for (const auto& license : elements(document, "/hasExtractedLicensingInfos")) {
        if (const auto name = text_at(license, "/name"); !name.empty() && name != "NOASSERTION") names.emplace(text_at(license, "/licenseId"), name);
    }
    std::set<std::string> described;
    for (const auto& relationship : elements(document, "/relationships")) {
        if (text_at(relationship, "/relationshipType") == "DESCRIBES") described.insert(text_at(relationship, "/relatedSpdxElement"));
    }
    for (const auto& id : elements(document, "/documentDescribes")) {
        if (id.is_string()) described.insert(id.get<std::string>());
    }
    std::vector<Row> rows;
    for (const auto& package : elements(document, "/packages")) {
        const auto kind = kind_of_url(spdx_url(package));
        const auto purpose = text_at(package, "/primaryPackagePurpose");
        // What is no package by itself: the image, its system, files, and applications that are lists of packages (Trivy).
        const bool is_other = kind.empty() && (described.contains(text_at(package, "/SPDXID")) || (!purpose.empty() && purpose != "LIBRARY"));
        if (is_image(kind) || is_other) continue;
        auto license = text_at(package, "/licenseDeclared");
        if (license.empty() || license == "NOASSERTION" || license == "NONE") license = text_at(package, "/licenseConcluded");
        if (license == "NOASSERTION" || license == "NONE") license.clear();
        add(rows, {kind, text_at(package, "/name"), text_at(package, "/versionInfo"), with_names(license, names)});
    }
    return rows;
}

std::string cyclonedx_licenses(const json& component) {
    std::vector<std::string> texts;
    for (const auto& choice : elements(component, "/licenses")) {
        for (const char* path : {"/expression", "/license/id", "/license/name"}) {
            if (auto text = text_at(choice, path); !text.empty()) texts.push_back(std::move(text));
        }
    }
    return join(texts, ", ");
}

/// Components may have others inside.
std::vector<Row> cyclonedx_rows(const json& document) {
    std::vector<Row> rows;
    std::vector<const json*> waiting = {&elements(document, "/components")};
    while (!waiting.empty()) {
        const auto& components = *waiting.back();
        waiting.pop_back();
        for (const auto& component : components) {
            waiting.push_back(&elements(component, "/components"));
            const auto type = text_at(component, "/type");
            const auto kind = kind_of_url(text_at(component, "/purl"));
            if (is_image(kind) || (type != "library" && type != "framework" && (type != "application" || kind.empty()))) continue;
            const auto group = text_at(component, "/group");
            add(rows, {kind, (group.empty() ? "" : group + (kind == "maven" ? ':' : '/')) + text_at(component, "/name"), text_at(component, "/version"), cyclonedx_licenses(component)});
        }
    }
    return rows;
}

std::string padded(const std::string& text, std::size_t width) {
    const auto length = characters_before(text, text.size());
    return text + std::string(width > length ? width - length : 0, ' ');
}

std::string table_of(std::vector<Row> rows) {
    for (auto& row : rows) {
        for (auto* text : {&row.kind, &row.name, &row.version, &row.license}) *text = cell(*text);
        if (row.kind.empty()) row.kind = other_kind;
        if (row.name.empty()) row.name = "-";
        if (row.version.empty()) row.version = "-";
    }
    std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    std::map<std::string, std::size_t> counts;
    std::size_t name_width = 4, version_width = 7, kind_width = 4;
    const auto widen = [](std::size_t& width, const std::string& text) { width = std::max(width, std::min(characters_before(text, text.size()), widest_column)); };
    for (const auto& row : rows) {
        ++counts[row.kind];
        widen(name_width, row.name);
        widen(version_width, row.version);
        widen(kind_width, row.kind);
    }
    std::vector<std::string> kinds;
    kinds.reserve(counts.size());
    for (const auto& [kind, count] : counts) kinds.push_back(std::to_string(count) + ' ' + kind);
    auto text = count_of(rows.size(), "package") + (kinds.empty() ? "" : ": " + join(kinds, ", ")) + '\n';
    if (rows.empty()) return text;
    rows.insert(rows.begin(), {"KIND", "NAME", "VERSION", "LICENCE"});
    text += '\n';
    for (const auto& row : rows) {
        const auto line = padded(row.name, name_width) + "  " + padded(row.version, version_width) + "  " + padded(row.kind, kind_width) + "  " + row.license;
        text += std::string(trim(line)) + '\n';
    }
    return text;
}

} // namespace

std::string sbom_table(const std::string& text) {
    const auto unwrapped = unwrap(text);
    const auto& document = unwrapped.predicate_type.empty() ? unwrapped.document : member_at(unwrapped.document, "/predicate");
    if (text_at(document, "/spdxVersion").starts_with("SPDX-2.")) return table_of(spdx_rows(document));
    if (text_at(document, "/bomFormat") == "CycloneDX") return table_of(cyclonedx_rows(document));
    throw world_failure("the document is no SBOM that can be read: it is neither SPDX 2 nor CycloneDX in JSON");
}

} // namespace slipway::build_image
