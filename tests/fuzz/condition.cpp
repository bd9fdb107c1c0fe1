// Conditions of Argo Rollouts: reading ends, and each has an answer for every value, or says why not.

#include "core/error.hpp"
#include "fuzz.hpp"
#include "wait-for-slo/checks/argo/expression/expression.hpp"

#include <limits>

using namespace slipway;
using namespace slipway::wait_for_slo;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const Expression condition(fuzz::text_of(data, size));
        constexpr double none = std::numeric_limits<double>::quiet_NaN();
        for (const auto& value : {QueryValue{true, {0.5}}, QueryValue{true, {none}}, QueryValue{false, {}}, QueryValue{false, {1, none, -2, 1e300}}}) {
            const auto truth = condition.evaluate(value);
            fuzz::expect(truth.holds.has_value() == truth.mistake.empty(), "an answer, or why there is none");
        }
        condition.limits();
    } catch (const Error& error) {
        fuzz::expect(error.code() == ExitCode::misuse, "a wrong condition is a mistake of who wrote it");
    }
    return 0;
}
