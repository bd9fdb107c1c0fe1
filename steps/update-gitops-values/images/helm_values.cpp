#include "update-gitops-values/images/helm_values.hpp"

#include "core/text.hpp"
#include "registry/reference.hpp"
#include "update-gitops-values/images/image_parts.hpp"

#include <array>

namespace slipway::update_gitops_values {

namespace {

using yaml::NodeId;
using yaml::NodeKind;

constexpr std::string_view sha256 = "sha256:";

/// The keys of a map that hold an image's parts.
struct PartKeys {
    std::string registry = "registry";
    std::string repository;
    std::string tag = "tag";
    std::string digest = "digest";
};

/// What a map's key holds, when it is a text.
std::optional<std::string> text_at(const yaml::Tree& tree, NodeId map, const std::string& key) {
    return text_of(tree, member(tree, map, key));
}

/// The first of the keys that is there.
std::string first_of(const yaml::Tree& tree, NodeId map, const std::vector<std::string>& keys) {
    for (const auto& key : keys) {
        if (member(tree, map, key)) return key;
    }
    return keys.front();
}

/// Which keys of a map hold an image in parts, if it is one.
/// @param key  under which the map stands
std::optional<PartKeys> part_keys(const yaml::Tree& tree, NodeId map, std::string_view key) {
    const auto has_text = [&](const std::string& name) { return !text_at(tree, map, name).value_or("").empty(); };
    PartKeys keys;
    keys.digest = first_of(tree, map, {"digest", "sha"});
    const bool has_tag = member(tree, map, keys.tag) || member(tree, map, keys.digest);
    if (has_text("repository") && (has_tag || is_image_key(key))) {
        keys.repository = "repository";
    } else if (is_image_key(key) && has_text("name")) {
        keys.repository = "name";
    } else {
        return std::nullopt;
    }
    return keys;
}

/// A text under an image key whose tag stands beside it: `image: app` with `imageTag: v1`, or with `tag: v1`.
std::optional<PartKeys> keys_beside(const yaml::Tree& tree, NodeId map, const std::string& key) {
    PartKeys keys{.repository = key};
    keys.tag = first_of(tree, map, key == "image" ? std::vector<std::string>{key + "Tag", "tag"} : std::vector<std::string>{key + "Tag"});
    keys.digest =
        first_of(tree, map, key == "image" ? std::vector<std::string>{key + "Digest", "digest"} : std::vector<std::string>{key + "Digest"});
    if (!member(tree, map, keys.tag) && !member(tree, map, keys.digest)) return std::nullopt;
    return keys;
}

ImageParts read_parts(const yaml::Tree& tree, NodeId map, const PartKeys& keys, const std::string& global_registry) {
    ImageParts parts{text_at(tree, map, keys.registry), text_at(tree, map, keys.repository), text_at(tree, map, keys.tag),
                     text_at(tree, map, keys.digest), global_registry};
    if (parts.digest) parts.digest = digest_from_key(keys.digest, *parts.digest);
    return parts;
}

std::string global_registry_of(const yaml::Tree& tree, NodeId root) {
    const auto global = member(tree, root, "global");
    return global ? text_at(tree, global.node, "imageRegistry").value_or("") : std::string();
}

class HelmWalk {
public:
    HelmWalk(Search& search, NodeId root) : search_(search), tree_(search.tree), global_registry_(global_registry_of(search.tree, root)) {}

    void walk(NodeId node, std::string_view key) {
        if (tree_[node].kind == NodeKind::sequence) {
            for_each_entry(search_, node, [&](NodeId entry) { walk(entry, ""); });
        } else if (tree_[node].kind == NodeKind::map) {
            map(node, key);
        }
    }

private:
    void map(NodeId map, std::string_view key) {
        const auto own = part_keys(tree_, map, key);
        if (own) parts(map, *own);
        else if (is_image_key(key)) version_alone(map);
        for_each_member(tree_, map, [&](const std::string& name, NodeId value) {
            if (own && name == own->repository) return;
            if (is_image_key(name)) {
                image_value(map, name, value);
            } else {
                const Search::Deeper deeper(search_, name);
                walk(value, name);
            }
        });
        // What a merge key brings in may be an image here and none where it stands.
        if (const auto image = member(tree_, map, "image"); image.merged) image_value(map, "image", image.node, true);
    }

    void image_value(NodeId map, const std::string& name, NodeId value, bool is_merged = false) {
        const bool is_text = tree_.meant(value).kind == NodeKind::scalar;
        const auto beside = is_text ? keys_beside(tree_, map, name) : std::nullopt;
        if (beside) {
            parts(map, *beside);
            return;
        }
        const Search::Deeper deeper(search_, name);
        const bool is_elsewhere = is_merged || tree_[value].kind == NodeKind::alias;
        if (is_text) {
            search_.reference({value, is_merged});
        } else if (!is_elsewhere) {
            walk(value, name);
        } else if (const auto keys = part_keys(tree_, tree_.resolved(value), name); keys && search_.is_new(value)) {
            parts(tree_.resolved(value), *keys);
        }
    }

    void parts(NodeId map, const PartKeys& keys) {
        search_.is_new(map);
        const auto repository = text_at(tree_, map, keys.repository).value_or("");
        const auto repository_member = member(tree_, map, keys.repository);
        const bool stands_alone =
            text_at(tree_, map, keys.tag).value_or("").empty() && text_at(tree_, map, keys.digest).value_or("").empty();
        if (stands_alone && split_image(repository).name != repository) {
            const Search::Deeper deeper(search_, keys.repository);
            search_.reference(repository_member); // such as `name: ruby:3.2` below `image`
            return;
        }
        const auto old = read_parts(tree_, map, keys, global_registry_);
        stands(standing(old), map, repository_member.node, keys);
        if (!is_image(old, search_.image)) {
            for (const auto& name : names_of(old))
                search_.found_other(name);
            return;
        }
        search_.found();
        search_.attempt(repository_member.node, [&] {
            for (const auto& key : {keys.tag, keys.digest}) {
                if (member(tree_, map, key) && !text_at(tree_, map, key))
                    throw refused("cannot set the image '" + visible(repository) + "': its key " + key + " holds no text");
            }
            const auto now = changed_parts(old, search_.image);
            const auto digest = now.digest ? std::optional(digest_for_key(keys.digest, *now.digest)) : std::nullopt;
            set(map, keys.registry, now.registry);
            set(map, keys.repository, now.repository);
            set(map, keys.tag, now.tag);
            set(map, keys.digest, digest);
        });
    }

    void stands(StandingImage image, NodeId map, NodeId at, const PartKeys& keys) {
        std::vector<std::string> parts;
        for (const auto& key : {keys.registry, keys.repository, keys.tag, keys.digest}) {
            if (!key.empty() && !text_at(tree_, map, key).value_or("").empty()) parts.push_back(key);
        }
        search_.stands(std::move(image), at, parts);
    }

    /// A version whose image's name stands elsewhere, such as in the chart's own values.
    void version_alone(NodeId map) {
        PartKeys keys;
        keys.digest = first_of(tree_, map, {"digest", "sha"});
        auto parts = read_parts(tree_, map, keys, "");
        const auto at = member(tree_, map, parts.tag.value_or("").empty() ? keys.digest : keys.tag);
        if (auto image = standing(parts); at && (image.has_version() || image.is_template)) stands(std::move(image), map, at.node, keys);
    }

    void set(NodeId map, const std::string& key, const std::optional<std::string>& value) {
        if (!value) return;
        const Search::Deeper deeper(search_, key);
        search_.set(member(tree_, map, key), *value);
    }

    Search& search_;
    const yaml::Tree& tree_;
    std::string global_registry_;
};

} // namespace

bool is_image_key(std::string_view key) { return key == "image" || key.ends_with("Image"); }

std::string digest_for_key(std::string_view key, const std::string& digest) {
    if (key != "sha" || digest.empty()) return digest;
    if (!digest.starts_with(sha256)) throw refused("cannot set the digest '" + visible(digest) + "': the key sha takes those of sha256");
    return digest.substr(sha256.size());
}

std::string digest_from_key(std::string_view key, const std::string& text) {
    return key == "sha" && !text.empty() ? std::string(sha256) + text : text;
}

void find_in_helm_values(Search& search, yaml::NodeId root) {
    if (search.is_new(root)) HelmWalk(search, root).walk(search.tree.resolved(root), "");
}

void find_in_image_map(Search& search, yaml::NodeId map) { HelmWalk(search, map).walk(search.tree.resolved(map), "image"); }

std::string image_name_at(const yaml::Tree& tree, yaml::NodeId root, std::string_view keys) {
    auto at = root;
    std::string last;
    for (const auto key : split(keys, '.')) {
        at = member(tree, at, key).node;
        last = key;
    }
    if (at == yaml::no_node) return {};
    const auto parts = part_keys(tree, at, last);
    const auto names = parts ? names_of(read_parts(tree, at, *parts, "")) : std::vector<std::string>();
    return names.empty() ? std::string() : names.front();
}

} // namespace slipway::update_gitops_values
