#pragma once

#include "update-gitops-values/images/findings.hpp"

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
///
/// Stricter than its model in what no registry takes: empty parts, wrong tags and digests. The name in front of `=` may be a placeholder
/// such as `PROJECT_ID/IMAGE` when a new one is given.
/// @throws Error (misuse) that says which part is wrong
ImageArgument parse_image_argument(std::string_view text);

/// An image as a file writes it, cut into its parts and not checked: it may be a placeholder or a template.
struct ImageText {
    std::string name; ///< with the registry and its port
    std::string tag;
    std::string digest;
    bool operator==(const ImageText&) const = default;
};

ImageText split_image(std::string_view reference);
/// The same as an image that stands in a file, its place still to be said.
StandingImage standing(std::string_view reference);
std::string to_string(const ImageText& image);

/// Whether two names without tag and digest mean the same image. They are compared letter by letter, but for the forms of Docker Hub,
/// which all clients complete alike: `nginx`, `library/nginx`, `docker.io/nginx`, `docker.io/library/nginx` and the same on
/// `index.docker.io` are one. Nothing else is completed: `app` is not `registry.example.com/team/app`.
bool is_same_name(std::string_view name, std::string_view other);

/// Whether a reference in a file (never when the argument has no name, as in a search for none in particular), with or without tag and digest, is the argument's image: by the name that it is to be found by, or, so
/// that a second run finds what the first one wrote, by its new name.
bool is_image(std::string_view reference, const ImageArgument& image);

/// What becomes of the parts. A name that stays keeps its spelling (`docker.io/library/nginx` for `nginx`); a new one is written as given.
/// Where the argument gives a tag or a digest, the other one goes away unless it is given or kept as well; where it gives and keeps
/// neither, both stay, as in what kustomize builds.
/// @throws Error (refused) when the old text has a template in it, or keeps a part that is none
ImageText renamed(const ImageText& old, const ImageArgument& image);

/// The same for a whole reference.
std::string renamed(const std::string& old_reference, const ImageArgument& image);

/// Whether a text has marks in it that some program replaces later: `{{ .Values.tag }}`, `${TAG}`, `$(TAG)`, `<tag>`, `%TAG%`.
bool has_template(std::string_view text);

} // namespace slipway::update_gitops_values
