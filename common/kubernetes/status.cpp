#include "kubernetes/status.hpp"

#include "core/text.hpp"

#include <nlohmann/json.hpp>

namespace slipway::kubernetes {

namespace {

using Json = nlohmann::json;

constexpr std::size_t most_words = 500; // of an answer that is not in Kubernetes' form

std::string text_at(const Json& object, const char* key) {
    if (!object.is_object()) return {};
    const auto value = object.find(key);
    return value != object.end() && value->is_string() ? value->get<std::string>() : std::string();
}

std::string words_of(std::string_view text) { return visible(one_line(trim(text))); }

bool has(const std::string& text, std::string_view words) { return text.find(words) != std::string::npos; }

/// The name in `conflict with "NAME" using v1 at TIME`; Go writes it in quotes, with escapes that JSON has, too.
std::string quoted_name(std::string_view text) {
    const auto begin = text.find('"');
    if (begin == std::string_view::npos) return words_of(text);
    auto end = begin + 1;
    while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
    const auto quoted = text.substr(begin, std::min(end + 1, text.size()) - begin);
    const auto name = Json::parse(quoted, nullptr, false);
    return name.is_string() ? name.get<std::string>() : std::string(quoted);
}

/// @source k8s.io/apimachinery/pkg/util/managedfields/internal/conflict.go
std::vector<Conflict> conflicts_in(const std::string& message) {
    std::vector<Conflict> found;
    std::string manager;
    for (const auto line : lines(message)) {
        if (const auto field = trim(line); field.starts_with("- ") && !manager.empty()) {
            found.push_back({manager, std::string(field.substr(2))});
            continue;
        }
        const auto begin = line.find("conflict");
        const auto with = line.find(" with \"", begin == std::string_view::npos ? 0 : begin);
        if (with == std::string_view::npos) continue;
        manager = quoted_name(line.substr(with));
        const auto colon = line.find(": .", with);
        if (colon != std::string_view::npos) found.push_back({manager, std::string(trim(line.substr(colon + 2)))});
    }
    if (found.empty() && !manager.empty()) found.push_back({manager, {}});
    return found;
}

bool is_wrong_field(const std::string& message) { return message.starts_with("failed to create typed patch object") || message.starts_with("failed to create manager for existing fields"); }

/// The second comes from the client that the server speaks to etcd with.
bool is_too_large(const std::string& message) { return has(message, "request is too large") || has(message, "trying to send message larger than max"); }

bool is_denied(const std::string& message) { return has(message, "denied the request") || has(message, "denied request") || has(message, "exceeded quota"); }

/// The mistakes in a 500 about the schema: one, or "errors:" and one a line.
std::vector<std::string> wrong_fields(const std::string& message) {
    std::vector<std::string> found;
    const auto end = message.find("): ");
    const std::string rest = end == std::string::npos ? message : message.substr(end + 3);
    for (const auto line : lines(rest)) {
        auto words = trim(line);
        if (words == "errors:" || words.empty()) continue;
        if (words.starts_with('.')) words.remove_prefix(1); // the other mistakes' fields have no point in front
        found.push_back(visible(words));
    }
    return found;
}

class Failure {
public:
    Failure(const Asked& asked, const Status& status) : asked_(asked), status_(status) {}

    Error error() const {
        const auto& message = status_.message;
        const int code = status_.code;
        if (status_.is_status && is_denied(message)) return refuse({words_of(message)});
        if (status_.is_status && is_wrong_field(message)) return refuse(wrong_fields(message), "does the cluster's definition of " + asked_.resource + " know that field? an older one may not");
        if (status_.is_status && has(message, "does not support dry run")) return fail("before anything is changed, the server is asked whether it takes it: the webhook has to say sideEffects: None or NoneOnDryRun");
        if (code == 413 || is_too_large(message)) return refuse({"it is too large (" + size_in_words(asked_.bytes) + "): " + words_of(message)}, "make several objects of it");
        if (code == 401) return fail("the credentials are wrong or no longer valid");
        if (code == 403) return fail(has(message, "being terminated") ? "the namespace is being deleted" : rights());
        if (code == 404) return missing();
        if (code == 415) return fail("server-side apply needs Kubernetes 1.22 or newer");
        if (status_.is_status && (code == 400 || code == 409 || code == 410 || code == 422)) return refuse(causes());
        return fail(has(message, "failed calling webhook") ? "the webhook that checks such objects does not work; see the service that it names" : "");
    }

private:
    Error refuse(const std::vector<std::string>& reasons, const std::string& hint = {}) const {
        std::vector<Diagnostic> diagnostics;
        diagnostics.reserve(reasons.size());
        for (const auto& reason : reasons) diagnostics.push_back({.message = "Kubernetes refuses " + asked_.what + ": " + reason, .hint = hint});
        return {ExitCode::refused, diagnostics};
    }

    Error fail(const std::string& hint) const {
        const auto words = words_of(status_.message);
        return world_failure(asked_.method + ' ' + io::url_for_people(asked_.url) + ": status " + std::to_string(status_.code) + (words.empty() ? "" : ": " + words), hint);
    }

    std::string rights() const {
        return "the account needs the verbs " + asked_.verbs + " for " + asked_.resource + (asked_.name_space.empty() ? "" : " in the namespace " + asked_.name_space);
    }

    Error missing() const {
        if (status_.is_status && status_.kind == "namespaces") {
            return refuse({"there is no namespace '" + visible(status_.name) + '\''}, "create it, or name another one");
        }
        if (asked_.resource.find('.') == std::string::npos) return fail("is this really the address of a Kubernetes API server?");
        const bool is_operators = asked_.resource.ends_with(".monitoring.coreos.com");
        return fail("the cluster has no resource " + asked_.resource + (is_operators ? ": install the Prometheus operator's resource definitions" : ": install its resource definition"));
    }

    std::vector<std::string> causes() const {
        std::vector<std::string> found;
        for (const auto& cause : status_.causes) found.push_back((cause.field.empty() ? "" : visible(cause.field) + ": ") + words_of(cause.message));
        if (found.empty()) found.push_back(words_of(status_.message));
        return found;
    }

    const Asked& asked_;
    const Status& status_;
};

} // namespace

Status read_status(const io::Response& response) {
    Status status{.code = response.status};
    const auto json = Json::parse(response.body, nullptr, false);
    status.is_status = text_at(json, "kind") == "Status" && text_at(json, "apiVersion") == "v1";
    if (!status.is_status) {
        status.message = trim(std::string_view(response.body).substr(0, most_words));
        status.message.resize(valid_utf8_length(status.message)); // it may be cut within a character
        return status;
    }
    status.message = text_at(json, "message");
    status.reason = text_at(json, "reason");
    const auto details = json.find("details");
    if (details == json.end() || !details->is_object()) return status;
    status.name = text_at(*details, "name");
    status.kind = text_at(*details, "kind");
    if (const auto causes = details->find("causes"); causes != details->end() && causes->is_array()) {
        for (const auto& cause : *causes) status.causes.push_back({text_at(cause, "reason"), text_at(cause, "message"), text_at(cause, "field")});
    }
    return status;
}

std::vector<Conflict> conflicts_of(const Status& status) {
    if (status.code != 409) return {};
    std::vector<Conflict> found;
    for (const auto& cause : status.causes) {
        if (cause.reason == "FieldManagerConflict") found.push_back({quoted_name(cause.message), cause.field});
    }
    if (found.empty() && status.message.starts_with("Apply failed with ")) return conflicts_in(status.message);
    return found;
}

bool is_final(const io::Response& response) {
    if (response.status < 500) return false;
    const auto status = read_status(response);
    return status.is_status && (is_wrong_field(status.message) || is_too_large(status.message) || is_denied(status.message));
}

Error failure(const Asked& asked, const Status& status) { return Failure(asked, status).error(); }

} // namespace slipway::kubernetes
