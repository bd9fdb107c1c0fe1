#include "build-image/buildah/buildah.hpp"

#include "build-image/buildah/complaint.hpp"
#include "build-image/buildah/containers.hpp"
#include "cli/talk.hpp"
#include "core/encoding.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "io/limits.hpp"
#include "registry/manifests.hpp"
#include "registry/reference.hpp"

#include <random>

namespace slipway::build_image {

namespace {

constexpr std::uint64_t large_blob = 1024 * 1024; // bytes

std::string random_mark() {
    std::random_device device;
    std::string bytes;
    for (int i = 0; i < 8; ++i) bytes += static_cast<char>(device());
    return "slipway-" + hexadecimal(bytes);
}

/// A path that no option parser takes for an option.
std::string as_argument(const std::string& path) { return path[0] == '-' ? "./" + path : path; }

std::string in_words(const Complaint& complaint) {
    return complaint.step.empty() ? complaint.why : '\'' + one_line(complaint.step) + "': " + complaint.why;
}

void add_cache_options(std::vector<std::string>& argv, const LayerCache& cache) {
    if (!cache.is_used()) {
        // Buildah takes --force-rm, without which a failed build leaves its containers, only together with --no-cache.
        argv.insert(argv.end(), {"--layers=false", "--no-cache", "--force-rm"});
        return;
    }
    argv.emplace_back("--layers=true");
    for (const auto& repository : cache.from) argv.insert(argv.end(), {"--cache-from", repository});
    for (const auto& repository : cache.to) argv.insert(argv.end(), {"--cache-to", repository});
}

} // namespace

std::string seconds_of(Timestamp time) { return std::to_string(std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count()); }

std::vector<std::string> build_command(const Build& build, const std::string& platform, const Places& places, const Tool& tool, const cli::TlsOptions& tls) {
    auto argv = tool.command("build");
    add_cache_options(argv, build.cache);
    argv.insert(argv.end(), {"--file", as_argument(places.containerfile), "--iidfile", places.image_id});
    // A secret that no instruction asks for has no effect, but is kept in the working container's description.
    argv.insert(argv.end(), {"--secret", "id=" + places.mark + ",src=/dev/null"});
    argv.insert(argv.end(), {"--authfile", places.auth_file});
    const auto add = [&](const char* option, const std::string& value) {
        if (!value.empty()) argv.insert(argv.end(), {option, value});
    };
    add("--cert-dir", places.certificates);
    if (tls.allow_insecure) argv.emplace_back("--tls-verify=false");
    add("--ignorefile", build.ignore_file);
    add("--isolation", build.isolation);
    add("--network", build.network);
    add("--platform", platform);
    add("--target", build.target);
    if (build.timestamp) add("--timestamp", seconds_of(*build.timestamp));
    for (const auto& argument : build.arguments) add("--build-arg", argument.from_environment ? argument.name : argument.name + '=' + argument.value);
    for (const auto& secret : build.secrets) add("--secret", to_argument(secret));
    for (const auto& source : build.ssh) add("--ssh", to_argument(source));
    for (const auto& [key, value] : build.labels) add("--label", key + '=' + value);
    for (const auto& [key, value] : build.annotations) add("--annotation", key + '=' + value);
    for (const auto& name : build.names) add("--tag", name);
    argv.push_back(as_argument(build.context_folder));
    return argv;
}

Buildah::Buildah(const Build& build, const Tool& tool, const std::string& auth_json, const std::string& registries_conf, const cli::TlsOptions& tls,
                 cli::Context& context)
    : build_(build), tool_(tool), tls_(tls), context_(context), environment_(tool.environment), workspace_(context) {
    const auto place = [&](const char* name) { return (workspace_.path() / name).string(); };
    places_ = {.auth_file = place("auth.json"), .certificates = {}, .containerfile = build.containerfile, .image_id = place("image-id"), .mark = random_mark()};
    context_.files.write_atomic(places_.auth_file, auth_json, io::Access::owner_only);
    if (!registries_conf.empty()) {
        context_.files.write_atomic(place("registries.conf"), registries_conf, io::Access::usual);
        environment_.set("CONTAINERS_REGISTRIES_CONF", place("registries.conf"));
    }
    prepare_certificates();
}

void Buildah::prepare_certificates() {
    if (tls_.ca_file.empty() && tls_.client_cert.empty()) return;
    const auto folder = workspace_.path() / "certificates";
    context_.files.make_folders(folder);
    places_.certificates = folder.string();
    const auto copy = [&](const std::string& from, const char* name, const char* kind) {
        if (from.empty()) return;
        const auto pem = context_.files.read(from);
        if (pem.find(std::string(kind) + "-----") == std::string::npos) {
            throw misuse("cannot use " + from + ": it holds no " + lower(kind) + " in PEM form");
        }
        context_.files.write_atomic(folder / name, pem, io::Access::owner_only);
    };
    copy(tls_.ca_file, "ca.crt", "CERTIFICATE");
    copy(tls_.client_cert, "client.cert", "CERTIFICATE");
    // One file may hold both.
    copy(tls_.client_key.empty() ? tls_.client_cert : tls_.client_key, "client.key", "PRIVATE KEY");
}

std::string Buildah::build(const Rewritten& containerfile, const std::string& platform) {
    places_.containerfile = build_.containerfile;
    if (!containerfile.text.empty()) {
        places_.containerfile = (workspace_.path() / "Containerfile").string();
        context_.files.write_atomic(places_.containerfile, containerfile.text, io::Access::owner_only);
    }
    WorkingContainers containers(tool_.storage + '/' + tool_.driver + "-containers", places_.mark, tool_.command("rm"), environment_, context_);
    io::Command command{.argv = build_command(build_, platform, places_, tool_, tls_), .environment = environment_};
    const auto limits = io::limits_for_buildah(context_.files);
    command.argv.insert(command.argv.end() - 1, limits.begin(), limits.end());
    // Buildah keeps what cache mounts hold in its temporary folder, and that must outlive this run.
    if (!build_.uses_caches) command.environment.set("TMPDIR", workspace_.path().string());
    const auto result = run(std::move(command), "building " + build_.title + (platform.empty() ? "" : " for " + platform));
    if (!result.ok()) throw failure(containerfile, result);
    containers.are_gone();
    const auto words = context_.files.read(places_.image_id);
    auto id = std::string(trim(words));
    if (id.rfind("sha256:", 0) == 0) id.erase(0, 7);
    if (!registry::is_digest("sha256:" + id)) throw world_failure("buildah built an image, but says no ID: '" + visible(id) + "'");
    return id;
}

io::Path Buildah::export_image(const std::string& image_id, const std::set<std::string>& elsewhere, const std::function<void(const io::Path&)>& on_blob) {
    // Buildah's name for the layout may hold no colon, which the path to the workspace may.
    const auto name = "layout" + std::to_string(++exports_);
    const auto blobs = workspace_.path() / name / "blobs" / "sha256";
    leave_out(elsewhere, blobs);
    // A blob gets its name when it is complete.
    std::set<std::string> seen;
    const auto look = [&] {
        for (const auto& blob : context_.files.list(blobs)) {
            if (!seen.insert(blob).second) continue;
            const auto status = context_.files.status(blobs / blob);
            if (status && status->size >= large_blob) on_blob(blobs / blob);
        }
    };
    push_to({image_id, "oci:" + name + ":image"}, "compressing " + build_.title, look);
    return workspace_.path() / name;
}

io::Path Buildah::export_uncompressed(const std::string& image_id, const std::set<std::string>& unwanted) {
    const auto name = "layers" + std::to_string(++exports_);
    const auto folder = workspace_.path() / name;
    leave_out(unwanted, folder);
    // Without it Buildah takes the folder for somebody else's.
    context_.files.append(folder / "version", "Directory Transport Version: 1.1\n");
    push_to({"--disable-compression", image_id, "dir:" + name}, "reading the layers of " + build_.title, {});
    return folder;
}

/// Buildah takes a blob that is there already for the right one.
void Buildah::leave_out(const std::set<std::string>& digests, const io::Path& folder) {
    context_.files.make_folders(folder);
    for (const auto& digest : digests) context_.files.append(folder / registry::hex_of(digest), "");
}

/// @param arguments  the image's ID and where it goes, below the workspace
void Buildah::push_to(const std::vector<std::string>& arguments, const std::string& doing, const std::function<void()>& on_wait) {
    io::Command command{.argv = tool_.command("push"), .environment = environment_, .directory = workspace_.path()};
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    command.environment.set("TMPDIR", workspace_.path().string());
    const auto result = run(std::move(command), doing, on_wait);
    if (result.ok()) return;
    const auto complaint = read_complaint(result, Phase::push);
    throw world_failure("cannot export the image of " + build_.title + ": " + complaint.why, complaint.hint);
}

io::ProcessResult Buildah::run(io::Command command, const std::string& doing, const std::function<void()>& on_wait) {
    cli::Talk talk(doing, context_);
    command.on_line = [&](io::Stream, std::string_view line) { talk.line(line); };
    command.on_wait = [&] {
        talk.wait();
        if (on_wait) on_wait();
    };
    return context_.processes.run(command);
}

Error Buildah::failure(const Rewritten& containerfile, const io::ProcessResult& result) const {
    const auto complaint = read_complaint(result, Phase::build);
    Diagnostic diagnostic{.message = "cannot build " + build_.context_folder + ": " + in_words(complaint), .hint = complaint.hint};
    if (!complaint.step.empty()) {
        if (const auto line = line_of_step(context_.files.read(places_.containerfile), complaint.step)) {
            diagnostic.place = {.file = build_.containerfile, .line = containerfile.original_line(*line)};
        }
    }
    return {code_for(complaint.cause), diagnostic};
}

} // namespace slipway::build_image
