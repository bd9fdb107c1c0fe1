#pragma once

#include <map>
#include <string>
#include <vector>

namespace slipway::build_image {

/// One piece of software in an image, as its own records name it.
///
/// Type, namespace, name, version and qualifiers are those of a package URL, not yet escaped.
/// @source github.com/package-url/purl-spec
struct Package {
    std::string type;            ///< "deb", "apk", "pypi", "npm", "golang" or "maven"
    std::string name_space = {}; ///< "debian", "@scope", "org.example", "github.com/owner"; empty for most of pypi and npm
    std::string name = {};       ///< "libc6"; of pypi in the index's form, "jaraco-text" for what calls itself "jaraco.text"
    std::string version = {};    ///< may be empty: Go calls what it does not know "(devel)"
    std::map<std::string, std::string> qualifiers = {}; ///< "arch", "distro", "upstream"
    std::vector<std::string> licenses = {}; ///< in the words of the record: an SPDX expression, or any name
    std::string supplier = {};              ///< who maintains it: "Name <mail@example.com>"
    std::string homepage = {};
    std::string sha1 = {};                  ///< of the archive that it came as, where that is known
    std::vector<std::string> paths = {};    ///< files of the image that tell of it, without a slash in front, sorted
    std::vector<std::string> layers = {};   ///< digests of the layers with these files, as the manifest names them; sorted

    bool operator==(const Package&) const = default;
};

/// "pkg:deb/debian/libc6@2.36-9%2Bdeb12u13?arch=amd64&distro=debian-12"
/// @source github.com/package-url/purl-spec
std::string package_url(const Package& package);

/// Whether the operating system's own tools installed it.
bool is_of_distribution(const Package& package);

/// What /etc/os-release says of the system that an image is based on; empty texts for an image without.
/// @source os-release(5)
struct Distribution {
    std::string id;         ///< "debian"
    std::string version_id; ///< "12"
    std::string name;       ///< for people: "Debian GNU/Linux 12 (bookworm)"

    bool operator==(const Distribution&) const = default;
};

/// All that was found in an image.
struct Inventory {
    Distribution distribution;
    std::vector<Package> packages; ///< one for each package URL, in the order of these
    std::vector<std::string> gaps; ///< what could not be read, one sentence each, for people
};

} // namespace slipway::build_image
