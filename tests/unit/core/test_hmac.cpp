#include "catch.hpp"

#include "core/hmac.hpp"

#include <string>

using namespace slipway;

TEST_CASE("HMAC-SHA256 of RFC 4231, section 4") {
    const auto repeated = [](std::size_t times, int byte) { return std::string(times, static_cast<char>(byte)); };
    std::string counting;
    for (int i = 1; i <= 25; ++i) counting += static_cast<char>(i);
    CHECK(hmac_sha256(Secret(repeated(20, 0x0b)), "Hi There") == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    CHECK(hmac_sha256(Secret("Jefe"), "what do ya want for nothing?") == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    CHECK(hmac_sha256(Secret(repeated(20, 0xaa)), repeated(50, 0xdd)) == "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    CHECK(hmac_sha256(Secret(counting), repeated(50, 0xcd)) == "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
    CHECK(hmac_sha256(Secret(repeated(20, 0x0c)), "Test With Truncation").substr(0, 32) == "a3b6167473100ee06e0c796c2955552b");
    CHECK(hmac_sha256(Secret(repeated(131, 0xaa)), "Test Using Larger Than Block-Size Key - Hash Key First") == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    CHECK(hmac_sha256(Secret(repeated(131, 0xaa)), "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.") ==
          "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
    CHECK(hmac_sha256(Secret(), "") == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}
