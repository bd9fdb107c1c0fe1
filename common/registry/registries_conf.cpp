#include "registry/registries_conf.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>

namespace slipway::registry {

namespace {

std::string text_of(const toml::table& table, const char* key) { return table[key].value_or(std::string()); }

/// Whether a prefix of registries.conf covers an image: "registry/namespace", or "*.example.com" for hosts alone.
bool covers(const std::string& prefix, const Reference& image) {
    if (prefix.rfind("*.", 0) == 0) {
        const auto suffix = prefix.substr(1);
        const auto host = image.host();
        return host.size() > suffix.size() && host.compare(host.size() - suffix.size(), suffix.size(), suffix) == 0;
    }
    const auto name = image.name();
    return name == prefix || name.rfind(prefix + '/', 0) == 0;
}

/// "docker.io/library/debian" with the prefix "docker.io" at "mirror.example.com/hub" is "mirror.example.com/hub/library/debian".
Reference moved(const Reference& image, const std::string& prefix, const std::string& location) {
    if (location.empty()) return image;
    const auto name = image.name();
    // Behind a wildcard stands the whole host.
    const auto rest = prefix.rfind("*.", 0) == 0 ? '/' + image.repository : name.substr(prefix.size());
    auto there = parse_reference(location + rest);
    there.tag = image.tag;
    there.digest = image.digest;
    return there;
}

/// As every client completes it: Docker Hub has its own images in a namespace that nobody writes.
Reference completed(Reference image) {
    if (image.registry == "docker.io" && image.repository.find('/') == std::string::npos) image.repository.insert(0, "library/");
    return image;
}

void add_file(RegistriesConf& conf, const io::Path& path, cli::Context& context) {
    if (context.files.kind(path) == io::FileKind::file) conf.add(context.files.read(path), path.string());
}

void add_folder(RegistriesConf& conf, const io::Path& folder, cli::Context& context) {
    if (context.files.kind(folder) != io::FileKind::directory) return;
    for (const auto& name : context.files.list(folder)) {
        if (io::Path(name).extension() == ".conf") add_file(conf, folder / name, context);
    }
}

} // namespace

RegistriesConf RegistriesConf::read(cli::Context& context) {
    const auto& environment = context.environment;
    const auto home = environment.get("HOME");
    const auto config = environment.get("XDG_CONFIG_HOME");
    const auto users = config ? io::Path(*config) / "containers" : home ? io::Path(*home) / ".config/containers" : io::Path();
    RegistriesConf conf;
    if (const auto named = environment.get("CONTAINERS_REGISTRIES_CONF")) {
        add_file(conf, *named, context);
    } else {
        const auto own = users / "registries.conf";
        const bool has_own = !users.empty() && context.files.kind(own) == io::FileKind::file;
        add_file(conf, has_own ? own : io::Path("/etc/containers/registries.conf"), context);
    }
    add_folder(conf, "/etc/containers/registries.conf.d", context);
    if (!users.empty()) add_folder(conf, users / "registries.conf.d", context);
    if (::getuid() == 0) add_file(conf, "/var/cache/containers/short-name-aliases.conf", context);
    else if (home) add_file(conf, io::Path(*home) / ".cache/containers/short-name-aliases.conf", context);
    return conf;
}

void RegistriesConf::add(std::string_view text, const std::string& name) {
    toml::table file;
    try {
        file = toml::parse(text, name);
    } catch (const toml::parse_error& error) {
        const auto& at = error.source().begin;
        throw Error(ExitCode::misuse, Diagnostic{.message = "cannot read the registries' configuration: " + one_line(error.description()),
                                                 .place = {name, static_cast<int>(at.line), static_cast<int>(at.column)}});
    }
    if (const auto* search = file["unqualified-search-registries"].as_array()) {
        search_.clear();
        for (const auto& registry : *search) {
            if (const auto one = registry.value<std::string>()) search_.push_back(*one);
        }
    }
    if (const auto* aliases = file["aliases"].as_table()) {
        for (const auto& [alias, target] : *aliases) {
            // An empty target takes an earlier file's alias away.
            aliases_[std::string(alias.str())] = target.value_or(std::string());
        }
    }
    const auto* registries = file["registry"].as_array();
    if (registries == nullptr) return;
    for (const auto& entry : *registries) {
        const auto* table = entry.as_table();
        if (table == nullptr) continue;
        Registry registry{.location = text_of(*table, "location"), .insecure = (*table)["insecure"].value_or(false), .blocked = (*table)["blocked"].value_or(false), .mirrors = {}};
        auto prefix = text_of(*table, "prefix");
        if (prefix.empty()) prefix = registry.location;
        if (prefix.empty()) continue;
        const bool by_digest_only = (*table)["mirror-by-digest-only"].value_or(false);
        if (const auto* mirrors = (*table)["mirror"].as_array()) {
            for (const auto& one : *mirrors) {
                const auto* mirror = one.as_table();
                if (mirror == nullptr || text_of(*mirror, "location").empty()) continue;
                auto for_what = text_of(*mirror, "pull-from-mirror");
                if (for_what.empty()) for_what = by_digest_only ? "digest-only" : "all";
                registry.mirrors.push_back({text_of(*mirror, "location"), (*mirror)["insecure"].value_or(false), for_what});
            }
        }
        registries_[prefix] = std::move(registry);
    }
}

std::optional<Reference> RegistriesConf::resolve_short_name(const Reference& image) const {
    Reference found;
    if (const auto alias = aliases_.find(image.repository); alias != aliases_.end() && !alias->second.empty()) {
        found = parse_reference(alias->second);
        if (found.registry.empty()) return std::nullopt;
    } else {
        if (search_.size() != 1) return std::nullopt;
        found = {.registry = search_.front(), .repository = image.repository, .tag = "", .digest = ""};
    }
    found.tag = image.tag;
    found.digest = image.digest;
    return completed(found);
}

const std::pair<const std::string, RegistriesConf::Registry>* RegistriesConf::find(const Reference& image) const {
    const std::pair<const std::string, Registry>* best = nullptr;
    for (const auto& entry : registries_) {
        if (covers(entry.first, image) && (best == nullptr || entry.first.size() > best->first.size())) best = &entry;
    }
    return best;
}

std::vector<Endpoint> RegistriesConf::pull_endpoints(const Reference& given) const {
    const auto image = completed(given);
    const auto* entry = find(image);
    if (entry == nullptr) return {{image, false}};
    const auto& [prefix, registry] = *entry;
    if (registry.blocked) return {};
    std::vector<Endpoint> endpoints;
    for (const auto& mirror : registry.mirrors) {
        const bool fits = mirror.for_what == "all" || (mirror.for_what == "digest-only") == !image.digest.empty();
        if (fits) endpoints.push_back({moved(image, prefix, mirror.location), mirror.insecure});
    }
    endpoints.push_back({moved(image, prefix, registry.location), registry.insecure});
    return endpoints;
}

bool RegistriesConf::is_insecure(const Reference& image) const {
    const auto* entry = find(image);
    return entry != nullptr && entry->second.insecure;
}

void RegistriesConf::add_mirror(const std::string& registry, const std::string& mirror) {
    auto& mirrors = registries_[registry].mirrors;
    mirrors.insert(mirrors.begin(), {.location = mirror, .insecure = false});
}

std::string RegistriesConf::to_toml() const {
    toml::table file;
    toml::array search;
    for (const auto& registry : search_) search.push_back(registry);
    file.insert("unqualified-search-registries", search);
    toml::array registries;
    for (const auto& [prefix, registry] : registries_) {
        toml::table entry{{"prefix", prefix}, {"insecure", registry.insecure}, {"blocked", registry.blocked}};
        // A prefix with a wildcard must not have a location.
        if (!registry.location.empty() || prefix.rfind("*.", 0) != 0) entry.insert("location", registry.location.empty() ? prefix : registry.location);
        toml::array mirrors;
        for (const auto& mirror : registry.mirrors) {
            mirrors.push_back(toml::table{{"location", mirror.location}, {"insecure", mirror.insecure}, {"pull-from-mirror", mirror.for_what}});
        }
        if (!mirrors.empty()) entry.insert("mirror", mirrors);
        registries.push_back(entry);
    }
    file.insert("registry", registries);
    toml::table aliases;
    for (const auto& [alias, target] : aliases_) aliases.insert(alias, target);
    file.insert("aliases", aliases);
    std::ostringstream text;
    text << file << '\n';
    return text.str();
}

} // namespace slipway::registry
