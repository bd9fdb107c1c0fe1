#pragma once

#include "build-image/sbom/package.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::build_image {

/// What Maven leaves in an archive about each module in it.
struct MavenModule {
    std::string group;    ///< may be empty
    std::string artifact;
    std::string version;

    bool operator==(const MavenModule&) const = default;
};

/// Reads a pom.properties.
/// @return nothing without artifact or version
std::optional<MavenModule> parse_pom_properties(std::string_view text);

/// The attributes of a META-INF/MANIFEST.MF, their names in lower case.
/// @source docs.oracle.com, "JAR File Specification", "JAR Manifest"
class JavaManifest {
public:
    JavaManifest() = default;
    explicit JavaManifest(std::string_view text);

    /// Empty for one that it has not.
    const std::string& main(const std::string& name) const;
    /// Of the main section, else of the first section that has it, such as a Java package's.
    const std::string& any(const std::string& name) const;

private:
    std::map<std::string, std::string> main_;
    std::map<std::string, std::string> others_;
};

/// What the name of an archive's file tells.
struct JavaArchiveName {
    std::string name;
    std::string version; ///< may be empty

    bool operator==(const JavaArchiveName&) const = default;
};

/// "commons-io" and "2.11.0" of "usr/share/java/commons-io-2.11.0.jar".
JavaArchiveName java_archive_name(std::string_view path);

/// The packages that an archive is and has in it.
///
/// The archive itself is the module whose artifact its file is named after, for an archive with others packed into it has several; without
/// one, what its manifest and its name say. Names and their order of preference are Syft's.
/// @param manifest  nothing for an archive that has none
/// @param sha1      of the archive, for the package that it is
std::vector<Package> packages_of_java_archive(const JavaArchiveName& file, const std::optional<JavaManifest>& manifest,
                                              std::vector<MavenModule> modules, const std::string& sha1);

} // namespace slipway::build_image
