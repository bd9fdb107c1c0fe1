#pragma once

#include "build-image/sbom/package.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::build_image {

/// A regular file of an image.
struct Member {
    std::string path; ///< "usr/bin/python3": without a slash or "./" in front, without ".."
    std::uint64_t size = 0; ///< bytes
    unsigned mode = 0;      ///< permissions
};

/// The bytes of a member, while its archive is read: each can be had once.
class Content {
public:
    virtual ~Content() = default;

    /// The next bytes, valid until the next call; nothing at the end. Holes of sparse files come as zeros.
    /// @throws Error (world failure) when the archive is broken
    virtual std::optional<std::string_view> next() = 0;

    /// All that `next` has not given yet.
    ///
    /// @param most_bytes  nothing when there are more: whoever asks says then what is missing
    /// @throws Error (world failure) when the archive is broken
    virtual std::optional<std::string> all(std::uint64_t most_bytes) = 0;
};

/// What a file tells.
struct Finding {
    std::vector<Package> packages = {}; ///< without paths and layers, which the one who reads the archive knows
    std::vector<std::string> gaps = {}; ///< what could not be read, one sentence each, with the path
};

/// Knows one kind of records of installed software. Has no state: one serves all layers.
class Cataloger {
public:
    virtual ~Cataloger() = default;

    /// Whether a file may have something to tell. Asked for each file of an image: cheap, and yes for few.
    virtual bool wants(const Member& member) const = 0;

    /// Reads a file; leaves the content alone when its first bytes show that it is something else. Whatever the bytes are, they
    /// are never a reason to fail: what cannot be read is a gap.
    /// @throws Error (world failure) what `content` throws
    virtual Finding read(const Member& member, Content& content) const = 0;
};

/// Each in a file of its own: dpkg.cpp, apk.cpp, python.cpp, node.cpp, go.cpp, java.cpp, rpm.cpp.
const Cataloger& dpkg_cataloger();
const Cataloger& apk_cataloger();
const Cataloger& python_cataloger();
const Cataloger& node_cataloger();
const Cataloger& go_cataloger();
const Cataloger& java_cataloger();
const Cataloger& rpm_cataloger();

using Catalogers = std::vector<const Cataloger*>;

/// All of them.
Catalogers all_catalogers();

} // namespace slipway::build_image
