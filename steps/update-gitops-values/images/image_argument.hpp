#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace slipway::update_gitops_values {

/// One part of an image's new name.
struct NewPart {
    enum class Kind {
        given,   ///< `value`
        dropped, ///< left out by the argument
        kept,    ///< `*`: as it stands in the file
    };
    Kind kind = Kind::dropped;
    std::string value = {};
    bool operator==(const NewPart&) const = default;
};

/// What an image is to become: `name=new:tag@digest`, read as `kustomize edit set image` reads it.
struct ImageArgument {
    std::string name; ///< as it stands in the files: "registry.example.com/team/app", without tag and digest
    NewPart new_name; ///< dropped: the name stays
    NewPart tag;
    NewPart digest;
};

/// Reads `NAME=NEWNAME:TAG@DIGEST`, `NAME=NEWNAME`, `NAME:TAG`, `NAME@DIGEST`, `NAME:TAG@DIGEST`, `NAME=*:TAG`, ...
/// @throws Error (misuse) that says which part is wrong
ImageArgument parse_image_argument(std::string_view text);

} // namespace slipway::update_gitops_values
