#include "registry/credentials.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <nlohmann/json.hpp>

namespace slipway::registry {

namespace {

using Json = nlohmann::json;

constexpr Duration patience{60'000}; // a helper may ask a cloud, or a person
constexpr const char* nothing_found = "credentials not found in native keychain";
constexpr const char* identity_user = "<token>"; ///< what a helper says instead of a user when its secret is an identity token

bool is_plain_name(const std::string& name) {
    constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
    return !name.empty() && name.find_first_not_of(allowed) == std::string::npos;
}

/// @return nothing when the helper has no credentials for that registry
std::optional<Credentials> ask_helper(const std::string& helper, const std::string& registry, cli::Context& context) {
    const auto program = "docker-credential-" + helper;
    const auto fail = [&](const std::string& why) { return world_failure("cannot ask " + program + " for the credentials of " + registry + ": " + why); };
    if (!is_plain_name(helper)) throw world_failure("cannot use the credential helper '" + visible(helper) + "': that is no name of a program");
    if (!context.processes.has(program)) throw fail("it is not installed or not on the PATH");
    // Docker Hub's credentials go by the address that it had first.
    const auto server = registry == "docker.io" ? std::string("https://index.docker.io/v1/") : registry;
    const auto answer = context.processes.run({.argv = {program, "get"}, .input = server, .timeout = patience});
    if (!answer.ok()) {
        const auto words = one_line(trim(answer.out.empty() ? answer.err : answer.out));
        if (words.find(nothing_found) != std::string::npos) return std::nullopt;
        throw fail(io::how_it_ended(answer) + (words.empty() ? "" : ": " + visible(words)));
    }
    const auto json = Json::parse(answer.out, nullptr, false);
    if (!json.is_object() || !json.value("Username", Json()).is_string() || !json.value("Secret", Json()).is_string()) {
        throw fail("its answer is no JSON with \"Username\" and \"Secret\"");
    }
    const auto user = json["Username"].get<std::string>();
    const Secret secret(json["Secret"].get<std::string>());
    context.commands.mask(secret);
    if (user == identity_user) return Credentials{.user = {}, .password = {}, .identity_token = secret};
    if (user.empty() && secret.empty()) return std::nullopt;
    return Credentials{.user = user, .password = secret, .identity_token = {}};
}

/// The first file of a folder with that extension; empty when there is none.
std::string first_with(const std::string& extension, const io::Path& folder, const std::vector<std::string>& names) {
    for (const auto& name : names) {
        if (io::Path(name).extension() == extension) return (folder / name).string();
    }
    return {};
}

} // namespace

std::optional<Credentials> credentials_for(const AuthFile& file, const Reference& image, cli::Context& context) {
    if (auto found = file.find(image)) return found;
    const auto helper = file.helper_for(image.registry);
    return helper ? ask_helper(*helper, image.registry, context) : std::nullopt;
}

cli::TlsOptions tls_for(const Reference& image, cli::TlsOptions options, cli::Context& context) {
    if (!options.ca_file.empty() && !options.client_cert.empty()) return options;
    std::vector<io::Path> places;
    if (const auto home = context.environment.get("HOME")) places.push_back(io::Path(*home) / ".config/containers/certs.d");
    places.insert(places.end(), {"/etc/containers/certs.d", "/etc/docker/certs.d"});
    for (const auto& place : places) {
        const auto folder = place / image.registry;
        if (context.files.kind(folder) != io::FileKind::directory) continue;
        const auto names = context.files.list(folder);
        if (options.ca_file.empty()) options.ca_file = first_with(".crt", folder, names);
        if (options.client_cert.empty()) {
            options.client_cert = first_with(".cert", folder, names);
            if (!options.client_cert.empty()) options.client_key = first_with(".key", folder, names);
        }
        return options; // the first folder that exists is the one that counts
    }
    return options;
}

} // namespace slipway::registry
