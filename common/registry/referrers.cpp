#include "registry/referrers.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "registry/manifests.hpp"
#include "registry/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <functional>
#include <set>

namespace slipway::registry {

namespace {

constexpr const char* empty_type = "application/vnd.oci.empty.v1+json";
const std::string empty_bytes = "{}";

constexpr std::size_t most_at_once = 8;
constexpr std::size_t most_referrers = 10'000; // of one subject
constexpr std::uint64_t most_page_bytes = 4 * 1024 * 1024;
constexpr std::size_t digits_in_tag = 32;
constexpr int most_rounds = 100;

/// The tag of the index, as the specification shortens it to fit.
std::string index_tag(const std::string& digest) {
    return digest.substr(0, std::min<std::size_t>(digest.find(':'), 32)) + '-' + hex_of(digest).substr(0, 64);
}

std::string own_tag(const std::string& subject, const std::string& digest) {
    return index_tag(subject) + '.' + hex_of(digest).substr(0, digits_in_tag);
}

Descriptor empty_descriptor() { return {.media_type = empty_type, .digest = digest_of(empty_bytes), .size = empty_bytes.size()}; }

Descriptor document_descriptor(const Artifact& artifact) { return {.media_type = artifact.media_type, .digest = digest_of(artifact.bytes), .size = artifact.bytes.size()}; }

Referrer referrer_of(const Entry& entry) { return {.manifest = entry.descriptor, .type = entry.artifact_type, .annotations = entry.annotations}; }

bool is_index(const Json& json) { return json.is_object() && json.contains("manifests") && json["manifests"].is_array(); }

bool has(const std::vector<Referrer>& referrers, const std::string& digest) {
    return std::any_of(referrers.begin(), referrers.end(), [&](const auto& referrer) { return referrer.manifest.digest == digest; });
}

/// What registries without the API answer to its address: most that they do not know it, some that it is no good.
bool means_no_api(int status) { return status == 400 || status == 404 || status == 405 || status == 406 || status == 501; }

/// Whether a manifest or a tag is refused as such, whoever pushes it.
bool is_refusal(int status) { return status == 400 || status == 409 || status == 412 || status == 415 || status == 422; }

} // namespace

/// One of the artifacts on its way.
struct Referrers::Document {
    const Artifact* artifact;
    Manifest manifest;

    Referrer referrer() const {
        return {.manifest = descriptor_of(manifest), .type = artifact->type, .annotations = artifact->annotations};
    }
};

/// The index under a tag. What others wrote into it stays.
class Referrers::TagIndex {
public:
    TagIndex() : json_({{"schemaVersion", 2}, {"mediaType", image_index_type}, {"manifests", Json::array()}}) {}
    /// @param json  an index
    explicit TagIndex(Json json) : json_(std::move(json)), entries_(read_entries(json_, "manifests")) {}

    std::vector<Referrer> referrers() const {
        std::vector<Referrer> referrers;
        for (const auto& entry : entries_) referrers.push_back(referrer_of(entry));
        return referrers;
    }

    /// Whether the document that a tag of its own names is in it.
    bool has_tagged(const std::string& subject, const std::string& tag) const {
        return std::any_of(entries_.begin(), entries_.end(), [&](const auto& entry) { return own_tag(subject, entry.descriptor.digest) == tag; });
    }

    /// @return false when it is there already
    bool add(const Referrer& referrer) {
        if (std::any_of(entries_.begin(), entries_.end(), [&](const auto& entry) { return entry.descriptor.digest == referrer.manifest.digest; })) return false;
        auto json = to_json(referrer.manifest);
        if (!referrer.annotations.empty()) json["annotations"] = referrer.annotations;
        json["artifactType"] = referrer.type;
        json_["manifests"].push_back(std::move(json));
        entries_.push_back({.descriptor = referrer.manifest, .artifact_type = referrer.type, .annotations = referrer.annotations});
        return true;
    }

    Manifest manifest() const { return make_manifest(image_index_type, json_.dump()); }

private:
    Json json_;
    std::vector<Entry> entries_;
};

Manifest attaching_manifest(const Descriptor& subject, const Artifact& artifact) {
    Json json = {{"schemaVersion", 2},
                 {"mediaType", image_manifest_type},
                 {"artifactType", artifact.type},
                 {"config", to_json(empty_descriptor())},
                 {"layers", Json::array({to_json(document_descriptor(artifact))})},
                 {"subject", to_json(subject)}};
    if (!artifact.annotations.empty()) json["annotations"] = artifact.annotations;
    return make_manifest(image_manifest_type, json.dump());
}

bool Referrers::has_api() {
    // It has an empty list for a manifest that nobody knows.
    if (repository_.has_referrers_api_ == Repository::Known::not_yet) ask_registry(empty_descriptor().digest);
    return repository_.has_referrers_api_ == Repository::Known::yes;
}

std::vector<Referrer> Referrers::list(const std::string& digest) {
    if (auto listed = ask_registry(digest)) return std::move(*listed);
    return read_index(digest).referrers();
}

/// @return nothing when the registry does not have the API
std::optional<std::vector<Referrer>> Referrers::ask_registry(const std::string& digest) {
    if (repository_.has_referrers_api_ == Repository::Known::no) return std::nullopt;
    std::vector<Referrer> referrers;
    io::Request request{.url = repository_.path("/referrers/" + digest), .headers = {{"Accept", image_index_type}}, .most_bytes = most_page_bytes};
    for (std::set<std::string> asked; asked.insert(request.url).second;) {
        const auto response = repository_.ask(request, Repository::Action::pull);
        const bool first = asked.size() == 1;
        if (!response.ok() && !(first && means_no_api(response.status))) throw repository_.failure("list what is attached in", request, response);
        const auto json = response.ok() ? Json::parse(response.body, nullptr, false) : Json();
        if (!is_index(json)) {
            if (!first) throw world_failure("cannot list what is attached to " + repository_.name().name() + '@' + digest + ": the answer is no image index");
            repository_.has_referrers_api_ = Repository::Known::no;
            return std::nullopt;
        }
        repository_.has_referrers_api_ = Repository::Known::yes;
        for (const auto& entry : read_entries(json, "manifests")) referrers.push_back(referrer_of(entry));
        const auto next = next_page(response);
        if (!next) return referrers;
        if (referrers.size() > most_referrers) break;
        request.url = *next;
    }
    throw world_failure("cannot list what is attached to " + repository_.name().name() + '@' + digest + ": the list does not end");
}

Referrers::TagIndex Referrers::read_index(const std::string& digest) {
    const auto tag = index_tag(digest);
    const auto manifest = repository_.manifest(tag);
    if (!manifest) return {};
    auto json = Json::parse(manifest->bytes, nullptr, false);
    if (!is_index(json)) {
        throw world_failure("cannot read what is attached to " + repository_.name().name() + '@' + digest + ": the tag " + tag + " names no image index",
                            "registries without the referrers API keep the list under this tag; delete it when nobody needs what it names");
    }
    return TagIndex(std::move(json));
}

std::vector<Referrer> Referrers::attach(const Descriptor& subject, const std::vector<Artifact>& artifacts) {
    auto listed = ask_registry(subject.digest);
    TagIndex index;
    if (!listed) {
        index = read_index(subject.digest);
        listed = index.referrers();
    }
    std::vector<Referrer> all;
    std::vector<Document> missing;
    for (const auto& artifact : artifacts) {
        Document document{.artifact = &artifact, .manifest = attaching_manifest(subject, artifact)};
        const bool there = has(*listed, document.manifest.digest) || has(all, document.manifest.digest);
        all.push_back(document.referrer());
        if (!there) missing.push_back(std::move(document));
    }
    if (missing.empty()) return all;
    upload(missing);
    if (has_api()) {
        if (put_manifests(subject, missing, false)) return all;
        // A registry that lists and does not take note leaves the index to the clients.
        index = read_index(subject.digest);
    }
    if (put_manifests(subject, missing, true)) {
        // Some that have the API say 404 to a repository in which there is nothing yet.
        repository_.has_referrers_api_ = Repository::Known::yes;
        return all;
    }
    std::vector<Referrer> wanted;
    for (const auto& document : missing) wanted.push_back(document.referrer());
    add_to_index(subject, std::move(index), std::move(wanted));
    return all;
}

void Referrers::upload(const std::vector<Document>& documents) {
    std::vector<std::function<void()>> jobs;
    jobs.emplace_back([&] {
        const auto empty = empty_descriptor();
        if (!repository_.has_blob(empty.digest)) repository_.upload_bytes(empty, empty_bytes);
    });
    for (const auto& document : documents) {
        jobs.emplace_back([&] { repository_.upload_bytes(document_descriptor(*document.artifact), document.artifact->bytes); });
    }
    run_parallel(jobs, most_at_once);
}

/// @return whether the registry took note of the subject of all of them
bool Referrers::put_manifests(const Descriptor& subject, const std::vector<Document>& documents, bool under_tags) {
    std::atomic<bool> all_noted{true};
    std::vector<std::function<void()>> jobs;
    for (const auto& document : documents) {
        jobs.emplace_back([&] {
            const auto& digest = document.manifest.digest;
            try {
                if (repository_.put_manifest(under_tags ? own_tag(subject.digest, digest) : digest, document.manifest) != subject.digest) all_noted = false;
            } catch (const RegistryError& error) {
                if (!is_refusal(error.status())) throw;
                throw RegistryError(error.status(), error.what(), "this is " + document.artifact->type + " for " + subject.digest +
                                                                      ": the registry must take OCI 1.1 manifests, with artifactType, subject and an empty configuration");
            }
        });
    }
    run_parallel(jobs, most_at_once);
    return all_noted;
}

void Referrers::add_to_index(const Descriptor& subject, TagIndex index, std::vector<Referrer> wanted) {
    const auto tag = index_tag(subject.digest);
    std::set<std::string> looked_at;
    for (int round = 0; round < most_rounds; ++round) {
        bool changed = false;
        for (const auto& referrer : wanted) changed = index.add(referrer) || changed;
        if (!changed) return; // another one wrote it, and lists
        try {
            repository_.put_manifest(tag, index.manifest());
        } catch (const RegistryError& error) {
            if (!is_refusal(error.status())) throw;
            throw RegistryError(error.status(), error.what(), "the list of what is attached is kept under this tag: where tags are immutable, except sha256-*");
        }
        bool complete = true;
        for (const auto& other : repository_.tags_with_prefix(tag + '.')) {
            if (index.has_tagged(subject.digest, other) || !looked_at.insert(other).second) continue;
            if (auto referrer = read_tagged(subject, other)) {
                wanted.push_back(std::move(*referrer));
                complete = false;
            }
        }
        if (complete) return;
        index = read_index(subject.digest);
    }
    throw world_failure("cannot attach to " + repository_.name().name() + '@' + subject.digest + ": others go on attaching to it");
}

/// What a document's own tag names; nothing when it is something else.
std::optional<Referrer> Referrers::read_tagged(const Descriptor& subject, const std::string& tag) {
    const auto manifest = repository_.manifest(tag);
    if (!manifest || own_tag(subject.digest, manifest->digest) != tag) return std::nullopt;
    const auto json = Json::parse(manifest->bytes, nullptr, false);
    if (!json.is_object() || text_in(json.value("subject", Json()), "digest") != subject.digest) return std::nullopt;
    auto type = text_in(json, "artifactType");
    if (type.empty()) type = text_in(json.value("config", Json()), "mediaType");
    return Referrer{.manifest = descriptor_of(*manifest), .type = std::move(type), .annotations = read_annotations(json)};
}

std::string Referrers::read(const std::string& digest, std::uint64_t most_bytes) {
    const auto what = "cannot read what is attached as " + repository_.name().name() + '@' + digest + ": ";
    const auto manifest = repository_.manifest(digest);
    if (!manifest) throw world_failure(what + "the registry lists it, and does not have it");
    const auto layers = read_entries(Json::parse(manifest->bytes, nullptr, false), "layers");
    if (layers.empty()) throw world_failure(what + "its manifest names no document");
    const auto& document = layers.front().descriptor;
    if (document.size > most_bytes) throw world_failure(what + "it has " + size_in_words(document.size) + ", the most is " + size_in_words(most_bytes));
    return repository_.read_blob(document.digest, most_bytes);
}

} // namespace slipway::registry
