#include "build-image/sbom/go_build_info.hpp"

#include "build-image/sbom/elf.hpp"
#include "build-image/sbom/records.hpp"
#include "core/text.hpp"

#include <algorithm>

namespace slipway::build_image {

namespace {

using Found = std::variant<std::monostate, GoBuildInfo, UnreadBuildInfo>;

constexpr std::string_view magic = "\xff Go buildinf:";
constexpr std::size_t alignment = 16;
constexpr std::size_t header_size = 32;
/// Of a program with 300 modules it is 25 KB.
constexpr std::uint64_t most_text_bytes = 1 << 20;

/// The bytes of a content from a place on, which moves forward only.
class Window {
public:
    explicit Window(Content& content) : content_(content) {}

    std::uint64_t place() const { return place_; }

    /// @return false when the content ends before
    bool move_to(std::uint64_t place) {
        while (place - place_ > bytes_.size()) {
            place_ += bytes_.size();
            const auto next = content_.next();
            bytes_ = next.value_or(std::string_view());
            held_.clear();
            if (!next) return false;
        }
        bytes_.remove_prefix(static_cast<std::size_t>(place - place_));
        place_ = place;
        return true;
    }

    /// At least so many bytes, fewer at the end only; valid until the next call.
    std::string_view peek(std::size_t size) {
        while (bytes_.size() < size) {
            // Bytes of the content are gone with its next ones; they are copied only here, where a piece ends in what is looked for.
            if (held_.empty()) held_.assign(bytes_);
            else held_.erase(0, held_.size() - bytes_.size());
            const auto next = content_.next();
            if (next) held_.append(*next);
            bytes_ = held_;
            if (!next) break;
        }
        return bytes_;
    }

private:
    Content& content_;
    std::uint64_t place_ = 0;
    std::string held_;
    std::string_view bytes_; ///< the end of held_, or of what content_ gave last when held_ is empty
};

/// A text with its length in front, seven bits a byte, the lowest first; taken off the front of `bytes`.
std::optional<std::string_view> take_text(std::string_view& bytes) {
    std::uint64_t length = 0;
    std::size_t at = 0;
    for (unsigned shift = 0;; shift += 7, ++at) {
        if (at == bytes.size() || shift > 28) return std::nullopt;
        const auto byte = static_cast<unsigned char>(bytes[at]);
        length |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
        if (byte < 0x80) break;
    }
    ++at;
    if (length > bytes.size() - at) return std::nullopt;
    const auto text = bytes.substr(at, static_cast<std::size_t>(length));
    bytes.remove_prefix(at + text.size());
    return text;
}

/// What is at a place where the magic is. Nothing when it is something else.
Found read_blob(Window& window, const ElfSegment& segment, bool big_endian) {
    const auto left = segment.offset + segment.size - window.place();
    auto bytes = window.peek(header_size);
    if (bytes.size() < header_size || left < header_size) return {};
    const auto pointer_size = static_cast<unsigned char>(bytes[magic.size()]);
    const auto flags = static_cast<unsigned char>(bytes[magic.size() + 1]);
    if ((flags & 2) == 0) {
        if (pointer_size != 4 && pointer_size != 8) return {};
        const auto pointer = read_number(bytes.substr(magic.size() + 2, pointer_size), big_endian);
        // It points to a variable with the version, which is data as well.
        if (pointer < segment.address || pointer - segment.address >= segment.size) return {};
        return UnreadBuildInfo{"built by Go before 1.18, whose list of modules is not read"};
    }
    bytes = window.peek(static_cast<std::size_t>(std::min(left, most_text_bytes)));
    bytes = bytes.substr(header_size, static_cast<std::size_t>(std::min(left, most_text_bytes)) - header_size);
    const auto go = take_text(bytes);
    if (!go || !is_name(*go) || !(go->starts_with("go") || go->starts_with("devel"))) return {};
    const auto framed = take_text(bytes);
    if (!framed) return left > most_text_bytes ? Found(UnreadBuildInfo{"its Go build info is larger than 1 MiB"}) : Found();
    // Sixteen bytes at both ends mark it; without modules, before Go 1.18, there is no text.
    const bool marked = framed->size() >= 33 && (*framed)[framed->size() - 17] == '\n';
    return parse_go_build_info(*go, marked ? framed->substr(16, framed->size() - 32) : std::string_view());
}

Found search(Window& window, const ElfSegment& segment, bool big_endian) {
    const auto end = segment.offset + segment.size;
    auto at = std::max(segment.offset, window.place());
    at += (alignment - (segment.address + (at - segment.offset)) % alignment) % alignment;
    while (at < end && end - at >= header_size && window.move_to(at)) {
        auto bytes = window.peek(header_size);
        if (bytes.size() < header_size) break;
        bytes = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(end - at, bytes.size())));
        std::size_t i = 0;
        while (i + alignment <= bytes.size() && bytes.compare(i, magic.size(), magic) != 0) i += alignment;
        at += i;
        if (i + alignment > bytes.size()) continue;
        if (!window.move_to(at)) break;
        if (auto found = read_blob(window, segment, big_endian); found.index() != 0) return found;
        at += alignment;
    }
    return {};
}

/// Its last part is a package's name.
bool is_path(std::string_view text) { return is_name(text) && !text.ends_with('/'); }

/// "PATH VERSION [SUM]", between tabs.
std::optional<GoModule> read_module(std::string_view columns) {
    const auto parts = split(columns, '\t');
    if (parts.size() < 2 || parts.size() > 3 || !is_path(parts[0]) || !(parts[1].empty() || is_name(parts[1]))) return std::nullopt;
    return GoModule{std::string(parts[0]), std::string(parts[1])};
}

bool is_folder(std::string_view path) { return path.starts_with('.') || path.starts_with('/'); }

} // namespace

GoBuildInfo parse_go_build_info(std::string_view go, std::string_view text) {
    GoBuildInfo info{std::string(go)};
    GoModule* last = nullptr;
    for (const auto line : lines(text)) {
        const auto tab = line.find('\t');
        const auto word = line.substr(0, tab);
        const auto rest = tab == std::string_view::npos ? std::string_view() : line.substr(tab + 1);
        if (word == "path") {
            info.broken |= !is_path(rest);
            if (is_path(rest)) info.path = rest;
        } else if (word == "mod" || word == "dep") {
            last = nullptr;
            const auto module = read_module(rest);
            info.broken |= !module;
            if (!module) continue;
            last = word == "mod" ? &info.main : &info.dependencies.emplace_back();
            *last = *module;
        } else if (word == "=>") {
            const auto replacement = read_module(rest);
            info.broken |= !replacement || last == nullptr;
            if (!replacement || last == nullptr) continue;
            if (!is_folder(replacement->path)) last->path = replacement->path;
            last->version = replacement->version;
            last = nullptr;
        } else if (word == "build") {
            const auto equals = std::min(rest.find('='), rest.size());
            const auto key = rest.substr(0, equals);
            const auto value = rest.substr(std::min(equals + 1, rest.size()));
            if (key == "-ldflags") info.ldflags = value;
            if (key == "vcs.revision") info.revision = value;
            if (key == "vcs.time") info.time = value;
        }
    }
    return info;
}

Found find_go_build_info(Content& content) {
    Window window(content);
    if (!window.peek(4).starts_with("\177ELF")) return {};
    const auto head = window.peek(elf_head_bytes).substr(0, elf_head_bytes);
    const auto elf = read_elf(head);
    if (!elf) return {};
    // UPX leaves its mark right behind the headers of the program that it made.
    if (head.substr(0, 512).find("UPX!") != std::string_view::npos) return UnreadBuildInfo{"packed by UPX, which hides what it was made of"};
    for (const auto& segment : elf->data) {
        if (auto found = search(window, segment, elf->big_endian); found.index() != 0) return found;
    }
    return {};
}

} // namespace slipway::build_image
