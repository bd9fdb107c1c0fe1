#include "git/ssh.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <array>

namespace slipway::git {

namespace {

/// In single quotes, for the shell that Git runs the command in.
std::string quoted(std::string text) {
    replace_all(text, "'", "'\\''");
    return '\'' + text + '\'';
}

/// An option of ssh that names a file. ssh replaces %h and the like in it, and takes blanks for separators outside of
/// quotes. Not -i, which looks for the file before it replaces anything.
std::string file_option(const std::string& name, std::string path) {
    replace_all(path, "%", "%%");
    return " -o " + quoted(name + "=\"" + path + '"');
}

/// What stands between the first and the last line of a PEM file.
std::string body_of(std::string_view pem) {
    std::string body;
    for (const auto line : lines(pem)) {
        if (line.find("-----") == std::string_view::npos) body += trim(line);
    }
    return body;
}

} // namespace

Secret repaired_key(const Secret& key) {
    auto text = key.reveal();
    if (text.find('\n') == std::string::npos) replace_all(text, "\\n", "\n");
    replace_all(text, "\r\n", "\n");
    return Secret(std::string(trim(text)) + '\n');
}

std::string why_no_private_key(const Secret& key) {
    const auto repaired = repaired_key(key);
    const std::string_view text = repaired.reveal();
    for (const std::string_view start : {"ssh-", "ecdsa-", "sk-"}) {
        if (text.substr(0, start.size()) == start)
            return "it is a public key; the private one is the file without .pub";
    }
    if (text.substr(0, 4) == "PuTT") return "it is in PuTTY's format; puttygen exports it for OpenSSH";
    const auto first = text.substr(0, text.find('\n'));
    if (first.substr(0, 11) != "-----BEGIN " || first.find("PRIVATE KEY-----") == std::string_view::npos)
        return "it does not begin with '-----BEGIN ... PRIVATE KEY-----'";
    if (text.find("\n-----END ") == std::string_view::npos)
        return "its end is missing, '-----END ... PRIVATE KEY-----'";
    constexpr auto locked =
        "a passphrase protects it, and nobody is here to type it; make a key without one for this job";
    if (first.find("ENCRYPTED") != std::string_view::npos ||
        text.find("Proc-Type: 4,ENCRYPTED") != std::string_view::npos)
        return locked;
    if (first.find("OPENSSH") == std::string_view::npos) return {};
    const auto bytes = decode_base64(body_of(text));
    constexpr std::string_view magic{"openssh-key-v1\0", 15};
    if (!bytes || bytes->substr(0, magic.size()) != magic)
        return "what stands between its first and last line is no key";
    // The cipher's name comes first, after its length.
    constexpr std::string_view open{"\0\0\0\4none", 8};
    return bytes->substr(magic.size(), open.size()) == open ? "" : locked;
}

bool is_known_hosts_text(std::string_view value) {
    constexpr std::array<std::string_view, 3> kinds = {" ssh-", " ecdsa-", " sk-"};
    return std::any_of(kinds.begin(), kinds.end(),
                       [&](auto kind) { return value.find(kind) != std::string_view::npos; });
}

std::string ssh_command(const io::Path& key, const io::Path& known_hosts) {
    return "ssh -o BatchMode=yes -o IdentitiesOnly=yes -o StrictHostKeyChecking=yes -o "
           "GlobalKnownHostsFile=/dev/null -o UpdateHostKeys=no" +
           file_option("UserKnownHostsFile", known_hosts.string()) + file_option("IdentityFile", key.string());
}

} // namespace slipway::git
