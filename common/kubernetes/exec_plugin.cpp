#include "kubernetes/exec_plugin.hpp"

#include "core/text.hpp"
#include "core/timestamp.hpp"

namespace slipway::kubernetes {

namespace {

using Json = nlohmann::json;

constexpr Duration patience{60'000}; // a plugin may ask a cloud
constexpr std::size_t most_words = 500;
constexpr std::string_view group = "client.authentication.k8s.io/";

Error wrong(const Place& place, std::string message, std::string hint = {}) {
    return {ExitCode::misuse, Diagnostic{.message = std::move(message), .place = place, .hint = std::move(hint)}};
}

std::string text_at(const Json& object, const char* key) {
    const auto value = object.find(key);
    return value != object.end() && value->is_string() ? value->get<std::string>() : std::string();
}

void check(const ExecPlugin& plugin) {
    if (plugin.command.empty()) throw wrong(plugin.place, "'exec' names no command");
    const auto& version = plugin.api_version;
    if (version.empty()) throw wrong(plugin.place, "'exec' has no apiVersion", "it is client.authentication.k8s.io/v1 or client.authentication.k8s.io/v1beta1");
    if (version.text != std::string(group) + "v1" && version.text != std::string(group) + "v1beta1") {
        throw wrong(version.place, "cannot use the plugin's apiVersion '" + visible(version.text) + "'", "update the plugin, and set client.authentication.k8s.io/v1");
    }
    const auto& mode = plugin.interactive_mode;
    if (mode.text == "Always") {
        throw wrong(mode.place, "the plugin '" + visible(plugin.command.text) + "' has to ask somebody (interactiveMode: Always), and nobody is here",
                    "use a user of the kubeconfig that needs no terminal, such as a service account's token");
    }
    if (!mode.empty() && mode.text != "Never" && mode.text != "IfAvailable") throw wrong(mode.place, "'interactiveMode' is Never, IfAvailable or Always");
}

/// @throws Error by `fail`
template <class Fail> ExecCredentials read_answer(const std::string& text, const ExecPlugin& plugin, cli::Context& context, Fail fail) {
    const auto answer = Json::parse(text, nullptr, false);
    if (!answer.is_object() || text_at(answer, "kind") != "ExecCredential") throw fail("its answer is no ExecCredential");
    if (const auto version = text_at(answer, "apiVersion"); version != plugin.api_version.text) {
        throw fail("its answer has the apiVersion '" + visible(version) + "', the kubeconfig says " + plugin.api_version.text);
    }
    const auto status = answer.find("status");
    if (status == answer.end() || !status->is_object()) throw fail("its answer has no status");
    ExecCredentials found{Secret(text_at(*status, "token")), text_at(*status, "clientCertificateData"), Secret(text_at(*status, "clientKeyData"))};
    for (const auto* secret : {&found.token, &found.key}) {
        if (!secret->empty()) context.commands.mask(*secret);
    }
    if (found.certificate.empty() != found.key.empty()) throw fail("its answer has one of clientCertificateData and clientKeyData, and both belong together");
    if (found.token.empty() && found.certificate.empty()) throw fail("its answer has neither a token nor a certificate");
    if (const auto expires = text_at(*status, "expirationTimestamp"); !expires.empty()) {
        const auto until = parse_timestamp(expires);
        if (!until) throw fail("its expirationTimestamp '" + visible(expires) + "' is no time");
        if (*until <= context.clock.now()) throw fail("its credentials expired at " + format_timestamp(*until));
    }
    return found;
}

} // namespace

ExecCredentials run_exec_plugin(const ExecPlugin& plugin, const Json& cluster, cli::Context& context) {
    check(plugin);
    const auto& command = plugin.command.text;
    const auto hint = visible(one_line(trim(plugin.install_hint)));
    const auto fail = [&](const std::string& why, const std::string& what_helps = {}) {
        return Error(ExitCode::world, Diagnostic{.message = "cannot get credentials from '" + visible(command) + "': " + why, .place = plugin.command.place, .hint = what_helps});
    };
    if (!context.processes.has(command)) throw fail(command.find('/') == std::string::npos ? "it is not installed or not on the PATH" : "there is no such program", hint);

    Json info = {{"apiVersion", plugin.api_version.text}, {"kind", "ExecCredential"}, {"spec", {{"interactive", false}}}};
    if (!cluster.is_null()) info["spec"]["cluster"] = cluster;
    io::Command call{.argv = {command}, .timeout = patience};
    call.argv.insert(call.argv.end(), plugin.arguments.begin(), plugin.arguments.end());
    for (const auto& [name, value] : plugin.environment) {
        call.environment.set(name, value);
        // Not every variable is a secret ("eu-west-1"), and no message of ours shows one; the plugin's own words may.
        if (value.reveal().size() >= 16) context.log.hide(value);
    }
    call.environment.set("KUBERNETES_EXEC_INFO", info.dump());
    const auto ended = context.processes.run(call);
    if (!ended.ok()) {
        const auto words = one_line(trim(std::string_view(ended.err).substr(0, most_words)));
        throw fail(io::how_it_ended(ended) + (words.empty() ? "" : ": " + visible(words)));
    }
    return read_answer(ended.out, plugin, context, fail);
}

} // namespace slipway::kubernetes
