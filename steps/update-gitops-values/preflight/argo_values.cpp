#include "update-gitops-values/preflight/argo_values.hpp"

#include "core/text.hpp"
#include "git/glob.hpp"
#include "io/http.hpp"
#include "update-gitops-values/images/search.hpp"
#include "update-gitops-values/preflight/argo_sources.hpp"
#include "update-gitops-values/preflight/value_layer.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

namespace slipway::update_gitops_values {

namespace {

/// "git.example.com/ops/gitops" of any address that means it.
std::string same_repository(std::string url) {
    if (const auto scheme = url.find("://"); scheme != std::string::npos) {
        url.erase(0, scheme + 3);
    } else if (const auto colon = url.find(':'); colon != std::string::npos && url.find('/') > colon) {
        url[colon] = '/'; // git@host:path
    }
    if (const auto at = url.find('@'); at != std::string::npos && at < url.find('/')) url.erase(0, at + 1);
    while (url.ends_with('/')) url.pop_back();
    if (url.ends_with(".git")) url.erase(url.size() - 4);
    // A server's port is that of its protocol.
    const auto slash = std::min(url.find('/'), url.size());
    return lower(url.substr(0, std::min(url.find(':'), slash))) + url.substr(slash);
}

std::string inside(const std::string& folder, const std::string& path) {
    auto normal = (std::filesystem::path(folder) / path).lexically_normal().string();
    while (normal.starts_with('/')) normal.erase(0, 1);
    if (normal.starts_with("./")) normal.erase(0, 2);
    return normal == "." ? "" : normal;
}

class Check {
public:
    Check(const std::string& app, const ArgoScope& scope, const Changeset& files, FileTree& tree) : app_(app), scope_(scope), files_(files), tree_(tree) {}

    std::vector<std::string> run() {
        const auto text = content_of(app_);
        if (!text) tree_.read(app_); // says that there is none, and which may be meant
        const auto applications = read_argo_applications(*text, app_);
        for (const auto& application : applications) {
            for (const auto& source : application.sources) look_at(application, source);
        }
        for (const auto& file : files_) {
            if (!file.changes.empty() && file.after && file.path != app_ && !read_.contains(file.path)) complain_unread(file.path, applications);
        }
        if (!problems_.empty()) throw Error(ExitCode::refused, std::move(problems_));
        return std::move(warnings_);
    }

private:
    /// A file as it becomes.
    std::optional<std::string> content_of(const std::string& path) {
        const auto changed = std::find_if(files_.begin(), files_.end(), [&](const EditedFile& file) { return file.path == path; });
        if (changed != files_.end()) return changed->after;
        auto file = tree_.find(path);
        return file ? std::optional(std::move(file->content)) : std::nullopt;
    }

    void warn(const std::string& text) {
        if (std::find(warnings_.begin(), warnings_.end(), text) == warnings_.end()) warnings_.push_back(text);
    }

    static std::string name_of(const ArgoApplication& application) { return "the Application " + visible(application.name.empty() ? "(without a name)" : application.name); }

    bool is_here(const ArgoSource& source) const { return scope_.repo.empty() || source.repo.empty() || same_repository(source.repo) == same_repository(scope_.repo); }

    /// A repository of another name may be a mirror of this one, when no source is this one.
    bool may_be_here(const ArgoApplication& application, const ArgoSource& source) const {
        return is_here(source) || std::none_of(application.sources.begin(), application.sources.end(), [&](const ArgoSource& other) { return is_here(other); });
    }

    void look_at(const ArgoApplication& application, const ArgoSource& source) {
        const auto layers = layers_of(application, source);
        for (const auto& file : files_) {
            if (file.path == app_) {
                for (const auto& change : file.changes) judge_own(application, source, layers, change);
                continue;
            }
            std::optional<std::size_t> last;
            for (std::size_t i = 0; i < layers.size(); ++i) {
                if (layers[i].file == file.path) last = i;
            }
            if (!last && !is_content(application, source, file.path)) continue;
            read_.insert(file.path);
            if (!last || !file.after) continue;
            for (const auto& change : file.changes) judge(application, layers, *last, file.path, change.path, yaml::parse_path(change.path), change.new_json);
        }
    }

    // What a chart's values are made of

    std::vector<ValueLayer> layers_of(const ArgoApplication& application, const ArgoSource& source) {
        std::vector<ValueLayer> layers;
        const bool here = may_be_here(application, source);
        if (source.chart.empty() && here && is_helm(source)) add_file(layers, inside(source.path, "values.yaml"), true);
        for (const auto& entry : source.value_files) add_value_files(application, source, entry, layers);
        if (!layers.empty()) check_revisions(application, source);
        if (source.values != yaml::no_node && source.values_object == yaml::no_node) add_text(application, source.values, layers);
        if (source.values_object != yaml::no_node) layers.push_back({.file = {}, .name = "helm.valuesObject", .tree = application.tree, .root = application.tree->resolved(source.values_object)});
        if (!source.parameters.empty()) layers.push_back({.file = {}, .name = "helm.parameters", .parameters = source.parameters});
        return layers;
    }

    bool is_helm(const ArgoSource& source) { return source.has_helm || content_of(inside(source.path, "Chart.yaml")).has_value(); }

    void add_value_files(const ArgoApplication& application, const ArgoSource& source, const std::string& entry, std::vector<ValueLayer>& layers) {
        const auto unread = [&](const std::string& why) { warn(name_of(application) + " reads the value file '" + visible(entry) + "', " + why + ": whether it hides a value is not known"); };
        if (entry.find("://") != std::string::npos) return unread("which is on another server");
        const auto* owner = &source;
        std::string path;
        if (const auto* other = referenced(application, entry)) {
            owner = other;
            path = inside("", entry.find('/') == std::string::npos ? "" : entry.substr(entry.find('/')));
        } else {
            const auto plain = substituted(application, source, entry);
            if (plain.find('$') != std::string::npos) return unread("whose variables Argo CD alone knows");
            if (!plain.starts_with('/') && !source.chart.empty()) return; // within the chart itself
            path = inside(plain.starts_with('/') ? "" : source.path, plain);
        }
        if (!may_be_here(application, *owner)) return unread("of " + visible(io::url_for_people(owner->repo)));
        if (owner != &source) check_revisions(application, *owner);
        auto paths = tree_.list(path);
        std::sort(paths.begin(), paths.end());
        for (const auto& found : paths) {
            if (!add_file(layers, found, source.ignores_missing)) warn(name_of(application) + " reads " + visible(found) + ", which is not there: Argo CD will refuse it");
        }
    }

    static const ArgoSource* referenced(const ArgoApplication& application, const std::string& entry) {
        if (!entry.starts_with('$')) return nullptr;
        const auto ref = entry.substr(1, entry.find('/') == std::string::npos ? std::string::npos : entry.find('/') - 1);
        const auto found = std::find_if(application.sources.begin(), application.sources.end(), [&](const ArgoSource& source) { return !source.ref.empty() && source.ref == ref; });
        return found == application.sources.end() ? nullptr : &*found;
    }

    /// @source Argo CD, user-guide/build-environment
    static std::string substituted(const ArgoApplication& application, const ArgoSource& source, std::string text) {
        const std::pair<std::string, std::string> variables[] = {{"ARGOCD_APP_NAMESPACE", application.destination}, {"ARGOCD_APP_NAME", application.name}, {"ARGOCD_APP_SOURCE_PATH", source.path}, {"ARGOCD_APP_SOURCE_TARGET_REVISION", source.revision}};
        for (const auto& [name, value] : variables) {
            replace_all(text, "${" + name + '}', value);
            replace_all(text, '$' + name, value);
        }
        return text;
    }

    /// @return whether it is there, or may be missing
    bool add_file(std::vector<ValueLayer>& layers, const std::string& path, bool may_be_missing) {
        auto text = content_of(path);
        if (!text) return may_be_missing;
        auto tree = std::make_shared<const yaml::Tree>(*text, path);
        const auto root = tree->documents().empty() ? yaml::no_node : tree->documents().front();
        layers.push_back({.file = path, .name = path, .tree = std::move(tree), .root = root});
        return true;
    }

    void add_text(const ArgoApplication& application, yaml::NodeId node, std::vector<ValueLayer>& layers) {
        const auto text = text_of(*application.tree, {node});
        const auto place = application.tree->place(application.tree->resolved(node));
        if (!text || text->empty()) return;
        const bool lines_fit = application.tree->meant(node).style == yaml::ScalarStyle::literal;
        auto inner = std::make_shared<const yaml::Tree>(*text, app_);
        const auto root = inner->documents().empty() ? yaml::no_node : inner->documents().front();
        layers.push_back({.file = {}, .name = "helm.values", .tree = std::move(inner), .root = root, .outer = Place{place.file, lines_fit ? place.line : 0, 0}});
    }

    void check_revisions(const ArgoApplication& application, const ArgoSource& source) {
        if (scope_.repo.empty() || !source.chart.empty()) return;
        if (!is_here(source)) warn(name_of(application) + " reads " + visible(io::url_for_people(source.repo)) + ", and " + visible(io::url_for_people(scope_.repo)) + " is changed");
        const bool is_head = source.revision.empty() || source.revision == "HEAD";
        auto branch = source.revision;
        for (const std::string prefix : {"refs/heads/", "heads/"}) {
            if (branch.starts_with(prefix)) branch.erase(0, prefix.size());
        }
        if (is_head || branch == scope_.branch) return;
        warn(name_of(application) + " follows '" + visible(source.revision) + "', and the branch " + visible(scope_.branch) + " is changed");
    }

    /// Whether a file is a part of what is deployed, and none of its values.
    bool is_content(const ArgoApplication& application, const ArgoSource& source, const std::string& path) {
        if (!source.chart.empty() || !may_be_here(application, source)) return false;
        const auto folder = inside(source.path, "");
        if (!folder.empty() && !path.starts_with(folder.ends_with('/') ? folder : folder + '/')) return false;
        if (!is_helm(source)) return true;
        const auto rest = path.substr(folder.empty() ? 0 : folder.size() + (folder.ends_with('/') ? 0 : 1));
        return rest.starts_with("templates/") || rest.starts_with("charts/") || rest.starts_with("crds/") || rest.starts_with("Chart.");
    }

    // What hides a value

    void judge(const ArgoApplication& application, const std::vector<ValueLayer>& layers, std::size_t own, const std::string& file, const std::string& shown, const yaml::KeyPath& key, const std::string& json) {
        for (auto i = layers.size(); i-- > own + 1;) {
            const auto hiding = hiding_in(layers[i], key, json);
            if (!hiding) continue;
            const auto where = layers[i].file.empty() ? "its own " + layers[i].name + " say" : visible(layers[i].file) + ", which it reads later, says";
            problems_.push_back({.message = "cannot change " + shown + " of " + visible(file) + ": " + name_of(application) + " does not see it: " + where + ' ' + hiding->value,
                                 .place = hiding->place,
                                 .hint = layers[i].file.empty() ? "change it there: --file " + visible(app_) : "change it there: --file " + visible(layers[i].file)});
            return;
        }
    }

    /// A value of the Application itself.
    void judge_own(const ArgoApplication& application, const ArgoSource& source, const std::vector<ValueLayer>& layers, const yaml::Change& change) {
        for (const auto& prefix : source.prefixes) {
            for (const std::string kind : {"helm.valuesObject", "helm.values"}) {
                const auto start = prefix + '.' + kind;
                if (!change.path.starts_with(start + (kind == "helm.values" ? "|" : "."))) continue;
                const auto key = yaml::parse_path(change.path.substr(start.size() + 1));
                const auto own = std::find_if(layers.begin(), layers.end(), [&](const ValueLayer& layer) { return layer.name == kind; });
                if (own != layers.end()) return judge(application, layers, static_cast<std::size_t>(own - layers.begin()), app_, change.path, key, change.new_json);
                // `values` is not read where there is a `valuesObject`.
                const auto object = std::find_if(layers.begin(), layers.end(), [](const ValueLayer& layer) { return layer.name == "helm.valuesObject"; });
                if (object != layers.end()) warn(name_of(application) + " has helm.valuesObject: Argo CD does not read its helm.values, which " + change.path + " is in");
                return;
            }
        }
    }

    void complain_unread(const std::string& path, const std::vector<ArgoApplication>& applications) {
        std::vector<std::string> known;
        bool is_helm = false;
        for (const auto& application : applications) {
            for (const auto& source : application.sources) {
                is_helm = is_helm || this->is_helm(source);
                for (const auto& file : source.value_files) known.push_back(visible(file));
            }
        }
        const auto names = applications.size() == 1 ? name_of(applications.front()) : "no Application of " + visible(app_);
        if (!is_helm) return warn(visible(path) + " is not below the path of " + names + ": whether it is read is not known");
        problems_.push_back({.message = "cannot change " + visible(path) + ": " + (applications.size() == 1 ? names + " does not read it" : names + " reads it"),
                             .place = {app_},
                             .hint = known.empty() ? "it names no value files" : "its value files are " + one_line(join(known, ", "))});
    }

    const std::string& app_;
    const ArgoScope& scope_;
    const Changeset& files_;
    FileTree& tree_;
    std::set<std::string> read_; ///< files that an Application reads
    std::vector<Diagnostic> problems_;
    std::vector<std::string> warnings_;
};

} // namespace

std::vector<std::string> check_argo_values(const std::string& app, const ArgoScope& scope, const Changeset& files, FileTree& tree) { return Check(app, scope, files, tree).run(); }

} // namespace slipway::update_gitops_values
