#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace slipway::build_image {

/// A part of an ELF file that becomes memory.
struct ElfSegment {
    std::uint64_t offset = 0;  ///< in the file
    std::uint64_t size = 0;    ///< bytes in the file
    std::uint64_t address = 0; ///< in memory

    bool operator==(const ElfSegment&) const = default;
};

/// What the beginning of an ELF file tells.
struct Elf {
    bool big_endian = false;
    std::vector<ElfSegment> data; ///< that can be written and not executed, in the order of the file
};

/// So many bytes at the beginning of a file have its program headers, unless somebody put them elsewhere by hand.
constexpr std::size_t elf_head_bytes = 4096;

/// @param head  the first bytes of a file, `elf_head_bytes` of them where it has so many
/// @return nothing when it is no ELF file, or its program headers are not in these bytes
/// @source elf(5)
std::optional<Elf> read_elf(std::string_view head);

/// An unsigned number of at most 8 bytes.
std::uint64_t read_number(std::string_view bytes, bool big_endian);

} // namespace slipway::build_image
