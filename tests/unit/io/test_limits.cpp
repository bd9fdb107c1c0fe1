#include "catch.hpp"
#include "fakes.hpp"
#include "io/limits.hpp"

using namespace slipway;

TEST_CASE("Buildah is told limits where it would raise them beyond what is allowed") {
    using Options = std::vector<std::string>;
    fake::Files files;
    CHECK(io::limits_for_buildah(files).empty()); // no such limits here
    auto& limits = files.contents["/proc/self/limits"];
    limits = "Limit                     Soft Limit           Hard Limit           Units     \n"
             "Max processes             unlimited            unlimited            processes \n"
             "Max open files            1024                 524288               files     \n";
    CHECK(io::limits_for_buildah(files) == Options{"--ulimit", "nofile=524288:524288"});
    auto& numbers = files.contents["/proc/sys/kernel/pid_max"];
    numbers = "32768\n";
    CHECK(io::limits_for_buildah(files) == Options{"--ulimit", "nofile=524288:524288", "--ulimit", "nproc=32768:32768"});
    limits = "Max processes             unlimited            4096                 processes \n"
             "Max open files            1024                 1048576              files     \n";
    CHECK(io::limits_for_buildah(files) == Options{"--ulimit", "nproc=4096:4096"});
    numbers = "4194304\n";
    CHECK(io::limits_for_buildah(files) == Options{"--ulimit", "nproc=4096:4096"});
    limits = "Max processes             96365                96365                processes \n";
    numbers = "32768\n";
    CHECK(io::limits_for_buildah(files) == Options{"--ulimit", "nproc=32768:32768"});
}
