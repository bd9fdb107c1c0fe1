#include "catch.hpp"

#include "core/error.hpp"
#include "core/sha256.hpp"
#include "failure.hpp"
#include "fake_registry.hpp"
#include "fakes.hpp"
#include "registry/buildkit.hpp"
#include "registry/referrers.hpp"

using namespace slipway;
using namespace slipway::registry;

// Both kinds of registries, many writers and oras are in tests/integration/test_referrers.py.

namespace {

const Descriptor subject{.media_type = "application/vnd.oci.image.manifest.v1+json", .digest = "sha256:" + std::string(64, 'a'), .size = 123};
const std::string tag = "sha256-" + std::string(64, 'a');
const std::string index_type = "application/vnd.oci.image.index.v1+json";
const Artifact spdx{.type = "application/spdx+json", .media_type = "application/spdx+json", .bytes = R"({"spdxVersion":"SPDX-2.3"})"};
const Artifact statement{.type = "application/vnd.in-toto+json", .media_type = "application/vnd.in-toto+json", .bytes = "{}", .annotations = {{"in-toto.io/predicate-type", "https://slsa.dev/provenance/v1"}}};

struct Fixture {
    fake::World world;
    fake::Registry registry;
    cli::Context context = world.context();
    Repository repository{parse_reference("r.example.com/app"), Access{}, context};
    Referrers referrers{repository};

    Fixture() {
        world.on_request = [this](const io::Request& request) { return registry.answer(request); };
    }
    /// "PUT app:TAG" of the requests beside those for blobs, in their order.
    std::vector<std::string> asked() const {
        std::vector<std::string> lines;
        for (const auto& request : world.requests) {
            const auto path = request.url.substr(request.url.find("/v2/") + 7);
            if (path.find("/blobs/") == std::string::npos) lines.push_back(request.method + ' ' + path.substr(0, path.find('?')));
        }
        return lines;
    }
    /// The types in the index under the tag, in its order.
    std::vector<std::string> indexed() const {
        std::vector<std::string> types;
        const auto index = nlohmann::json::parse(registry.manifests.at("app:" + tag));
        for (const auto& entry : index["manifests"]) types.push_back(entry.value("artifactType", ""));
        return types;
    }
    void put(const std::string& name, const std::string& bytes, const std::string& type = index_type) { repository.put_manifest(name, {.media_type = type, .digest = "sha256:" + sha256(bytes), .bytes = bytes}); }
};

using Lines = std::vector<std::string>;

} // namespace

TEST_CASE("the manifest that attaches a document is the same each time") {
    CHECK(attaching_manifest(subject, statement).bytes ==
          R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","artifactType":"application/vnd.in-toto+json",)"
          R"("config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2},)"
          R"("layers":[{"mediaType":"application/vnd.in-toto+json","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2}],)"
          R"("subject":{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:)" + std::string(64, 'a') + R"(","size":123},)"
          R"("annotations":{"in-toto.io/predicate-type":"https://slsa.dev/provenance/v1"}})");
}

TEST_CASE("a registry with the API is asked for its list, and given what is missing in it") {
    Fixture f;
    f.registry.lists_referrers = f.registry.notes_subjects = true;
    const auto made = f.referrers.attach(subject, {spdx, statement, spdx});
    REQUIRE(made.size() == 3);
    CHECK(made[0].manifest == made[2].manifest);
    CHECK(f.asked().size() == 3);
    CHECK(f.asked()[0] == "GET /referrers/" + subject.digest);
    CHECK(f.registry.manifests.size() == 2); // no tags
    f.world.requests.clear();
    f.referrers.attach(subject, {statement, spdx});
    CHECK(f.asked() == Lines{"GET /referrers/" + subject.digest});
    CHECK(f.world.requests.size() == 1);
    CHECK(f.referrers.read(made[0].manifest.digest, 100) == spdx.bytes);
    CHECK(std::string(failure_of([&] { f.referrers.read(made[0].manifest.digest, 10); }).what()).find("the most is 10 B") != std::string::npos);
    f.registry.manifests.clear();
    CHECK(f.referrers.list(subject.digest).empty());
    CHECK(std::string(failure_of([&] { f.referrers.read(made[0].manifest.digest, 100); }).what()).find("does not have it") != std::string::npos);
}

TEST_CASE("a registry without the API has an index under a tag, and is asked for the API once") {
    Fixture f;
    const auto made = f.referrers.attach(subject, {spdx, statement});
    const auto asked = f.asked();
    REQUIRE(asked.size() == 6);
    CHECK(Lines(asked.begin(), asked.begin() + 2) == Lines{"GET /referrers/" + subject.digest, "GET /manifests/" + tag});
    CHECK(Lines(asked.begin() + 4, asked.end()) == Lines{"PUT /manifests/" + tag, "GET /tags/list"});
    CHECK(f.registry.digest_of("app:" + tag + '.' + made[0].manifest.digest.substr(7, 32)) == made[0].manifest.digest);
    CHECK(f.indexed() == Lines{spdx.type, statement.type});
    f.world.requests.clear();
    CHECK(Referrers(f.repository).list(subject.digest).at(1).annotations == statement.annotations);
    CHECK(f.asked() == Lines{"GET /manifests/" + tag});
    f.referrers.attach(subject, {statement});
    CHECK(f.world.requests.size() == 2);
    // Digests that are longer than a tag.
    f.referrers.attach({.media_type = subject.media_type, .digest = "sha512:" + std::string(128, 'b'), .size = 1}, {spdx});
    CHECK(f.registry.manifests.count("app:sha512-" + std::string(64, 'b')) == 1);
}

TEST_CASE("halves of the API are used as far as they go") {
    Fixture lists;
    lists.registry.lists_referrers = true; // and does not say that it took note
    lists.referrers.attach(subject, {spdx});
    CHECK(lists.indexed() == Lines{spdx.type});
    Fixture notes;
    notes.registry.notes_subjects = true;
    notes.referrers.attach(subject, {spdx});
    CHECK(notes.registry.manifests.count("app:" + tag) == 0);
    notes.registry.lists_referrers = true; // now that there is something
    CHECK(notes.referrers.list(subject.digest).size() == 1);
    Fixture mistaken; // takes note of something else
    mistaken.registry.lists_referrers = mistaken.registry.notes_subjects = true;
    mistaken.registry.noted_instead = "sha256:" + std::string(64, 'f');
    mistaken.referrers.attach(subject, {spdx});
    CHECK(mistaken.indexed() == Lines{spdx.type});
    for (const int status : {400, 405, 406, 501}) {
        Fixture refuses;
        refuses.world.on_request = [&](const io::Request& request) -> io::Response {
            return request.url.find("/referrers/") == std::string::npos ? refuses.registry.answer(request) : io::Response{.status = status, .headers = {}, .body = ""};
        };
        CHECK_FALSE(refuses.referrers.has_api());
        refuses.referrers.attach(subject, {spdx});
        CHECK(refuses.indexed() == Lines{spdx.type});
    }
}

TEST_CASE("who overwrites what another one attached meanwhile puts it back") {
    Fixture f;
    fake::Registry& registry = f.registry;
    bool done = false;
    f.world.on_request = [&](const io::Request& request) -> io::Response {
        // The other one attaches between our reading and our writing.
        if (request.method == "PUT" && request.url.find("/manifests/" + tag + '.') != std::string::npos && !done) {
            done = true;
            fake::World elsewhere;
            elsewhere.on_request = [&](const io::Request& other) { return registry.answer(other); };
            auto context = elsewhere.context();
            Repository theirs(parse_reference("r.example.com/app"), Access{}, context);
            Referrers(theirs).attach(subject, {statement});
        }
        return registry.answer(request);
    };
    f.referrers.attach(subject, {spdx});
    CHECK(f.indexed() == Lines{spdx.type, statement.type});
    const auto index = nlohmann::json::parse(registry.manifests.at("app:" + tag));
    CHECK(index["manifests"][1]["annotations"]["in-toto.io/predicate-type"] == "https://slsa.dev/provenance/v1");
    CHECK(index["manifests"][1]["size"] == attaching_manifest(subject, statement).bytes.size());
}

TEST_CASE("nobody writes for ever") {
    Fixture f;
    int others = 0;
    f.world.on_request = [&](const io::Request& request) -> io::Response {
        auto answer = f.registry.answer(request);
        if (request.method != "PUT" || request.url.find("/manifests/" + tag) == std::string::npos || request.url.find(tag + '.') != std::string::npos) return answer;
        const auto other = attaching_manifest(subject, {.type = "x/y", .media_type = "x/y", .bytes = std::to_string(++others)});
        f.registry.manifests["app:" + tag + '.' + other.digest.substr(7, 32)] = other.bytes;
        f.registry.types[other.digest] = other.media_type;
        return answer;
    };
    CHECK(std::string(failure_of([&] { f.referrers.attach(subject, {spdx}); }).what()).find("others go on attaching") != std::string::npos);
    CHECK(others == 100);
}

TEST_CASE("what is no list of referrers, or has no end") {
    Fixture f;
    f.put(tag, R"({"schemaVersion":2,"manifests":[{"digest":"x"},7,{"mediaType":"a/b","digest":")" + subject.digest + R"(","size":-1}]})");
    CHECK(f.referrers.list(subject.digest).empty());
    f.put(tag, R"({"schemaVersion":2,"layers":[]})", subject.media_type);
    CHECK(failure_of([&] { f.referrers.list(subject.digest); }).diagnostics()[0].hint.find("delete it") != std::string::npos);
    int pages = 0;
    const std::string entry = R"({"mediaType":"a/b","digest":")" + subject.digest + R"(","size":1})";
    std::string link = "same";
    f.world.on_request = [&](const io::Request&) -> io::Response {
        std::string entries = entry;
        for (int i = 0; i < 999; ++i) entries += ',' + entry;
        const auto next = "</v2/app/referrers/x?page=" + (link == "same" ? link : std::to_string(pages)) + ">; rel=\"next\"";
        return {.status = ++pages > 100 ? 500 : 200, .headers = {{"Link", next}}, .body = R"({"manifests":[)" + entries + "]}"};
    };
    for (const bool same : {true, false}) {
        link = same ? "same" : "";
        pages = 0;
        Repository fresh(parse_reference("r.example.com/app"), Access{}, f.context);
        CHECK(std::string(failure_of([&] { Referrers(fresh).list(subject.digest); }).what()).find("does not end") != std::string::npos);
        CHECK(pages == (same ? 2 : 11));
    }
    for (const int status : {401, 403, 500}) {
        f.world.on_request = [=](const io::Request&) { return io::Response{.status = status, .headers = {{"WWW-Authenticate", "Basic realm=x"}}, .body = ""}; };
        Repository fresh(parse_reference("r.example.com/app"), Access{}, f.context);
        CHECK(std::string(failure_of([&] { Referrers(fresh).list(subject.digest); }).what()).rfind("cannot list what is attached in r.example.com/app: GET", 0) == 0);
    }
}

TEST_CASE("what BuildKit attached is in the index of the image") {
    Fixture f;
    const std::string blob = R"({"_type":"https://in-toto.io/Statement/v0.1"})";
    const auto blob_digest = "sha256:" + sha256(blob);
    const std::string manifest = R"({"schemaVersion":2,"layers":[{"mediaType":"application/vnd.in-toto+json","digest":")" + blob_digest +
                                 R"(","size":45,"annotations":{"in-toto.io/predicate-type":"https://slsa.dev/provenance/v0.2"}},{"mediaType":"text/plain","digest":")" + blob_digest + R"(","size":45}]})";
    const auto digest = "sha256:" + sha256(manifest);
    f.put(digest, manifest, subject.media_type);
    const auto index = [&](const std::string& about, const std::string& attestation) {
        const auto bytes = R"({"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":")" + subject.digest +
                           R"(","size":123},{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":")" + attestation +
                           R"(","size":300,"annotations":{"vnd.docker.reference.type":"attestation-manifest","vnd.docker.reference.digest":")" + about + R"("}}]})";
        return Manifest{.media_type = index_type, .digest = "sha256:" + sha256(bytes), .bytes = bytes};
    };
    const auto found = buildkit_attestations(f.repository, index(subject.digest, digest), subject.digest);
    REQUIRE(found.size() == 1);
    CHECK(found[0].predicate_type == "https://slsa.dev/provenance/v0.2");
    CHECK(found[0].document == Descriptor{"application/vnd.in-toto+json", blob_digest, 45});
    CHECK(buildkit_attestations(f.repository, index(blob_digest, digest), subject.digest).empty());
    CHECK(std::string(failure_of([&] { buildkit_attestations(f.repository, index(subject.digest, blob_digest), subject.digest); }).what()).find("does not have it") != std::string::npos);
    CHECK(buildkit_attestations(f.repository, {.media_type = index_type, .digest = subject.digest, .bytes = "[[["}, subject.digest).empty());
}
