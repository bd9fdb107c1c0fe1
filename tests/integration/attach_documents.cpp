// What is attached to an image, without building one:
//   attach-documents attach NAME@DIGEST SIZE TYPE=FILE...   prints the digests of the manifests
//   attach-documents list NAME@DIGEST                       prints a line of digest and type each
//   attach-documents read NAME@DIGEST TYPE                  prints the first document of that type
//   attach-documents sign NAME@DIGEST KEY TYPE=FILE...      signs it and the documents by cosign
// As REGISTRY_USER with the password sesame-open, when that is set.

#include "build-image/attest/signing.hpp"
#include "core/error.hpp"
#include "fakes.hpp"
#include "registry/referrers.hpp"

#include <iostream>

using namespace slipway;
using namespace slipway::registry;

namespace {

std::vector<Artifact> artifacts_in(const std::vector<std::string>& arguments, cli::Context& context) {
    std::vector<Artifact> artifacts;
    for (std::size_t i = 3; i < arguments.size(); ++i) {
        const auto equals = arguments[i].find('=');
        const auto type = arguments[i].substr(0, equals);
        artifacts.push_back({.type = type, .media_type = type, .bytes = context.files.read(arguments[i].substr(equals + 1)), .annotations = {{"org.example.kind", type}}});
    }
    return artifacts;
}

int run(const std::vector<std::string>& arguments, cli::Context& context) {
    const auto& verb = arguments.at(0);
    const auto name = parse_reference(arguments.at(1));
    Access access;
    access.tls.allow_insecure = true;
    if (const auto user = context.environment.get("REGISTRY_USER")) access.credentials = Credentials{.user = *user, .password = Secret("sesame-open")};
    Repository repository(name, access, context);
    if (verb == "sign") {
        build_image::Cosign::check(arguments.at(2), context);
        build_image::Cosign cosign(arguments.at(2), {}, context);
        cosign.sign(repository, name.digest, false);
        for (const auto& artifact : artifacts_in(arguments, context)) {
            cosign.attest(repository, name.digest, {build_image::kind_of({.manifest = {}, .type = artifact.type, .annotations = {{"in-toto.io/predicate-type", "https://slsa.dev/provenance/v1"}}}).value(), artifact.bytes});
        }
        return 0;
    }
    Referrers referrers(repository);
    if (verb == "attach") {
        const Descriptor subject{.media_type = "application/vnd.oci.image.manifest.v1+json", .digest = name.digest, .size = std::stoull(arguments.at(2))};
        for (const auto& referrer : referrers.attach(subject, artifacts_in(arguments, context))) std::cout << referrer.manifest.digest << '\n';
        return 0;
    }
    for (const auto& referrer : referrers.list(name.digest)) {
        if (verb == "list") std::cout << referrer.manifest.digest << ' ' << referrer.type << '\n';
        if (verb != "read" || referrer.type != arguments.at(2)) continue;
        std::cout << referrers.read(referrer.manifest.digest, 1'000'000);
        break;
    }
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    fake::World world;
    const io::ProcessEnvironment environment;
    io::DiskFiles files;
    io::ChildProcesses processes(world.cancellation);
    io::SystemClock clock(world.cancellation);
    io::Log log(world.terminal, clock, {.step = "test", .run_id = "run"});
    cli::Context context{.environment = environment, .files = files, .processes = processes, .clock = clock, .log = log,
                         .cancellation = world.cancellation, .commands = world.commands, .ci = world.ci, .http_factory = io::make_http_client};
    try {
        return run({argv + 1, argv + argc}, context);
    } catch (const Error& error) {
        for (const auto& diagnostic : error.diagnostics()) std::cerr << diagnostic.message << "\nhint: " << diagnostic.hint << '\n';
        return static_cast<int>(error.code());
    }
}
