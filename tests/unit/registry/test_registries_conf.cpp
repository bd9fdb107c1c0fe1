#include "catch.hpp"

#include "core/error.hpp"
#include "failure.hpp"
#include "fakes.hpp"
#include "registry/registries_conf.hpp"

using namespace slipway;
using namespace slipway::registry;

namespace {

RegistriesConf conf_of(std::string_view toml) {
    RegistriesConf conf;
    conf.add(toml, "registries.conf");
    return conf;
}

std::vector<std::string> places(const RegistriesConf& conf, const std::string& image) {
    std::vector<std::string> names;
    for (const auto& endpoint : conf.pull_endpoints(parse_reference(image))) names.push_back(to_string(endpoint.reference) + (endpoint.insecure ? " insecure" : ""));
    return names;
}

std::string meant_by(const RegistriesConf& conf, const std::string& name) {
    const auto found = conf.resolve_short_name(parse_reference(name));
    return found ? to_string(*found) : "";
}

using Names = std::vector<std::string>;

} // namespace

TEST_CASE("short names: aliases, and one registry to search") {
    const auto conf = conf_of("unqualified-search-registries = [\"docker.io\"]\n[aliases]\ndebian = \"r.example.com/base/debian\"\n\"team/tool\" = \"r.example.com/tool\"\n");
    CHECK(meant_by(conf, "debian:12") == "r.example.com/base/debian:12");
    CHECK(meant_by(conf, "team/tool@sha256:" + std::string(64, 'a')) == "r.example.com/tool@sha256:" + std::string(64, 'a'));
    CHECK(meant_by(conf, "alpine") == "docker.io/library/alpine");
    CHECK(meant_by(conf, "team/other") == "docker.io/team/other");
    CHECK(meant_by(conf_of(""), "alpine").empty());
    CHECK(meant_by(conf_of("unqualified-search-registries = [\"a.example.com\", \"b.example.com\"]"), "alpine").empty());
}

TEST_CASE("where an image is pulled from") {
    const auto conf = conf_of(R"(
[[registry]]
location = "docker.io"
[[registry.mirror]]
location = "mirror.example.com/hub"
insecure = true
[[registry.mirror]]
location = "tags.example.com"
pull-from-mirror = "tag-only"

[[registry]]
prefix = "r.example.com/team"
location = "elsewhere.example.com/t"
mirror-by-digest-only = true
[[registry.mirror]]
location = "digests.example.com"

[[registry]]
prefix = "r.example.com/team/secret"
blocked = true

[[registry]]
prefix = "*.internal.example.com"
location = "proxy.example.com"
insecure = true
)");
    const std::string digest = "@sha256:" + std::string(64, 'a');
    CHECK(places(conf, "docker.io/debian:12") == Names{"mirror.example.com/hub/library/debian:12 insecure", "tags.example.com/library/debian:12", "docker.io/library/debian:12"});
    CHECK(places(conf, "docker.io/library/debian" + digest) == Names{"mirror.example.com/hub/library/debian" + digest + " insecure", "docker.io/library/debian" + digest});
    CHECK(places(conf, "r.example.com/team/app:1") == Names{"elsewhere.example.com/t/app:1"});
    CHECK(places(conf, "r.example.com/team/app" + digest) == Names{"digests.example.com/app" + digest, "elsewhere.example.com/t/app" + digest});
    CHECK(places(conf, "r.example.com/teamwork/app:1") == Names{"r.example.com/teamwork/app:1"});
    CHECK(places(conf, "r.example.com/team/secret:1").empty());
    CHECK(places(conf, "a.internal.example.com/x:1") == Names{"proxy.example.com/x:1 insecure"});
    CHECK(conf.is_insecure(parse_reference("a.internal.example.com/x")));
    CHECK_FALSE(conf.is_insecure(parse_reference("internal.example.com/x")));
}

TEST_CASE("a mirror of our own comes first, and all of it can be written for other tools") {
    auto conf = conf_of("unqualified-search-registries = [\"docker.io\"]\n[[registry]]\nprefix = \"docker.io\"\nlocation = \"docker.io\"\n[[registry.mirror]]\nlocation = \"old.example.com\"\n[aliases]\nx = \"r.example.com/x\"\n");
    conf.add_mirror("docker.io", "mirror.example.com/hub");
    conf.add_mirror("quay.io", "quay.example.com");
    const Names expected{"mirror.example.com/hub/library/debian:12", "old.example.com/library/debian:12", "docker.io/library/debian:12"};
    CHECK(places(conf, "docker.io/debian:12") == expected);
    const auto again = conf_of(conf.to_toml());
    CHECK(places(again, "docker.io/debian:12") == expected);
    CHECK(places(again, "quay.io/a/b:1") == Names{"quay.example.com/a/b:1", "quay.io/a/b:1"});
    CHECK(meant_by(again, "x:1") == "r.example.com/x:1");
    CHECK(meant_by(again, "y") == "docker.io/library/y");
}

TEST_CASE("files are read in the order in which the container tools read them") {
    fake::World world;
    world.environment.variables["HOME"] = "/home/ci";
    world.files.contents["/etc/containers/registries.conf"] = "unqualified-search-registries = [\"system.example.com\"]";
    world.files.contents["/etc/containers/registries.conf.d/short.conf"] = "[aliases]\na = \"one.example.com/a\"\nb = \"one.example.com/b\"";
    world.files.contents["/etc/containers/registries.conf.d/README"] = "no TOML at all";
    auto context = world.context();
    CHECK(meant_by(RegistriesConf::read(context), "a") == "one.example.com/a");
    CHECK(meant_by(RegistriesConf::read(context), "c") == "system.example.com/c");
    world.files.contents["/home/ci/.config/containers/registries.conf"] = "unqualified-search-registries = [\"user.example.com\"]";
    world.files.contents["/home/ci/.config/containers/registries.conf.d/x.conf"] = "[aliases]\na = \"two.example.com/a\"\nb = \"\"";
    CHECK(meant_by(RegistriesConf::read(context), "a") == "two.example.com/a");
    CHECK(meant_by(RegistriesConf::read(context), "b") == "user.example.com/b");
    world.environment.variables["CONTAINERS_REGISTRIES_CONF"] = "/named.conf";
    world.files.contents["/named.conf"] = "unqualified-search-registries = [\"named.example.com\"]";
    CHECK(meant_by(RegistriesConf::read(context), "c") == "named.example.com/c");
}

TEST_CASE("a configuration of registries that is no TOML is told with its place") {
    const auto error = failure_of([] { conf_of("a = 1\n[[registry\n"); });
    CHECK(error.code() == ExitCode::misuse);
    CHECK(error.diagnostics()[0].place.file == "registries.conf");
    CHECK(error.diagnostics()[0].place.line == 2);
    // Wrong types are as good as nothing, as they are for the container tools' reader.
    CHECK(places(conf_of("registry = 3\n"), "r.example.com/x:1") == Names{"r.example.com/x:1"});
    CHECK(places(conf_of("[[registry]]\ninsecure = true\n"), "r.example.com/x:1") == Names{"r.example.com/x:1"});
}
