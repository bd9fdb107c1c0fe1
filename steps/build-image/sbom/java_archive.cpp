#include "build-image/sbom/java_archive.hpp"

#include "build-image/sbom/java_records.hpp"
#include "build-image/sbom/records.hpp"
#include "core/encoding.hpp"
#include "core/text.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>

namespace slipway::build_image {

namespace {

constexpr std::size_t most_gaps = 20;
// Of one record:
constexpr std::size_t most_manifest_bytes = 256 << 10; ///< what is asked of it is at its beginning
constexpr std::size_t most_properties_bytes = 64 << 10;

constexpr std::string_view extensions[] = {"jar", "war", "ear", "par", "sar", "nar", "jpi", "hpi", "kar", "far", "rar", "lpkg", "zap"};

bool is_properties_name(std::string_view path) {
    return path.ends_with("/pom.properties") && (path.starts_with("META-INF/maven/") || path.find("/META-INF/maven/") != std::string_view::npos);
}

std::string sha1(std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1) return {};
    return hexadecimal({reinterpret_cast<const char*>(digest.data()), size});
}

/// Each entry of a zip archive has its mark in the directory at the archive's end, which libarchive reads at once.
std::size_t count_marks(std::string_view bytes) {
    constexpr std::string_view mark = "PK\1\2";
    std::size_t count = 0;
    for (auto at = bytes.find(mark); at != std::string_view::npos; at = bytes.find(mark, at + mark.size())) ++count;
    return count;
}

/// One file of an image, with the archives that are in it.
class JavaReader {
public:
    explicit JavaReader(const JavaLimits& limits) : limits_(limits) {}

    Finding finding;

    /// @param path  with the archives around it, for people
    /// @param file  its own path
    void read(std::string_view bytes, const std::string& path, std::string_view file, int depth) {
        // Of archives that are stored in it the marks are seen as well.
        if (count_marks(bytes) / 2 > limits_.entries) return stop(path, count_of(limits_.entries, "file"));
        const std::unique_ptr<archive, int (*)(archive*)> zip(archive_read_new(), archive_read_free);
        if (archive_read_support_format_zip_seekable(zip.get()) != ARCHIVE_OK ||
            archive_read_open_memory(zip.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) {
            return add_gap(path, error_of(zip.get()));
        }
        std::optional<JavaManifest> manifest;
        std::vector<MavenModule> modules;
        archive_entry* entry = nullptr;
        int answer = ARCHIVE_OK;
        while (!over_ && ((answer = archive_read_next_header(zip.get(), &entry)) == ARCHIVE_OK || answer == ARCHIVE_WARN)) {
            if (++entries_ > limits_.entries) stop(path, count_of(limits_.entries, "file"));
            const char* named = archive_entry_pathname(entry);
            const std::string_view name = named == nullptr ? "" : named;
            const auto label = [&] { return path + ": " + visible(name); };
            if (name == "META-INF/MANIFEST.MF" && !manifest) {
                if (const auto text = unpack(zip.get(), most_manifest_bytes, label())) manifest.emplace(*text);
            } else if (is_properties_name(name) && may_have_another(label())) {
                const auto text = unpack(zip.get(), most_properties_bytes, label());
                const auto module = text ? parse_pom_properties(*text) : std::nullopt;
                if (module) modules.push_back(*module);
            } else if (is_java_archive_name(name) && may_have_another(label())) {
                read_nested(zip.get(), label(), std::string(name), depth + 1);
            }
        }
        if (answer < ARCHIVE_WARN) add_gap(path, error_of(zip.get()));
        if (answer == ARCHIVE_EOF || manifest || !modules.empty()) {
            for (auto& package : packages_of_java_archive(java_archive_name(file), manifest, std::move(modules), sha1(bytes))) {
                const bool is_named = is_name(package.name_space) && is_name(package.name) && (package.version.empty() || is_name(package.version));
                if (is_named) finding.packages.push_back(std::move(package));
                else add_gap(path, "a package is missing: no name or version that can be read");
            }
        }
    }

private:
    const JavaLimits& limits_;
    std::uint64_t unpacked_bytes_ = 0;
    std::size_t entries_ = 0;
    std::size_t records_ = 0;
    bool over_ = false; ///< a limit is reached: nothing more is read

    void add_gap(const std::string& path, const std::string& why) {
        if (finding.gaps.size() == most_gaps) finding.gaps.push_back("and more in the same archive that is not read");
        if (finding.gaps.size() < most_gaps) finding.gaps.push_back(path + ": " + why);
    }

    void stop(const std::string& path, const std::string& limit) {
        over_ = true;
        add_gap(path, "more than " + limit + " in one archive: what is left of it is not read");
    }

    bool may_have_another(const std::string& path) {
        if (++records_ > limits_.records) stop(path, count_of(limits_.records, "record"));
        return !over_;
    }

    static std::string error_of(archive* zip) {
        const char* why = archive_error_string(zip);
        return "cannot be read: " + visible(why == nullptr ? "out of memory" : why);
    }

    void read_nested(archive* zip, const std::string& path, const std::string& file, int depth) {
        if (depth > limits_.depth) return add_gap(path, "archives in archives deeper than " + std::to_string(limits_.depth) + " are not read");
        if (const auto bytes = unpack(zip, std::numeric_limits<std::size_t>::max(), path)) read(*bytes, path, file, depth);
    }

    /// The next entry, or its beginning where it is larger than `most_bytes`.
    std::optional<std::string> unpack(archive* zip, std::size_t most_bytes, const std::string& path) {
        std::string content;
        while (content.size() < most_bytes) {
            const void* block = nullptr;
            std::size_t size = 0;
            la_int64_t offset = 0;
            const int answer = archive_read_data_block(zip, &block, &size, &offset);
            if (answer == ARCHIVE_EOF) break;
            if (answer < ARCHIVE_WARN) {
                add_gap(path, error_of(zip));
                return std::nullopt;
            }
            unpacked_bytes_ += size;
            if (unpacked_bytes_ > limits_.unpacked_bytes) {
                stop(path, size_in_words(limits_.unpacked_bytes));
                return std::nullopt;
            }
            content.append(static_cast<const char*>(block), std::min(size, most_bytes - content.size()));
        }
        return content;
    }
};

} // namespace

bool is_java_archive_name(std::string_view path) {
    const auto dot = path.rfind('.');
    const auto extension = lower(dot == std::string_view::npos ? "" : path.substr(dot + 1));
    return std::find(std::begin(extensions), std::end(extensions), extension) != std::end(extensions);
}

Finding read_java_archive(std::string_view bytes, const std::string& path, const JavaLimits& limits) {
    JavaReader reader(limits);
    reader.read(bytes, path, path, 0);
    return std::move(reader.finding);
}

} // namespace slipway::build_image
