#include "catch.hpp"

#include "core/error.hpp"
#include "failure.hpp"
#include "fakes.hpp"
#include "registry/client.hpp"

using namespace slipway;
using namespace slipway::registry;

namespace {

constexpr std::uint64_t size = 1000;
const Descriptor blob{"application/octet-stream", "sha256:" + std::string(64, 'b'), size};

std::string header_of(const io::Request& request, const std::string& name) {
    for (const auto& header : request.headers) {
        if (header.name == name) return header.value;
    }
    return {};
}

/// What becomes of one request with a body.
struct Fault {
    int status = 0;          ///< 0: the connection breaks
    std::uint64_t takes = 0; ///< bytes that arrive all the same
    std::vector<io::Header> headers = {};
};

/// A registry as far as one upload needs it, by the distribution specification's chapter "Push".
struct Registry {
    fake::World world;
    cli::Context context = world.context();
    std::vector<Fault> faults; ///< for the first requests with a body; afterwards all goes well
    bool can_resume = true;
    bool stored = false;
    std::uint64_t received = 0;
    int uploads = 0;
    std::vector<std::string> bodies; ///< "PUT from 0"

    Registry() {
        world.on_request = [this](const io::Request& request) { return answer(request); };
    }

    void push() {
        Repository repository(parse_reference("r.example.com/app"), Access{}, context);
        repository.upload_blob(blob, "/layer");
    }

private:
    io::Response answer(const io::Request& request) {
        if (request.method == "HEAD") return {.status = stored ? 200 : 404, .headers = {}, .body = ""};
        if (request.method == "POST") {
            received = 0;
            return {.status = 202, .headers = {{"Location", "/v2/app/blobs/uploads/" + std::to_string(++uploads) + "?state=x"}}, .body = ""};
        }
        REQUIRE(request.url.rfind("https://r.example.com/v2/app/blobs/uploads/" + std::to_string(uploads) + "?state=", 0) == 0);
        if (request.method == "GET") {
            if (!can_resume) return {.status = 404, .headers = {}, .body = ""};
            return {.status = 204, .headers = {{"Range", "0-" + std::to_string(received == 0 ? 0 : received - 1)}, {"Location", "/v2/app/blobs/uploads/" + std::to_string(uploads) + "?state=y"}}, .body = ""};
        }
        return take(request);
    }

    io::Response take(const io::Request& request) {
        const auto from = std::get<io::FileBody>(request.body).from;
        bodies.push_back(request.method + " from " + std::to_string(from));
        if (from != received) return {.status = 416, .headers = {}, .body = ""};
        if (!faults.empty()) {
            const auto fault = faults.front();
            faults.erase(faults.begin());
            received = from + fault.takes;
            stored = received == size && request.method == "PUT";
            if (fault.status == 0) throw world_failure(request.method + ": connection reset");
            return {.status = fault.status, .headers = fault.headers, .body = ""};
        }
        received = size;
        if (request.method == "PATCH") {
            CHECK(header_of(request, "Content-Range") == std::to_string(from) + "-999");
            return {.status = 202, .headers = {{"Location", "/v2/app/blobs/uploads/" + std::to_string(uploads) + "?state=z"}}, .body = ""};
        }
        CHECK(request.url.find("&digest=sha256%3Abbb") != std::string::npos);
        stored = true;
        return {.status = 201, .headers = {}, .body = ""};
    }
};

} // namespace

TEST_CASE("a blob goes up in one request") {
    Registry registry;
    registry.push();
    CHECK(registry.stored);
    CHECK(registry.bodies == std::vector<std::string>{"PUT from 0"});
    CHECK(registry.world.requests.size() == 2);
}

TEST_CASE("an upload that breaks off goes on where the registry is") {
    Registry registry;
    registry.faults = {{.status = 0, .takes = 300}, {.status = 0, .takes = 200}};
    registry.push();
    CHECK(registry.bodies == std::vector<std::string>{"PUT from 0", "PATCH from 300", "PATCH from 500", "PUT from 1000"});
    CHECK(registry.uploads == 1);
    CHECK(registry.world.terminal.err.find("connection reset") != std::string::npos);
}

TEST_CASE("an upload that the registry lost begins again") {
    Registry registry;
    registry.faults = {{.status = 0, .takes = 300}};
    registry.can_resume = false;
    registry.push();
    CHECK(registry.bodies == std::vector<std::string>{"PUT from 0", "PUT from 0"});
    CHECK(registry.uploads == 2);
}

TEST_CASE("an upload whose answer got lost is not sent again") {
    Registry registry;
    registry.faults = {{.status = 0, .takes = size}};
    registry.push();
    CHECK(registry.bodies == std::vector<std::string>{"PUT from 0"});
    CHECK(registry.stored);
}

TEST_CASE("a busy registry is given the time that it asks for") {
    for (const int status : {408, 429, 500, 502, 503}) {
        INFO(status);
        Registry registry;
        registry.faults = {{.status = status, .takes = 0, .headers = {{"Retry-After", "7"}}}};
        registry.push();
        CHECK(registry.stored);
        REQUIRE(registry.world.clock.sleeps.size() == 1);
        CHECK(registry.world.clock.sleeps[0] == Duration{7000});
    }
}

TEST_CASE("a registry that is busy for longer than anybody waits ends the upload") {
    Registry registry;
    registry.faults = {{.status = 429, .takes = 0, .headers = {{"Retry-After", "3600"}}}};
    CHECK(failure_of([&] { registry.push(); }).code() == ExitCode::world);
    CHECK(registry.bodies.size() == 1);
}

TEST_CASE("an upload is given up after five times without progress") {
    Registry registry;
    registry.faults.assign(9, {.status = 500});
    CHECK(std::string(failure_of([&] { registry.push(); }).what()) == "cannot push r.example.com/app: status 500");
    CHECK(registry.bodies.size() == 5);
    // Progress counts: a bad line is no reason to give up.
    registry.faults.assign(9, {.status = 0, .takes = 50});
    registry.push();
    CHECK(registry.stored);
}

TEST_CASE("what a registry refuses is not sent again") {
    Registry registry;
    registry.faults = {{.status = 400}};
    CHECK(failure_of([&] { registry.push(); }).code() == ExitCode::world);
    CHECK(registry.bodies.size() == 1);
}
