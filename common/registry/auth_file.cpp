#include "registry/auth_file.hpp"

#include "core/encoding.hpp"
#include "core/error.hpp"

#include <unistd.h>

namespace slipway::registry {

namespace {

using Json = nlohmann::json;

/// "https://index.docker.io/v1/" and other addresses, as `docker login` writes them, as the registry that they mean.
std::string normalised(const std::string& key) {
    auto name = key;
    const auto scheme = name.find("://");
    if (scheme != std::string::npos) {
        name.erase(0, scheme + 3);
        name = name.substr(0, name.find('/'));
    }
    return name == "index.docker.io" ? "docker.io" : name;
}

std::string registry_of(const std::string& key) { return key.substr(0, key.find('/')); }

bool has_credentials(const Json& entry) {
    for (const char* name : {"auth", "identitytoken", "username"}) {
        if (entry.contains(name) && entry.at(name).is_string() && !entry.at(name).get_ref<const std::string&>().empty()) return true;
    }
    return false;
}

std::optional<Credentials> credentials_of(const Json& entry) {
    const auto text = [&](const char* name) { return entry.value(name, Json()).is_string() ? entry.at(name).get<std::string>() : std::string(); };
    if (const auto token = text("identitytoken"); !token.empty()) return Credentials{.user = {}, .password = {}, .identity_token = Secret(token)};
    if (const auto auth = text("auth"); !auth.empty()) {
        const auto plain = decode_base64(auth);
        const auto colon = plain ? plain->find(':') : std::string::npos;
        if (colon == std::string::npos) return std::nullopt;
        auto password = plain->substr(colon + 1);
        while (!password.empty() && password.back() == '\0') password.pop_back(); // some tools pad it
        return Credentials{.user = plain->substr(0, colon), .password = Secret(password)};
    }
    if (const auto user = text("username"); !user.empty()) return Credentials{.user = user, .password = Secret(text("password"))};
    return std::nullopt;
}

void erase_registry(Json& entries, const std::string& registry) {
    for (auto entry = entries.begin(); entry != entries.end();) {
        entry = registry_of(entry.key()) == registry ? entries.erase(entry) : std::next(entry);
    }
}

} // namespace

AuthFile AuthFile::parse(std::string_view json, const std::string& name) {
    const auto fail = [&](const std::string& why) { return misuse("cannot use the auth file " + name + ": " + why); };
    const auto parsed = Json::parse(json, nullptr, false);
    if (parsed.is_discarded()) throw fail("it is no JSON");
    if (!parsed.is_object()) throw fail("it is no JSON object");
    AuthFile file;
    if (const auto auths = parsed.value("auths", Json::object()); auths.is_object()) {
        for (const auto& [key, entry] : auths.items()) {
            if (!entry.is_object()) throw fail("the entry for " + key + " is no object");
            if (has_credentials(entry)) file.auths_[normalised(key)] = entry;
        }
    } else {
        throw fail("\"auths\" is no object");
    }
    if (const auto helpers = parsed.value("credHelpers", Json::object()); helpers.is_object()) {
        for (const auto& [key, helper] : helpers.items()) file.helpers_[normalised(key)] = helper;
    } else {
        throw fail("\"credHelpers\" is no object");
    }
    if (const auto store = parsed.value("credsStore", Json()); store.is_string()) file.store_ = store.get<std::string>();
    return file;
}

void AuthFile::add_missing(const AuthFile& weaker) {
    for (const auto& [key, helper] : weaker.helpers_.items()) {
        if (!knows(key)) helpers_[key] = helper;
    }
    for (const auto& [key, entry] : weaker.auths_.items()) {
        // A helper is asked before the entries: an entry that it would hide is of no use.
        if (!auths_.contains(key) && !helpers_.contains(registry_of(key))) auths_[key] = entry;
    }
    if (store_.empty()) store_ = weaker.store_;
}

void AuthFile::set(const std::string& registry, const Credentials& credentials) {
    erase_registry(auths_, registry);
    erase_registry(helpers_, registry);
    if (!credentials.identity_token.empty()) {
        auths_[registry] = {{"identitytoken", credentials.identity_token.reveal()}};
        return;
    }
    auths_[registry] = {{"auth", base64(credentials.user + ':' + credentials.password.reveal())}};
}

bool AuthFile::knows(const std::string& registry) const { return auths_.contains(registry) || helpers_.contains(registry); }

std::optional<Credentials> AuthFile::find(const Reference& image) const {
    if (helpers_.contains(image.registry)) return std::nullopt;
    for (auto key = image.name();;) {
        if (auths_.contains(key)) return credentials_of(auths_.at(key));
        const auto slash = key.rfind('/');
        if (slash == std::string::npos) return std::nullopt;
        key.erase(slash);
    }
}

std::optional<std::string> AuthFile::helper_for(const std::string& registry) const {
    if (const auto helper = helpers_.find(registry); helper != helpers_.end() && helper->is_string()) return helper->get<std::string>();
    if (!store_.empty()) return store_;
    return std::nullopt;
}

std::string AuthFile::to_json() const {
    Json file = {{"auths", auths_}};
    if (!helpers_.empty()) file["credHelpers"] = helpers_;
    return file.dump() + '\n';
}

std::vector<io::Path> usual_auth_files(const io::Environment& environment) {
    std::vector<io::Path> places;
    const auto home = environment.get("HOME");
    const auto runtime = environment.get("XDG_RUNTIME_DIR");
    places.push_back(io::Path(runtime ? *runtime : "/run/containers/" + std::to_string(::getuid())) / (runtime ? "containers/auth.json" : "auth.json"));
    if (const auto config = environment.get("XDG_CONFIG_HOME")) places.push_back(io::Path(*config) / "containers/auth.json");
    else if (home) places.push_back(io::Path(*home) / ".config/containers/auth.json");
    if (const auto docker = environment.get("DOCKER_CONFIG")) places.push_back(io::Path(*docker) / "config.json");
    else if (home) places.push_back(io::Path(*home) / ".docker/config.json");
    return places;
}

} // namespace slipway::registry
