#pragma once

#include "io/files.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace slipway::fake {

/// A layer of an image, written as it is told: names are not looked at.
class TarLayer {
public:
    enum class Packing { plain, gzip, zstd };

    explicit TarLayer(const io::Path& file, Packing packing = Packing::gzip) : archive_(archive_write_new()) {
        check(archive_write_set_format_pax_restricted(archive_.get()));
        if (packing == Packing::gzip) {
            check(archive_write_add_filter_gzip(archive_.get()));
            check(archive_write_set_filter_option(archive_.get(), "gzip", "compression-level", "1"));
        }
        if (packing == Packing::zstd) check(archive_write_add_filter_zstd(archive_.get()));
        check(archive_write_set_bytes_in_last_block(archive_.get(), 1));
        check(archive_write_open_filename(archive_.get(), file.c_str()));
    }

    TarLayer& file(const std::string& path, std::string_view content, unsigned mode = 0644) {
        begin(path, AE_IFREG, mode, content.size());
        if (!content.empty() && archive_write_data(archive_.get(), content.data(), content.size()) < 0) fail();
        return *this;
    }
    TarLayer& folder(const std::string& path) {
        begin(path, AE_IFDIR, 0755, 0);
        return *this;
    }
    TarLayer& symlink(const std::string& path, const std::string& target) {
        archive_entry_clear(entry_.get());
        archive_entry_set_symlink(entry_.get(), target.c_str());
        return begin_again(path, AE_IFLNK, 0777);
    }
    /// @param target  a path of the archive, or of a lower layer
    TarLayer& hard_link(const std::string& path, const std::string& target) {
        archive_entry_clear(entry_.get());
        archive_entry_set_hardlink(entry_.get(), target.c_str());
        return begin_again(path, AE_IFREG, 0644);
    }
    /// A file of `size` bytes that has `content` at its end and nothing before.
    TarLayer& sparse(const std::string& path, std::int64_t size, std::string_view content) {
        const auto length = static_cast<std::int64_t>(content.size());
        archive_entry_clear(entry_.get());
        archive_entry_set_size(entry_.get(), size);
        archive_entry_sparse_add_entry(entry_.get(), size - length, length);
        begin_again(path, AE_IFREG, 0644);
        // The writer takes the hole out of what it is given.
        const std::string zeros(1 << 20, '\0');
        for (auto left = size - length; left > 0;) {
            const auto written = archive_write_data(archive_.get(), zeros.data(), static_cast<std::size_t>(std::min<std::int64_t>(left, 1 << 20)));
            if (written <= 0) fail();
            left -= written;
        }
        if (archive_write_data(archive_.get(), content.data(), content.size()) < 0) fail();
        return *this;
    }
    /// Also when the object goes.
    void close() { check(archive_write_close(archive_.get())); }

private:
    void begin(const std::string& path, unsigned type, unsigned mode, std::size_t size) {
        archive_entry_clear(entry_.get());
        archive_entry_set_size(entry_.get(), static_cast<std::int64_t>(size));
        begin_again(path, type, mode);
    }
    TarLayer& begin_again(const std::string& path, unsigned type, unsigned mode) {
        archive_entry_set_pathname(entry_.get(), path.c_str());
        archive_entry_set_filetype(entry_.get(), type);
        archive_entry_set_perm(entry_.get(), mode);
        check(archive_write_header(archive_.get(), entry_.get()));
        return *this;
    }
    void check(int status) {
        if (status < ARCHIVE_WARN) fail();
    }
    [[noreturn]] void fail() { throw std::runtime_error("cannot write a layer: " + std::string(archive_error_string(archive_.get()))); }

    struct Free {
        void operator()(archive* one) const { archive_write_free(one); }
        void operator()(archive_entry* one) const { archive_entry_free(one); }
    };

    std::unique_ptr<archive, Free> archive_;
    std::unique_ptr<archive_entry, Free> entry_{archive_entry_new()};
};

} // namespace slipway::fake
