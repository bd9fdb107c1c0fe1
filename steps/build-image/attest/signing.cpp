#include "build-image/attest/signing.hpp"

#include "cli/talk.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "io/processes.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace slipway::build_image {

namespace {

const std::string complaint_prefix = "error during command execution: ";

/// A document as `cosign attest` takes it.
struct Predicate {
    std::string type;
    std::string bytes;
};

Predicate predicate_of(const Document& document) {
    if (document.kind == DocumentKind::spdx) return {"spdxjson", document.bytes};
    if (document.kind == DocumentKind::cyclonedx) return {"cyclonedx", document.bytes};
    const auto statement = nlohmann::ordered_json::parse(document.bytes, nullptr, false);
    if (!statement.is_object() || !statement.contains("predicate") || !statement.contains("predicateType") || !statement["predicateType"].is_string()) {
        throw world_failure("cannot sign the provenance: it is no in-toto statement");
    }
    // Under the short name of the type cosign would drop fields that it does not know.
    return {statement["predicateType"].get<std::string>(), statement["predicate"].dump()};
}

/// Cosign says it all once more in its last line.
std::string last_words(const io::ProcessResult& result) {
    std::string words;
    for (const auto line : lines(result.err)) {
        if (!trim(line).empty()) words = trim(line);
    }
    if (words.rfind(complaint_prefix, 0) == 0) words.erase(0, complaint_prefix.size());
    return words.empty() ? how_it_ended(result) : visible(words);
}

std::string hint_for(const std::string& words, const std::string& key) {
    if (words.find("decrypt") != std::string::npos) return "COSIGN_PASSWORD has to be the key's password";
    if (!key.empty() || words.find("Fulcio") == std::string::npos) return {};
    return "without --sign-key the CI has to say who it is: on GitHub 'permissions: {id-token: write}', on GitLab 'id_tokens: {SIGSTORE_ID_TOKEN: {aud: sigstore}}'";
}

} // namespace

void Cosign::check(const std::string& key, cli::Context& context) {
    if (!context.processes.has("cosign")) {
        throw misuse("cannot sign: cosign is not installed or not on the PATH", "github.com/sigstore/cosign has it as one file for each platform");
    }
    const bool is_file = key.find(':') == std::string::npos; // env://NAME, awskms://..., pkcs11:...
    if (!key.empty() && is_file && context.files.kind(key) != io::FileKind::file) throw misuse("cannot sign with " + key + ": there is no such file");
}

Cosign::Cosign(std::string key, registry::AuthFile credentials, cli::Context& context)
    : key_(std::move(key)), credentials_(std::move(credentials)), context_(context), folder_(context.files) {}

void Cosign::sign(const registry::Repository& repository, const std::string& digest, bool is_index) {
    run("sign", is_index ? std::vector<std::string>{"--recursive"} : std::vector<std::string>(), repository, digest);
}

void Cosign::attest(const registry::Repository& repository, const std::string& digest, const Document& document) {
    const auto predicate = predicate_of(document);
    const auto file = folder_.path() / "predicate.json";
    context_.files.write_atomic(file, predicate.bytes, io::Access::owner_only);
    // An image that many runs find again would gather the same statement once for each.
    run("attest", {"--replace", "--type=" + predicate.type, "--predicate=" + file.string()}, repository, digest);
}

void Cosign::run(const std::string& verb, const std::vector<std::string>& options, const registry::Repository& repository, const std::string& digest) {
    const auto& [credentials, tls] = repository.access();
    const auto& registry = repository.name().registry;
    // Cosign asks for the repository and for the registry alone, and for Docker Hub under its old name.
    auto file = credentials_;
    if (credentials) file.set(registry == "docker.io" ? "https://index.docker.io/v1/" : registry, *credentials);
    context_.files.write_atomic(folder_.path() / "config.json", file.to_json(), io::Access::owner_only);

    io::Command command{.argv = {"cosign", verb, "--yes"}};
    command.environment.set("DOCKER_CONFIG", folder_.path().string());
    auto& argv = command.argv;
    const auto add = [&](const char* option, const std::string& value) {
        if (!value.empty()) argv.push_back(option + ('=' + value));
    };
    add("--key", key_);
    add("--registry-cacert", tls.ca_file);
    add("--registry-client-cert", tls.client_cert);
    add("--registry-client-key", tls.client_key.empty() ? tls.client_cert : tls.client_key); // one file may hold both
    if (tls.allow_insecure) argv.insert(argv.end(), {"--allow-http-registry", "--allow-insecure-registry"});
    argv.insert(argv.end(), options.begin(), options.end());
    argv.push_back(repository.name().name() + '@' + digest);

    const auto name = repository.name().name() + '@' + digest.substr(0, 19);
    io::ProcessResult result;
    {
        cli::Talk talk("signing " + name, context_);
        command.on_line = [&](io::Stream, std::string_view line) { talk.line(line); };
        command.on_wait = [&] { talk.wait(); };
        result = context_.processes.run(command);
    }
    if (result.ok()) return;
    const auto words = last_words(result);
    throw world_failure("cannot sign " + name + ": cosign " + verb + ": " + words, hint_for(words, key_));
}

} // namespace slipway::build_image
