// Objectives in any language: reading ends, rules that are made are right, stand in the file, and read back the same.

#include "fuzz.hpp"
#include "prometheus/rule_file.hpp"
#include "prometheus/rule_writer.hpp"
#include "promql/parser.hpp"
#include "slo/dashboard.hpp"
#include "slo/documents.hpp"
#include "slo/rules.hpp"

#include <nlohmann/json.hpp>

#include <string>

using namespace slipway;

namespace {

void check_rules(const slo::Objective& objective, const slo::RuleSettings& settings) {
    const auto made = slo::make_rules(objective, settings);
    for (const auto& group : made.groups) {
        for (const auto& rule : group.rules) {
            fuzz::expect(promql::parse(rule.expr).expr != nullptr, "a made expression is right");
            for (std::size_t i = 0; i <= rule.expr.size(); i += 7) {
                fuzz::expect(rule.place_in_expr(i).line > 0, "a made expression has a place");
            }
        }
    }
    const auto copy = prometheus::read_rule_file(prometheus::write_rule_file(made.groups), "x");
    fuzz::expect(copy.groups.size() == made.groups.size(), "made groups read back");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(fuzz::text_of(data, size));
    slo::SloReader reader({});
    reader.add(text, "x");
    for (const auto& file : reader.finish()) {
        for (const auto& objective : file.objectives) {
            check_rules(objective, {});
            check_rules(objective, {.names = slo::Names::sloth, .long_windows = slo::LongWindows::average});
            slo::make_dashboard(objective.service, {objective}, {}, {});
        }
    }
    return 0;
}
