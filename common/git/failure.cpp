#include "git/failure.hpp"

#include "core/text.hpp"

#include <array>
#include <vector>

namespace slipway::git {

namespace {

constexpr std::size_t longest_words = 400;

struct Sign {
    std::string_view text;
    Cause cause;
};

/// Parts of messages of git, git-remote-http, libcurl and ssh; the first that occurs decides.
constexpr std::array<Sign, 55> signs = {{
    {"No space left on device", Cause::disk},
    {"Disk quota exceeded", Cause::disk},
    {"Out of diskspace", Cause::disk},
    {"couldn't write '", Cause::disk}, // a reference's few bytes: Git keeps the system's reason to itself
    {"couldn't find remote ref", Cause::no_branch},
    {"returned error: 401", Cause::credentials},
    {"Authentication failed", Cause::credentials},
    {"could not read Username", Cause::credentials},
    {"could not read Password", Cause::credentials},
    {"terminal prompts disabled", Cause::credentials},
    {"Permission denied (", Cause::credentials},
    {"Host key verification failed", Cause::certificate},
    {"returned error: 403", Cause::forbidden},
    // GitLab, GitHub and Gitea, over ssh.
    {"ou are not allowed to", Cause::forbidden},
    {"ERROR: Permission to ", Cause::forbidden},
    {"marked as read only", Cause::forbidden},
    {"ser does not have permission", Cause::forbidden},
    {"not our ref", Cause::no_object},
    {"unadvertised object", Cause::no_object},
    {"returned error: 404", Cause::not_found},
    {"HTTP 401", Cause::credentials},
    {"HTTP 403", Cause::forbidden},
    {"returned error: 30", Cause::redirected},
    {"HTTP 301", Cause::redirected},
    {"HTTP 302", Cause::redirected},
    {"returned error: 408", Cause::busy},
    {"returned error: 429", Cause::busy},
    {"returned error: 5", Cause::busy},
    {"HTTP 408", Cause::busy},
    {"HTTP 429", Cause::busy},
    {"HTTP 5", Cause::busy},
    {"certificate", Cause::certificate},
    {"SSL", Cause::certificate},
    {"gnutls_handshake", Cause::certificate},
    {"' not found", Cause::not_found},
    {"Repository not found", Cause::not_found},
    {"does not appear to be a git repository", Cause::not_found},
    {"does not exist", Cause::not_found},
    {"could not be found", Cause::not_found},
    {"is this a git repository?", Cause::no_repository},
    {"invalid server response", Cause::no_repository},
    {"bad pack header", Cause::unreachable}, // the connection ended right before or within it
    {"protocol error", Cause::no_repository},
    {"bad line length", Cause::no_repository},
    {"Could not resolve", Cause::unreachable},
    {"Failed to connect", Cause::unreachable},
    {"onnection refused", Cause::unreachable},
    {"onnection reset", Cause::unreachable},
    {"onnection timed out", Cause::unreachable},
    {"Operation too slow", Cause::unreachable},
    {"hung up unexpectedly", Cause::unreachable},
    {"early EOF", Cause::unreachable},
    {"unexpected disconnect", Cause::unreachable},
    {"RPC failed", Cause::unreachable},
    {"Empty reply from server", Cause::unreachable},
}};

/// Without the addresses that stand in quotes, whose words say nothing about the failure.
std::string without_quoted_addresses(std::string text) {
    for (auto open = text.find('\''); open != std::string::npos; open = text.find('\'', open + 1)) {
        const auto close = text.find_first_of("'\n", open + 1);
        if (close == std::string::npos) break;
        const bool address = text[close] == '\'' && text.find('/', open) < close;
        if (address) text.erase(open + 1, close - open - 1);
        open = address ? open + 1 : close;
    }
    return text;
}

std::string shortened(std::string text) {
    auto line = visible(text);
    if (line.size() > longest_words) line = line.substr(0, longest_words) + "...";
    return line;
}

/// "fatal: unable to access 'http://host/': why" -> "why": the address is in our own sentence.
std::string_view without_address(std::string_view line) {
    constexpr std::string_view access = "unable to access '";
    if (line.substr(0, access.size()) != access) return line;
    const auto end = line.find("': ", access.size());
    return end == std::string_view::npos ? line : line.substr(end + 3);
}

/// The line that says most: the last fatal one, else the first error, else the last of all.
std::string telling_line(std::string_view text) {
    std::string_view fatal;
    std::string_view error;
    std::string_view any;
    std::string_view before_fatal;
    for (const auto line : lines(text)) {
        const auto bare = trim(line);
        if (bare.empty() || bare.substr(0, 7) == "remote:" || bare.substr(0, 8) == "warning:") continue;
        if (bare.substr(0, 7) == "fatal: ") {
            fatal = bare.substr(7);
            before_fatal = any;
        }
        if (bare.substr(0, 7) == "error: " && error.empty()) error = bare.substr(7);
        any = bare;
    }
    // "the remote end hung up" follows from the error before it.
    if (!error.empty() && (fatal.empty() || fatal.find("hung up") != std::string_view::npos))
        return std::string(error);
    // ssh said why just before.
    if (fatal == "Could not read from remote repository." && !before_fatal.empty()) return std::string(before_fatal);
    return std::string(without_address(fatal.empty() ? any : fatal));
}

} // namespace

Failure diagnose(const io::ProcessResult& result) {
    if (result.timed_out) return {Cause::unreachable, "not finished in time"};
    Failure failure;
    const auto text = without_quoted_addresses(result.err);
    for (const auto& sign : signs) {
        if (text.find(sign.text) == std::string::npos) continue;
        failure.cause = sign.cause;
        break;
    }
    failure.words = shortened(telling_line(result.err));
    if (failure.words.empty()) failure.words = shortened(words_of_server(result.err));
    if (failure.words.empty()) failure.words = how_it_ended(result);
    return failure;
}

bool may_pass(Cause cause) { return cause == Cause::unreachable || cause == Cause::busy; }

std::string words_of_server(std::string_view standard_error) {
    std::vector<std::string> words;
    for (const auto line : lines(standard_error)) {
        if (line.substr(0, 7) != "remote:") continue;
        const auto bare = trim(line.substr(7));
        if (!bare.empty()) words.emplace_back(bare);
    }
    return shortened(join(words, " | "));
}

Error to_error(const Failure& failure, const std::string& what, bool had_credentials) {
    switch (failure.cause) {
    case Cause::credentials:
        if (had_credentials)
            return world_failure(what + ": the server refuses the credentials",
                                 "check the token or key: right server, not expired, allowed to push");
        return world_failure(what + ": the server asks for credentials, and none were given",
                             "give a token with --git-token-file, or a key with --ssh-key-file, or their variables");
    case Cause::forbidden:
        return world_failure(what + ": the server forbids it" +
                                 (failure.words.find("403") != std::string::npos ? " (403)" : ": " + failure.words),
                             "the user, token or key lacks the right to do this");
    case Cause::not_found:
        return world_failure(
            what + ": the server knows no such repository: " + failure.words,
            had_credentials
                ? "check the address; servers say the same of a repository that the user or token may not see"
                : "check the address; servers say the same of a repository that needs credentials");
    case Cause::redirected:
        return world_failure(
            what + ": the server redirects to another address: " + failure.words,
            "give the final address, often the same with .git at its end: credentials are not sent on");
    case Cause::no_repository:
        return world_failure(what + ": the answer is not that of a Git server: " + failure.words,
                             "check the address: it may be that of a web page");
    case Cause::certificate:
        return world_failure(what + ": the connection is not trusted: " + failure.words,
                             failure.words.find("Host key") != std::string::npos
                                 ? "the server's key must stand in --ssh-known-hosts, or without it in ssh's own file"
                                 : "give the server's authority with --ca-file");
    case Cause::disk:
        return world_failure(what + ": this machine's disk is full: " + failure.words,
                             "TMPDIR says where temporary files go");
    case Cause::no_object: return refused(what + ": the server does not give it: " + failure.words);
    case Cause::no_branch: return misuse(what + ": there is no such branch");
    case Cause::unreachable:
    case Cause::busy:
    case Cause::other: break;
    }
    return world_failure(what + ": " + failure.words);
}

} // namespace slipway::git
