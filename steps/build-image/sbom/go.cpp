#include "build-image/sbom/cataloger.hpp"
#include "build-image/sbom/go_build_info.hpp"
#include "build-image/sbom/records.hpp"
#include "core/text.hpp"

#include <re2/re2.h>

#include <algorithm>

namespace slipway::build_image {

namespace {

constexpr std::string_view unknown_version = "(devel)";
/// What Go calls the main package, and its module, when it was given files in place of a package.
constexpr std::string_view of_files = "command-line-arguments";

Package package_of(const std::string& path, std::string version) {
    const auto slash = path.rfind('/');
    Package package;
    package.type = "golang";
    if (slash != std::string::npos) package.name_space = path.substr(0, slash);
    package.name = path.substr(slash == std::string::npos ? 0 : slash + 1);
    if (version != unknown_version) package.version = std::move(version);
    return package;
}

/// "1.26.0" of "go1.26.0 X:nodwarf5" and of "devel go1.26.0-0a1b2c3 Mon Nov 30"; empty for what has no such number.
std::string version_of_go(std::string_view go) {
    for (const auto word : split(go, ' ')) {
        if (word.starts_with("go1")) return std::string(word.substr(2));
    }
    return {};
}

/// The linker's -X sets variables of a program; one that is called version has its version: "-X main.version=1.2.3".
std::string version_in_ldflags(const GoBuildInfo& info) {
    static const re2::RE2 variable(
        R"(-X[ =]['"\\]*([^\s'"=]+)\.(?i:[a-z0-9_]*(?:version|ver|tag))=['"\\]*v?([0-9]+\.[0-9]+\.[0-9]+[-+.0-9A-Za-z]*))");
    std::string package;
    std::string version;
    for (re2::StringPiece text = info.ldflags; re2::RE2::FindAndConsume(&text, variable, &package, &version);) {
        if (package == "main" || package == info.main.path || package.starts_with(info.main.path + "/")) return "v" + version;
    }
    return {};
}

/// The version that Go gives a commit without a tag: "v0.0.0-20261130143122-0a1b2c3d4e5f".
/// @source go.dev/ref/mod, "Pseudo-versions"
std::string version_of_revision(const GoBuildInfo& info) {
    std::string time;
    std::copy_if(info.time.begin(), info.time.end(), std::back_inserter(time), [](char c) { return c >= '0' && c <= '9'; });
    const auto revision = info.revision.substr(0, 12);
    if (time.size() != 14 || !info.time.ends_with('Z') || revision.size() != 12 || !is_name(revision)) return {};
    return "v0.0.0-" + time + "-" + revision;
}

std::vector<Package> packages_of(const GoBuildInfo& info) {
    std::vector<Package> packages;
    auto main = info.main;
    if (main.path.empty()) main = {info.path, std::string(unknown_version)}; // built without modules, as Debian does
    if (main.version == unknown_version) {
        main.version = version_in_ldflags(info);
        if (main.version.empty()) main.version = version_of_revision(info);
    }
    if (!main.path.empty() && main.path != of_files) packages.push_back(package_of(main.path, main.version));
    for (const auto& module : info.dependencies) packages.push_back(package_of(module.path, module.version));
    // Its name among Go's vulnerabilities; the tools of others call it so, too.
    packages.push_back(package_of("stdlib", version_of_go(info.go)));
    packages.back().licenses = {"BSD-3-Clause"};
    return packages;
}

class GoCataloger : public Cataloger {
public:
    /// Shared libraries need not be executable. The smallest program that Go links has some 600 KB.
    bool wants(const Member& member) const override {
        const auto& path = member.path;
        return member.size >= 64 << 10 && ((member.mode & 0111) != 0 || path.ends_with(".so") || path.find(".so.") != std::string::npos);
    }

    Finding read(const Member& member, Content& content) const override {
        const auto found = find_go_build_info(content);
        Finding finding;
        if (const auto* unread = std::get_if<UnreadBuildInfo>(&found)) finding.gaps.push_back(visible(member.path) + ": " + unread->why);
        if (const auto* info = std::get_if<GoBuildInfo>(&found)) {
            finding.packages = packages_of(*info);
            if (info->broken) finding.gaps.push_back(visible(member.path) + ": some lines of its Go build info cannot be read");
        }
        return finding;
    }
};

} // namespace

const Cataloger& go_cataloger() {
    static const GoCataloger cataloger;
    return cataloger;
}

} // namespace slipway::build_image
