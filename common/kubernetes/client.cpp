#include "kubernetes/client.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "kubernetes/sizes.hpp"

namespace slipway::kubernetes {

namespace {

using Json = nlohmann::json;

constexpr Duration patience{60'000}; // the server's own limit, webhooks included
constexpr int page = 200;            // objects; a PrometheusRule has some kilobytes

Asked asked_for(std::string method, std::string url, const Resource& resource, const std::string& name_space, const std::string& name) {
    return {.method = std::move(method), .url = std::move(url), .what = resource.kind + ' ' + name_space + '/' + name, .resource = resource.full_name(), .name_space = name_space};
}

std::string text_at(const Json& object, const char* key) {
    if (!object.is_object()) return {};
    const auto value = object.find(key);
    return value != object.end() && value->is_string() ? value->get<std::string>() : std::string();
}

/// A request for an object without a name, or with "..", would be one for all objects, or for the namespace itself.
/// @source k8s.io/apimachinery/pkg/api/validation/path, IsValidPathSegmentName
void check_name(const std::string& name, const char* what) {
    if (name.empty()) throw misuse(std::string("cannot ask Kubernetes for an object: the name of the ") + what + " is empty");
    if (name == "." || name == ".." || name.find_first_of("/%") != std::string::npos) {
        throw misuse("cannot ask Kubernetes for an object: '" + visible(name) + "' is no name of " + (what[0] == 'o' ? "an " : "a ") + what);
    }
}

/// Whether it is the object that is missing, and not its namespace or all objects of its kind.
bool is_object_missing(const Status& status, const Resource& resource, const std::string& name) {
    return status.code == 404 && status.is_status && status.kind == resource.plural && status.name == name;
}

/// The texts of `Warning: 299 - "text"` headers.
/// @source RFC 7234, section 5.5; k8s.io/apimachinery/pkg/util/net, ParseWarningHeaders
std::vector<std::string> warnings_of(const io::Response& response) {
    std::vector<std::string> found;
    for (const auto& header : response.headers) {
        if (lower(header.name) != "warning" || !header.value.starts_with("299 ")) continue;
        std::string_view rest = header.value;
        // A header may hold several, and their texts may hold anything.
        for (auto at = rest.find('"'); at != std::string_view::npos; at = rest.find('"')) {
            std::string text;
            for (rest.remove_prefix(at + 1); !rest.empty() && rest.front() != '"'; rest.remove_prefix(1)) {
                if (rest.front() == '\\' && rest.size() > 1) rest.remove_prefix(1);
                text += rest.front();
            }
            if (!rest.empty()) rest.remove_prefix(1);
            found.push_back(visible(text));
        }
    }
    return found;
}

/// Why something cannot be read. Who looks again and again is told when it is of no use.
[[noreturn]] void fail_to_read(Asked asked, const Status& status, const std::string& verbs) {
    asked.verbs = verbs;
    const auto error = failure(asked, status);
    // A server that has just started may not know all roles yet.
    const bool knows_roles = status.message.find("RBAC: ") == std::string::npos;
    const bool lasts = status.code == 401 || (status.code == 403 && knows_roles) || status.code == 404;
    if (lasts && error.code() == ExitCode::world) throw io::LastingError(error.diagnostics().front().message, error.diagnostics().front().hint);
    throw error;
}

} // namespace

Error to_error(const Applied& applied, const Resource& resource, const std::string& name_space, const std::string& name) {
    const auto what = resource.kind + ' ' + name_space + '/' + name;
    if (applied.outcome == Applied::Outcome::outdated) return refused("cannot apply " + what + ": somebody changed it meanwhile", "run again");
    std::vector<Diagnostic> diagnostics;
    for (const auto& conflict : applied.conflicts) {
        diagnostics.push_back({.message = "cannot apply " + what + ": " + (conflict.field.empty() ? "a field" : visible(conflict.field)) + " belongs to '" + visible(conflict.manager) + '\'',
                               .hint = "leave that to its owner, use another name for the object, or take it over by force"});
    }
    if (diagnostics.empty()) return refused("cannot apply " + what + ": other managers own some of its fields");
    return {ExitCode::refused, diagnostics};
}

std::string Client::url(const Resource& resource, const std::string& name_space) const {
    check_name(name_space, "namespace");
    return server_ + (resource.group.empty() ? "/api/" : "/apis/" + percent_encode(resource.group) + '/') + percent_encode(resource.version) + "/namespaces/" +
           percent_encode(name_space) + '/' + percent_encode(resource.plural);
}

std::string Client::url(const Resource& resource, const std::string& name_space, const std::string& name) const {
    check_name(name, "object");
    return url(resource, name_space) + '/' + percent_encode(name);
}

Json Client::object_of(const io::Response& response, const Asked& asked) const {
    auto json = Json::parse(response.body, nullptr, false);
    if (json.is_object()) return json;
    throw world_failure(asked.method + ' ' + io::url_for_people(asked.url) + ": the answer is no JSON object", "is this really the address of a Kubernetes API server?");
}

Json Client::object_of(const io::Response& response, const Asked& asked, const Resource& resource) const {
    auto json = object_of(response, asked);
    if (text_at(json, "kind") == resource.kind && json.value("metadata", Json()).is_object()) return json;
    // A page to sign in, say: taken for the object, it would look as if nothing had to be done.
    throw world_failure(asked.method + ' ' + io::url_for_people(asked.url) + ": the answer is no " + resource.kind, "is this really the address of a Kubernetes API server?");
}

std::string Client::version() {
    const Asked asked{.method = "GET", .url = server_ + "/version"};
    const auto response = http_.send({.url = asked.url, .headers = {{"Accept", "application/json"}}});
    if (!response.ok()) throw failure(asked, read_status(response));
    auto version = text_at(object_of(response, asked), "gitVersion");
    if (version.empty()) throw world_failure("GET " + io::url_for_people(asked.url) + ": the answer has no gitVersion", "is this really the address of a Kubernetes API server?");
    return version;
}

std::optional<Json> Client::get(const Resource& resource, const std::string& name_space, const std::string& name) {
    const auto asked = asked_for("GET", url(resource, name_space, name), resource, name_space, name);
    const auto response = http_.send({.url = asked.url, .headers = {{"Accept", "application/json"}}, .timeout = patience});
    if (response.ok()) return object_of(response, asked, resource);
    const auto status = read_status(response);
    if (is_object_missing(status, resource, name)) return std::nullopt;
    fail_to_read(asked, status, verbs_);
}

std::vector<Json> Client::list(const Resource& resource, const std::string& name_space, const Selection& selection) {
    const auto asked = asked_for("GET", url(resource, name_space), resource, name_space, {});
    std::vector<Json> found;
    const auto selected_by = [](const char* parameter, const std::string& selector) { return selector.empty() ? std::string() : parameter + percent_encode(selector); };
    const auto first = asked.url + "?limit=" + std::to_string(page) + selected_by("&labelSelector=", selection.labels) + selected_by("&fieldSelector=", selection.fields);
    for (auto next = first;;) {
        const auto response = http_.send({.url = next, .headers = {{"Accept", "application/json"}}, .timeout = patience});
        if (!response.ok()) fail_to_read(asked, read_status(response), verbs_);
        auto json = object_of(response, asked);
        if (const auto items = json.find("items"); items != json.end() && items->is_array()) {
            for (auto& item : *items) {
                if (!item.is_object()) continue;
                // The server leaves them out of a list's items.
                item["apiVersion"] = resource.api_version();
                item["kind"] = resource.kind;
                found.push_back(std::move(item));
            }
        }
        const auto metadata = json.find("metadata");
        const auto token = metadata == json.end() ? std::string() : text_at(*metadata, "continue");
        if (token.empty()) return found;
        next = first;
        next += "&continue=" + percent_encode(token);
    }
}

Applied Client::apply(const Resource& resource, Json object, const ApplyOptions& options) {
    if (!object.contains("apiVersion")) object["apiVersion"] = resource.api_version();
    if (!object.contains("kind")) object["kind"] = resource.kind;
    const auto metadata = object.value("metadata", Json());
    const auto name = text_at(metadata, "name");
    const auto name_space = text_at(metadata, "namespace");
    if (name.empty() || name_space.empty()) throw misuse("cannot apply a " + resource.kind + " without metadata.name and metadata.namespace");
    auto asked = asked_for("PATCH", url(resource, name_space, name), resource, name_space, name);
    std::string body;
    try {
        body = object.dump(); // JSON is YAML
    } catch (const Json::type_error&) {
        throw misuse("cannot apply " + asked.what + ": it holds text that is no UTF-8");
    }
    // The server would close the connection while we send.
    if (body.size() > request_limit) {
        throw refused("Kubernetes refuses " + asked.what + ": it is too large (" + size_in_words(body.size()) + "), an API server takes " + size_in_words(request_limit), "make several objects of it");
    }
    asked.bytes = body.size();
    io::Request request{.method = "PATCH",
                        .url = asked.url + "?fieldManager=" + percent_encode(options.field_manager) + (options.force ? "&force=true" : "") + (options.dry_run ? "&dryRun=All" : ""),
                        .headers = {{"Content-Type", "application/apply-patch+yaml"}, {"Accept", "application/json"}},
                        .body = std::move(body),
                        .timeout = patience};
    request.retry.also_unsafe_methods = true;
    request.retry.stands = is_final;
    const auto response = http_.send(request);
    Applied applied{.warnings = warnings_of(response)};
    if (response.ok()) {
        applied.outcome = response.status == 201 ? Applied::Outcome::created : Applied::Outcome::kept;
        applied.object = object_of(response, asked, resource);
        return applied;
    }
    const auto status = read_status(response);
    if (status.code == 409 && status.is_status) {
        applied.conflicts = conflicts_of(status);
        applied.outcome = applied.conflicts.empty() ? Applied::Outcome::outdated : Applied::Outcome::conflict;
        return applied;
    }
    throw failure(asked, status);
}

Removal Client::remove(const Resource& resource, const std::string& name_space, const std::string& name, const Precondition& precondition) {
    const auto asked = asked_for("DELETE", url(resource, name_space, name), resource, name_space, name);
    io::Request request{.method = "DELETE", .url = asked.url, .headers = {{"Accept", "application/json"}}, .timeout = patience};
    if (!precondition.uid.empty() || !precondition.resource_version.empty()) {
        Json wanted = Json::object();
        if (!precondition.uid.empty()) wanted["uid"] = precondition.uid;
        if (!precondition.resource_version.empty()) wanted["resourceVersion"] = precondition.resource_version;
        request.headers.push_back({"Content-Type", "application/json"});
        request.body = Json{{"apiVersion", "v1"}, {"kind", "DeleteOptions"}, {"preconditions", wanted}}.dump();
    }
    request.retry.stands = is_final;
    const auto response = http_.send(request);
    if (response.ok()) return Removal::removed;
    const auto status = read_status(response);
    if (is_object_missing(status, resource, name)) return Removal::absent;
    if (status.code == 409 && status.is_status) return Removal::outdated;
    throw failure(asked, status);
}

} // namespace slipway::kubernetes
