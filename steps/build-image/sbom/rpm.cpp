#include "build-image/sbom/cataloger.hpp"

#include <string_view>

namespace slipway::build_image {

namespace {

/// A system of RPM packages. Its database, of one of three formats, is not read, which must not look like a system without packages.
/// @source rpm.org, "RPM Database"
class Rpm final : public Cataloger {
public:
    bool wants(const Member& member) const override {
        for (const std::string_view folder : {"var/lib/rpm/", "usr/lib/sysimage/rpm/"}) {
            if (!member.path.starts_with(folder)) continue;
            const auto name = std::string_view(member.path).substr(folder.size());
            return name == "rpmdb.sqlite" || name == "Packages.db" || name == "Packages";
        }
        return false;
    }

    Finding read(const Member& member, Content&) const override {
        return {.packages = {}, .gaps = {member.path + ": RPM's database is not read: the packages of the system are not listed"}};
    }
};

} // namespace

const Cataloger& rpm_cataloger() {
    static const Rpm cataloger;
    return cataloger;
}

} // namespace slipway::build_image
