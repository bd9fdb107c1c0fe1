#include "build_image.hpp"

#include "build-image/attest/signing.hpp"
#include "build-image/content/ignore_patterns.hpp"
#include "build-image/tags/labels.hpp"
#include "build-image/tags/rules.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "registry/client.hpp"
#include "registry/credentials.hpp"

#include <algorithm>
#include <utility>

namespace slipway::build_image {

namespace {

/// As Buildah looks it up, so that a missing one is known before anything is done.
std::string find_containerfile(const Options& options, cli::Context& context) {
    const auto is_file = [&](const io::Path& path) { return context.files.kind(path) == io::FileKind::file; };
    const auto folder = io::Path(options.context);
    if (!options.file.empty()) {
        if (is_file(options.file)) return options.file;
        if (is_file(folder / options.file)) return (folder / options.file).string();
        throw misuse("cannot read the Containerfile " + options.file + ": there is no such file, here or in " + options.context);
    }
    for (const char* name : {"Containerfile", "Dockerfile"}) {
        if (is_file(folder / name)) return (folder / name).lexically_normal().string();
    }
    throw misuse("there is no Containerfile and no Dockerfile in " + options.context, "name the folder to build, or the file with --file");
}

void check_context(const std::string& folder, cli::Context& context) {
    if (context.files.kind(folder) == io::FileKind::directory) return;
    const bool exists = context.files.kind(folder) != io::FileKind::none;
    throw misuse("cannot build " + folder + ": " + (exists ? "it is no folder" : "there is no such folder"));
}

/// Files are written when the image is pushed: what can be known of them is known before.
void check_files(const Options& options, cli::Context& context) {
    std::vector<Diagnostic> problems;
    for (const auto* file : {&options.metadata_file, &options.digest_file, &options.iid_file, &options.attestations, &options.spdx_file, &options.cyclonedx_file, &options.provenance_file}) {
        if (file->empty()) continue;
        const auto folder = io::Path(*file).parent_path();
        if (!folder.empty() && context.files.kind(folder) != io::FileKind::directory) {
            problems.push_back({.message = "cannot write " + *file + ": there is no folder " + folder.string()});
        } else if (context.files.kind(*file) == io::FileKind::directory) {
            problems.push_back({.message = "cannot write " + *file + ": it is a folder"});
        }
    }
    if (!problems.empty()) throw Error(ExitCode::misuse, std::move(problems));
}

/// Docker's and Podman's marks, and Kubernetes'.
bool inside_container(cli::Context& context) {
    for (const char* mark : {"/.dockerenv", "/run/.containerenv"}) {
        if (context.files.kind(mark) != io::FileKind::none) return true;
    }
    return context.environment.get("KUBERNETES_SERVICE_HOST").has_value() || context.environment.get("container").has_value();
}

/// Where it goes, each repository once, with the tags that its names have themselves.
std::vector<Destination> read_destinations(const Options& options, cli::Context& context) {
    std::vector<Destination> destinations;
    for (const auto& text : meaningful_lines(options.images)) {
        auto image = read_image(text);
        if (text.find(image.repository) == std::string::npos) context.log.warning("--image " + text + " is " + image.name() + ": registries take lower-case letters only");
        // What Buildah calls an image without a registry.
        if (image.registry.empty()) image.registry = "localhost";
        const auto tag = std::exchange(image.tag, "");
        auto known = std::find_if(destinations.begin(), destinations.end(), [&](const Destination& one) { return one.repository == image; });
        if (known == destinations.end()) known = destinations.insert(destinations.end(), {image, {}});
        if (!tag.empty()) known->tags.push_back(tag);
    }
    return destinations;
}

/// Git's tags, else those of the first destination's registry.
OtherTags other_tags(const Plan& plan, cli::Context& context) {
    return [&plan, &context]() -> std::optional<std::vector<std::string>> {
        if (auto tags = remote_tags(plan.build.context_folder, context)) return tags;
        if (!plan.push) return std::nullopt;
        const auto& image = plan.destinations.front().repository;
        try {
            return registry::Repository(image, {registry::credentials_for(plan.login.file, image, context), registry::tls_for(image, plan.tls, context)}, context).tags();
        } catch (const Error& error) {
            context.log.debug(error.what());
            return std::nullopt;
        }
    };
}

void choose_names(const Options& options, const Source& source, Plan& plan, cli::Context& context) {
    const auto facts = facts_of(source, context);
    std::vector<Diagnostic> problems;
    plan.tags = choose_tags(read_tag_rules(options.tags, options.flavor, problems), facts, other_tags(plan, context));
    for (const auto& warning : plan.tags.warnings) context.log.warning(warning);
    if (plan.tags.immutable.empty()) context.log.warning("no tag names this commit or a complete version: the output immutable_tag is empty");
    for (auto& destination : plan.destinations) {
        auto own = std::exchange(destination.tags, plan.tags.names);
        for (auto& tag : own) {
            if (std::find(destination.tags.begin(), destination.tags.end(), tag) == destination.tags.end()) destination.tags.push_back(std::move(tag));
        }
    }
    const auto fixed = source_date(context.environment.get("SOURCE_DATE_EPOCH").value_or(""));
    plan.build.timestamp = fixed ? fixed : facts.commit_time;
    const auto created = plan.build.timestamp.value_or(std::chrono::floor<std::chrono::seconds>(context.clock.now()));
    const auto& repository = plan.destinations.front().repository.repository;
    const auto standard = standard_labels(source, plan.tags.version, format_timestamp(created), repository.substr(repository.rfind('/') + 1));
    const auto with = [&](const std::map<std::string, std::string>& all, const std::map<std::string, std::string>& own) {
        auto result = all;
        for (const auto& [key, value] : expanded(own, facts)) result[key] = value;
        return result;
    };
    plan.build.labels = with(standard, key_values(options.labels));
    // What is said of the labels holds for the annotations of the same names, too.
    auto same = standard;
    for (auto& [key, value] : same) value = plan.build.labels.at(key);
    const auto annotations = read_annotations(options.annotations, problems);
    plan.build.annotations = with(same, annotations.manifest);
    plan.index_annotations = with(same, annotations.index);
}

/// @param option  "--cache-from"
std::vector<std::string> cache_repositories(const char* option, const std::vector<std::string>& texts, cli::Context& context) {
    std::vector<std::string> repositories;
    for (const auto& text : texts) {
        repositories.push_back(*cache_repository(text));
        if (text.find('=') != std::string::npos) context.log.info(std::string(option) + " '" + text + "' is " + repositories.back() + ": Buildah keeps its cache as tags of a repository");
    }
    return repositories;
}

void read_secrets(const Options& options, Build& build, cli::Context& context, std::vector<Diagnostic>& problems) {
    for (const auto& text : options.secrets) build.secrets.push_back(parse_secret(text));
    for (const auto& text : options.ssh) build.ssh.push_back(parse_ssh(text));
    prepare_secrets(build.secrets, context, problems);
    check_ssh(build.ssh, context, problems);
}

/// Buildah would run the step without it.
void check_secrets_are_given(const Plan& plan, std::vector<Diagnostic>& problems) {
    for (const auto& use : plan.needs.secrets) {
        const auto& given = plan.build.secrets;
        if (std::any_of(given.begin(), given.end(), [&](const SecretSource& secret) { return secret.id == use.id; })) continue;
        problems.push_back({.message = "a RUN step mounts the secret '" + visible(use.id) + "', and --secret gives none of that name",
                            .place = {.file = plan.build.containerfile, .line = use.line},
                            .hint = "give it with --secret id=" + use.id + ",env=VARIABLE or src=FILE, or write required=false"});
    }
}

void read_containerfile(const Options& options, Plan& plan, cli::Context& context) {
    auto& build = plan.build;
    build.containerfile = find_containerfile(options, context);
    build.ignore_file = find_ignore_file(options.context, build.containerfile, context.files);
    plan.containerfile_text = context.files.read(build.containerfile);
    plan.is_template = io::Path(build.containerfile).extension() == ".in";
    std::vector<Diagnostic> problems;
    build.arguments = collect_arguments(options.build_args, options.build_arg_files, context, problems);
    read_secrets(options, build, context, problems);
    if (plan.is_template) {
        plan.needs.unknowable.push_back(build.containerfile + " goes through the C preprocessor");
        plan.needs.uses_caches = plan.containerfile_text.find("type=cache") != std::string::npos;
    } else {
        std::map<std::string, std::string> values;
        for (const auto& argument : build.arguments) values[argument.name] = argument.value;
        plan.needs = read_needs(plan.containerfile_text, values, options.target);
    }
    build.uses_caches = plan.needs.uses_caches;
    check_secrets_are_given(plan, problems);
    if (!problems.empty()) throw Error(ExitCode::misuse, std::move(problems));
}

std::vector<std::string> digests_to_join(const std::vector<std::string>& texts) {
    std::vector<std::string> digests;
    for (const auto& text : texts) {
        if (std::find(digests.begin(), digests.end(), text) == digests.end()) digests.push_back(text);
    }
    return digests;
}

/// "refs/tags/v1.2.3"
std::string ref_of(const Source& source) {
    if (!source.tag.empty()) return "refs/tags/" + source.tag;
    return source.branch.empty() ? std::string() : "refs/heads/" + source.branch;
}

/// With --show the argument that else is the folder.
Plan plan_to_show(const Options& options, cli::Context& context) {
    Plan plan;
    plan.tls = options.tls;
    plan.platforms = platform_list(options.platforms);
    const auto images = meaningful_lines(options.images);
    plan.shown = options.context == "." && !images.empty() ? images.front() : options.context;
    auto image = read_image(plan.shown);
    if (image.registry.empty()) throw misuse("cannot show " + visible(plan.shown) + ": it names no registry", "write for example registry.example.com/" + image.repository + ", or docker.io/" + image.repository);
    if (image.tag.empty() && image.digest.empty()) image.tag = "latest";
    plan.destinations = {{image, {}}};
    plan.login = collect_credentials(options, {image}, context);
    return plan;
}

} // namespace

Plan BuildImage::plan(const Options& options, cli::Context& context) {
    check_files(options, context);
    if (!options.show.empty()) return plan_to_show(options, context);
    check_context(options.context, context);
    Plan plan;
    plan.tls = options.tls;
    plan.push = !options.no_push;
    plan.by_digest = options.push_by_digest;
    if (options.sbom) plan.attached.emplace_back("SBOM");
    if (options.provenance) plan.attached.emplace_back("provenance");
    plan.scan = options.scan;
    plan.signs = options.sign;
    if (options.sign) Cosign::check(options.sign_key, context);
    plan.platforms = platform_list(options.platforms);
    plan.joined = digests_to_join(options.join);
    auto& build = plan.build;
    build.context_folder = options.context;
    build.target = options.target;
    if (plan.joined.empty()) read_containerfile(options, plan, context);

    plan.destinations = read_destinations(options, context);
    std::vector<registry::Reference> images;
    for (const auto& destination : plan.destinations) images.push_back(destination.repository);
    plan.login = collect_credentials(options, images, context);
    const auto source = find_source(options.context, context);
    plan.commit = source.commit;
    plan.source = source.repository;
    plan.source_ref = ref_of(source);
    choose_names(options, source, plan, context);
    build.title = images.front().name();
    // An image index names its images by digest; a tag of this machine can name one platform alone.
    if (plan.platforms.size() < 2) build.names = plan.full_tags();
    build.network = options.network;
    build.isolation = options.isolation.empty() && inside_container(context) ? "chroot" : options.isolation;
    build.cache = {.local = options.layers, .from = cache_repositories("--cache-from", options.cache_from, context), .to = cache_repositories("--cache-to", options.cache_to, context)};
    return plan;
}

} // namespace slipway::build_image
