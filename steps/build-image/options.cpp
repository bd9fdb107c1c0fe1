#include "options.hpp"

#include "build-image/tags/labels.hpp"
#include "build-image/tags/rules.hpp"
#include "core/text.hpp"
#include "secrets.hpp"

#include <algorithm>

namespace slipway::build_image {

namespace {

void check_image(const std::string& image, bool push, std::vector<Diagnostic>& problems) {
    try {
        const auto reference = read_image(image);
        if (!reference.digest.empty()) {
            problems.push_back({.message = "cannot use --image " + image + ": it has a digest, and the image's is not known before it is built",
                                .hint = "give the image as " + reference.name() + ", and tags with --tags"});
        } else if (push && reference.registry.empty()) {
            problems.push_back({.message = "cannot use --image " + image + ": it names no registry, so there is nowhere to push to",
                                .hint = "write for example registry.example.com/" + image + ", or docker.io/" + image + "; --no-push builds without a registry"});
        }
    } catch (const Error& error) {
        const auto& cause = error.diagnostics().front();
        problems.push_back({.message = "cannot use --image: " + cause.message, .hint = cause.hint});
    }
}

void check_labels(const std::vector<std::string>& texts, std::vector<Diagnostic>& problems) {
    for (const auto& text : meaningful_lines(texts)) {
        const auto equals = text.find('=');
        if (equals == std::string::npos || equals == 0) problems.push_back({.message = "cannot use --labels '" + visible(text) + "': it is no KEY=VALUE"});
    }
}

void check_platforms(const std::vector<std::string>& platforms, std::vector<Diagnostic>& problems) {
    for (const auto& platform : platform_list(platforms)) {
        const auto parts = split(platform, '/');
        const bool empty_part = std::any_of(parts.begin(), parts.end(), [](std::string_view part) { return part.empty(); });
        if (parts.size() < 2 || parts.size() > 3 || empty_part) {
            problems.push_back({.message = "cannot use --platform '" + visible(platform) + "': it is no OS/ARCH or OS/ARCH/VARIANT", .hint = "for example linux/amd64 or linux/arm/v7"});
        }
    }
}

/// What a parser for one value says of each of them.
template <class Parser>
void check_each(const char* option, const std::vector<std::string>& texts, Parser parse, std::vector<Diagnostic>& problems) {
    for (const auto& text : texts) {
        try {
            parse(text);
        } catch (const Error& error) {
            const auto& cause = error.diagnostics().front();
            problems.push_back({.message = std::string("cannot use ") + option + " '" + visible(text) + "': " + cause.message, .hint = cause.hint});
        }
    }
}

/// "SOURCE" of "KEY=SOURCE", without blanks.
std::string value_of(std::string_view field) { return std::string(trim(field.substr(field.find('=') + 1))); }

void check_cache(const char* option, const std::vector<std::string>& texts, std::vector<Diagnostic>& problems) {
    check_each(option, texts, [](const std::string& text) {
        const auto repository = cache_repository(text);
        if (!repository) throw misuse("it names no repository", "write REGISTRY/REPOSITORY, or type=registry,ref=REGISTRY/REPOSITORY");
        const auto reference = registry::parse_reference(*repository);
        if (!reference.tag.empty() || !reference.digest.empty()) throw misuse("Buildah takes a repository without a tag", "its cache has tags of its own, one for each instruction");
        if (reference.registry.empty()) throw misuse("it names no registry");
    }, problems);
}

void check_joined(const Options& options, std::vector<Diagnostic>& problems) {
    check_each("--join", options.join, [](const std::string& digest) {
        if (!registry::is_digest(digest)) throw misuse("it is no digest", "each run for one platform says its own: build-image --platform linux/arm64 --push-by-digest");
    }, problems);
    if (options.join.empty()) return;
    std::vector<std::string> others;
    if (options.no_push) others.emplace_back("--no-push");
    if (options.push_by_digest) others.emplace_back("--push-by-digest");
    if (!options.platforms.empty()) others.emplace_back("--platform");
    for (const auto& other : others) {
        problems.push_back({.message = "--join and " + other + " exclude each other: nothing is built when images are joined"});
    }
}

/// What belongs to --sbom, --provenance and --sign, and cannot be had otherwise.
void check_attestations(const Options& options, std::vector<Diagnostic>& problems) {
    const auto refuse = [&](const std::string& message, const std::string& hint = "") { problems.push_back({.message = message, .hint = hint}); };
    const bool shows = !options.show.empty();
    const bool several = platform_list(options.platforms).size() > 1 || !options.join.empty();
    const auto check_file = [&](const char* option, const std::string& file, const char* owner, bool is_made) {
        if (file.empty()) return;
        const bool shown = shows && (options.show == std::string(owner).substr(2));
        if (!is_made && !shown) refuse(std::string(option) + " needs " + owner);
        if (several && !shows) refuse(std::string(option) + " holds one platform's document, and there are several", "--attestations FILE has all of them, and --show with --platform writes one");
    };
    check_file("--spdx-file", options.spdx_file, "--sbom", options.sbom);
    check_file("--cyclonedx-file", options.cyclonedx_file, "--sbom", options.sbom);
    check_file("--provenance-file", options.provenance_file, "--provenance", options.provenance);
    if (!options.attestations.empty() && !options.sbom && !options.provenance && !shows) refuse("--attestations needs --sbom or --provenance");
    if (!options.sign_key.empty() && !options.sign) refuse("--sign-key needs --sign");
    if (options.no_push) {
        // They name the image by the digest that a registry has.
        if (options.provenance) refuse("--provenance and --no-push exclude each other: it names the image by what was pushed");
        if (options.sign) refuse("--sign and --no-push exclude each other: there is nothing in a registry to sign");
        if (!options.attestations.empty()) refuse("--attestations and --no-push exclude each other: nothing is attached", "--spdx-file and --cyclonedx-file write the SBOM");
    }
    if (!shows) return;
    const std::string what = "--show " + options.show;
    if (options.sbom || options.provenance || options.sign || !options.scan.empty()) refuse(what + " builds nothing: --sbom, --provenance, --scan and --sign mean nothing with it");
    if (options.no_push || !options.join.empty()) refuse(what + " builds nothing: --no-push and --join mean nothing with it");
    if (options.context == "." && meaningful_lines(options.images).empty()) refuse("there is no image to show", "name it as an argument: build-image " + what + " registry.example.com/team/app:1.4.0");
}

void check_mirrors(const std::vector<std::string>& mirrors, std::vector<Diagnostic>& problems) {
    check_each("--mirror", mirrors, [](const std::string& text) {
        const auto equals = text.find('=');
        if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) throw misuse("it is no REGISTRY=MIRROR", "for example docker.io=mirror.example.com/hub");
        if (text.find_first_of("\"\\ \t\r\n") != std::string::npos) throw misuse("it holds a blank, a quote or a backslash");
    }, problems);
}

} // namespace

void declare(cli::OptionSet& set, Options& options) {
    set.add("image", options.images).required_unless([&options] { return !options.show.empty(); }).value_name("NAME").help("Name of the image with its registry; with :TAG, that tag is pushed there besides").from_ci([](const ci::Info& info) { return info.registry_image; }, "the project's image in the CI's own registry");
    set.add("context", options.context).positional().value_name("DIR").fallback(".").help("Folder to build; may also stand alone, as the argument without a name (with --show, that is the image)");
    set.add("file", options.file).short_name('f').value_name("FILE").fallback_help("Containerfile, else Dockerfile, in the context").help("Instructions to build with; looked up from here, then in the context");
    set.section("Tags and labels");
    set.add("tags", options.tags).value_name("RULE").fallback_help("the commit, its branch, Git tag or pull request, and latest on the default branch").help("Tags to push: plain ones, or rules such as type=semver,pattern={{version}}");
    set.add("flavor", options.flavor).value_name("RULE").help("For all tags: latest=auto|true|false, prefix=TEXT, suffix=TEXT, and onlatest=true behind one of these");
    set.add("labels", options.labels).value_name("KEY=VALUE").help("Labels of the image, besides or in place of org.opencontainers.image.{title,description,url,source,version,revision,created,licenses}");
    set.add("annotations", options.annotations).value_name("[LEVEL:]KEY=VALUE").help("Annotations of the manifest, besides the same ones; LEVEL: manifest, index");
    set.section("The build");
    set.add("build-arg", options.build_args).value_name("NAME[=VALUE]").help("Value for an ARG; without one, the environment variable's. Visible to everybody who has the image: never a secret");
    set.add("build-arg-file", options.build_arg_files).value_name("FILE").help("Values for ARGs, one NAME=VALUE a line; --build-arg wins");
    set.add("secret", options.secrets).value_name("id=NAME,env=VAR|src=FILE").help("Secret for RUN --mount=type=secret; must not be empty, and reaches no layer, log or command line");
    set.add("ssh", options.ssh).value_name("ID[=SOCKET|KEY]").help("SSH agent or keys for RUN --mount=type=ssh");
    set.add("platform", options.platforms).value_name("OS/ARCH").fallback_help("this machine's").help("Platforms to build for, separated by commas; several give one image index");
    set.add("target", options.target).value_name("STAGE").fallback_help("the last stage").help("Stage to build");
    set.add("network", options.network).value_name("MODE").fallback_help("Buildah's choice").help("Network of RUN steps: host, none, private");
    set.add("layers", options.layers).help("Keep the layer of each instruction on this machine, and use those of earlier builds");
    set.add("cache-from", options.cache_from).value_name("REPOSITORY").help("Take layers from there; also as type=registry,ref=REPOSITORY:TAG");
    set.add("cache-to", options.cache_to).value_name("REPOSITORY").help("Put layers there, for other machines");
    set.section("The push");
    set.add("no-skip", options.no_skip).help("Build also when the registry has an image of the same content");
    set.add("skip-key-tag", options.skip_key_tag).value_name("PREFIX").fallback("slipway").help("What stands before the content key in the tag that finds such an image");
    set.add("skip-key-ignore", options.skip_key_ignore).value_name("NAME").help("Build argument that the content key leaves out, since it only says which commit this is: with another value alone nothing is built");
    set.add("overwrite", options.overwrite).help("Let the tag of a complete version, such as 1.2.3, name another image than before");
    set.add("push-by-digest", options.push_by_digest).help("Push without tags: for one platform of an image that --join puts together");
    set.add("join", options.join).value_name("DIGEST").help("Build nothing; make one image index of these images in the first repository, and push its tags");
    set.add("no-push", options.no_push).help("Leave the image on this machine, under its tags");
    set.section("What is in the image, and who built it");
    set.add("sbom", options.sbom).help("List the software in the image (SBOM), as SPDX 2.3 and as CycloneDX 1.5, and attach both to it");
    set.add("provenance", options.provenance).help("Attach how the image was made: from which commit and base images, by which pipeline (in-toto, SLSA 1)");
    set.add("builder-id", options.builder_id).value_name("URI").fallback_help("GitHub's workflow, GitLab's runner").help("Who builds, as the provenance says it");
    set.add("scan", options.scan).value_name("COMMAND").help("Run by sh between build and push, the image as an OCI layout in $IMAGE_LAYOUT; another exit code than 0 stops the push");
    set.add("sign", options.sign).help("Sign the image and what --sbom and --provenance attach, by cosign");
    set.add("sign-key", options.sign_key).value_name("KEY").fallback_help("no key: the identity that the CI gives").help("Key for cosign: a file, env://NAME or a KMS address");
    set.add_choice("show", options.show, {"sbom", "provenance"}).help("Build nothing; print what is attached to an image");
    set.section("Credentials");
    set.add("registry-user", options.registry_user).value_name("NAME").help("User for the image's registry").fallback_help("the CI's own, for the CI's own registry");
    set.add("registry-password", options.registry_password).help("Password of that user");
    set.add("authfile", options.authfile).value_name("FILE").variable("REGISTRY_AUTH_FILE").fallback_help("where podman and docker login keep it").help("Credentials for registries (containers-auth.json)");
    set.section("Buildah");
    set.add_choice("isolation", options.isolation, {"oci", "rootless", "chroot"}).variable("BUILDAH_ISOLATION").fallback_help("chroot inside a container, else Buildah's own").help("How RUN steps are kept apart");
    set.add("storage-driver", options.storage_driver).value_name("NAME").variable("STORAGE_DRIVER").fallback_help("what storage.conf says, else Buildah's choice").help("How Buildah keeps layers: overlay or vfs");
    set.add("mirror", options.mirrors).value_name("REGISTRY=MIRROR").help("Where base images are looked for first; besides registries.conf");
    set.section("Files for other tools");
    set.add("metadata-file", options.metadata_file).value_name("FILE").help("Write names and digests there, as JSON in BuildKit's form");
    set.add("digest-file", options.digest_file).value_name("FILE").help("Write the digest there");
    set.add("iid-file", options.iid_file).value_name("FILE").help("Write the ID of the image on this machine there");
    set.add("attestations", options.attestations).value_name("FILE").help("Write what --sbom and --provenance attached there, one in-toto statement a line; for an image that was not built anew, what its build attached");
    set.add("spdx-file", options.spdx_file).value_name("FILE").help("Write the SBOM there, as SPDX 2.3");
    set.add("cyclonedx-file", options.cyclonedx_file).value_name("FILE").help("Write the SBOM there, as CycloneDX 1.5");
    set.add("provenance-file", options.provenance_file).value_name("FILE").help("Write the provenance there");
    cli::declare_tls(set, options.tls);
}

void check(const Options& options, std::vector<Diagnostic>& problems) {
    if (options.show.empty()) {
        for (const auto& image : meaningful_lines(options.images)) check_image(image, !options.no_push, problems);
    }
    read_tag_rules(options.tags, options.flavor, problems);
    check_labels(options.labels, problems);
    read_annotations(options.annotations, problems);
    check_platforms(options.platforms, problems);
    check_each("--secret", options.secrets, parse_secret, problems);
    check_each("--ssh", options.ssh, parse_ssh, problems);
    check_cache("--cache-from", options.cache_from, problems);
    check_cache("--cache-to", options.cache_to, problems);
    check_joined(options, problems);
    check_mirrors(options.mirrors, problems);
    check_attestations(options, problems);
    if (options.push_by_digest && options.no_push) problems.push_back({.message = "--push-by-digest and --no-push exclude each other"});
    if (!registry::is_tag(options.skip_key_tag + '-' + std::string(64, '0'))) {
        problems.push_back({.message = "cannot use --skip-key-tag '" + visible(options.skip_key_tag) + "': with a key behind it, that is no tag",
                            .hint = "it may have 63 letters, digits, _, . and -, and begins with no . or -"});
    }
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

std::vector<std::string> platform_list(const std::vector<std::string>& texts) {
    std::vector<std::string> platforms;
    for (const auto& text : texts) {
        for (const auto part : split(text, ',')) {
            const std::string platform(trim(part));
            if (std::find(platforms.begin(), platforms.end(), platform) == platforms.end()) platforms.push_back(platform);
        }
    }
    return platforms;
}

std::optional<std::string> cache_repository(const std::string& text) {
    if (text.find('=') == std::string::npos) return text;
    std::string type;
    std::string repository;
    for (const auto field : split(text, ',')) {
        const auto key = lower(trim(field.substr(0, field.find('='))));
        if (key == "type") type = value_of(field);
        if (key == "ref") repository = value_of(field);
    }
    if (type != "registry" || repository.empty()) return std::nullopt;
    // A colon before the last slash belongs to the registry's port.
    const auto colon = repository.rfind(':');
    if (colon != std::string::npos && repository.find('/', colon) == std::string::npos) repository[colon] = '/';
    return repository;
}

std::map<std::string, std::string> key_values(const std::vector<std::string>& texts) {
    std::map<std::string, std::string> values;
    for (const auto& text : meaningful_lines(texts)) {
        const auto equals = text.find('=');
        values[text.substr(0, equals)] = text.substr(equals + 1);
    }
    return values;
}

registry::Reference read_image(const std::string& text) {
    // A tag keeps its letters.
    const auto slash = text.rfind('/');
    const auto end = std::min(text.find_first_of(":@", slash == std::string::npos ? 0 : slash), text.size());
    return registry::parse_reference(lower(std::string_view(text).substr(0, end)) + text.substr(end));
}

} // namespace slipway::build_image
