#include "cli/description.hpp"

#include "cli/layers.hpp"
#include "cli/report.hpp"

namespace slipway::cli {

namespace {

const char* to_text(OptionKind kind) {
    switch (kind) {
    case OptionKind::value: return "value";
    case OptionKind::list: return "list";
    case OptionKind::flag: return "flag";
    case OptionKind::secret: break;
    }
    return "secret";
}

const char* to_text(ValueType type) {
    switch (type) {
    case ValueType::text: return "text";
    case ValueType::integer: return "integer";
    case ValueType::number: return "number";
    case ValueType::duration: return "duration";
    case ValueType::word: break;
    }
    return "word";
}

Json default_of(const Option::Traits& traits) {
    if (!traits.ci_help.empty()) return traits.ci_help;
    if (traits.fallback) return *traits.fallback;
    if (!traits.fallback_help.empty()) return traits.fallback_help;
    return nullptr;
}

Json describe(const Option& option, std::string_view step, bool own) {
    const auto& traits = option.traits();
    return {{"name", option.name()},
            {"flag", option.flag()},
            {"short", traits.short_name == 0 ? Json(nullptr) : Json(std::string(1, traits.short_name))},
            {"kind", to_text(option.kind())},
            {"type", to_text(traits.type)},
            {"words", traits.words},
            {"value_name", traits.value_name},
            {"help", traits.help},
            {"section", traits.section},
            {"default", default_of(traits)},
            {"from_ci", traits.from_ci != nullptr},
            {"variables", variables_of(option, step)},
            {"required", traits.required},
            {"shared", traits.shared},
            {"positional", traits.positional},
            {"after_dashes", traits.after_dashes},
            {"own", own}};
}

} // namespace

std::string description(const StepInfo& info, const OptionSet& options, std::size_t own) {
    Json json = {{"name", info.name}, {"summary", info.summary}, {"usage", info.usage}, {"example", info.example}};
    json["options"] = Json::array();
    for (std::size_t i = 0; i < options.all().size(); ++i) json["options"].push_back(describe(*options.all()[i], info.name, i < own));
    json["outputs"] = Json::array();
    for (const auto& output : info.outputs) json["outputs"].push_back({{"name", output.name}, {"meaning", output.meaning}});
    return json.dump(2) + '\n';
}

} // namespace slipway::cli
