// A rule file or manifest of anything: every problem has a message, and places lie in the text.

#include "prometheus/rule_file.hpp"

#include <cstdint>
#include <cstdlib>

using namespace slipway;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto file = prometheus::read_rule_file(text, "fuzz.yml");
    // YAML has more line breaks than LF: CR, NEL, LS and PS end a line, too.
    const auto last = static_cast<int>(size) + 2;
    for (const auto& problem : file.problems) {
        if (problem.message.empty() || problem.place.line > last) std::abort();
    }
    for (const auto& group : file.groups) {
        for (const auto& rule : group.rules) {
            for (std::size_t at = 0; at <= rule.expr.size(); ++at) static_cast<void>(rule.place_in_expr(at));
        }
    }
    return 0;
}
