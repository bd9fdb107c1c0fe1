#include "kubernetes/kubeconfig.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "kubernetes/kubeconfig_reader.hpp"

namespace slipway::kubernetes {

namespace {

constexpr const char* exec_extension = "client.authentication.k8s.io/exec";

/// One file.
class FileReader {
public:
    FileReader(const yaml::Tree& tree, io::Path folder, std::vector<Diagnostic>& problems) : fields_(tree, problems), folder_(std::move(folder)) {}

    Kubeconfig read(yaml::NodeId root) {
        const auto& tree = fields_.tree();
        if (tree[root].kind == yaml::NodeKind::null) return {};
        if (tree[root].kind != yaml::NodeKind::map) {
            fields_.complain(root, "this is no kubeconfig: it holds no map");
            return {};
        }
        fields_.check_keys(root);
        if (const auto kind = fields_.text(root, "kind"); !kind.empty() && kind.text != "Config") {
            fields_.complain(tree.find(root, "kind"), "this is no kubeconfig: its kind is '" + visible(kind.text) + "', not Config");
        }
        Kubeconfig config;
        config.current_context = fields_.text(root, "current-context");
        each_named(root, "clusters", "cluster", config.clusters, [this](yaml::NodeId node) { return cluster(node); });
        each_named(root, "users", "user", config.users, [this](yaml::NodeId node) { return user(node); });
        each_named(root, "contexts", "context", config.contexts, [this](yaml::NodeId node) { return context(node); });
        return config;
    }

private:
    template <class Entry, class Read>
    void each_named(yaml::NodeId root, const char* list, const char* content, std::map<std::string, Entry>& target, Read read_entry) {
        fields_.each(root, list, [&](yaml::NodeId item) {
            const auto name = fields_.text(item, "name");
            if (name.empty()) return fields_.complain(item, std::string("a ") + content + " has no name");
            if (target.count(name.text) != 0) return fields_.complain(item, std::string("there are two entries of '") + list + "' with the name '" + visible(name.text) + '\'');
            const auto node = fields_.map(item, content);
            auto entry = node == yaml::no_node ? Entry{} : read_entry(node);
            entry.place = fields_.tree().place(item);
            target.emplace(name.text, std::move(entry));
        });
    }

    /// Relative paths are relative to the kubeconfig's folder.
    PlacedText path(yaml::NodeId map, const char* key) {
        auto value = fields_.text(map, key);
        if (!value.empty()) value.text = resolved(value.text);
        return value;
    }

    std::string resolved(const std::string& path) const {
        const io::Path given(path);
        return given.is_absolute() || folder_.empty() ? path : (folder_ / given).lexically_normal().string();
    }

    ClusterEntry cluster(yaml::NodeId node) {
        ClusterEntry entry;
        entry.server = fields_.text(node, "server");
        entry.authority = path(node, "certificate-authority");
        entry.authority_data = fields_.text(node, "certificate-authority-data");
        entry.tls_server_name = fields_.text(node, "tls-server-name").text;
        entry.skips_tls_check = fields_.flag(node, "insecure-skip-tls-verify");
        entry.proxy_url = fields_.text(node, "proxy-url");
        fields_.each(node, "extensions", [&](yaml::NodeId item) {
            if (fields_.text(item, "name").text != exec_extension) return;
            if (const auto value = fields_.tree().find(item, "extension"); value != yaml::no_node) entry.exec_config = fields_.json(value);
        });
        return entry;
    }

    UserEntry user(yaml::NodeId node) {
        UserEntry entry;
        entry.certificate = path(node, "client-certificate");
        entry.certificate_data = fields_.text(node, "client-certificate-data");
        entry.key = path(node, "client-key");
        entry.key_data = fields_.text(node, "client-key-data");
        entry.token = Secret(fields_.text(node, "token").text);
        entry.token_file = path(node, "tokenFile");
        entry.user = fields_.text(node, "username").text;
        entry.password = Secret(fields_.text(node, "password").text);
        if (const auto value = fields_.map(node, "exec"); value != yaml::no_node) entry.exec = exec(value);
        if (const auto value = fields_.map(node, "auth-provider"); value != yaml::no_node) entry.auth_provider = fields_.tree().place(value);
        impersonation(node, entry);
        return entry;
    }

    /// @source https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation
    void impersonation(yaml::NodeId node, UserEntry& entry) {
        auto& headers = entry.impersonation;
        if (const auto name = fields_.text(node, "as"); !name.empty()) headers.emplace_back("Impersonate-User", name.text);
        if (const auto id = fields_.text(node, "as-uid"); !id.empty()) headers.emplace_back("Impersonate-Uid", id.text);
        for (auto& group : fields_.texts(node, "as-groups")) headers.emplace_back("Impersonate-Group", std::move(group));
        const auto extra = fields_.map(node, "as-user-extra");
        if (extra == yaml::no_node) return;
        const auto& tree = fields_.tree();
        for (auto key = tree[extra].first; key != yaml::no_node; key = tree[tree[key].next].next) {
            const auto& name = tree.meant(key).text;
            for (auto& value : fields_.texts(extra, name)) headers.emplace_back("Impersonate-Extra-" + percent_encode(lower(name)), std::move(value));
        }
    }

    ExecPlugin exec(yaml::NodeId node) {
        ExecPlugin plugin;
        plugin.place = fields_.tree().place(node);
        plugin.api_version = fields_.text(node, "apiVersion");
        plugin.command = fields_.text(node, "command");
        // Only a path is relative to the kubeconfig; a name is looked for on the PATH.
        if (plugin.command.text.find('/') != std::string::npos) plugin.command.text = resolved(plugin.command.text);
        plugin.arguments = fields_.texts(node, "args");
        fields_.each(node, "env", [&](yaml::NodeId item) {
            const auto name = fields_.text(item, "name");
            if (name.empty()) return fields_.complain(item, "a variable of 'env' has no name");
            plugin.environment.emplace_back(name.text, Secret(fields_.text(item, "value").text));
        });
        plugin.interactive_mode = fields_.text(node, "interactiveMode");
        plugin.install_hint = fields_.text(node, "installHint").text;
        plugin.wants_cluster = fields_.flag(node, "provideClusterInfo");
        return plugin;
    }

    ContextEntry context(yaml::NodeId node) {
        return {.cluster = fields_.text(node, "cluster"), .user = fields_.text(node, "user"), .name_space = fields_.text(node, "namespace").text, .file = fields_.tree().file()};
    }

    FieldReader fields_;
    io::Path folder_;
};

} // namespace

Kubeconfig read_kubeconfig(const std::vector<io::Path>& paths, io::Files& files) {
    Kubeconfig all;
    for (const auto& path : paths) {
        const auto text = files.read(path);
        const yaml::Tree tree(text, path.string());
        if (tree.documents().empty()) continue;
        std::vector<Diagnostic> problems;
        auto config = FileReader(tree, path.parent_path(), problems).read(tree.documents().front());
        if (!problems.empty()) throw Error(ExitCode::misuse, problems);
        all.clusters.merge(config.clusters); // keeps what is there already
        all.users.merge(config.users);
        all.contexts.merge(config.contexts);
        if (all.current_context.empty()) all.current_context = config.current_context;
    }
    return all;
}

} // namespace slipway::kubernetes
