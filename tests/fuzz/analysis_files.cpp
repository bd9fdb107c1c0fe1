// Resources of Argo Rollouts and Flagger: reading ends, mistakes have places, and every check that is read can judge.

#include "fakes.hpp"
#include "fuzz.hpp"
#include "wait-for-slo/checks/analysis_files.hpp"

#include <string>

using namespace slipway;
using namespace slipway::wait_for_slo;

namespace {

void judge(const MetricCheck& check) {
    fuzz::expect(check.condition != nullptr, "a check has a condition");
    fuzz::expect(check.place.line > 0, "a check has a place");
    for (const auto& value : {QueryValue{true, {0.5}}, QueryValue{false, {}}, QueryValue{false, {1, 2}}}) check.condition->judge(value);
    check.condition->text();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fake::Files files;
    files.contents["x"] = std::string(fuzz::text_of(data, size));
    try {
        const auto plan = read_analysis_files({"x"}, {"service-name=shop"}, true, files);
        fuzz::expect(!plan.empty(), "there are checks");
        for (const auto& check : plan.metrics) judge(check);
        for (const auto& canary : plan.canaries) {
            for (const auto& check : canary.metrics) judge(check);
        }
    } catch (const Error& error) {
        fuzz::expect(error.code() == ExitCode::misuse, "what is wrong in a file is a mistake of who wrote it");
    }
    return 0;
}
