#include "update-gitops-values/files/hcl_file.hpp"

#include "core/places.hpp"
#include "core/text.hpp"
#include "update-gitops-values/files/hcl_tree.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace slipway::update_gitops_values {

namespace {

/// How podman may write an image of a registry.
constexpr std::string_view transport = "docker://";

class ImageSearch {
public:
    ImageSearch(const HclTree& tree, const std::string& file, const ImageArgument& image) : tree_(tree), file_(file), image_(image) {}

    Findings find() {
        blocks(tree_.body(), {}, {});
        for (const auto& node : tree_.body()) {
            if (node.kind == HclKind::string) variable(node, {node.name}, node.name);
        }
        if (!problems_.empty()) throw Error(ExitCode::refused, std::move(problems_));
        return std::move(findings_);
    }

private:
    /// @param around  type of the block that holds them
    void blocks(const std::vector<HclNode>& body, const yaml::KeyPath& path, std::string_view around) {
        std::map<std::vector<std::string>, std::pair<yaml::Index, yaml::Index>> alike; // how many there are, how many have come
        for (const auto& block : body) {
            if (block.kind == HclKind::block) ++alike[names_of(block)].first;
        }
        for (const auto& block : body) {
            if (block.kind != HclKind::block) continue;
            const auto names = names_of(block);
            auto inner = path;
            inner.insert(inner.end(), names.begin(), names.end());
            if (auto& [count, number] = alike[names]; count > 1) inner.emplace_back(number++);
            for (const auto& argument : block.children) {
                auto place = inner;
                place.emplace_back(argument.name);
                if (block.name == "config" && around == "task" && argument.name == "image") image(argument, place);
                if (block.name == "variable" && around.empty() && argument.name == "default" && argument.kind == HclKind::string) {
                    variable(argument, place, block.labels.empty() ? std::string() : block.labels[0]);
                }
            }
            blocks(block.children, inner, block.name);
        }
    }

    static std::vector<std::string> names_of(const HclNode& block) {
        auto names = block.labels;
        names.insert(names.begin(), block.name);
        return names;
    }

    void image(const HclNode& node, const yaml::KeyPath& path) {
        if (node.kind == HclKind::string) {
            auto text = tree_.decoded(node);
            stands(node, path, text);
            if (!take(path, text)) seen(text);
            return;
        }
        if (node.kind == HclKind::text_with_sequences) stands(node, path, tree_.decoded(node) + "${}");
        if (node.kind == HclKind::text_with_sequences && is_ours(tree_.decoded(node))) {
            problems_.push_back({.message = "cannot set the image " + visible(image_.name) + ": its text holds a template: " + shown(node),
                                 .place = place_of(tree_.text(), file_, tree_.begin(node)),
                                 .hint = hint_for_variable(tree_, node)});
        } else if (node.kind == HclKind::text_with_sequences || node.kind == HclKind::expression) {
            seen(shown(node));
        }
    }

    /// A variable may hold any text: without a tag or digest it counts as an image only when its name says so.
    void variable(const HclNode& node, const yaml::KeyPath& path, const std::string& name) {
        const auto text = tree_.decoded(node);
        const bool named = lower(name).find("image") != std::string::npos;
        const bool versioned = has_version(text);
        // An address has a colon as well: "db:5432".
        if (named || (versioned && text.find('/') != std::string::npos && text.find("://") == std::string::npos)) stands(node, path, text);
        if ((named || versioned) && !take(path, text) && named) seen(text);
    }

    /// Whether a tag or a digest begins in it, be it empty.
    static bool has_version(std::string_view reference) { return split_image(reference).name.size() < reference.size(); }

    void stands(const HclNode& node, const yaml::KeyPath& path, std::string_view text) {
        if (text.starts_with(transport)) text.remove_prefix(transport.size());
        if (text.empty()) return;
        auto image = standing(text);
        image.paths = {to_string(path)};
        image.place = place_of(tree_.text(), file_, tree_.begin(node));
        findings_.images.push_back(std::move(image));
    }

    /// Whether it is the image; then it is changed.
    bool take(const yaml::KeyPath& path, const std::string& text) {
        const auto start = text.rfind(transport, 0) == 0 ? transport.size() : 0;
        const auto reference = text.substr(start);
        if (!is_image(reference, image_)) return false;
        findings_.operations.push_back({.path = path, .value = text.substr(0, start) + renamed(reference, image_)});
        ++findings_.places;
        return true;
    }

    /// Whether what comes in front of a template's first sequence names the image: "registry/app:${...}", "registry/app:v1-${...}".
    bool is_ours(std::string_view head) const {
        if (head.substr(0, transport.size()) == transport) head.remove_prefix(transport.size());
        return has_version(head) && is_image(head, image_);
    }

    std::string shown(const HclNode& node) const {
        constexpr std::size_t most = 80;
        auto text = tree_.spelled(node);
        text = text.substr(0, std::min(text.find('\n'), most));
        return visible(text.substr(0, valid_utf8_length(text)));
    }

    void seen(const std::string& name) {
        if (seen_.insert(name).second) findings_.names.push_back(name);
    }

    const HclTree& tree_;
    const std::string& file_;
    const ImageArgument& image_;
    Findings findings_;
    std::set<std::string> seen_;
    std::vector<Diagnostic> problems_;
};

} // namespace

Findings find_images_in_hcl(std::string_view text, const std::string& file, const ImageArgument& image) {
    const HclTree tree(std::string(text), file);
    return ImageSearch(tree, file, image).find();
}

} // namespace slipway::update_gitops_values
