#include "options.hpp"

#include "core/text.hpp"
#include "registry/reference.hpp"

#include <algorithm>

namespace slipway::build_image {

namespace {

void check_image(const std::string& image, bool push, std::vector<Diagnostic>& problems) {
    try {
        const auto reference = registry::parse_reference(image);
        if (!reference.tag.empty() || !reference.digest.empty()) {
            problems.push_back({.message = "cannot use --image " + image + ": it has a " + (reference.tag.empty() ? "digest" : "tag"),
                                .hint = "give tags with --tags, and the image as " + reference.name()});
        } else if (push && reference.registry.empty()) {
            problems.push_back({.message = "cannot use --image " + image + ": it names no registry, so there is nowhere to push to",
                                .hint = "write for example registry.example.com/" + image + ", or docker.io/" + image + "; --no-push builds without a registry"});
        }
    } catch (const Error& error) {
        const auto& cause = error.diagnostics().front();
        problems.push_back({.message = "cannot use --image: " + cause.message, .hint = cause.hint});
    }
}

void check_tag(const std::string& tag, std::vector<Diagnostic>& problems) {
    if (tag.find_first_of("=,") != std::string::npos) {
        problems.push_back({.message = "cannot use --tags '" + visible(tag) + "': rules such as 'type=semver,...' are not supported yet",
                            .hint = "give plain tags, one a line"});
    } else if (!registry::is_tag(tag)) {
        problems.push_back({.message = "cannot use --tags '" + visible(tag) + "': that is no tag",
                            .hint = "a tag has at most 128 letters, digits, _, . and -, and begins with no . or -"});
    }
}

void check_pairs(const std::string& option, const std::vector<std::string>& texts, std::vector<Diagnostic>& problems) {
    for (const auto& text : texts) {
        const auto equals = text.find('=');
        if (equals == std::string::npos || equals == 0) {
            problems.push_back({.message = "cannot use " + option + " '" + visible(text) + "': it is no KEY=VALUE"});
        }
    }
}

void check_platforms(const std::vector<std::string>& platforms, std::vector<Diagnostic>& problems) {
    if (platforms.empty()) return;
    if (platforms.size() > 1 || platforms[0].find(',') != std::string::npos) {
        problems.push_back({.message = "cannot build for several platforms yet: " + join(platforms, ","), .hint = "give one --platform, such as linux/amd64"});
        return;
    }
    const auto parts = split(platforms[0], '/');
    const bool empty_part = std::any_of(parts.begin(), parts.end(), [](std::string_view part) { return part.empty(); });
    if (parts.size() < 2 || parts.size() > 3 || empty_part) {
        problems.push_back({.message = "cannot use --platform '" + visible(platforms[0]) + "': it is no OS/ARCH or OS/ARCH/VARIANT", .hint = "for example linux/amd64 or linux/arm/v7"});
    }
}

} // namespace

void declare(cli::OptionSet& set, Options& options) {
    set.add("image", options.images).required().value_name("NAME").help("Name of the image with its registry, without a tag").from_ci([](const ci::Info& info) { return info.registry_image; }, "the project's image in the CI's own registry");
    set.add("context", options.context).positional().value_name("DIR").fallback(".").help("Folder to build; may also stand alone, as the argument without a name");
    set.add("file", options.file).short_name('f').value_name("FILE").fallback_help("Containerfile, else Dockerfile, in the context").help("Instructions to build with; looked up from here, then in the context");
    set.add("tags", options.tags).value_name("TAG").fallback_help("short commit, and Git tag, pr-NUMBER or branch").help("Tags to push, instead of those from the commit; one a line in variables");
    set.add("labels", options.labels).value_name("KEY=VALUE").help("Labels of the image, besides or in place of org.opencontainers.image.{revision,created,source,url,version,title}");
    set.add("annotations", options.annotations).value_name("KEY=VALUE").help("Annotations of the image's manifest");
    set.add("build-arg", options.build_args).value_name("NAME[=VALUE]").help("Value for an ARG; without one, the environment variable's. Visible to everybody who has the image: never a secret");
    set.add("platform", options.platforms).value_name("OS/ARCH").fallback_help("this machine's").help("Platform to build for, one");
    set.add("target", options.target).value_name("STAGE").fallback_help("the last stage").help("Stage to build");
    set.add("no-push", options.no_push).help("Leave the image on this machine, under its tags");
    set.add("registry-user", options.registry_user).value_name("NAME").help("User for the image's registry").fallback_help("the CI's own, for the CI's own registry");
    set.add("registry-password", options.registry_password).help("Password of that user");
    set.add("auth-file", options.auth_file).value_name("FILE").variable("REGISTRY_AUTH_FILE").fallback_help("where podman and docker login keep it").help("Credentials for registries (containers-auth.json)");
    set.add_choice("isolation", options.isolation, {"oci", "rootless", "chroot"}).variable("BUILDAH_ISOLATION").fallback_help("chroot inside a container, else Buildah's own").help("How RUN steps are kept apart");
    set.add("storage-driver", options.storage_driver).value_name("NAME").variable("STORAGE_DRIVER").fallback_help("what storage.conf says, else Buildah's choice").help("How Buildah keeps layers: overlay or vfs");
    cli::declare_tls(set, options.tls);
}

void check(const Options& options, std::vector<Diagnostic>& problems) {
    for (const auto& image : options.images) check_image(image, !options.no_push, problems);
    for (const auto& tag : plain_tags(options.tags)) check_tag(tag, problems);
    check_pairs("--labels", options.labels, problems);
    check_pairs("--annotations", options.annotations, problems);
    check_platforms(options.platforms, problems);
    for (const auto& argument : options.build_args) {
        if (argument[0] == '=') problems.push_back({.message = "cannot use --build-arg '" + visible(argument) + "': it has no name"});
    }
    if (options.registry_user.empty() != options.registry_password.empty()) {
        problems.push_back({.message = "--registry-user and --registry-password-file belong together"});
    }
    if (options.tls.client_cert.empty() && !options.tls.client_key.empty()) {
        problems.push_back({.message = "--client-key needs --client-cert"});
    }
    if (options.file == "-") problems.push_back({.message = "cannot read the Containerfile from standard input: give a file"});
}

std::map<std::string, std::string> key_values(const std::vector<std::string>& texts) {
    std::map<std::string, std::string> values;
    for (const auto& text : texts) {
        const auto equals = text.find('=');
        values[text.substr(0, equals)] = text.substr(equals + 1);
    }
    return values;
}

std::vector<std::string> plain_tags(const std::vector<std::string>& texts) {
    std::vector<std::string> tags;
    for (const auto& text : texts) {
        for (const auto line : lines(text)) {
            const std::string tag(trim(line));
            if (tag.empty() || tag[0] == '#') continue;
            if (std::find(tags.begin(), tags.end(), tag) == tags.end()) tags.push_back(tag);
        }
    }
    return tags;
}

} // namespace slipway::build_image
