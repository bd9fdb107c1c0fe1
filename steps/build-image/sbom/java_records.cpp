#include "build-image/sbom/java_records.hpp"

#include "build-image/sbom/records.hpp"
#include "core/text.hpp"

#include <algorithm>

namespace slipway::build_image {

namespace {

/// Attributes that nothing is asked of here are not kept: a signed archive has a section with a digest for each of its classes.
constexpr std::string_view kept_attributes[] = {
    "automatic-module-name", "bundle-license", "bundle-symbolicname", "bundle-vendor", "bundle-version", "created-by", "extension-name",
    "group-id", "implementation-title", "implementation-vendor", "implementation-vendor-id", "implementation-version",
    "plugin-license-name", "plugin-version", "specification-vendor", "specification-version", "weave-classes",
};

constexpr std::size_t most_licenses = 16;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// "1.2", "build7", "rc1", "r5": what in a name no longer belongs to the name.
bool is_version(std::string_view text) {
    if (text.empty()) return false;
    if (is_digit(text[0])) return true;
    const auto word = lower(text.substr(0, 6));
    if (word.starts_with("build")) return word.size() > 5 && is_digit(word[5]);
    const auto number = text.substr(word.starts_with("rc") ? 2 : word.starts_with("r") ? 1 : text.size());
    return !number.empty() && std::all_of(number.begin(), number.end(), is_digit);
}

/// "org.example.project" and the like; people and companies are named in the same attributes.
bool is_group(std::string_view text) {
    static constexpr std::string_view domains[] = {"com.", "org.", "net.", "io.", "be.", "de.", "dev.", "jakarta.", "javax."};
    return text.find(' ') == std::string_view::npos && text.find('/') == std::string_view::npos &&
           std::any_of(std::begin(domains), std::end(domains), [&](std::string_view domain) { return text.starts_with(domain); });
}

/// "org.example" of "org.example;singleton:=true".
std::string without_directives(std::string_view text) { return std::string(trim(text.substr(0, text.find(';')))); }

std::string_view last_part(std::string_view dotted) { return dotted.substr(dotted.rfind('.') + 1); }

std::string group_of(const JavaManifest& manifest) {
    // Maven writes its group into the vendor's identifier; the rest are names that often begin with it.
    for (const char* name : {"group-id", "implementation-vendor-id", "bundle-symbolicname", "extension-name", "specification-vendor",
                             "implementation-vendor", "implementation-title", "automatic-module-name"}) {
        const auto value = without_directives(manifest.any(name));
        if (is_group(value)) return value;
    }
    return {};
}

std::string name_of(const JavaManifest& manifest, const JavaArchiveName& file) {
    // Maven's plugin for OSGi makes the name of group and artifact.
    const auto symbolic = without_directives(manifest.main("bundle-symbolicname"));
    if (manifest.main("created-by").find("Apache Maven Bundle Plugin") != std::string::npos && !last_part(symbolic).empty() &&
        symbolic != manifest.main("implementation-vendor-id")) {
        return std::string(last_part(symbolic));
    }
    const auto parts = split(file.name, '.');
    if (parts.size() > 1 && !file.name.starts_with("org.eclipse.") &&
        std::all_of(parts.begin(), parts.end(), [](std::string_view part) { return !part.empty() && is_letter(part[0]); })) {
        return std::string(parts.back());
    }
    return file.name;
}

std::string version_of(const JavaManifest& manifest, const JavaArchiveName& file) {
    if (!file.version.empty()) return file.version;
    for (const char* name : {"implementation-version", "specification-version", "plugin-version", "bundle-version"}) {
        if (!manifest.any(name).empty()) return manifest.any(name);
    }
    return {};
}

Package package_of(const MavenModule& module) {
    Package package;
    package.type = "maven";
    // A group that was left out is often in the artifact's name; the name of a project without one is its group.
    package.name_space = module.group.empty() ? module.artifact : module.group;
    package.name = module.artifact;
    package.version = module.version;
    return package;
}

void add_facts(Package& package, const JavaManifest& manifest, const std::string& sha1) {
    for (const char* name : {"bundle-license", "plugin-license-name"}) {
        for (const auto license : split(manifest.main(name), ',')) {
            if (package.licenses.size() < most_licenses) add_license(package, without_directives(license));
        }
        if (!package.licenses.empty()) break;
    }
    package.supplier = in_one_line(manifest.main(manifest.main("implementation-vendor").empty() ? "bundle-vendor" : "implementation-vendor"));
    package.sha1 = sha1;
}

} // namespace

std::optional<MavenModule> parse_pom_properties(std::string_view text) {
    MavenModule module;
    for (const auto line : lines(text)) {
        const auto content = trim(line);
        const auto separator = content.find_first_of("=:");
        if (content.starts_with('#') || separator == std::string_view::npos) continue;
        const auto key = trim(content.substr(0, separator));
        const auto value = trim(content.substr(separator + 1));
        if (key == "groupId") module.group = value;
        if (key == "artifactId") module.artifact = value;
        if (key == "version") module.version = value;
    }
    if (module.artifact.empty() || module.version.empty()) return std::nullopt;
    return module;
}

JavaManifest::JavaManifest(std::string_view text) {
    std::string name;
    std::string value;
    bool in_main = true;
    const auto keep = [&] {
        if (std::find(std::begin(kept_attributes), std::end(kept_attributes), name) != std::end(kept_attributes)) {
            (in_main ? main_ : others_).try_emplace(name, trim(value));
        }
        name.clear();
    };
    bool any_line = false;
    for (const auto line : lines(text)) {
        if (line.starts_with(' ')) {
            value += line.substr(1); // lines longer than 72 bytes go on in the next one
            continue;
        }
        keep();
        if (line.empty()) {
            in_main = in_main && !any_line;
            continue;
        }
        any_line = true;
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        name = lower(trim(line.substr(0, colon)));
        value = line.substr(colon + 1);
    }
    keep();
}

const std::string& JavaManifest::main(const std::string& name) const {
    static const std::string none;
    const auto found = main_.find(name);
    return found == main_.end() ? none : found->second;
}

const std::string& JavaManifest::any(const std::string& name) const {
    const auto found = others_.find(name);
    return found == others_.end() || !main(name).empty() ? main(name) : found->second;
}

JavaArchiveName java_archive_name(std::string_view path) {
    auto stem = path.substr(path.rfind('/') + 1);
    stem = stem.substr(0, stem.rfind('.'));
    // "http2-server-5" has its version behind the first dash that one follows; only names without one part it otherwise: "foo_1.2".
    for (const auto separators : {"-", "._-"}) {
        for (auto at = stem.find_first_of(separators); at != std::string_view::npos; at = stem.find_first_of(separators, at + 1)) {
            if (at != 0 && is_version(stem.substr(at + 1))) return {std::string(stem.substr(0, at)), std::string(stem.substr(at + 1))};
        }
    }
    return {std::string(stem), ""};
}

std::vector<Package> packages_of_java_archive(const JavaArchiveName& file, const std::optional<JavaManifest>& manifest,
                                              std::vector<MavenModule> modules, const std::string& sha1) {
    std::vector<Package> packages;
    const JavaManifest facts = manifest.value_or(JavaManifest());
    const MavenModule named = {group_of(facts), name_of(facts, file), version_of(facts, file)};
    const auto find = [&](const auto& matches) {
        return std::find_if(modules.begin(), modules.end(), [&](const MavenModule& module) { return matches(module.artifact); });
    };
    auto itself = find([&](const std::string& artifact) { return artifact == file.name; });
    if (itself == modules.end() && !file.name.empty()) {
        itself = find([&](const std::string& artifact) { return artifact.starts_with(file.name) || file.name.ends_with(artifact); });
    }
    if (itself == modules.end()) itself = find([&](const std::string& artifact) { return artifact == named.artifact; });
    if (itself != modules.end()) {
        packages.push_back(package_of(*itself));
        modules.erase(itself);
        add_facts(packages.back(), facts, sha1);
    } else if (!named.artifact.empty() && facts.main("weave-classes").empty() && (!named.version.empty() || (manifest && modules.empty()))) {
        // What instruments another program's classes is named after that program, which it is not. A name without version beside
        // modules that are known says nothing more.
        packages.push_back(package_of(named));
        add_facts(packages.back(), facts, sha1);
    }
    for (const auto& module : modules) packages.push_back(package_of(module));
    return packages;
}

} // namespace slipway::build_image
