#include "git/names.hpp"

#include "core/text.hpp"
#include "io/http.hpp"

#include <algorithm>

namespace slipway::git {

namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

bool holds_control(std::string_view text) { return std::any_of(text.begin(), text.end(), is_control); }

bool ends_with(std::string_view text, std::string_view end) {
    return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

} // namespace

std::string why_no_branch(std::string_view name) {
    if (name.empty()) return "it is empty";
    if (name[0] == '-') return "it begins with '-'";
    if (name == "HEAD") return "HEAD is no branch";
    if (name.substr(0, 5) == "refs/") return "a branch is named without 'refs/heads/'";
    if (!is_valid_utf8(name)) return "it is no valid UTF-8";
    if (holds_control(name) || name.find_first_of(" ~^:?*[\\") != std::string_view::npos)
        return "it holds a blank or one of ~^:?*[\\";
    if (name.find("..") != std::string_view::npos || name.find("@{") != std::string_view::npos || name == "@")
        return "it holds '..' or '@{'";
    if (name.back() == '.') return "it ends in a dot";
    for (const auto part : split(name, '/')) {
        if (part.empty()) return "it has an empty part between slashes";
        if (part[0] == '.' || ends_with(part, ".lock")) return "a part of it begins with a dot or ends in '.lock'";
    }
    return {};
}

std::string why_no_path(std::string_view path) {
    if (path.empty()) return "it is empty";
    if (path[0] == '-') return "it begins with '-'";
    if (path[0] == '/') return "it is no path inside of the repository: it begins with '/'";
    if (!is_valid_utf8(path)) return "it is no valid UTF-8";
    if (holds_control(path)) return "it holds a control character";
    for (const auto part : split(path, '/')) {
        if (part.empty()) return "it has an empty part between slashes";
        if (part == "." || part == "..") return "it has a part '" + std::string(part) + "'";
        // What some file system may take for Git's own folder.
        const auto name = lower(part);
        if (name == ".git" || name == "git~1" || name.substr(0, 5) == ".git:")
            return "it leads into Git's own folder";
    }
    return {};
}

std::string why_no_address(std::string_view url) {
    if (url.empty()) return "it is empty";
    if (url[0] == '-') return "it begins with '-'";
    if (!is_valid_utf8(url) || holds_control(url)) return "it holds a control character";
    // "transport::address" names a helper program; an IPv6 host stands in brackets.
    const auto colons = url.find("::");
    if (colons != std::string_view::npos && url.find_first_of("/[") > colons)
        return "'" + std::string(url.substr(0, colons)) + "::' would run a program";
    const auto scheme = url.find("://");
    if (scheme != std::string_view::npos) {
        const auto name = lower(url.substr(0, scheme));
        if (name != "http" && name != "https" && name != "ssh" && name != "file")
            return "'" + name + "' is none of https, http, ssh and file";
        if (name.substr(0, 4) == "http" && !io::split_url(url)) return "it names no host";
    }
    return {};
}

std::string why_no_identity(std::string_view text) {
    if (!is_valid_utf8(text) || holds_control(text)) return "it holds a control character";
    const auto open = text.find('<');
    if (open == std::string_view::npos || text.back() != '>' || text.size() < open + 2)
        return "it is no 'NAME <EMAIL>'";
    const auto inside = text.substr(open + 1, text.size() - open - 2);
    if (inside.empty() || inside.find_first_of("<> ") != std::string_view::npos)
        return "the part in <> is no e-mail address";
    if (text.substr(0, open).find('>') != std::string_view::npos) return "the name before <> holds a '>'";
    if (trim(text.substr(0, open)).empty()) return "the name before <> is missing";
    return {};
}

Identity parse_identity(std::string_view text) {
    const auto open = text.find('<');
    return {std::string(trim(text.substr(0, open))), std::string(text.substr(open + 1, text.size() - open - 2))};
}

} // namespace slipway::git
