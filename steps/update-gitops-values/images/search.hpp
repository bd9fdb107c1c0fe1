#pragma once

#include "update-gitops-values/images/find_images.hpp"
#include "update-gitops-values/images/findings.hpp"
#include "update-gitops-values/images/image_argument.hpp"
#include "yaml/path.hpp"
#include "yaml/tree.hpp"

#include "core/error.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace slipway::update_gitops_values {

/// A value that was looked up.
struct Member {
    yaml::NodeId node = yaml::no_node; ///< may be an alias
    bool merged = false;               ///< stands in another map, which a merge key (`<<`) brings in

    explicit operator bool() const { return node != yaml::no_node; }
};

/// The search for one image in one tree: that of a document, or of a text in it that is YAML itself. It knows where it is, and collects
/// what is found there.
///
/// Walkers visit nodes in the order of the text and do not follow aliases: what an alias means stands further up and was visited there.
class Search {
public:
    Search(const yaml::Tree& searched, std::size_t document, const ImageArgument& wanted, const SearchSettings& how, Findings& findings,
           std::vector<Diagnostic>& problems)
        : tree(searched), image(wanted), settings(how), document_(document), findings_(findings), problems_(problems) {}

    /// Within a text.
    /// @param text  of the outer tree, at whose path `outer` is
    Search(const Search& outer, const yaml::Tree& inner, yaml::NodeId text);

    const yaml::Tree& tree;
    const ImageArgument& image;
    const SearchSettings& settings;

    /// Goes down by one part, and back up when it ends.
    class Deeper {
    public:
        Deeper(Search& search, yaml::PathPart part) : search_(search) { search_.path_.push_back(std::move(part)); }
        ~Deeper() { search_.path_.pop_back(); }
        Deeper(const Deeper&) = delete;
        Deeper& operator=(const Deeper&) = delete;

    private:
        Search& search_;
    };

    const yaml::KeyPath& path() const noexcept { return path_; }
    std::size_t document() const noexcept { return document_; }
    Findings& findings() noexcept { return findings_; }

    /// The image's name was seen here, or that of another one.
    void found() { ++findings_.places; }
    void found_other(std::string_view name);

    /// An image stands here, whichever it is.
    /// @param parts  keys of a map at this path that hold a part of it, without empty ones; none: the value at this path is all of it
    void stands(StandingImage standing, yaml::NodeId at, const std::vector<std::string>& parts = {});

    /// A whole reference in one text stands here; whatever is no text is passed over.
    void reference(Member value);

    /// The value here becomes this text.
    /// @param old  nothing: the key is to be made
    void set(Member old, std::string value);

    /// Something else is to be done here.
    void add(yaml::Operation::Kind kind, std::string json, bool create = false);

    /// Runs what may refuse a change, and keeps its problems, which get the node's place when they have none.
    template <class Attempt> void attempt(yaml::NodeId at, Attempt attempt) {
        try {
            attempt();
        } catch (const Error& error) {
            if (error.code() != ExitCode::refused) throw;
            for (const auto& problem : error.diagnostics())
                refuse(at, problem);
        }
    }
    void refuse(yaml::NodeId at, Diagnostic problem);

    /// Whether a collection is seen for the first time. Those behind aliases are reached more than once, and a hostile file makes that
    /// many.
    bool is_new(yaml::NodeId collection) { return visited_.insert(tree.resolved(collection)).second; }

private:
    Place place(yaml::NodeId node) const;

    std::size_t document_;
    Findings& findings_;
    std::vector<Diagnostic>& problems_;
    yaml::KeyPath path_;
    std::optional<Place> outer_; ///< of the text that the tree was read from
    bool lines_fit_ = false;     ///< its lines are lines of the file
    std::unordered_set<yaml::NodeId> done_;
    std::unordered_set<yaml::NodeId> visited_;
};

/// The value of a map's key, also one that only a merge key brings in.
Member member(const yaml::Tree& tree, yaml::NodeId map, std::string_view key);

/// The entry that an index or a selector names, the first of several; no_node when there is none.
yaml::NodeId entry_at(const yaml::Tree& tree, yaml::NodeId list, const yaml::PathPart& part);

/// What a reader sees of a scalar, or what an alias of one means; empty for null; nothing for collections and no node.
std::optional<std::string> text_of(const yaml::Tree& tree, Member value);

/// The YAML that a text holds; nothing when it is no text or holds none. Templates may have broken it, which is a problem only when the
/// image's name is in there.
std::optional<yaml::Tree> tree_within(Search& search, yaml::NodeId text);

/// How a path goes through each of a list's entries: `[name=web]` when all have a name of their own, else by number.
std::vector<yaml::PathPart> entry_parts(const yaml::Tree& tree, yaml::NodeId list);

/// Calls `visit(key, value)` for all keys of a map that are plain texts, but not for merge keys.
template <class Visit> void for_each_member(const yaml::Tree& tree, yaml::NodeId map, Visit visit) {
    for (auto key = tree.meant(map).first; key != yaml::no_node; key = tree[tree[key].next].next) {
        if (tree[key].kind == yaml::NodeKind::scalar && tree[key].text != "<<") visit(tree[key].text, tree[key].next);
    }
}

/// Calls `visit(value)` one part deeper for all entries of a list; nothing for what is no list.
template <class Visit> void for_each_entry(Search& search, yaml::NodeId list, Visit visit) {
    if (list == yaml::no_node || search.tree.meant(list).kind != yaml::NodeKind::sequence) return;
    const auto parts = entry_parts(search.tree, list);
    std::size_t i = 0;
    for (auto at = search.tree.meant(list).first; at != yaml::no_node; at = search.tree[at].next) {
        const Search::Deeper deeper(search, parts[i++]);
        visit(at);
    }
}

/// Calls `visit(value)` one key deeper, if there is that key.
template <class Visit> void enter(Search& search, yaml::NodeId map, const std::string& key, Visit visit) {
    const auto value = member(search.tree, map, key);
    if (!value) return;
    const Search::Deeper deeper(search, key);
    visit(value.node);
}

} // namespace slipway::update_gitops_values
