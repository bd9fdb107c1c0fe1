#include "forge.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <array>

namespace slipway::update_gitops_values {

namespace {

using Kind = ForgeProject::Kind;

/// What a repository's address says.
struct Address {
    std::string scheme; ///< "https", "http", "ssh"
    std::string host;   ///< lower case; IPv6 without brackets
    std::string port;   ///< of http(s), where it is not the scheme's own; that of ssh is none of the API's
    std::string path;   ///< without slashes at its ends and ".git"
};

std::string host_in_url(const std::string& host) { return host.find(':') == std::string::npos ? host : '[' + host + ']'; }

std::string without_end(std::string text, std::string_view end) {
    if (text.size() > end.size() && text.ends_with(end)) text.resize(text.size() - end.size());
    return text;
}

std::string without_slashes(std::string text) {
    while (!text.empty() && text.back() == '/') text.pop_back();
    return text.substr(std::min(text.find_first_not_of('/'), text.size()));
}

/// GitHub and GitLab take ssh on the port of https at hosts of another name.
std::string host_of_ssh(const std::string& host) {
    if (host == "ssh.github.com") return "github.com";
    return host == "altssh.gitlab.com" ? "gitlab.com" : host;
}

std::string path_of(std::string_view text) { return without_end(without_slashes(percent_decode(text.substr(0, text.find_first_of("?#")))), ".git"); }

/// Nothing for a folder.
std::optional<Address> read_address(const std::string& repo) {
    if (const auto parts = io::split_url(repo)) {
        const auto usual = parts->scheme == "http" ? "80" : "443";
        const auto path = repo.find_first_of("/?#", repo.find("://") + 3);
        return Address{parts->scheme, parts->host, parts->port == usual ? "" : parts->port, path == std::string::npos ? "" : path_of(std::string_view(repo).substr(path))};
    }
    if (lower(repo.substr(0, 6)) == "ssh://") {
        // Taken apart as an https URL is.
        const auto as_https = "https" + repo.substr(3);
        const auto parts = io::split_url(as_https);
        const auto path = as_https.find('/', 8);
        if (!parts) return std::nullopt;
        return Address{"ssh", host_of_ssh(parts->host), "", path == std::string::npos ? "" : path_of(std::string_view(as_https).substr(path))};
    }
    if (repo.find("://") != std::string::npos) return std::nullopt;
    auto rest = std::string_view(repo);
    // "[user@]host:path" and "[user@][IPv6]:path"
    if (const auto at = rest.find('@'); at < std::min(rest.find('/'), rest.find(':'))) rest.remove_prefix(at + 1);
    const bool bracketed = rest.starts_with('[') && rest.find(']') != std::string_view::npos;
    const auto colon = rest.find(':', bracketed ? rest.find(']') : 0);
    if (colon == std::string_view::npos || colon == 0 || rest.find('/') < colon) return std::nullopt;
    auto host = lower(rest.substr(0, colon));
    if (bracketed) host = without_end(host.substr(1), "]");
    return Address{"ssh", host_of_ssh(host), "", path_of(rest.substr(colon + 1))};
}

/// A forge that the environment tells of, or that is known by its name.
struct Known {
    Kind kind;
    std::string api;
};

std::optional<Kind> kind_named(std::string_view name) {
    if (name == "github") return Kind::github;
    if (name == "gitlab") return Kind::gitlab;
    if (name == "gitea" || name == "forgejo") return Kind::gitea;
    return std::nullopt;
}

std::string name_of(Kind kind) { return kind == Kind::github ? "github" : kind == Kind::gitlab ? "gitlab" : "gitea"; }

/// Where an API is below its server's address; github.com has a host for it.
std::string_view place_of(Kind kind) { return kind == Kind::github ? "/api/v3" : kind == Kind::gitlab ? "/api/v4" : "/api/v1"; }

/// What an API's address tells by its end.
std::optional<Kind> kind_of_api(const std::string& api) {
    for (const auto kind : {Kind::github, Kind::gitlab, Kind::gitea}) {
        if (api.ends_with(place_of(kind))) return kind;
    }
    const auto parts = io::split_url(api);
    if (parts && (parts->host == "api.github.com" || (parts->host.starts_with("api.") && parts->host.ends_with(".ghe.com")))) return Kind::github;
    return std::nullopt;
}

/// Whether a URL that the CI gives is of the host that the repository is on. A port counts where both are of http(s).
bool is_of(const std::string& url, const Address& address) {
    const auto parts = io::split_url(url);
    if (!parts || parts->host != address.host) return false;
    if (address.scheme == "ssh") return true;
    const auto usual = parts->scheme == "http" ? "80" : "443";
    return (parts->port == usual ? "" : parts->port) == address.port;
}

/// The forge that runs this pipeline, when the repository is on it as well.
std::optional<Known> own_forge(const Address& address, const io::Environment& environment) {
    const auto get = [&](const char* name) { return environment.get(name).value_or(""); };
    const auto github_api = without_end(get("GITHUB_API_URL"), "/");
    // The runners of Gitea and Forgejo set GitHub's variables to their own server.
    if (!github_api.empty() && is_of(get("GITHUB_SERVER_URL"), address)) return Known{github_api.ends_with(place_of(Kind::gitea)) ? Kind::gitea : Kind::github, github_api};
    const auto gitlab_api = without_end(get("CI_API_V4_URL"), "/");
    const bool by_ssh = address.scheme == "ssh" && lower(get("CI_SERVER_SHELL_SSH_HOST")) == address.host;
    if (!gitlab_api.empty() && (is_of(get("CI_SERVER_URL"), address) || by_ssh)) return Known{Kind::gitlab, gitlab_api};
    // Woodpecker names the kind.
    const auto kind = kind_named(get("CI_FORGE_TYPE"));
    const auto url = without_end(get("CI_FORGE_URL"), "/");
    if (kind && is_of(url, address) && !url.ends_with("github.com")) return Known{*kind, url + std::string(place_of(*kind))};
    return std::nullopt;
}

std::optional<Kind> kind_of_host(const std::string& host) {
    if (host == "github.com" || host.ends_with(".ghe.com") || host.starts_with("github.")) return Kind::github;
    if (host == "gitlab.com" || host.starts_with("gitlab.")) return Kind::gitlab;
    if (host == "codeberg.org" || host.starts_with("gitea.") || host.starts_with("forgejo.")) return Kind::gitea;
    return std::nullopt;
}

/// The API of a forge on a host that nothing else is known of.
std::string usual_api(Kind kind, const Address& address) {
    if (kind == Kind::github && (address.host == "github.com" || address.host.ends_with(".ghe.com"))) return "https://api." + address.host;
    const auto scheme = address.scheme == "http" ? "http://" : "https://";
    return scheme + host_in_url(address.host) + (address.port.empty() ? "" : ':' + address.port) + std::string(place_of(kind));
}

/// An address that somebody gave for an API may be that of its server.
std::string completed(const std::string& url, Kind kind) {
    const auto place = url.find('/', url.find("://") + 3);
    const auto parts = io::split_url(url);
    if (kind_of_api(url) == kind || !parts) return url;
    // On GitHub's own hosts, and behind a proxy, the API has no path or one of its own.
    if (kind == Kind::github && (place != std::string::npos || parts->host.starts_with("api."))) return url;
    if (kind == Kind::github && parts->host == "github.com") return "https://api.github.com";
    return url + std::string(place_of(kind));
}

/// GitLab and others may be served below a path, which is none of the project's.
std::string without_root(const std::string& path, const ForgeProject& project, const Address& address) {
    auto root = without_end(project.api, place_of(project.kind));
    const auto slash = root.find('/', root.find("://") + 3);
    if (address.scheme == "ssh" || slash == std::string::npos || root.size() == project.api.size()) return path;
    root = root.substr(slash + 1) + '/';
    return path.starts_with(root) ? path.substr(root.size()) : path;
}

Error unknown_forge(const std::string& shown) {
    return misuse("cannot tell which forge '" + shown + "' is on: neither its host nor the CI says so", "--forge github, gitlab or gitea says so, and --forge-url where its API is");
}

std::optional<Secret> token_in(const std::string& url) {
    const auto parts = io::split_url(url);
    if (!parts || parts->user_info.empty()) return std::nullopt;
    const auto colon = parts->user_info.find(':');
    return Secret(percent_decode(colon == std::string::npos ? parts->user_info : parts->user_info.substr(colon + 1)));
}

} // namespace

ForgeProject find_project(const git::RemoteOptions& remote, const ForgeOptions& options, const io::Environment& environment) {
    const auto shown = visible(io::url_for_people(remote.repo));
    const auto address = read_address(remote.repo);
    if (!address) throw misuse("cannot ask a forge about '" + shown + "': it is a folder, and on no forge", "--repo takes the address that the forge shows for cloning");
    const auto own = own_forge(*address, environment);
    const auto given = cli::base_url(options.server);
    auto kind = kind_named(options.kind);
    if (!kind && !given.empty()) kind = kind_of_api(given);
    if (!kind && own) kind = own->kind;
    if (!kind) kind = kind_of_host(address->host);
    if (!kind) throw unknown_forge(shown);
    ForgeProject project{.kind = *kind};
    project.api = !given.empty() ? completed(given, *kind) : own && own->kind == *kind ? own->api : usual_api(*kind, *address);
    project.path = without_root(address->path, project, *address);

    const auto parts = split(project.path, '/');
    const bool empty_part = std::any_of(parts.begin(), parts.end(), [](auto part) { return part.empty() || part == "." || part == ".."; });
    const bool fits = *kind == Kind::gitlab ? parts.size() >= 2 : parts.size() == 2;
    if (!fits || empty_part) {
        throw misuse("cannot tell the project of '" + shown + "' on " + name_of(*kind) + ": '" + visible(project.path) + "' is no " + (*kind == Kind::gitlab ? "GROUP/PROJECT" : "OWNER/REPOSITORY"),
                     "--repo takes the address that the forge shows for cloning");
    }
    return project;
}

Secret api_token(const git::RemoteOptions& remote, const ForgeProject& project, const io::Environment& environment) {
    if (!remote.token.empty()) return remote.token;
    if (!remote.password.empty()) return remote.password;
    if (const auto token = token_in(remote.repo); token && !token->empty()) return *token;
    // A job's token is for the API of its own server alone.
    const std::array<std::pair<const char*, const char*>, 2> own{{{"GITHUB_TOKEN", "GITHUB_API_URL"}, {"CI_JOB_TOKEN", "CI_API_V4_URL"}}};
    for (const auto& [token, api] : own) {
        const auto value = environment.get(token);
        if (value && io::is_same_server(project.api, environment.get(api).value_or(""))) return Secret(*value);
    }
    return {};
}

} // namespace slipway::update_gitops_values
