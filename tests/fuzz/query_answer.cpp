// An answer of anything to a query: what is taken for one is a JSON document, with as many series as it says.

#include "prometheus/query_answer.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <cstdlib>

using namespace slipway::prometheus;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string body(reinterpret_cast<const char*>(data), size);
    QueryResult result;
    if (!read_query_answer(body, result)) return 0;
    if (!nlohmann::json::parse(body, nullptr, false).is_object()) std::abort();
    return 0;
}
