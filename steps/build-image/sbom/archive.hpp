#pragma once

#include "build-image/sbom/cataloger.hpp"
#include "build-image/sbom/inventory.hpp"
#include "io/cancellation.hpp"
#include "io/descriptor.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct archive;

namespace slipway::build_image {

/// A layer's archive, read from start to end. Neither the size of its members nor what they are compressed to costs memory.
class LayerArchive final : private Content {
public:
    /// @throws Error (world failure) when the file cannot be opened
    LayerArchive(const LayerFile& layer, const io::Cancellation& cancellation);
    ~LayerArchive() override;
    LayerArchive(const LayerArchive&) = delete;
    LayerArchive& operator=(const LayerArchive&) = delete;

    /// A member as the archive spells it; the texts are valid until the next one.
    struct Entry {
        enum class Kind { file, folder, hard_link, other };
        Kind kind = Kind::other;
        std::string_view name;   ///< any bytes but NUL: "./etc/passwd", "/etc//passwd", "../passwd"
        std::string_view target; ///< of a hard link
        std::uint64_t size = 0;  ///< as the archive says
        unsigned mode = 0;
    };

    /// Nothing at the end.
    /// @throws Error (world failure) when the archive is broken, or none
    /// @throws Cancelled
    std::optional<Entry> next_entry();

    /// Of the last entry. Its first piece is 64 KB, unless the file is smaller.
    Content& content() { return *this; }

    /// Lets the content be had once more.
    /// @return whether it can, which is so while no more than its first piece was read
    bool rewind();

private:
    class Unpacked;
    struct Free {
        void operator()(::archive* one) const;
    };

    std::optional<std::string_view> next() override;
    std::optional<std::string> all(std::uint64_t most_bytes) override;
    [[noreturn]] void fail() const;

    const LayerFile& layer_;
    const io::Cancellation& cancellation_;
    std::unique_ptr<Unpacked> unpacked_;
    std::unique_ptr<::archive, Free> archive_;
    bool reading_ = false;     ///< whether there is an entry
    std::uint64_t size_ = 0;   ///< of the entry
    std::unique_ptr<char[]> piece_;
    std::size_t piece_bytes_ = 0;
    std::size_t pieces_ = 0;   ///< read from the archive for this entry
    std::size_t given_ = 0;    ///< pieces given since the last rewind
};

} // namespace slipway::build_image
