#include "nomad/job_structure.hpp"

#include "core/text.hpp"
#include "hcl/literal.hpp"
#include "hcl/parser.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace slipway::nomad {

namespace {

using hcl::Token;
using Names = std::vector<std::string>;

/// The blocks that may stand in each block; those that are not listed may hold anything.
const std::map<std::string_view, Names>& known_blocks() {
    static const std::map<std::string_view, Names> blocks = {
        {"job", {"affinity", "constraint", "consul", "group", "meta", "migrate", "multiregion", "parameterized", "periodic", "reschedule", "restart", "spread", "task", "ui", "update", "vault"}},
        {"group", {"affinity", "constraint", "consul", "disconnect", "ephemeral_disk", "meta", "migrate", "network", "reschedule", "restart", "scaling", "service", "spread", "task", "update", "vault", "volume"}},
        {"task", {"action", "affinity", "artifact", "config", "constraint", "consul", "csi_plugin", "dispatch_payload", "env", "identity", "lifecycle", "logs", "meta", "resources", "restart", "scaling", "schedule", "secret", "service", "template", "vault", "volume_mount"}},
        {"service", {"canary_meta", "check", "check_restart", "connect", "identity", "meta", "tagged_addresses", "weights"}},
        {"check", {"check_restart", "header"}},
        {"check_restart", {}},
        {"network", {"cni", "dns", "port"}},
        {"port", {}},
        {"dns", {}},
        {"connect", {"gateway", "sidecar_service", "sidecar_task"}},
        {"sidecar_service", {"meta", "proxy"}},
        {"sidecar_task", {"config", "env", "identity", "logs", "meta", "resources", "volume_mount"}},
        {"proxy", {"config", "expose", "transparent_proxy", "upstreams"}},
        {"resources", {"device", "memory", "network", "numa"}},
        {"device", {"affinity", "constraint"}},
        {"template", {"change_script", "wait"}},
        {"scaling", {"policy"}},
        {"multiregion", {"region", "strategy"}},
        {"volume", {"mount_options"}},
        {"artifact", {"headers", "options"}},
        {"spread", {"target"}},
        {"schedule", {"cron"}},
        {"ui", {"link"}},
        {"affinity", {}},
        {"constraint", {}},
        {"consul", {}},
        {"disconnect", {}},
        {"ephemeral_disk", {}},
        {"lifecycle", {}},
        {"logs", {}},
        {"migrate", {}},
        {"parameterized", {}},
        {"periodic", {}},
        {"reschedule", {}},
        {"restart", {}},
        {"update", {}},
        {"vault", {}},
        {"volume_mount", {}},
    };
    return blocks;
}

const Names top_level = {"job", "locals", "variable", "variables", "vault"};

/// The tag of an image reference; "latest" when it has none, nothing with a digest.
std::string_view tag_of(std::string_view image) {
    if (image.find("@sha256:") != std::string_view::npos) return {};
    const auto name = image.substr(image.rfind('/') + 1); // npos + 1 is 0
    const auto colon = name.find(':');
    return colon == std::string_view::npos ? "latest" : name.substr(colon + 1);
}

class Checker final : public hcl::Listener {
public:
    Checker(std::string_view text, Images images) : text_(text), images_(images) {}

    JobStructure take() {
        if (jobs_ == 0) return {};
        std::stable_sort(findings_.begin(), findings_.end(), [](const Finding& a, const Finding& b) { return a.offset < b.offset; });
        return {true, std::move(findings_)};
    }

    void block_begin(const Token& type, const std::vector<Token>& labels) override {
        const auto name = text_of(type);
        const auto parent = blocks_.empty() ? std::string_view() : blocks_.back().type;
        const bool dynamic = name == "dynamic";
        if (!dynamic) check_name(type, parent);
        if (name == "job" && blocks_.empty()) {
            if (++jobs_ == 2) add(Severity::error, type.begin, "a second job: a file holds one");
        }
        const bool named = (name == "job" && blocks_.empty()) || (name == "group" && parent == "job" && blocks_.size() == 1) ||
                           (name == "task" && ((parent == "group" && blocks_.size() == 2) || (parent == "job" && blocks_.size() == 1)));
        if (named) check_label(type, labels);
        if (!blocks_.empty() && (name == "task" || name == "group" || dynamic)) blocks_.back().has_children = true;
        blocks_.push_back({.type = name, .begin = type.begin, .is_task = named && name == "task", .names = {}});
    }

    void block_end() override {
        const auto block = std::move(blocks_.back());
        blocks_.pop_back();
        if (block.type == "job" && blocks_.empty() && !block.has_children) add(Severity::warning, block.begin, "a job without groups, which Nomad refuses");
        if (block.type == "group" && !blocks_.empty() && blocks_.back().type == "job" && !block.has_children) add(Severity::warning, block.begin, "a group without tasks, which Nomad refuses");
        if (block.is_task && !block.has_driver) add(Severity::warning, block.begin, "a task without driver, which Nomad refuses");
    }

    void attribute_begin(const Token& name) override {
        if (!blocks_.empty() && text_of(name) == "driver") blocks_.back().has_driver = true;
        const bool image = text_of(name) == "image" && blocks_.size() > 1 && blocks_.back().type == "config" && blocks_[blocks_.size() - 2].type == "task";
        if (!image || images_ == Images::any) return;
        image_ = Image{.begin = name.begin};
    }
    void attribute_end() override {
        if (!image_) return;
        check_image(*image_);
        image_.reset();
    }
    void template_begin(const Token& open, hcl::Position) override {
        if (!image_) return;
        ++image_->templates;
        image_->quoting = open.kind == hcl::TokenKind::open_quote ? hcl::Quoting::quoted : hcl::Quoting::heredoc;
    }
    void literal(const Token& token) override {
        if (image_) image_->text += hcl::decode(text_of(token), image_->quoting);
    }
    void sequence_begin(const Token&) override {
        if (image_) image_->computed = true;
    }

private:
    struct Block {
        std::string_view type;
        std::size_t begin;
        bool is_task;                ///< of a job, and not of somebody's own
        std::set<std::string> names; ///< of groups or tasks in it
        bool has_children = false;
        bool has_driver = false;
    };

    /// What an `image` argument holds.
    struct Image {
        std::size_t begin;
        std::size_t templates = 0;
        hcl::Quoting quoting = hcl::Quoting::quoted;
        bool computed = false;
        std::string text = {};
    };

    std::string_view text_of(const Token& token) const { return text_.substr(token.begin, token.size()); }

    void add(Severity severity, std::size_t offset, std::string message, std::string hint = {}) {
        findings_.push_back({severity, offset, std::move(message), std::move(hint)});
    }

    void check_name(const Token& type, std::string_view parent) {
        const auto& blocks = known_blocks();
        const auto known = blocks.find(parent);
        if (!blocks_.empty() && known == blocks.end()) return;
        // What lies in a block that may hold anything is nobody's business, whatever it is called.
        const auto is_open = [&](const Block& block) { return blocks.count(block.type) == 0; };
        if (std::any_of(blocks_.begin(), blocks_.end(), is_open)) return;
        const auto& names = blocks_.empty() ? top_level : known->second;
        const std::string name(text_of(type));
        if (std::find(names.begin(), names.end(), name) != names.end()) return;
        const auto meant = closest(name, names);
        add(Severity::warning, type.begin, "unknown block '" + name + "'" + (blocks_.empty() ? std::string() : " in " + std::string(parent)),
            meant ? "did you mean '" + *meant + "'?" : "Nomad refuses blocks that it does not know");
    }

    void check_label(const Token& type, const std::vector<Token>& labels) {
        const std::string name(text_of(type));
        if (labels.size() != 1) {
            add(Severity::error, type.begin, labels.empty() ? "a " + name + " without a name" : "a " + name + " with " + std::to_string(labels.size()) + " names");
            return;
        }
        auto label = text_of(labels[0]);
        if (label.starts_with('"')) label = label.substr(1, label.size() - 2);
        if (label.empty()) add(Severity::error, labels[0].begin, "a " + name + " with an empty name");
        if (blocks_.empty()) return;
        if (!blocks_.back().names.insert(name + ' ' + std::string(label)).second) {
            add(Severity::error, labels[0].begin, "a second " + name + " '" + visible(label) + "'");
        }
    }

    void check_image(const Image& image) {
        if (image.computed || image.templates != 1) {
            add(Severity::warning, image.begin, "the image is computed by Nomad: whether its tag stays the same cannot be told");
            return;
        }
        if (tag_of(image.text) != "latest") return;
        add(Severity::error, image.begin, "the image '" + visible(image.text) + "' may be another one tomorrow", "name it by digest (@sha256:...) or by a tag other than latest");
    }

    std::string_view text_;
    Images images_;
    std::size_t jobs_ = 0;
    std::vector<Block> blocks_;
    std::optional<Image> image_;
    std::vector<Finding> findings_;
};

} // namespace

JobStructure check_job_structure(std::string_view text, const std::string& file, Images images) {
    Checker checker(text, images);
    hcl::parse(text, Places(text, file), checker);
    return checker.take();
}

} // namespace slipway::nomad
