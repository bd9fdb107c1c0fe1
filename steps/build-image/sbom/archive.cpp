#include "build-image/sbom/archive.hpp"

#include "core/error.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace slipway::build_image {

namespace {

constexpr std::size_t file_block = 128 * 1024;
constexpr std::size_t piece_size = 64 * 1024;
/// What libarchive may read to find the next member, or a piece of one: headers and the maps of sparse files, which it keeps.
constexpr std::uint64_t most_header_bytes = 4 * 1024 * 1024;

Error cannot_read(const LayerFile& layer, const std::string& why) { return world_failure("cannot read layer " + layer.digest + ": " + why); }

std::string words_of(archive* one) {
    const char* const text = archive_error_string(one);
    return text != nullptr ? text : "libarchive does not say why";
}

} // namespace

void LayerArchive::Free::operator()(::archive* one) const { archive_read_free(one); }

/// The tar archive without its compression, whose bytes are counted: a small file may have become a large archive.
class LayerArchive::Unpacked {
public:
    Unpacked(const LayerFile& layer, const io::Cancellation& cancellation)
        : cancellation_(cancellation), file_(::open(layer.file.c_str(), O_RDONLY | O_CLOEXEC)), archive_(archive_read_new()) {
        if (!file_) throw cannot_read(layer, layer.file.string() + ": " + std::strerror(errno));
        archive_read_support_filter_gzip(archive_.get());
        archive_read_support_filter_zstd(archive_.get());
        archive_read_support_format_raw(archive_.get());
        archive_read_support_format_empty(archive_.get());
    }

    /// How much may be read from now on.
    void allow(std::uint64_t bytes) { allowed_ = bytes; }

    static la_ssize_t read(::archive* reader, void* self, const void** block) { return static_cast<Unpacked*>(self)->read(reader, block); }

private:
    /// Exceptions cannot pass through libarchive: whoever called it looks for a cancellation.
    la_ssize_t read(::archive* reader, const void** block) {
        *block = nullptr;
        if (cancellation_.requested()) return -1;
        if (!opened_) {
            archive_entry* entry = nullptr;
            auto status = archive_read_open_fd(archive_.get(), file_.get(), file_block);
            if (status == ARCHIVE_OK) status = archive_read_next_header(archive_.get(), &entry);
            if (status == ARCHIVE_EOF) return 0;
            if (status < ARCHIVE_WARN) return give_up(reader, words_of(archive_.get()));
            opened_ = true;
        }
        if (allowed_ == 0) return give_up(reader, "the headers of a member are larger than " + std::to_string(most_header_bytes >> 20) + " MB");
        std::size_t size = 0;
        la_int64_t offset = 0;
        const auto status = archive_read_data_block(archive_.get(), block, &size, &offset);
        if (status == ARCHIVE_EOF) return 0;
        if (status < ARCHIVE_WARN) return give_up(reader, words_of(archive_.get()));
        allowed_ -= std::min<std::uint64_t>(allowed_, size);
        return static_cast<la_ssize_t>(size);
    }

    static la_ssize_t give_up(::archive* reader, const std::string& why) {
        archive_set_error(reader, EIO, "%s", why.c_str());
        return -1;
    }

    const io::Cancellation& cancellation_;
    io::Descriptor file_;
    std::unique_ptr<::archive, Free> archive_;
    bool opened_ = false;
    std::uint64_t allowed_ = 0;
};

LayerArchive::LayerArchive(const LayerFile& layer, const io::Cancellation& cancellation)
    : layer_(layer), cancellation_(cancellation), unpacked_(std::make_unique<Unpacked>(layer, cancellation)), archive_(archive_read_new()),
      piece_(std::make_unique_for_overwrite<char[]>(piece_size)) {
    archive_read_support_format_tar(archive_.get());
    unpacked_->allow(most_header_bytes);
    if (archive_read_open(archive_.get(), unpacked_.get(), nullptr, &Unpacked::read, nullptr) != ARCHIVE_OK) fail();
}

LayerArchive::~LayerArchive() = default;

std::optional<LayerArchive::Entry> LayerArchive::next_entry() {
    unpacked_->allow(UINT64_MAX);
    if (reading_ && archive_read_data_skip(archive_.get()) < ARCHIVE_WARN) fail();
    unpacked_->allow(most_header_bytes);
    archive_entry* entry = nullptr;
    const auto status = archive_read_next_header(archive_.get(), &entry);
    if (status == ARCHIVE_EOF) return std::nullopt;
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) fail();
    reading_ = true;
    pieces_ = given_ = 0;

    Entry result;
    const auto text = [](const char* bytes) { return bytes != nullptr ? std::string_view(bytes) : std::string_view(); };
    result.name = text(archive_entry_pathname(entry));
    result.target = text(archive_entry_hardlink(entry));
    result.size = size_ = static_cast<std::uint64_t>(std::max<la_int64_t>(archive_entry_size(entry), 0));
    result.mode = archive_entry_perm(entry);
    if (archive_entry_hardlink(entry) != nullptr) result.kind = Entry::Kind::hard_link;
    else if (archive_entry_filetype(entry) == AE_IFREG) result.kind = Entry::Kind::file;
    else if (archive_entry_filetype(entry) == AE_IFDIR) result.kind = Entry::Kind::folder;
    return result;
}

bool LayerArchive::rewind() {
    if (pieces_ > 1) return false;
    given_ = 0;
    return true;
}

std::optional<std::string_view> LayerArchive::next() {
    cancellation_.check();
    if (given_ == pieces_) {
        if (pieces_ > 0 && piece_bytes_ < piece_size) return std::nullopt; // the last one, which stays for a rewind
        unpacked_->allow(most_header_bytes);
        const auto size = archive_read_data(archive_.get(), piece_.get(), piece_size);
        if (size < 0) fail();
        piece_bytes_ = static_cast<std::size_t>(size);
        ++pieces_;
    }
    ++given_;
    if (piece_bytes_ == 0) return std::nullopt;
    return std::string_view(piece_.get(), piece_bytes_);
}

std::optional<std::string> LayerArchive::all(std::uint64_t most_bytes) {
    if (size_ > most_bytes) return std::nullopt;
    std::string bytes;
    while (const auto piece = next()) {
        if (piece->size() > most_bytes - bytes.size()) return std::nullopt;
        bytes += *piece;
    }
    return bytes;
}

void LayerArchive::fail() const {
    cancellation_.check();
    throw cannot_read(layer_, words_of(archive_.get()));
}

} // namespace slipway::build_image
