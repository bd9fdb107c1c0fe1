#include "registry/client.hpp"

#include "core/encoding.hpp"
#include "core/nesting.hpp"
#include "core/sha256.hpp"
#include "core/text.hpp"
#include "registry/upload.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <iterator>

namespace slipway::registry {

namespace {

using Json = nlohmann::json;

constexpr std::uint64_t most_manifest_bytes = 4 * 1024 * 1024; // what registries take at most
constexpr int most_pages = 1000;                               // of tags
constexpr Duration stall{120'000};
// Blobs that are there: a registry may show them late, or not for the moment in which somebody else pushes the same.
constexpr int most_looks_for_blobs = 5;
constexpr Duration time_to_show{200};

const char* const manifest_types = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, "
                                   "application/vnd.docker.distribution.manifest.v2+json, "
                                   "application/vnd.docker.distribution.manifest.list.v2+json";

std::string without_parameters(const std::string& media_type) { return std::string(trim(media_type.substr(0, media_type.find(';')))); }

std::uint64_t number_in(const std::optional<std::string>& text) {
    std::uint64_t number = 0;
    if (text) std::from_chars(text->data(), text->data() + text->size(), number);
    return number;
}

/// Only SHA-256 can be computed here; another algorithm is taken as it is.
void compare_digests(const std::string& wanted, const std::string& computed, const std::string& what) {
    if (wanted.rfind("sha256:", 0) == 0 && wanted != computed) {
        throw world_failure("cannot use " + what + ": its digest is " + computed);
    }
}

/// Whether a page of tags in lexical order is beyond all that begin so. Some registries order without regard to case.
bool is_beyond(const std::vector<std::string>& page, const std::string& prefix) {
    if (prefix.empty() || page.empty() || lower(page.back()).compare(0, prefix.size(), prefix) <= 0) return false;
    return std::is_sorted(page.begin(), page.end(), [](const auto& one, const auto& other) { return lower(one) < lower(other); });
}

/// Whether a manifest was refused because of a blob that it names.
bool misses_blob(const io::Response& response) { return (response.status == 400 || response.status == 404) && response.body.find("BLOB_UNKNOWN") != std::string::npos; }

} // namespace

Repository::Repository(Reference name, std::shared_ptr<Connection> connection, cli::Context& context)
    : name_(std::move(name)), repository_(name_.repository), context_(context), connection_(std::move(connection)) {
    if (name_.registry == "docker.io" && repository_.find('/') == std::string::npos) repository_.insert(0, "library/");
}

std::string Repository::scope(Action action) const {
    return "repository:" + repository_ + (action == Action::push ? ":pull,push" : ":pull");
}

RegistryError Repository::failure(const std::string& doing, const io::Request& request, const io::Response& response) {
    const auto& credentials = connection_->access().credentials;
    std::string hint;
    if (response.status == 401 && !credentials) hint = "no credentials are known for " + name_.registry;
    else if (response.status == 401) hint = name_.registry + " does not take the credentials of user " + credentials->user;
    else if (response.status == 403) hint = credentials ? "user " + credentials->user + " may not do that" : "no credentials are known for " + name_.registry;
    else if (response.status == 413) hint = "a proxy in front of the registry limits the size of requests";
    return {response.status, "cannot " + doing + ' ' + name_.name() + ": " + request.method + ' ' + io::url_for_people(connection_->url(request.url)) + ": " + words_of(response), hint};
}

io::Request Repository::manifest_request(const std::string& method, const std::string& tag_or_digest) const {
    return {.method = method, .url = path("/manifests/" + tag_or_digest), .headers = {{"Accept", manifest_types}}, .most_bytes = most_manifest_bytes};
}

std::optional<Descriptor> Repository::head(const std::string& tag_or_digest) {
    const auto request = manifest_request("HEAD", tag_or_digest);
    const auto response = ask(request, Action::pull);
    if (response.status == 404) return std::nullopt;
    if (!response.ok()) {
        // An answer to HEAD has no words.
        const auto again = manifest_request("GET", tag_or_digest);
        const auto worded = ask(again, Action::pull);
        throw failure("read", worded.ok() ? request : again, worded.ok() ? response : worded);
    }
    const auto digest = response.header("Docker-Content-Digest").value_or("");
    const auto size = number_in(response.header("Content-Length"));
    if (is_digest(digest) && size != 0) return Descriptor{without_parameters(response.header("Content-Type").value_or("")), digest, size};
    const auto found = manifest(tag_or_digest);
    if (!found) return std::nullopt;
    return Descriptor{found->media_type, found->digest, found->bytes.size()};
}

std::optional<Manifest> Repository::manifest(const std::string& tag_or_digest) {
    const auto request = manifest_request("GET", tag_or_digest);
    auto response = ask(request, Action::pull);
    if (response.status == 404) return std::nullopt;
    if (!response.ok()) throw failure("read", request, response);
    const auto json = is_nested_too_deep(response.body) ? Json() : Json::parse(response.body, nullptr, false);
    const auto what = name_.name() + (is_digest(tag_or_digest) ? '@' : ':') + tag_or_digest;
    if (!json.is_object() || !json.contains("schemaVersion")) {
        throw world_failure("cannot read " + what + ": GET " + connection_->url(request.url) + ": the answer is no image manifest");
    }
    Manifest manifest{.media_type = without_parameters(response.header("Content-Type").value_or("")), .digest = "sha256:" + sha256(response.body), .bytes = std::move(response.body)};
    if (json.value("mediaType", Json()).is_string()) manifest.media_type = json["mediaType"].get<std::string>();
    if (is_digest(tag_or_digest)) compare_digests(tag_or_digest, manifest.digest, what);
    return manifest;
}

std::string Repository::put_manifest(const std::string& tag_or_digest, const Manifest& manifest) {
    const io::Request request{.method = "PUT",
                              .url = path("/manifests/" + tag_or_digest),
                              .headers = {{"Content-Type", manifest.media_type}},
                              .body = manifest.bytes,
                              .most_bytes = most_manifest_bytes};
    auto response = ask(request, Action::push);
    for (int look = 1; look < most_looks_for_blobs && misses_blob(response); ++look) {
        context_.clock.sleep_for(look * time_to_show);
        response = ask(request, Action::push);
    }
    if (!response.ok()) throw failure("push", request, response);
    const auto stored = response.header("Docker-Content-Digest");
    if (stored && *stored != manifest.digest) {
        throw world_failure("pushed " + manifest.digest + " to " + name_.name() + " as " + tag_or_digest + ", but the registry says that it stored '" + visible(*stored) + "'");
    }
    return response.header("OCI-Subject").value_or("");
}

std::vector<std::string> Repository::tags_with_prefix(const std::string& prefix) { return tags_with(prefix, prefix.substr(0, prefix.size() - 1)); }

std::vector<std::string> Repository::tags_with(const std::string& prefix, const std::string& after) {
    std::vector<std::string> tags;
    io::Request request{.url = path("/tags/list?n=1000" + (after.empty() ? "" : "&last=" + percent_encode(after)))};
    for (int pages = 0; pages < most_pages; ++pages) {
        const auto response = ask(request, Action::pull);
        if (response.status == 404) return tags;
        if (!response.ok()) throw failure("list the tags of", request, response);
        const auto json = Json::parse(response.body, nullptr, false);
        const auto list = json.is_object() ? json.value("tags", Json()) : Json(false);
        if (!list.is_null() && !list.is_array()) throw world_failure("cannot list the tags of " + name_.name() + ": the answer is no list of tags");
        std::vector<std::string> page;
        for (const auto& tag : list) {
            if (tag.is_string()) page.push_back(tag.get<std::string>());
        }
        std::copy_if(page.begin(), page.end(), std::back_inserter(tags), [&](const auto& tag) { return tag.rfind(prefix, 0) == 0; });
        const auto next = next_page(response);
        if (!next || is_beyond(page, prefix)) return tags;
        request.url = *next;
    }
    throw world_failure("cannot list the tags of " + name_.name() + ": they do not end");
}

bool Repository::has_blob(const std::string& digest) {
    const io::Request request{.method = "HEAD", .url = path("/blobs/" + digest)};
    const auto response = ask(request, Action::pull);
    if (response.status == 404) return false;
    if (!response.ok()) throw failure("look for a layer in", request, response);
    return true;
}

bool Repository::mount_blob(const std::string& digest, const std::string& from_repository) {
    io::Request request{.method = "POST", .url = path("/blobs/uploads/?mount=" + percent_encode(digest) + "&from=" + percent_encode(from_repository))};
    request.retry.also_unsafe_methods = true;
    const auto response = connection_->send(request, scope(Action::push) + " repository:" + from_repository + ":pull");
    if (response.status == 201) return true;
    if (response.status == 202) cancel_upload(location_of(response));
    return false; // whatever the reason: an upload tells it better
}

std::string Repository::read_blob(const std::string& digest, std::uint64_t most_bytes) {
    const io::Request request{.url = path("/blobs/" + digest), .most_bytes = most_bytes};
    auto response = ask(request, Action::pull);
    if (!response.ok()) throw failure("read from", request, response);
    compare_digests(digest, "sha256:" + sha256(response.body), "the blob " + digest + " of " + name_.name());
    return std::move(response.body);
}

void Repository::download_blob(const Descriptor& blob, const io::Path& file) {
    const io::Request request{.url = path("/blobs/" + blob.digest), .timeout = Duration{0}, .stall = stall, .most_bytes = blob.size, .into = file};
    const auto response = ask(request, Action::pull);
    if (!response.ok()) throw failure("read from", request, response);
    Sha256 hash;
    context_.files.read_pieces(file, [&](std::string_view piece) { hash.add(piece); });
    compare_digests(blob.digest, "sha256:" + hash.digits(), "the blob " + blob.digest + " of " + name_.name());
}

void Repository::upload_blob(const Descriptor& blob, const io::Path& file, const Progress& progress) {
    Upload(*this, blob, [&](std::uint64_t from) { return io::FileBody{file, from}; }, progress).run();
}

void Repository::upload_bytes(const Descriptor& blob, const std::string& bytes) {
    Upload(*this, blob, [&](std::uint64_t from) { return bytes.substr(from); }, {}).run();
}

std::string Repository::location_of(const io::Response& response) {
    const auto location = response.header("Location").value_or("");
    if (location.empty()) throw world_failure("cannot push " + name_.name() + ": the registry does not say where to upload to");
    return location[0] == '/' || location.find("://") != std::string::npos ? location : '/' + location;
}

std::string Repository::begin_upload() {
    io::Request request{.method = "POST", .url = path("/blobs/uploads/")};
    request.retry.also_unsafe_methods = true;
    const auto response = ask(request, Action::push);
    if (response.status != 202) throw failure("push", request, response);
    return location_of(response);
}

void Repository::cancel_upload(const std::string& address) {
    try {
        io::Request request{.method = "DELETE", .url = address};
        request.retry.attempts = 1;
        ask(request, Action::push);
    } catch (const Error& error) {
        context_.log.debug(error.what());
    }
}

} // namespace slipway::registry
