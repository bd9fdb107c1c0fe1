#include "build-image/sbom/elf.hpp"

#include <algorithm>

namespace slipway::build_image {

namespace {

constexpr std::uint64_t loaded = 1;     // PT_LOAD
constexpr std::uint64_t executable = 1; // PF_X
constexpr std::uint64_t writable = 2;   // PF_W

/// Places of what is read here, in bytes, which differ between 32 and 64 bits.
struct Layout {
    std::size_t word;         ///< size of addresses and offsets
    std::size_t table;        ///< e_phoff
    std::size_t header_size;  ///< e_phentsize; e_phnum follows
    std::size_t least_header; ///< sizeof(Elf32_Phdr), sizeof(Elf64_Phdr)
    std::size_t flags;        ///< p_flags
    std::size_t offset;       ///< p_offset; p_vaddr follows
    std::size_t size;         ///< p_filesz
};

constexpr Layout layout_32 = {4, 28, 42, 32, 24, 4, 16};
constexpr Layout layout_64 = {8, 32, 54, 56, 4, 8, 32};

} // namespace

std::uint64_t read_number(std::string_view bytes, bool big_endian) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        number = number << 8 | static_cast<unsigned char>(bytes[big_endian ? i : bytes.size() - 1 - i]);
    }
    return number;
}

std::optional<Elf> read_elf(std::string_view head) {
    if (head.size() < 64 || !head.starts_with("\177ELF") || (head[4] != 1 && head[4] != 2) || (head[5] != 1 && head[5] != 2)) return std::nullopt;
    const auto& layout = head[4] == 1 ? layout_32 : layout_64;
    Elf elf;
    elf.big_endian = head[5] == 2;
    const auto number = [&](std::size_t at, std::size_t size) { return read_number(head.substr(at, size), elf.big_endian); };
    const auto table = number(layout.table, layout.word);
    const auto header_size = number(layout.header_size, 2);
    const auto count = number(layout.header_size + 2, 2);
    if (header_size < layout.least_header || table > head.size() || count * header_size > head.size() - table) return std::nullopt;
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto at = static_cast<std::size_t>(table + i * header_size);
        const auto flags = number(at + layout.flags, 4);
        if (number(at, 4) != loaded || (flags & (writable | executable)) != writable) continue;
        const ElfSegment segment = {number(at + layout.offset, layout.word), number(at + layout.size, layout.word),
                                    number(at + layout.offset + layout.word, layout.word)};
        // A sum that overflows is no segment of a file.
        if (segment.size != 0 && segment.offset + segment.size > segment.offset) elf.data.push_back(segment);
    }
    std::sort(elf.data.begin(), elf.data.end(), [](const ElfSegment& a, const ElfSegment& b) { return a.offset < b.offset; });
    return elf;
}

} // namespace slipway::build_image
