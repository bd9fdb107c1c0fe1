#include "catch.hpp"
#include "failure.hpp"

#include "push-rules/files/ssh_folder.hpp"

using namespace slipway;
using namespace slipway::push_rules;

TEST_CASE("addresses of folders on other machines") {
    const auto shown = [](const std::string& address) {
        const auto parsed = parse_ssh_address(address);
        return parsed.destination + '|' + parsed.port + '|' + parsed.folder;
    };
    CHECK(shown("ssh://deploy@prometheus.example.com/etc/prometheus/rules") == "deploy@prometheus.example.com||/etc/prometheus/rules");
    CHECK(shown("ssh://host:2222/r") == "host|2222|/r");
    CHECK(shown("ssh://me@[fe80::1]:22/r") == "me@fe80::1|22|/r");
    for (const char* wrong : {"ssh://host", "ssh://host/", "ssh:///r", "ssh://a:b@host/r", "ssh://-oProxyCommand=x/r", "ssh://-l@host/r", "ssh://host:x/r", "ssh://a b/r", "ssh://[::1/r", "ssh://$(x)/r"}) {
        INFO(wrong);
        CHECK(failure_of([&] { parse_ssh_address(wrong); }).code() == ExitCode::misuse);
    }
}
