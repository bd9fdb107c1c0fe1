#include "build-image/sbom/cataloger.hpp"
#include "build-image/sbom/java_archive.hpp"
#include "core/text.hpp"

namespace slipway::build_image {

namespace {

/// It is held in memory, since the directory of a zip archive is at its end.
constexpr std::uint64_t most_bytes = 256 << 20;
/// Archives in archives hardly get smaller by it, and are three deep at most; what grows beyond is a bomb.
constexpr std::uint64_t most_growth = 3;
constexpr std::uint64_t most_records_bytes = 32 << 20;

class JavaCataloger : public Cataloger {
public:
    bool wants(const Member& member) const override { return is_java_archive_name(member.path); }

    Finding read(const Member& member, Content& content) const override {
        const auto path = visible(member.path);
        if (member.size > most_bytes) return {{}, {path + ": larger than " + size_in_words(most_bytes) + ", so what is in it is not read"}};
        std::string bytes(content.next().value_or(std::string_view()));
        // Some begin with a script that starts them.
        if (!bytes.starts_with("PK") && !bytes.starts_with("#!")) return {};
        bytes.reserve(static_cast<std::size_t>(member.size)); // what growing would copy; memory is taken when it is written to
        while (const auto more = content.next()) bytes += *more;
        return read_java_archive(bytes, path, {.unpacked_bytes = bytes.size() * most_growth + most_records_bytes});
    }
};

} // namespace

const Cataloger& java_cataloger() {
    static const JavaCataloger cataloger;
    return cataloger;
}

} // namespace slipway::build_image
