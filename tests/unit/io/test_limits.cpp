#include "catch.hpp"
#include "fakes.hpp"
#include "io/limits.hpp"

using namespace slipway;

TEST_CASE("Buildah is told limits where it would raise them beyond what is allowed") {
    fake::Files files;
    CHECK(io::limits_for_buildah(files).empty()); // no such limits here
    auto& limits = files.contents["/proc/self/limits"];
    limits = "Limit                     Soft Limit           Hard Limit           Units     \n"
             "Max processes             unlimited            unlimited            processes \n"
             "Max open files            1024                 524288               files     \n";
    CHECK(io::limits_for_buildah(files) == std::vector<std::string>{"--ulimit", "nofile=524288:524288"});
    limits = "Max processes             unlimited            4096                 processes \n"
             "Max open files            1024                 1048576              files     \n";
    CHECK(io::limits_for_buildah(files) == std::vector<std::string>{"--ulimit", "nproc=4096:4096"});
}
