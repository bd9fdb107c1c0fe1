#include "update-gitops-values/images/argo_application.hpp"

#include "core/text.hpp"
#include "update-gitops-values/images/helm_values.hpp"
#include "update-gitops-values/images/image_parts.hpp"

#include <algorithm>
#include <functional>
#include <map>

namespace slipway::update_gitops_values {

namespace {

using yaml::NodeId;

/// A parameter's `value`, with the path to its entry.
struct Parameter {
    yaml::PathPart entry;
    NodeId node;
    std::string value;
};

/// Whether Helm's `--set` reads a text as something else than a string.
bool is_typed(const std::string& value) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    const auto word = lower(value);
    return word == "true" || word == "false" || word == "null" || (!value.empty() && std::all_of(value.begin(), value.end(), is_digit));
}

/// The parameters of Helm below one source, at whose list the search is.
class Parameters {
public:
    Parameters(Search& search, NodeId list) : search_(search) {
        const auto& tree = search.tree;
        if (tree.meant(list).kind != yaml::NodeKind::sequence || !search.is_new(list)) return;
        const auto parts = entry_parts(tree, list);
        std::size_t i = 0;
        for (auto at = tree.meant(list).first; at != yaml::no_node; at = tree[at].next) {
            const auto& part = parts[i++];
            const auto name = text_of(tree, member(tree, at, "name"));
            const auto value = text_of(tree, member(tree, at, "value"));
            if (name && value) parameters_.insert_or_assign(*name, Parameter{part, at, *value}); // the last one of a name wins
        }
    }

    /// @param name_at  the name of the image that the values have below these keys
    void visit(const std::function<std::string(const std::string& keys)>& name_at) {
        for (const auto& [name, parameter] : parameters_) {
            const auto dot = name.rfind('.');
            const auto last = name.substr(dot + 1);
            if (is_image_key(last)) whole(parameter);
            if (dot == std::string::npos) continue;
            const auto group = name.substr(0, dot);
            const bool is_image = is_image_key(group.substr(group.rfind('.') + 1));
            const bool has_repository = find(group + ".repository") != nullptr;
            if (last == "repository" || (last == "name" && is_image && !has_repository)) {
                in_parts(group, last, parameter.value, is_image);
            } else if ((last == "tag" || (last == "digest" && !find(group + ".tag"))) && !has_repository &&
                       !(is_image && find(group + ".name"))) {
                in_parts(group, "", name_at(group), is_image);
            }
        }
    }

private:
    const Parameter* find(const std::string& name) const {
        const auto found = parameters_.find(name);
        return found == parameters_.end() ? nullptr : &found->second;
    }

    std::optional<std::string> value(const std::string& name) const {
        const auto* parameter = find(name);
        return parameter == nullptr ? std::nullopt : std::optional(parameter->value);
    }

    void whole(const Parameter& parameter) {
        const Search::Deeper entry(search_, parameter.entry);
        const Search::Deeper deeper(search_, "value");
        search_.reference(member(search_.tree, parameter.node, "value"));
    }

    /// @param repository_key  empty: the repository stands in the values
    void in_parts(const std::string& group, const std::string& repository_key, const std::string& repository, bool is_image_group) {
        const auto tag = group + ".tag";
        const auto digest = group + ".digest";
        if (!is_image_group && !find(tag) && !find(digest)) return;
        ImageParts old{repository_key.empty() ? std::nullopt : value(group + ".registry"), repository, value(tag), value(digest)};
        stands(standing(old), {repository_key.empty() ? std::string() : group + ".registry", repository_key.empty() ? std::string() : group + '.' + repository_key, tag, digest});
        if (!is_image(old, search_.image)) {
            for (const auto& name : names_of(old))
                search_.found_other(name);
            return;
        }
        search_.found();
        const auto* first = find(repository_key.empty() ? (find(tag) ? tag : digest) : group + '.' + repository_key);
        search_.attempt(first->node, [&] {
            const auto now = changed_parts(old, search_.image);
            if (!repository_key.empty()) {
                set(group + ".registry", now.registry);
                set(group + '.' + repository_key, now.repository);
            }
            set(tag, now.tag);
            set(digest, now.digest);
        });
    }

    void stands(StandingImage image, const std::vector<std::string>& names) {
        const Parameter* first = nullptr;
        for (const auto& name : names) {
            const auto* parameter = find(name);
            if (parameter == nullptr || parameter->value.empty()) continue;
            if (first == nullptr) first = parameter;
            const Search::Deeper entry(search_, parameter->entry);
            const Search::Deeper deeper(search_, "value");
            image.paths.push_back(to_string(search_.path()));
        }
        if (first == nullptr) return;
        const Search::Deeper entry(search_, first->entry);
        search_.stands(std::move(image), first->node, {"value"});
    }

    void set(const std::string& name, const std::optional<std::string>& value) {
        if (!value) return;
        const auto* parameter = find(name);
        if (parameter == nullptr) {
            search_.add(yaml::Operation::Kind::append,
                        "{\"name\": \"" + json_escape(name) + "\", \"value\": \"" + json_escape(*value) + "\", \"forceString\": true}");
            return;
        }
        const Search::Deeper entry(search_, parameter->entry);
        {
            const Search::Deeper deeper(search_, "value");
            search_.set(member(search_.tree, parameter->node, "value"), *value);
        }
        const auto forced = text_of(search_.tree, member(search_.tree, parameter->node, "forceString"));
        if (is_typed(*value) && forced.value_or("") != "true") {
            const Search::Deeper deeper(search_, "forceString");
            search_.add(yaml::Operation::Kind::set_json, "true", true);
        }
    }

    Search& search_;
    std::map<std::string, Parameter> parameters_;
};

void find_in_helm(Search& search, NodeId helm) {
    const auto object = member(search.tree, helm, "valuesObject");
    const auto text = member(search.tree, helm, "values");
    const auto inner = text ? tree_within(search, text.node) : std::nullopt;
    const auto name_at = [&](const std::string& keys) {
        const auto name = object ? image_name_at(search.tree, object.node, keys) : std::string();
        return name.empty() && inner ? image_name_at(*inner, inner->documents().front(), keys) : name;
    };
    enter(search, helm, "parameters", [&](NodeId list) { Parameters(search, list).visit(name_at); });
    enter(search, helm, "valuesObject", [&](NodeId values) { find_in_helm_values(search, values); });
    if (!inner) return;
    const Search::Deeper deeper(search, "values");
    Search within(search, *inner, text.node);
    find_in_helm_values(within, inner->documents().front());
}

/// An entry of `kustomize.images`: "name=new:tag", or "name:tag" when the name stays.
class KustomizeEntry {
public:
    explicit KustomizeEntry(const std::string& text) : text_(text) {
        const auto equals = text.find('=');
        if (equals != std::string::npos) name_ = text.substr(0, equals);
        target_ = split_image(text.substr(equals == std::string::npos ? 0 : equals + 1));
        if (equals == std::string::npos) name_ = target_.name;
    }

    const std::string& name() const { return name_; }

    /// By its name, or by what it makes of it.
    StandingImage standing() const {
        auto image = update_gitops_values::standing(to_string(target_));
        image.names.insert(image.names.begin(), name_);
        image.in_parts = true; // a name without a version keeps that of the manifests
        return image;
    }

    bool is(const ImageArgument& image) const { return (!image.name.empty() && is_same_name(name_, image.name)) || is_image(target_.name, image); }

    /// As kustomize does it, which finds an entry by its name alone: what the argument leaves out goes away. An entry that is found by
    /// what it makes of the name keeps its name.
    std::string changed(const ImageArgument& image) const {
        if (has_template(text_)) throw refused("cannot set the image '" + visible(text_) + "': it is a template, or has blanks in it");
        if (!is_same_name(name_, image.name)) return with_target(renamed(target_, image));
        auto target = renamed(target_, image); // checks what is kept
        if (image.new_name.kind == NewPart::Kind::dropped) target.name = name_;
        if (image.tag.kind == NewPart::Kind::dropped) target.tag.clear();
        if (image.digest.kind == NewPart::Kind::dropped) target.digest.clear();
        return with_target(target);
    }

private:
    std::string with_target(const ImageText& target) const {
        const auto text = to_string(target);
        return target.name == name_ ? text : name_ + '=' + text;
    }

    std::string text_;
    std::string name_;
    ImageText target_;
};

void find_in_kustomize(Search& search, NodeId kustomize) {
    bool is_there = false;
    const auto images = member(search.tree, kustomize, "images");
    const Search::Deeper deeper(search, "images");
    if (images && !search.is_new(images.node)) return;
    for_each_entry(search, images.node, [&](NodeId value) {
        const auto text = text_of(search.tree, {value});
        if (!text || text->empty()) return;
        const KustomizeEntry entry(*text);
        search.stands(entry.standing(), value);
        if (!entry.is(search.image)) return search.found_other(entry.name());
        is_there = true;
        search.found();
        search.attempt(value, [&] { search.set({value}, entry.changed(search.image)); });
    });
    if (is_there || !search.settings.create) return;
    const auto entry = KustomizeEntry(search.image.name).changed(search.image);
    search.found();
    search.add(yaml::Operation::Kind::append, '"' + json_escape(entry) + '"', true);
}

void find_in_source(Search& search, NodeId source) {
    enter(search, source, "helm", [&](NodeId helm) { find_in_helm(search, helm); });
    enter(search, source, "kustomize", [&](NodeId kustomize) { find_in_kustomize(search, kustomize); });
}

} // namespace

void find_in_argo_application(Search& search, yaml::NodeId root) {
    enter(search, root, "spec", [&](NodeId spec) {
        enter(search, spec, "source", [&](NodeId source) { find_in_source(search, source); });
        enter(search, spec, "sources",
              [&](NodeId sources) { for_each_entry(search, sources, [&](NodeId source) { find_in_source(search, source); }); });
    });
}

} // namespace slipway::update_gitops_values
