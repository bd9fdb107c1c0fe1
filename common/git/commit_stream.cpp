#include "git/commit_stream.hpp"

#include "core/encoding.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <openssl/evp.h>

#include <array>

namespace slipway::git {

namespace {

std::string data_of(std::string_view bytes) {
    return "data " + std::to_string(bytes.size()) + '\n' + std::string(bytes) + '\n';
}

/// As Git quotes names: a line break in one would end the command, and the rest be read as the next.
std::string quoted(const std::string& path) {
    std::string text = "\"";
    for (const char c : path) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20) {
            text += {'\\', '0', static_cast<char>('0' + (byte >> 3U)), static_cast<char>('0' + (byte & 7U))};
        } else {
            if (c == '"' || c == '\\') text += '\\';
            text += c;
        }
    }
    return text + '"';
}

} // namespace

std::string commit_stream(const std::string& parent, const std::vector<File>& files, const std::string& message,
                          const Identity& identity, std::int64_t seconds) {
    std::string stream = "commit refs/slipway/new\nmark :1\ncommitter " + identity.name + " <" + identity.email +
                         "> " + std::to_string(seconds) + " +0000\n" + data_of(message) + "from " + parent + '\n';
    // A file may go where a folder was, and the other way around.
    for (const auto& file : files) {
        if (file.mode.empty()) stream += "D " + quoted(file.path) + '\n';
    }
    for (const auto& file : files) {
        if (!file.mode.empty())
            stream += "M " + file.mode + " inline " + quoted(file.path) + '\n' + data_of(file.content);
    }
    return stream + "get-mark :1\ndone\n";
}

std::string blob_hash(std::string_view content) {
    const auto whole = "blob " + std::to_string(content.size()) + '\0' + std::string(content);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (EVP_Digest(whole.data(), whole.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1)
        throw world_failure("cannot compute the hash of a file: the cryptographic library refuses SHA-1");
    return hexadecimal({reinterpret_cast<const char*>(digest.data()), size});
}

} // namespace slipway::git
