#include "build-image/sbom/records.hpp"

#include "core/text.hpp"

#include <utility>

namespace slipway::build_image {

namespace {

constexpr std::uint64_t largest = 64'000'000; // it lists the packages' files, too

/// Alpine's packages. The checksum of a record is one of the package's control part, not of an archive that others know.
/// @source wiki.alpinelinux.org/wiki/Apk_spec, "Installed Database V2"
class Apk final : public Cataloger {
public:
    bool wants(const Member& member) const override { return member.path == "lib/apk/db/installed" || member.path == "usr/lib/apk/db/installed"; }

    Finding read(const Member& member, Content& content) const override {
        RecordFile file(member, content, largest);
        auto text = file.text();
        Package package{.type = "apk"};
        std::string origin;
        bool is_empty = true;
        const auto add = [&] {
            if (!is_empty) {
                if (!origin.empty() && origin != package.name) package.qualifiers["upstream"] = origin;
                file.add(std::move(package));
            }
            package = Package{.type = "apk"};
            origin.clear();
            is_empty = true;
        };
        while (!text.empty()) {
            const auto end = text.find('\n');
            const auto line = text.substr(0, end);
            text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
            if (trim(line).empty()) {
                add();
                continue;
            }
            is_empty = false;
            if (line.size() < 2 || line[1] != ':') continue;
            const auto value = std::string(trim(line.substr(2)));
            switch (line[0]) {
            case 'P': package.name = value; break;
            case 'V': package.version = value; break;
            case 'A': package.qualifiers["arch"] = value; break;
            case 'L':
                package.licenses.clear();
                add_license(package, value);
                break;
            case 'U': package.homepage = value; break;
            case 'm': package.supplier = value; break;
            case 'o': origin = value; break;
            default: break;
            }
        }
        add();
        return file.finding();
    }
};

} // namespace

const Cataloger& apk_cataloger() {
    static const Apk cataloger;
    return cataloger;
}

} // namespace slipway::build_image
