// An expression of anything, in several dialects: what is right prints a text that is right again and prints the same.

#include "promql/parser.hpp"
#include "promql/print.hpp"

#include <cstdint>
#include <cstdlib>

using namespace slipway::promql;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const Version version : {Version{2, 42}, Version{2, 54}, Version{3, 5}, newest_version}) {
        Dialect dialect{.version = version};
        for (const auto& name : Features::names()) dialect.features.enable(name);
        const auto parsed = parse(text, dialect);
        if (!parsed.expr) {
            if (parsed.mistakes.empty() || parsed.mistakes.front().place.end > size) std::abort();
            continue;
        }
        if (version != newest_version) continue;
        const auto printed = print(*parsed.expr);
        // "1 ^ +Inf ^ b" is what Prometheus prints, and reads as 1 ^ +(Inf ^ b).
        if (printed.find("Inf") != std::string::npos) continue;
        const auto again = parse(printed, dialect);
        if (!again.expr || print(*again.expr) != printed) std::abort();
    }
    return 0;
}
