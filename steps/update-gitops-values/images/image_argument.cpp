#include "update-gitops-values/images/image_argument.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "registry/reference.hpp"

#include <algorithm>

namespace slipway::update_gitops_values {

namespace {

constexpr std::string_view keep = "*";
constexpr const char* forms = "write NAME:TAG, NAME@DIGEST, NAME=NEWNAME:TAG or NAME=NEWNAME:TAG@DIGEST; * keeps a part as it is";

class ArgumentReader {
public:
    explicit ArgumentReader(std::string_view text) : text_(text) {}

    ImageArgument read() const {
        const auto is_blank = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; };
        if (text_.empty()) fail("it is empty", forms);
        if (std::any_of(text_.begin(), text_.end(), is_blank)) fail("it has a blank or a control character");
        const auto equals = text_.find('=');
        return equals == std::string_view::npos ? without_new_name() : with_new_name(text_.substr(0, equals), text_.substr(equals + 1));
    }

private:
    ImageArgument without_new_name() const {
        const auto parts = split_image(text_);
        ImageArgument image{name(parts.name), {}, tag(text_), digest(text_)};
        if (image.tag.kind == NewPart::Kind::dropped && image.digest.kind == NewPart::Kind::dropped)
            fail("it gives neither a tag nor a digest", forms);
        return image;
    }

    ImageArgument with_new_name(std::string_view old, std::string_view target) const {
        if (target.find('=') != std::string_view::npos) fail("it has more than one =", forms);
        if (old.empty()) fail("the name in front of = is empty", forms);
        if (target.empty()) fail("nothing stands behind =", forms);
        if (split_image(old).name != old)
            fail("the name in front of = has a tag or a digest",
                 "the image is found by its name alone: " + split_image(old).name + "=" + std::string(target));
        const auto parts = split_image(target);
        if (parts.name.empty())
            fail("the new name is empty", "write " + std::string(old) + "=*" + std::string(target) + " to keep the name");
        ImageArgument image{std::string(old), {NewPart::Kind::kept}, tag(target), digest(target)};
        if (parts.name == keep) {
            name(old);
        } else {
            image.new_name = {NewPart::Kind::given, name(parts.name)};
        }
        return image;
    }

    std::string name(std::string_view name) const {
        try {
            return registry::parse_reference(name).name();
        } catch (const Error& error) {
            const auto& diagnostic = error.diagnostics().front();
            fail(visible(diagnostic.message), visible(diagnostic.hint));
        }
    }

    NewPart tag(std::string_view reference) const {
        const auto parts = split_image(reference);
        // An empty variable in a pipeline must not turn into the tag "latest".
        const auto rest = reference.substr(0, reference.find('@'));
        if (parts.tag.empty()) {
            if (rest.ends_with(':')) fail("the tag is empty");
            return {};
        }
        if (parts.tag == keep) return {NewPart::Kind::kept};
        if (!registry::is_tag(parts.tag))
            fail("the tag '" + visible(parts.tag) + "' is none",
                 "a tag has at most 128 letters, digits, _, . and -, and begins with no . or -");
        return {NewPart::Kind::given, parts.tag};
    }

    NewPart digest(std::string_view reference) const {
        if (reference.find('@') == std::string_view::npos) return {};
        const auto parts = split_image(reference);
        if (parts.digest.empty()) fail("the digest is empty");
        if (parts.digest == keep) return {NewPart::Kind::kept};
        if (!registry::is_digest(parts.digest))
            fail("the digest '" + visible(parts.digest) + "' is none", "a digest is sha256: and 64 hexadecimal digits");
        return {NewPart::Kind::given, parts.digest};
    }

    [[noreturn]] void fail(const std::string& why, std::string hint = {}) const {
        throw misuse("cannot read the image '" + visible(text_) + "': " + why, std::move(hint));
    }

    std::string_view text_;
};

/// The shortest form of a name on Docker Hub; all others as they are.
std::string_view familiar(std::string_view name) {
    for (const std::string_view registry : {"docker.io/", "index.docker.io/"}) {
        if (name.starts_with(registry)) {
            name.remove_prefix(registry.size());
            break;
        }
    }
    constexpr std::string_view official = "library/";
    if (name.starts_with(official) && name.find('/', official.size()) == std::string_view::npos) name.remove_prefix(official.size());
    return name;
}

/// The tag may be a template with a colon of its own: app:${TAG:-v1}
std::string name_before_template(std::string_view reference) { return split_image(reference.substr(0, reference.find_first_of("{$<(%"))).name; }

std::string part(const NewPart& part, const std::string& old) {
    switch (part.kind) {
    case NewPart::Kind::given: return part.value;
    case NewPart::Kind::kept: return old;
    case NewPart::Kind::dropped: break;
    }
    return {};
}

} // namespace

ImageArgument parse_image_argument(std::string_view text) { return ArgumentReader(text).read(); }

ImageText split_image(std::string_view reference) {
    ImageText image;
    if (const auto at = reference.find('@'); at != std::string_view::npos) {
        image.digest = reference.substr(at + 1);
        reference = reference.substr(0, at);
    }
    // A colon before the last slash belongs to a port.
    const auto colon = reference.rfind(':');
    const auto slash = reference.rfind('/');
    if (colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash)) {
        image.tag = reference.substr(colon + 1);
        reference = reference.substr(0, colon);
    }
    image.name = reference;
    return image;
}

StandingImage standing(std::string_view reference) {
    if (has_template(reference)) return {.names = {name_before_template(reference)}, .is_template = true};
    auto image = split_image(reference);
    return {.names = {std::move(image.name)}, .tag = std::move(image.tag), .digest = std::move(image.digest)};
}

std::string to_string(const ImageText& image) {
    auto text = image.name;
    if (!image.tag.empty()) text += ':' + image.tag;
    if (!image.digest.empty()) text += '@' + image.digest;
    return text;
}

bool is_same_name(std::string_view name, std::string_view other) { return name == other || familiar(name) == familiar(other); }

bool is_image(std::string_view reference, const ImageArgument& image) {
    if (image.name.empty()) return false;
    const auto name = name_before_template(reference);
    return is_same_name(name, image.name) || (image.new_name.kind == NewPart::Kind::given && is_same_name(name, image.new_name.value));
}

ImageText renamed(const ImageText& old, const ImageArgument& image) {
    const auto text = to_string(old);
    if (has_template(text))
        throw refused("cannot set the image '" + visible(text) + "': it is a template, or has blanks in it",
                      "set what the template takes instead");
    auto now = old;
    if (image.new_name.kind == NewPart::Kind::given) now.name = image.new_name.value;
    if (image.tag.kind != NewPart::Kind::dropped || image.digest.kind != NewPart::Kind::dropped) {
        now.tag = part(image.tag, old.tag);
        now.digest = part(image.digest, old.digest);
    }
    if (!now.tag.empty() && !registry::is_tag(now.tag))
        throw refused("cannot set the image '" + visible(text) + "': it keeps '" + visible(now.tag) + "', which is no tag");
    if (!now.digest.empty() && !registry::is_digest(now.digest))
        throw refused("cannot set the image '" + visible(text) + "': it keeps '" + visible(now.digest) + "', which is no digest");
    return now;
}

std::string renamed(const std::string& old_reference, const ImageArgument& image) {
    return to_string(renamed(split_image(old_reference), image));
}

bool has_template(std::string_view text) { return text.find_first_of("{}$<>()% \t\r\n") != std::string_view::npos; }

} // namespace slipway::update_gitops_values
