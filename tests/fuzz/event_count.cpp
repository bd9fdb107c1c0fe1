// A query of anything: what can be counted is a sum of selectors that read as themselves again, and each is in exactly one fetch.

#include "core/error.hpp"
#include "wait-for-slo/queries/event_count.hpp"
#include "wait-for-slo/queries/fetches.hpp"

#include <cstdint>
#include <cstdlib>

using namespace slipway;
using namespace slipway::wait_for_slo;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    EventCount count;
    try {
        count = parse_event_count(text);
    } catch (const Error& error) {
        if (error.code() != ExitCode::misuse) std::abort();
        return 0;
    }
    std::vector<Selector> selectors;
    for (const auto& term : count) {
        const auto printed = to_string(term.selector);
        if (to_string(parse_event_count(printed)) != printed) std::abort();
        selectors.push_back(term.selector);
    }
    const FetchPlan plan(selectors);
    std::size_t answered = 0;
    for (const auto& fetch : plan.fetches()) answered += fetch.answers.size();
    if (answered != plan.selectors().size()) std::abort();
    for (const auto& selector : selectors) {
        if (!plan.id_of(selector)) std::abort();
    }
    return 0;
}
