#pragma once

#include "build-image/sbom/cataloger.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace slipway::build_image {

struct GoModule {
    std::string path;    ///< "github.com/owner/project/v2"
    std::string version; ///< "v2.1.0"; "(devel)" when Go does not know; empty for a folder that replaces a module

    bool operator==(const GoModule&) const = default;
};

/// What Go wrote into a program that it built.
struct GoBuildInfo {
    std::string go;             ///< "go1.26.0", "devel go1.27-0a1b2c3 Mon Nov 30 ..."
    std::string path = {};      ///< of the main package
    GoModule main = {};         ///< the module with the main package; no path when Go did not build modules
    std::vector<GoModule> dependencies = {}; ///< with replacements in the place of what they replace
    std::string ldflags = {};   ///< as Go was called, quoted or not
    std::string revision = {};  ///< of the version control system
    std::string time = {};      ///< of that revision: "2026-11-30T14:31:22Z"
    bool broken = false;        ///< some lines cannot be read

    bool operator==(const GoBuildInfo&) const = default;
};

/// Build info that is not read, in words that follow "PATH: ".
struct UnreadBuildInfo {
    std::string why;
};

/// Finds the build info of a Go program (ELF) while reading no more of it than needed, and without holding it: in its writable data, as
/// Go's own reader does, so that bytes which only look like it are none.
///
/// @return nothing for what is no Go program
/// @throws Error (world failure) what `content` throws
/// @source debug/buildinfo of Go
std::variant<std::monostate, GoBuildInfo, UnreadBuildInfo> find_go_build_info(Content& content);

/// The text that `go version -m` shows.
/// @source runtime/debug of Go, ParseBuildInfo
GoBuildInfo parse_go_build_info(std::string_view go, std::string_view text);

} // namespace slipway::build_image
