#include "update-gitops-values/waiting/rollback_command.hpp"

#include "core/text.hpp"
#include "git/glob.hpp"

#include <algorithm>
#include <string_view>

namespace slipway::update_gitops_values {

namespace {

/// For a POSIX shell.
std::string quoted(const std::string& text) {
    const auto is_plain = [](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') || std::string_view("-_./:@%+=,").find(letter) != std::string_view::npos;
    };
    if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain)) return text;
    auto inside = text;
    replace_all(inside, "'", "'\\''");
    return '\'' + inside + '\'';
}

/// Credentials do not belong into anybody's command line; the user of an SSH address is a part of it.
std::string without_secrets(const std::string& address) {
    const auto scheme = address.find("://");
    if (scheme == std::string::npos) return address;
    const auto begin = scheme + 3;
    const auto at = address.substr(0, address.find('/', begin)).rfind('@');
    if (at == std::string::npos || at < begin) return address;
    const auto user = address.substr(begin, at - begin);
    const bool keeps_user = address.starts_with("ssh");
    return address.substr(0, begin) + (keeps_user ? user.substr(0, user.find(':')) + '@' : "") + address.substr(at + 1);
}

/// A file that was changed, and a value in it. Any of a commit's leads to all that it changed.
struct Lead {
    std::string file;
    std::string path;
};

Lead lead_of(const Options& options, const Changeset& files) {
    for (const auto& file : files) {
        if (!file.changes.empty()) return {file.path, file.changes.front().path};
    }
    if (!files.empty()) return {files.front().path, {}};
    for (const auto& file : options.files) {
        if (!git::is_pattern(file)) return {file, {}};
    }
    return {};
}

} // namespace

std::string rollback_command(const Options& options, const std::string& branch, const Changeset& files) {
    // Another rollback would go one change further back.
    if (options.takes_back()) return {};
    const auto lead = lead_of(options, files);
    if (lead.file.empty()) return {};
    std::string command = "update-gitops-values --repo " + quoted(without_secrets(options.remote.repo)) + " --branch " + quoted(branch);
    if (options.forge.asks()) command += " --mode pull-request";
    if (!options.forge.kind.empty()) command += " --forge " + quoted(options.forge.kind);
    if (!options.forge.server.url.empty()) command += " --forge-url " + quoted(without_secrets(options.forge.server.url));
    if (options.remote.tls.allow_insecure) command += " --allow-insecure";
    command += " --file " + quoted(lead.file);
    if (!lead.path.empty()) command += " --path " + quoted(lead.path);
    return visible(command + " --rollback");
}

} // namespace slipway::update_gitops_values
