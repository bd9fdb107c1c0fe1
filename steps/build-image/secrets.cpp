#include "secrets.hpp"

#include "core/text.hpp"

#include <algorithm>

namespace slipway::build_image {

namespace {

/// Buildah reads its own options as a list with commas, without any quoting.
void refuse_commas(const std::string& file) {
    if (file.find(',') != std::string::npos) throw misuse("the path '" + visible(file) + "' holds a comma, which Buildah cannot read");
}

bool is_id(std::string_view text) {
    constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
    return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

std::string id_of(std::string_view text) {
    if (!is_id(text)) throw misuse("'" + visible(text) + "' is no name for an id: letters, digits, _, . and - are");
    return std::string(text);
}

} // namespace

SecretSource parse_secret(const std::string& text) {
    SecretSource secret;
    std::string type;
    for (const auto part : split(text, ',')) {
        const auto equals = part.find('=');
        if (equals == std::string_view::npos) throw misuse("'" + visible(part) + "' is no KEY=VALUE");
        const auto key = lower(trim(part.substr(0, equals)));
        const std::string value(part.substr(equals + 1));
        if (key == "id") secret.id = id_of(value);
        else if (key == "env") secret.variable = value;
        else if (key == "src" || key == "source") secret.file = value;
        else if (key == "type") type = value;
        else throw misuse("'" + visible(key) + "' is none of id, env, src and type");
    }
    if (secret.id.empty()) throw misuse("it has no id");
    if (!type.empty() && type != "env" && type != "file") throw misuse("the type '" + visible(type) + "' is neither env nor file");
    if (!secret.variable.empty() && !secret.file.empty()) throw misuse("it has both env and src");
    if (type == "file" && !secret.variable.empty()) throw misuse("a secret of type file has src, not env");
    if (type == "file" && secret.file.empty()) throw misuse("a secret of type file needs src");
    // BuildKit's own spelling of a variable is type=env,src=NAME.
    if (type == "env" && !secret.file.empty()) std::swap(secret.file, secret.variable);
    if (secret.variable.empty() && secret.file.empty()) secret.variable = secret.id;
    refuse_commas(secret.file);
    return secret;
}

SshSource parse_ssh(const std::string& text) {
    const auto equals = text.find('=');
    SshSource source{.id = id_of(std::string_view(text).substr(0, equals)), .files = {}};
    if (equals == std::string::npos) return source;
    const auto files = std::string_view(text).substr(equals + 1);
    for (const auto file : split(files, ',')) {
        if (file.empty()) throw misuse("it names an empty path");
        source.files.emplace_back(file);
    }
    return source;
}

void prepare_secrets(const std::vector<SecretSource>& secrets, cli::Context& context, std::vector<Diagnostic>& problems) {
    for (const auto& secret : secrets) {
        const auto complain = [&](const std::string& why) {
            problems.push_back({.message = "no value for the secret " + secret.id + ": " + why,
                                .hint = "Buildah would build with an empty one, and the RUN step would have to notice"});
        };
        if (!secret.variable.empty()) {
            const auto value = context.environment.get(secret.variable);
            if (value) context.commands.mask(Secret(*value));
            else complain("the variable " + secret.variable + " is not set, or empty");
            continue;
        }
        if (context.files.kind(secret.file) != io::FileKind::file) {
            complain("there is no file " + secret.file);
            continue;
        }
        const Secret value(context.files.read(secret.file));
        if (value.empty()) complain("the file " + secret.file + " is empty");
        else context.commands.mask(value);
    }
}

void check_ssh(const std::vector<SshSource>& sources, cli::Context& context, std::vector<Diagnostic>& problems) {
    for (const auto& source : sources) {
        if (source.files.empty() && !context.environment.get("SSH_AUTH_SOCK")) {
            problems.push_back({.message = "cannot use --ssh " + source.id + ": no SSH agent runs (SSH_AUTH_SOCK is not set)",
                                .hint = "name a key: --ssh " + source.id + "=FILE"});
        }
        for (const auto& file : source.files) {
            if (context.files.kind(file) == io::FileKind::none) problems.push_back({.message = "cannot use --ssh " + source.id + ": there is no " + file});
        }
    }
}

std::string to_argument(const SecretSource& secret) {
    return "id=" + secret.id + (secret.variable.empty() ? ",src=" + secret.file : ",env=" + secret.variable);
}

std::string to_argument(const SshSource& source) { return source.files.empty() ? source.id : source.id + '=' + join(source.files, ","); }

} // namespace slipway::build_image
