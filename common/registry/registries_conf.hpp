#pragma once

#include "cli/context.hpp"
#include "registry/reference.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::registry {

/// A place to pull an image from.
struct Endpoint {
    Reference reference; ///< the image there
    bool insecure = false; ///< plain HTTP and any certificate are allowed
};

/// What registries.conf and its drop-in files say, as far as it decides where an image is pulled from.
///
/// @source containers-registries.conf(5), version 2 of its format, and containers-registries.conf.d(5)
class RegistriesConf {
public:
    /// The file that $CONTAINERS_REGISTRIES_CONF names, else the user's, else the system's; then the drop-in files of system
    /// and user, and the short names that earlier pulls resolved. What is missing is empty.
    ///
    /// @throws Error (misuse) when a file is no TOML
    static RegistriesConf read(cli::Context& context);

    /// Adds one file's content; what it says of a registry replaces what was said before.
    /// @param name  for messages
    /// @throws Error (misuse)
    void add(std::string_view toml, const std::string& name);

    /// The image that a name without a registry means: an alias's, or that of the one registry to search. Nothing when the
    /// files leave it open.
    std::optional<Reference> resolve_short_name(const Reference& image) const;

    /// Where the image may be had, mirrors first, as Buildah asks them. Empty when the registry is blocked.
    ///
    /// @param image  with a registry, and a tag or a digest
    std::vector<Endpoint> pull_endpoints(const Reference& image) const;

    /// Whether a registry may be spoken to without protection.
    bool is_insecure(const Reference& image) const;

    /// Asks a mirror first, whatever the files say.
    /// @param registry  "docker.io", or with a namespace
    /// @param mirror    what stands in its place: "mirror.example.com/hub"
    void add_mirror(const std::string& registry, const std::string& mirror);

    /// All of it as one file, for the tools that read the original.
    std::string to_toml() const;

private:
    struct Mirror {
        std::string location;
        bool insecure = false;
        std::string for_what = "all"; ///< "digest-only", "tag-only"
    };
    struct Registry {
        std::string location; ///< empty: the prefix itself
        bool insecure = false;
        bool blocked = false;
        std::vector<Mirror> mirrors;
    };

    const std::pair<const std::string, Registry>* find(const Reference& image) const;

    std::vector<std::string> search_;
    std::map<std::string, Registry> registries_; ///< by prefix
    std::map<std::string, std::string> aliases_;
};

} // namespace slipway::registry
