#include "catch.hpp"

#include "push-rules/kubernetes/object_proof.hpp"

using namespace slipway::push_rules;

TEST_CASE("an operator's file is that of one object only") {
    const std::string uid = "0f5a8c2e-7a7e-4a0e-9a52-9f2f7d3f6b11";
    const ProvenObject object{"prod", "x-a", uid};
    const std::string folder = "/etc/prometheus/rules/prometheus-k8s-rulefiles-0/";
    CHECK(is_file_of(folder + "prod-x-a-" + uid + ".yaml", object));
    CHECK(is_file_of(folder + "prod-x-a.yaml", object)); // of an older operator
    CHECK_FALSE(is_file_of(folder + "prod-x-a-1f5a8c2e-7a7e-4a0e-9a52-9f2f7d3f6b11.yaml",
                           object)); // of prod-x/a, or of one that was removed
    CHECK_FALSE(is_file_of(folder + "prod-x-a-b.yaml", object));
    CHECK_FALSE(is_file_of(folder + "preprod-x-a.yaml", object));
    CHECK_FALSE(is_file_of(folder + "prod-x-a-.yaml", {"prod", "x-a", ""}));
}
