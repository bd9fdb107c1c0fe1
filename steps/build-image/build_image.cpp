#include "build_image.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "registry/api.hpp"

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

void check_build_arguments(const std::vector<std::string>& arguments, cli::Context& context) {
    std::vector<Diagnostic> problems;
    for (const auto& argument : arguments) {
        if (argument.find('=') != std::string::npos || context.environment.get(argument)) continue;
        problems.push_back({.message = "no value for --build-arg " + argument + ": there is no such environment variable", .hint = "write " + argument + "=VALUE"});
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

std::map<std::string, std::string> labels_for(const Options& options, const Source& source, const Tags& tags,
                                              const std::string& title, cli::Context& context) {
    const auto fixed = source_date(context.environment.get("SOURCE_DATE_EPOCH").value_or(""));
    auto created = source.time;
    if (fixed) created = format_timestamp(*fixed);
    else if (created.empty()) created = format_timestamp(std::chrono::floor<std::chrono::seconds>(context.clock.now()));
    auto labels = standard_labels(source, tags, created, title);
    for (const auto& [key, value] : key_values(options.labels)) labels[key] = value;
    return labels;
}

/// A command as it could be typed.
std::string typed(const std::vector<std::string>& argv) {
    std::string text;
    for (auto argument : argv) {
        constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:/@%+=,-";
        if (argument.empty() || argument.find_first_not_of(plain) != std::string::npos) {
            replace_all(argument, "'", "'\\''");
            argument = '\'' + argument + '\'';
        }
        text += (text.empty() ? "" : " ") + argument;
    }
    return text;
}

std::string full_name(const registry::Reference& image, const std::string& tag) { return image.name() + ':' + tag; }

cli::Json to_json(const std::map<std::string, std::string>& values) {
    auto json = cli::Json::object();
    for (const auto& [key, value] : values) json[key] = value;
    return json;
}

cli::Json text_or_null(const std::string& text) { return text.empty() ? cli::Json(nullptr) : cli::Json(text); }

/// The fields that a plan knows as well.
cli::Report describe(const Plan& plan, const std::string& digest) {
    cli::Report report;
    report.json["image"] = digest.empty() ? cli::Json(nullptr) : cli::Json(plan.images.front().name() + '@' + digest);
    report.json["digest"] = text_or_null(digest);
    report.json["tags"] = plan.build.names;
    report.json["immutable_tag"] = text_or_null(plan.tags.immutable);
    report.json["version"] = plan.tags.version;
    report.json["commit"] = text_or_null(plan.commit);
    report.json["labels"] = to_json(plan.build.labels);
    report.json["annotations"] = to_json(plan.build.annotations);
    report.json["skipped"] = false;
    return report;
}

/// Asks the registry itself, which may have answered Buildah's requests with yes and kept nothing.
void verify(const registry::Reference& image, const std::string& digest, const Plan& plan, cli::Context& context) {
    const auto name = full_name(image, image.tag);
    const auto credentials = plan.login.file.find(image);
    registry::Lookup found;
    bool kept = false; // whatever the tag names
    try {
        found = registry::look_up(image, credentials, plan.tls, context);
        if (found.answer == registry::Lookup::Answer::found && found.digest != digest) {
            const registry::Reference manifest{.registry = image.registry, .repository = image.repository, .tag = "", .digest = digest};
            kept = registry::look_up(manifest, credentials, plan.tls, context).digest == digest;
        }
    } catch (const Error& error) {
        context.log.warning(name + " is pushed, but the registry cannot be asked for it: " + error.what());
        return;
    }
    switch (found.answer) {
    case registry::Lookup::Answer::found:
        if (found.digest == digest) return;
        if (!kept) throw world_failure("buildah pushed " + name + " as " + digest + ", but the registry has only " + found.digest + " there");
        // Another pipeline on the same branch; what this one hands on is the digest.
        context.log.warning("somebody else has just pushed " + name + ": it names " + found.digest + " now, not " + digest);
        return;
    case registry::Lookup::Answer::missing: throw world_failure("buildah pushed " + name + ", but the registry does not have it: " + found.words);
    case registry::Lookup::Answer::nonsense: throw world_failure("buildah pushed " + name + ", but what is there is no registry: " + found.words);
    case registry::Lookup::Answer::refused: break;
    }
    context.log.warning(name + " is pushed, but these credentials may not read it back: " + found.words);
}

/// @return the digest in that repository
std::string push_tags(const registry::Reference& image, const std::string& image_id, const Plan& plan, Buildah& buildah, cli::Context& context) {
    std::string digest;
    for (const auto& tag : plan.tags.names) {
        const auto name = full_name(image, tag);
        const auto pushed = buildah.push(image_id, name);
        if (!digest.empty() && pushed != digest) {
            throw world_failure("the tags of " + image.name() + " have different digests: " + digest + ", and " + pushed + " under " + tag);
        }
        digest = pushed;
        auto reference = image;
        reference.tag = tag;
        verify(reference, digest, plan, context);
        context.log.info("pushed " + name);
    }
    return digest;
}

std::string summary_of(const Result& result) {
    const auto& plan = result.plan;
    std::string text = "### Image\n\n| | |\n|---|---|\n";
    const auto row = [&](const char* name, const std::string& value) {
        if (!value.empty()) text += std::string("| ") + name + " | `" + value + "` |\n";
    };
    row("image", result.digest.empty() ? plan.build.names.front() : plan.images.front().name() + '@' + result.digest);
    for (const auto& name : plan.build.names) row("tag", name);
    row("commit", plan.commit);
    return text;
}

} // namespace

Plan BuildImage::plan(const Options& options, cli::Context& context) {
    check_context(options.context, context);
    Plan plan{.tls = options.tls, .push = !options.no_push};
    plan.build.context_folder = options.context;
    plan.build.containerfile = find_containerfile(options, context);
    plan.build.uses_caches = context.files.read(plan.build.containerfile).find("type=cache") != std::string::npos;
    check_build_arguments(options.build_args, context);
    for (const auto& image : options.images) {
        plan.images.push_back(registry::parse_reference(image));
        // What Buildah calls an image without a registry.
        if (plan.images.back().registry.empty()) plan.images.back().registry = "localhost";
    }

    const auto source = find_source(options.context, context);
    plan.commit = source.commit;
    plan.tags = choose_tags(plain_tags(options.tags), source);
    if (plan.tags.immutable.empty()) context.log.warning("no tag names this commit or a complete version: the output immutable_tag is empty");
    for (const auto& image : plan.images) {
        for (const auto& tag : plan.tags.names) plan.build.names.push_back(full_name(image, tag));
    }
    const auto& repository = plan.images.front().repository;
    plan.build.labels = labels_for(options, source, plan.tags, repository.substr(repository.rfind('/') + 1), context);
    plan.build.annotations = key_values(options.annotations);
    plan.build.arguments = options.build_args;
    plan.build.platform = options.platforms.empty() ? "" : options.platforms.front();
    plan.build.target = options.target;
    plan.build.isolation = options.isolation.empty() && inside_container(context) ? "chroot" : options.isolation;
    plan.build.storage_driver = options.storage_driver;
    plan.build.timestamp = source_date(context.environment.get("SOURCE_DATE_EPOCH").value_or(""));
    plan.login = collect_credentials(options, plan.images, context);
    return plan;
}

Result BuildImage::run(const Options&, const Plan& plan, cli::Context& context) {
    if (!context.processes.has("buildah")) {
        throw world_failure("cannot build: buildah is not installed or not on the PATH", "on Debian: apt-get install buildah");
    }
    Buildah buildah(plan.build, plan.login.file.to_json(), plan.tls, context);
    Result result{.plan = plan, .image_id = buildah.build(), .digest = {}};
    if (!plan.push) return result;
    for (const auto& image : plan.images) {
        const auto digest = push_tags(image, result.image_id, plan, buildah, context);
        if (result.digest.empty()) result.digest = digest;
        else if (digest != result.digest) context.log.warning(image.name() + " has another digest: " + digest);
    }
    return result;
}

cli::Report BuildImage::report(const Plan& plan) {
    auto report = describe(plan, "");
    const Places places{.auth_file = "TEMPORARY/auth.json",
                        .certificates = plan.tls.ca_file.empty() && plan.tls.client_cert.empty() ? "" : "TEMPORARY/certificates",
                        .image_id = "TEMPORARY/image-id",
                        .digest = "TEMPORARY/digest",
                        .mark = "slipway-RANDOM"};
    const auto command = build_command(plan.build, places, plan.tls);
    report.json["command"] = command;
    report.json["push"] = plan.push;
    report.text = "would build " + plan.build.context_folder + " with " + plan.build.containerfile + '\n';
    for (const auto& name : plan.build.names) report.text += "would " + std::string(plan.push ? "push " : "keep ") + name + '\n';
    for (const auto& [key, value] : plan.build.labels) report.text += "label " + key + '=' + value + '\n';
    for (const auto& [key, value] : plan.build.annotations) report.text += "annotation " + key + '=' + value + '\n';
    for (const auto& origin : plan.login.origins) report.text += "credentials: " + origin + '\n';
    report.text += "command: " + typed(command) + '\n';
    return report;
}

cli::Report BuildImage::report(const Result& result) {
    const auto& plan = result.plan;
    auto report = describe(plan, result.digest);
    report.json["image_id"] = result.image_id;
    report.text = (plan.push ? result.digest : result.image_id) + '\n';
    report.outputs = {{"image", plan.push ? plan.images.front().name() + '@' + result.digest : ""},
                      {"digest", result.digest},
                      {"tags", join(plan.build.names, " ")},
                      {"immutable_tag", plan.tags.immutable},
                      {"version", plan.tags.version},
                      {"commit", plan.commit},
                      {"skipped", "false"},
                      {"image_id", result.image_id}};
    report.summary = summary_of(result);
    return report;
}

} // namespace slipway::build_image
