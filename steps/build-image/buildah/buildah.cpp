#include "build-image/buildah/buildah.hpp"

#include "build-image/buildah/complaint.hpp"
#include "build-image/buildah/containers.hpp"
#include "core/encoding.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "registry/reference.hpp"
#include "build-image/buildah/talk.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <random>

namespace slipway::build_image {

namespace {

constexpr Duration info_patience{60'000};
constexpr int push_attempts = 4;
constexpr Duration first_push_delay{1'000};

std::string random_mark() {
    std::random_device device;
    std::string bytes;
    for (int i = 0; i < 8; ++i) bytes += static_cast<char>(device());
    return "slipway-" + hexadecimal(bytes);
}

/// Doubled each time; at random between half of it and all, so that several jobs do not come back together.
Duration push_delay(int attempt) {
    static std::mt19937 engine{std::random_device{}()};
    const double full = static_cast<double>(first_push_delay.count()) * static_cast<double>(1 << (attempt - 1));
    return Duration{static_cast<Duration::rep>(full * std::uniform_real_distribution<>(0.5, 1.0)(engine))};
}

void add_registry_options(std::vector<std::string>& argv, const Places& places, const cli::TlsOptions& tls) {
    argv.insert(argv.end(), {"--authfile", places.auth_file});
    if (!places.certificates.empty()) argv.insert(argv.end(), {"--cert-dir", places.certificates});
    if (tls.allow_insecure) argv.emplace_back("--tls-verify=false");
}

/// A path that no option parser takes for an option.
std::string as_argument(const std::string& path) { return path[0] == '-' ? "./" + path : path; }

std::string in_words(const Complaint& complaint) {
    return complaint.step.empty() ? complaint.why : '\'' + one_line(complaint.step) + "': " + complaint.why;
}

} // namespace

std::vector<std::string> build_command(const Build& build, const Places& places, const cli::TlsOptions& tls) {
    // Buildah takes --force-rm, without which a failed build leaves its containers, only together with --no-cache.
    std::vector<std::string> argv = {"buildah", "build", "--layers=false", "--no-cache", "--force-rm",
                                     "--file", as_argument(build.containerfile), "--iidfile", places.image_id};
    // A secret that no instruction asks for has no effect, but is kept in the working container's description.
    argv.insert(argv.end(), {"--secret", "id=" + places.mark + ",src=/dev/null"});
    add_registry_options(argv, places, tls);
    const auto add = [&](const char* option, const std::string& value) {
        if (!value.empty()) argv.insert(argv.end(), {option, value});
    };
    add("--isolation", build.isolation);
    add("--platform", build.platform);
    add("--target", build.target);
    if (build.timestamp) add("--timestamp", std::to_string(std::chrono::floor<std::chrono::seconds>(*build.timestamp).time_since_epoch().count()));
    for (const auto& argument : build.arguments) add("--build-arg", argument);
    for (const auto& [key, value] : build.labels) add("--label", key + '=' + value);
    for (const auto& [key, value] : build.annotations) add("--annotation", key + '=' + value);
    for (const auto& name : build.names) add("--tag", name);
    argv.push_back(as_argument(build.context_folder));
    return argv;
}

std::vector<std::string> push_command(const std::string& image_id, const std::string& name, const Places& places,
                                      const cli::TlsOptions& tls) {
    // Its own attempts leave out what fails most often, a status of 5xx, so there are others around it; 0 would mean 3.
    std::vector<std::string> argv = {"buildah", "push", "--retry", "1", "--retry-delay", "10ms", "--digestfile", places.digest};
    add_registry_options(argv, places, tls);
    argv.insert(argv.end(), {image_id, "docker://" + name});
    return argv;
}

Buildah::Buildah(const Build& build, const std::string& auth_json, const cli::TlsOptions& tls, cli::Context& context)
    : build_(build), tls_(tls), context_(context), workspace_(context) {
    const auto place = [&](const char* name) { return (workspace_.path() / name).string(); };
    if (!build.storage_driver.empty()) environment_.set("STORAGE_DRIVER", build.storage_driver);
    places_ = {.auth_file = place("auth.json"), .certificates = {}, .image_id = place("image-id"), .digest = place("digest"), .mark = random_mark()};
    context_.files.write_atomic(places_.auth_file, auth_json, io::Access::owner_only);
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

std::string Buildah::build() {
    WorkingContainers containers(containers_folder(), places_.mark, environment_, context_);
    // Buildah keeps what cache mounts hold in its temporary folder, and that must outlive this run.
    const auto result = run(build_command(build_, places_, tls_), "building " + build_.names.front(), build_.uses_caches ? io::Path() : workspace_.path());
    if (!result.ok()) throw failure("cannot build " + build_.context_folder, result);
    containers.are_gone();
    const auto words = context_.files.read(places_.image_id);
    auto id = std::string(trim(words));
    if (id.rfind("sha256:", 0) == 0) id.erase(0, 7);
    if (!registry::is_digest("sha256:" + id)) throw world_failure("buildah built an image, but says no ID: '" + visible(id) + "'");
    return id;
}

std::string Buildah::push(const std::string& image_id, const std::string& name) {
    for (int attempt = 1;; ++attempt) {
        const auto result = run(push_command(image_id, name, places_, tls_), "pushing " + name, workspace_.path());
        if (result.ok()) break;
        const auto complaint = read_complaint(result, Phase::push);
        if (!complaint.passing || attempt == push_attempts) throw world_failure("cannot push " + name + ": " + complaint.why, complaint.hint);
        const auto delay = push_delay(attempt);
        context_.log.warning("pushing " + name + " again in " + format_duration(delay) + " (attempt " + std::to_string(attempt + 1) + " of " +
                             std::to_string(push_attempts) + "): " + complaint.why);
        context_.clock.sleep_for(delay);
    }
    const auto digest = context_.files.read(places_.digest);
    if (!registry::is_digest(trim(digest))) throw world_failure("buildah pushed " + name + ", but says no digest: '" + visible(digest) + "'");
    return std::string(trim(digest));
}

io::ProcessResult Buildah::run(std::vector<std::string> argv, const std::string& doing, const io::Path& temporary_folder) {
    Talk talk(doing, context_);
    io::Command command{.argv = std::move(argv), .environment = environment_};
    if (!temporary_folder.empty()) command.environment.set("TMPDIR", temporary_folder.string());
    command.on_line = [&](io::Stream, std::string_view line) { talk.line(line); };
    command.on_wait = [&] { talk.wait(); };
    return context_.processes.run(command);
}

/// Where Buildah describes its working containers. Also shows, before anything is built, whether it works here at all.
std::string Buildah::containers_folder() {
    const auto result = context_.processes.run({.argv = {"buildah", "info"}, .environment = environment_, .timeout = info_patience});
    if (!result.ok()) {
        const auto complaint = read_complaint(result, Phase::push); // nothing of it can be the Containerfile's fault
        throw world_failure("buildah does not work here: " + complaint.why, complaint.hint);
    }
    const auto info = nlohmann::json::parse(result.out, nullptr, false);
    try {
        const auto& store = info.at("store");
        return store.at("GraphRoot").get<std::string>() + '/' + store.at("GraphDriverName").get<std::string>() + "-containers";
    } catch (const nlohmann::json::exception&) {
        throw world_failure("buildah does not work here: 'buildah info' does not say where its storage is");
    }
}

Error Buildah::failure(const std::string& what, const io::ProcessResult& result) const {
    const auto complaint = read_complaint(result, Phase::build);
    Diagnostic diagnostic{.message = what + ": " + in_words(complaint), .hint = complaint.hint};
    if (!complaint.step.empty()) {
        if (const auto line = line_of_step(context_.files.read(build_.containerfile), complaint.step)) {
            diagnostic.place = {.file = build_.containerfile, .line = *line};
        }
    }
    return {code_for(complaint.cause), diagnostic};
}

} // namespace slipway::build_image
