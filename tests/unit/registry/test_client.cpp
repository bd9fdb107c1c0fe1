#include "catch.hpp"

#include "core/error.hpp"
#include "core/sha256.hpp"
#include "failure.hpp"
#include "fakes.hpp"
#include "registry/client.hpp"

using namespace slipway;
using namespace slipway::registry;

namespace {

const std::string digest = "sha256:" + std::string(64, 'a');
const std::string text = R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json"})";
const Manifest image{.media_type = "application/vnd.oci.image.manifest.v1+json", .digest = "sha256:" + sha256(text), .bytes = text};

using Headers = std::vector<io::Header>;

struct Fixture {
    fake::World world;
    cli::Context context = world.context();
    std::unique_ptr<Repository> opened;

    Repository& open(std::optional<Credentials> credentials = std::nullopt, const std::string& name = "r.example.com/team/app") {
        opened = std::make_unique<Repository>(parse_reference(name), Access{std::move(credentials), {}}, context);
        return *opened;
    }
    void answer(int status, Headers headers = {}, const std::string& body = {}) {
        world.on_request = [=](const io::Request&) { return io::Response{.status = status, .headers = headers, .body = body}; };
    }
    const io::Request& last() const { return world.requests.back(); }
};

} // namespace

TEST_CASE("HEAD says what a tag names") {
    Fixture f;
    f.answer(200, {{"docker-content-digest", digest}, {"content-length", "428"}, {"content-type", "application/x; charset=utf-8"}});
    CHECK(f.open().head("1.0") == Descriptor{"application/x", digest, 428});
    CHECK(f.world.requests.size() == 1);
    CHECK(f.last().method == "HEAD");
    CHECK(f.last().url == "https://r.example.com/v2/team/app/manifests/1.0");
    f.open(std::nullopt, "docker.io/debian").head("12");
    CHECK(f.last().url == "https://registry-1.docker.io/v2/library/debian/manifests/12");
    f.answer(404);
    CHECK_FALSE(f.open().head("1.0"));
}

TEST_CASE("a registry that does not say the digest has its manifest hashed") {
    Fixture f;
    f.world.on_request = [](const io::Request& request) -> io::Response { return {.status = 200, .headers = {}, .body = request.method == "GET" ? text : ""}; };
    CHECK(f.open().head("1.0") == Descriptor{image.media_type, image.digest, text.size()});
}

TEST_CASE("what is no registry is told from one") {
    Fixture f;
    f.answer(200, {}, "<html>Sign in</html>");
    CHECK(std::string(failure_of([&] { f.open().head("1"); }).what()) ==
          "cannot read r.example.com/team/app:1: GET https://r.example.com/v2/team/app/manifests/1: the answer is no image manifest");
    CHECK(failure_of([&] { f.open().tags(); }).code() == ExitCode::world);
    CHECK(failure_of([&] { f.open().begin_upload(); }).code() == ExitCode::world);
}

TEST_CASE("a manifest that is not what was asked for is refused") {
    Fixture f;
    f.answer(200, {}, text);
    CHECK(f.open().manifest(image.digest)->bytes == text);
    CHECK(failure_of([&] { f.open().manifest(digest); }).code() == ExitCode::world);
    CHECK(failure_of([&] { f.open().read_blob(digest, 1000); }).code() == ExitCode::world);
    CHECK(f.open().read_blob(image.digest, 1000) == text);
}

TEST_CASE("a refusal carries the request, the registry's words, and who was refused") {
    Fixture f;
    f.answer(403, {}, R"({"errors": [{"code": "DENIED", "message": "requested access is denied"}]})");
    const auto error = failure_of([&] { f.open(Credentials{.user = "ci", .password = Secret("sesame-open")}).begin_upload(); });
    CHECK(std::string(error.what()) == "cannot push r.example.com/team/app: POST https://r.example.com/v2/team/app/blobs/uploads/: status 403: requested access is denied");
    CHECK(error.diagnostics()[0].hint == "user ci may not do that");
    CHECK(failure_of([&] { f.open().head("1"); }).diagnostics()[0].hint == "no credentials are known for r.example.com");
    CHECK(std::string(failure_of([&] { f.open().head("1"); }).what()).find("GET https") != std::string::npos);
}

TEST_CASE("a manifest is put with its type, and what the registry stored is compared") {
    Fixture f;
    f.answer(201, {{"Docker-Content-Digest", image.digest}});
    f.open().put_manifest("1.0", image);
    CHECK(f.last().method == "PUT");
    CHECK(std::get<std::string>(f.last().body) == text);
    CHECK(f.last().headers[0].value == image.media_type);
    f.answer(201);
    f.open().put_manifest("1.0", image);
    f.answer(201, {{"Docker-Content-Digest", digest}});
    CHECK(failure_of([&] { f.open().put_manifest("1.0", image); }).code() == ExitCode::world);
    f.answer(413);
    CHECK(failure_of([&] { f.open().put_manifest("1.0", image); }).diagnostics()[0].hint == "a proxy in front of the registry limits the size of requests");
}

TEST_CASE("a manifest is put again when the registry does not see its blobs for a moment") {
    Fixture f;
    const io::Response unseen{.status = 400, .headers = {}, .body = R"({"errors":[{"code":"DIGEST_INVALID"},{"code":"MANIFEST_BLOB_UNKNOWN","message":"blob unknown to registry"}]})"};
    f.world.on_request = [&](const io::Request&) { return f.world.requests.size() < 3 ? unseen : io::Response{.status = 201, .headers = {}, .body = ""}; };
    f.open().put_manifest("1.0", image);
    CHECK(f.world.requests.size() == 3);
    CHECK(f.world.clock.sleeps.size() == 2);
    // They are missing indeed; another refusal is final at once.
    f.world.on_request = [&](const io::Request&) { return unseen; };
    CHECK(words_of(failure_of([&] { f.open().put_manifest("1.0", image); })).find("blob unknown to registry") != std::string::npos);
    CHECK(f.world.requests.size() == 8);
    f.answer(400, {}, R"({"errors":[{"code":"MANIFEST_INVALID"}]})");
    CHECK(failure_of([&] { f.open().put_manifest("1.0", image); }).code() == ExitCode::world);
    CHECK(f.world.requests.size() == 9);
}

TEST_CASE("tags come in pages") {
    Fixture f;
    f.world.on_request = [](const io::Request& request) -> io::Response {
        if (request.url.find("last=b") != std::string::npos) return {.status = 200, .headers = {}, .body = R"({"tags": ["c"]})"};
        return {.status = 200, .headers = {{"Link", R"(</v2/team/app/tags/list?last=b&n=2>; rel="next")"}}, .body = R"({"name": "team/app", "tags": ["a", "b"]})"};
    };
    CHECK(f.open().tags() == std::vector<std::string>{"a", "b", "c"});
    f.answer(404);
    CHECK(f.open().tags().empty());
    f.answer(200, {}, R"({"tags": null})"); // all of them were deleted
    CHECK(f.open().tags().empty());
    f.answer(200, {{"Link", R"(</v2/team/app/tags/list?n=2>; rel="next")"}}, R"({"tags": ["a"]})");
    CHECK(failure_of([&] { f.open().tags(); }).code() == ExitCode::world);
}

TEST_CASE("tags that begin alike are not looked for beyond the last of them") {
    Fixture f;
    std::string page = R"("v1-x.1", "v1-x.2", "v1-xy", "V2", "v3")"; // some registries order without regard to case
    f.world.on_request = [&](const io::Request&) -> io::Response {
        return {.status = 200, .headers = {{"Link", R"(</v2/team/app/tags/list?last=v3>; rel="next")"}}, .body = R"({"tags": [)" + page + "]}"};
    };
    CHECK(f.open().tags_with_prefix("v1-x.") == std::vector<std::string>{"v1-x.1", "v1-x.2"});
    REQUIRE(f.world.requests.size() == 1);
    CHECK(f.last().url == "https://r.example.com/v2/team/app/tags/list?n=1000&last=v1-x");
    // Without an order there may be more.
    page = R"("v1-x.1", "v9", "v3")";
    const auto calls = std::make_shared<int>(0);
    f.world.on_request = [=](const io::Request&) -> io::Response {
        if (++*calls == 2) return {.status = 200, .headers = {}, .body = R"({"tags": ["v1-x.3"]})"};
        return {.status = 200, .headers = {{"Link", R"(</v2/team/app/tags/list?n=9>; rel="next")"}}, .body = R"({"tags": [)" + page + "]}"};
    };
    CHECK(f.open().tags_with_prefix("v1-x.") == std::vector<std::string>{"v1-x.1", "v1-x.3"});
}

TEST_CASE("a blob is mounted where the registry does that") {
    Fixture f;
    f.answer(201);
    CHECK(f.open().mount_blob(digest, "team/base"));
    CHECK(f.last().url == "https://r.example.com/v2/team/app/blobs/uploads/?mount=sha256%3A" + std::string(64, 'a') + "&from=team%2Fbase");
    f.answer(202, {{"Location", "/v2/team/app/blobs/uploads/1"}});
    CHECK_FALSE(f.open().mount_blob(digest, "team/base"));
    CHECK(f.last().method == "DELETE"); // nobody will use that upload
    f.answer(403);
    CHECK_FALSE(f.open().mount_blob(digest, "team/base"));
}
