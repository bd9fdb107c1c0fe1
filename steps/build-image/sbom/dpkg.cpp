#include "build-image/sbom/records.hpp"

#include "core/text.hpp"

#include <utility>

namespace slipway::build_image {

namespace {

constexpr std::uint64_t largest = 64'000'000; // a large desktop has 5 MB
constexpr std::string_view status_folder = "var/lib/dpkg/status.d/";

/// Whether files of the package are there: "install ok installed", "hold ok half-configured". Images without dpkg have records
/// without a status, which nothing but the installed packages left.
bool is_installed(std::string_view status) {
    const auto state = status.substr(status.rfind(' ') + 1);
    return state != "not-installed" && state != "config-files";
}

/// "glibc", or "gcc-12 (12.2.0-14)" where the version is not the package's own.
std::string upstream_of(std::string_view source, const std::string& package) {
    const auto bracket = source.find('(');
    const auto name = std::string(trim(source.substr(0, bracket)));
    if (bracket == std::string_view::npos) return name == package ? "" : name;
    const auto version = source.substr(bracket + 1);
    return name + '@' + std::string(trim(version.substr(0, version.find(')'))));
}

/// Debian's packages, and those of what is made of it.
/// @source deb-control(5), dpkg-query(1)
class Dpkg final : public Cataloger {
public:
    bool wants(const Member& member) const override {
        const std::string_view path = member.path;
        if (path == "var/lib/dpkg/status") return true;
        // Images that are put together without dpkg: a file a package, and a list of its files.
        if (!path.starts_with(status_folder) || path.ends_with(".md5sums")) return false;
        return path.find('/', status_folder.size()) == std::string_view::npos;
    }

    Finding read(const Member& member, Content& content) const override {
        RecordFile file(member, content, largest);
        auto text = file.text();
        for (bool more = !text.empty(); more;) {
            Package package{.type = "deb"};
            std::string_view status;
            std::string_view source;
            more = take_paragraph(text, [&](const std::string& name, std::string_view value) {
                if (name == "package") package.name = value;
                else if (name == "status") status = value;
                else if (name == "version") package.version = value;
                else if (name == "architecture") package.qualifiers["arch"] = value;
                else if (name == "source") source = value;
                else if (name == "maintainer") package.supplier = value;
                else if (name == "homepage") package.homepage = value;
            });
            if (!more || !is_installed(status)) continue;
            if (auto upstream = upstream_of(source, package.name); !source.empty() && !upstream.empty()) package.qualifiers["upstream"] = std::move(upstream);
            file.add(std::move(package));
        }
        return file.finding();
    }
};

} // namespace

const Cataloger& dpkg_cataloger() {
    static const Dpkg cataloger;
    return cataloger;
}

} // namespace slipway::build_image
