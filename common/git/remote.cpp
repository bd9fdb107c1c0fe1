#include "git/remote.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "git/names.hpp"
#include "git/ssh.hpp"
#include "io/http.hpp"

#include <algorithm>
#include <array>

namespace slipway::git {

namespace {

/// The user that belongs to a GitLab job's own token.
/// @source GitLab documentation, CI/CD job token
constexpr const char* job_token_user = "gitlab-ci-token";

/// Any user does for most servers, which look at the token only; GitLab wants this one for OAuth tokens.
constexpr const char* usual_user = "oauth2";

/// "https://host:port/" of an http(s) URL, without user and path: what a credential may be sent to.
std::string server_of(const std::string& url) {
    const auto host = url.find("://") + 3;
    return url.substr(0, std::min(url.find_first_of("/?#", host), url.size())) + '/';
}

bool is_http(const std::string& url) { return io::split_url(url).has_value(); }

bool has_credentials(const RemoteOptions& options) {
    return !options.token.empty() || !options.user.empty() || !options.password.empty();
}

/// ssh://host/path or host:path; a drive letter or a path with a colon in it is none.
bool is_ssh(const std::string& url) {
    if (url.find("://") != std::string::npos) return lower(url.substr(0, 6)) == "ssh://";
    const auto colon = url.find(':');
    return colon != std::string::npos && url.find('/') > colon;
}

/// Whether a URL leads to the GitLab that runs this job.
bool is_own_gitlab(const std::string& url, const io::Environment& environment) {
    const auto host = environment.get("CI_SERVER_HOST");
    if (!host) return false;
    const auto port = environment.get("CI_SERVER_PORT");
    return io::is_same_server(url, environment.get("CI_SERVER_PROTOCOL").value_or("https") + "://" + *host +
                                       (port ? ':' + *port : ""));
}

/// The protocols that Git may use, also where the server sends it elsewhere.
std::string protocols_for(const Remote& remote) {
    if (remote.tls.allow_insecure) return "https:ssh:http:file";
    const auto parts = io::split_url(remote.url);
    return parts && parts->scheme == "http" ? "https:ssh:http" : "https:ssh"; // loopback, says check_remote
}

/// The value of an option that holds a file's path or its text.
std::string text_or_file(const std::string& value, io::Files& files) {
    return is_known_hosts_text(value) ? value : files.read(value);
}

void check_protocol(const RemoteOptions& options, const std::string& shown, std::vector<Diagnostic>& problems) {
    if (options.tls.allow_insecure || is_ssh(options.repo)) return;
    const auto parts = io::split_url(options.repo);
    if (!parts) {
        problems.push_back(
            {.message = "cannot use --repo '" + shown + "': it is a folder, and no server says who may write there",
             .hint = "--allow-insecure allows it"});
    } else if (parts->scheme == "http" && !io::is_loopback(parts->host)) {
        const bool credentials = !parts->user_info.empty() || has_credentials(options);
        problems.push_back({.message = credentials
                                           ? "credentials for '" + shown +
                                                 "' would travel over plain HTTP, readable by everybody on the way"
                                           : "cannot use --repo '" + shown +
                                                 "': plain HTTP can be read and changed by everybody on the way",
                            .hint = "use https://, or --allow-insecure when you accept that"});
    }
}

void check_ssh(const RemoteOptions& options, const std::string& shown, std::vector<Diagnostic>& problems) {
    const bool key = !options.ssh_key.empty();
    if (!key && options.ssh_known_hosts.empty()) return;
    if (!is_ssh(options.repo)) {
        problems.push_back({.message = "--ssh-key-file and --ssh-known-hosts are for ssh, not for '" + shown + "'"});
        return;
    }
    if (!key) {
        problems.push_back({.message = "--ssh-known-hosts needs --ssh-key-file",
                            .hint = "without a key, ssh uses its own files for both"});
        return;
    }
    if (const auto why = why_no_private_key(options.ssh_key); !why.empty())
        problems.push_back({.message = "cannot use --ssh-key-file: " + why});
    if (options.ssh_known_hosts.empty()) {
        problems.push_back(
            {.message =
                 "--ssh-key-file needs --ssh-known-hosts: without it anybody on the way could pose as the server",
             .hint = "ssh-keyscan HOST prints the lines; compare them with what the server's owner says, and keep "
                     "them in a file or variable"});
    }
}

/// Git's variables that say how to reach a server, not what to do there; people set them for their job.
bool concerns_the_way(const std::string& name) {
    constexpr std::array<std::string_view, 9> kept = {"GIT_SSH",        "GIT_SSH_COMMAND", "GIT_SSH_VARIANT",
                                                      "GIT_SSL_CAINFO", "GIT_SSL_CAPATH",  "GIT_SSL_CERT",
                                                      "GIT_SSL_KEY",    "GIT_SSL_VERSION", "GIT_EXEC_PATH"};
    return std::find(kept.begin(), kept.end(), name) != kept.end();
}

} // namespace

cli::Option& declare_repository(cli::OptionSet& set, RemoteOptions& options) {
    return set.add("repo", options.repo)
        .value_name("URL")
        .help("Repository to change: https://, ssh://, host:path, file:// or a local folder");
}

void declare_access(cli::OptionSet& set, RemoteOptions& options) {
    set.add("git-token", options.token).help("Token that may push, for an http(s) repository");
    set.add("git-user", options.user)
        .value_name("NAME")
        .fallback_help(usual_user)
        .help("User that belongs to the token or password");
    set.add("git-password", options.password).help("Password of --git-user, in place of a token");
    set.add("ssh-key", options.ssh_key)
        .fallback_help("those of the agent and of ~/.ssh")
        .help("Private key that may push, for a repository over ssh");
    set.add("ssh-known-hosts", options.ssh_known_hosts)
        .value_name("FILE")
        .help("Public keys of the server, as known_hosts holds them; needed with a key");
    cli::declare_tls(set, options.tls);
}

void check_remote(const RemoteOptions& options, std::vector<Diagnostic>& problems) {
    const auto shown = visible(io::url_for_people(options.repo));
    if (auto why = why_no_address(options.repo); !why.empty()) {
        problems.push_back({.message = "cannot use --repo '" + shown + "': " + std::move(why)});
        return;
    }
    const auto parts = io::split_url(options.repo);
    const bool in_url = parts && !parts->user_info.empty();
    if (!options.token.empty() && !options.password.empty()) {
        problems.push_back({.message = "--git-token-file and --git-password-file are two ways to log in: give one"});
    } else if (in_url && has_credentials(options)) {
        problems.push_back({.message = "the address in --repo has a user, and --git-token-file, --git-user or "
                                       "--git-password-file name another: give one"});
    } else if (!options.user.empty() && options.token.empty() && options.password.empty()) {
        problems.push_back({.message = "--git-user needs --git-token-file or --git-password-file"});
    } else if (!options.password.empty() && options.user.empty()) {
        problems.push_back({.message = "--git-password-file needs --git-user"});
    }
    if (options.user.find(':') != std::string::npos)
        problems.push_back({.message = "cannot use --git-user: a user has no ':'"});
    if (has_credentials(options) && !parts) {
        problems.push_back(
            {.message =
                 "--git-token-file, --git-user and --git-password-file are for http(s), not for '" + shown + "'",
             .hint = is_ssh(options.repo) ? "for ssh, --ssh-key-file; without it Git finds its key as always: an "
                                            "agent, ~/.ssh or GIT_SSH_COMMAND"
                                          : ""});
    }
    check_protocol(options, shown, problems);
    check_ssh(options, shown, problems);
    if (options.tls.client_cert.empty() && !options.tls.client_key.empty())
        problems.push_back({.message = "--client-key needs --client-cert"});
}

Remote make_remote(const RemoteOptions& options, cli::Context& context) {
    Remote remote{.url = options.repo, .user = options.user, .password = options.token, .tls = options.tls};
    if (!options.ssh_key.empty()) {
        remote.ssh_key = repaired_key(options.ssh_key);
        context.commands.mask(remote.ssh_key);
        remote.ssh_known_hosts = text_or_file(options.ssh_known_hosts, context.files);
    }
    if (!options.password.empty()) remote.password = options.password;
    if (const auto parts = io::split_url(options.repo); parts && !parts->user_info.empty()) {
        const auto colon = parts->user_info.find(':');
        remote.user = percent_decode(parts->user_info.substr(0, colon));
        if (colon != std::string::npos) remote.password = Secret(percent_decode(parts->user_info.substr(colon + 1)));
        if (!remote.password.empty()) context.commands.mask(remote.password);
        remote.url.erase(remote.url.find("://") + 3, parts->user_info.size() + 1);
        // "https://TOKEN@host/": a token alone stands where a user would.
        if (remote.password.empty()) {
            remote.password = Secret(remote.user);
            context.commands.mask(remote.password);
            remote.user.clear();
        }
    }
    const auto job_token = context.environment.get("CI_JOB_TOKEN");
    const bool in_gitlab = context.ci.system == ci::System::gitlab && is_own_gitlab(remote.url, context.environment);
    if (remote.user.empty() && remote.password.empty() && in_gitlab && job_token) {
        remote.user = job_token_user;
        remote.password = Secret(*job_token);
        context.commands.mask(remote.password);
        context.log.info("no --git-token-file: using the job's own token (CI_JOB_TOKEN)");
    }
    if (!remote.password.empty() && remote.user.empty()) remote.user = usual_user;
    return remote;
}

io::EnvironmentChanges environment_for(const Remote& remote, const io::Path& folder, const io::Environment& around) {
    io::EnvironmentChanges changes;
    for (const auto& [name, value] : around.all()) {
        if (name.substr(0, 4) == "GIT_" && !concerns_the_way(name)) changes.remove(name);
    }
    for (const char* name : {"SSH_ASKPASS", "LANGUAGE"})
        changes.remove(name);
    changes.set("LC_ALL", std::string("C"));
    changes.set("GIT_TERMINAL_PROMPT", std::string("0"));
    changes.set("GIT_ASKPASS", std::string());
    if (!remote.ssh_key.empty()) {
        changes.set("GIT_SSH_COMMAND", ssh_command(folder / "ssh-key", folder / "known-hosts"));
        changes.set("GIT_SSH_VARIANT", std::string("ssh"));
    } else if (!around.get("GIT_SSH_COMMAND") && !around.get("GIT_SSH")) {
        changes.set("GIT_SSH_COMMAND", std::string("ssh -o BatchMode=yes"));
    }
    changes.set("GIT_CONFIG_NOSYSTEM", std::string("1"));
    changes.set("GIT_CONFIG_GLOBAL", (folder / "config").string());
    changes.set("GIT_ALLOW_PROTOCOL", protocols_for(remote));
    changes.set("GIT_LITERAL_PATHSPECS", std::string("1"));
    changes.set("GIT_DIR", (folder / "repository.git").string());
    if (!remote.tls.ca_file.empty()) changes.set("GIT_SSL_CAINFO", (folder / "authorities.pem").string());
    if (!remote.tls.client_cert.empty()) changes.set("GIT_SSL_CERT", remote.tls.client_cert);
    if (!remote.tls.client_key.empty()) changes.set("GIT_SSL_KEY", remote.tls.client_key);
    if (remote.tls.allow_insecure) changes.set("GIT_SSL_NO_VERIFY", std::string("1"));

    std::vector<std::pair<std::string, Secret>> settings = {{"remote.origin.url", Secret(remote.url)}};
    if (!remote.password.empty() && is_http(remote.url)) {
        settings.emplace_back("http." + server_of(remote.url) + ".extraHeader",
                              Secret("Authorization: Basic " + base64(remote.user + ':' + remote.password.reveal())));
    }
    for (std::size_t i = 0; i < settings.size(); ++i) {
        changes.set("GIT_CONFIG_KEY_" + std::to_string(i), settings[i].first);
        changes.set("GIT_CONFIG_VALUE_" + std::to_string(i), settings[i].second);
    }
    changes.set("GIT_CONFIG_COUNT", std::to_string(settings.size()));
    return changes;
}

std::string configuration_for(const Remote& remote) {
    std::string text =
        "[safe]\n\tdirectory = *\n"
        "[gc]\n\tauto = 0\n"
        "[maintenance]\n\tauto = false\n"
        "[core]\n\tfsync = none\n"                            // nothing here outlives the process
        "[fastimport]\n\tunpackLimit = 1\n"                   // as a pack: one process less
        "[http]\n\tlowSpeedLimit = 1\n\tlowSpeedTime = 60\n"; // a connection without a byte for a minute is dead
    // Git would send our header along to wherever a redirection leads.
    if (!remote.password.empty()) text += "\tfollowRedirects = false\n";
    return text;
}

} // namespace slipway::git
