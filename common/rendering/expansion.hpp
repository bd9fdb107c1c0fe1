#pragma once

#include "rendering/placeholder.hpp"
#include "rendering/values.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace slipway::rendering {

/// What a placeholder becomes.
struct Expansion {
    std::string text;
    /// The value itself, when no operator changed it: of a type of its own, or null.
    const nlohmann::ordered_json* json = nullptr;
};

/// Replaces placeholders by values, with operators as bash 5.2 applies them: over characters, each value taken as it is
/// and never looked into again.
///
/// In two points it is stricter than bash: a name without a value is an error, except where the operator says what then
/// (- = + and their forms with a colon); and in a replacement an ampersand of a value is only a character.
class Expander {
public:
    Expander(const Values& values, const Places& places) : values_(values), places_(places) {}

    /// @return nothing when something is missing, which is then among the problems
    std::optional<Expansion> expand(const Placeholder& placeholder);

    /// Names without a value and operators that cannot be applied, with places.
    const std::vector<Diagnostic>& problems() const noexcept { return problems_; }
    /// Names whose values went into the result.
    const std::set<std::string, std::less<>>& names() const noexcept { return names_; }

private:
    const Value* look_up(std::string_view name);
    std::optional<std::string> text_of(const Word& word);
    std::optional<class Pattern> pattern_of(const Word& word);
    std::optional<Expansion> expand_default(const Placeholder& placeholder, const Value* value);
    std::optional<std::string> replaced(const Placeholder& placeholder, const std::u32string& text);
    std::optional<std::string> cased(const Placeholder& placeholder, std::u32string text);
    std::optional<std::string> trimmed(const Placeholder& placeholder, const std::u32string& text);
    std::optional<std::string> substring(const Placeholder& placeholder, const std::u32string& text);
    std::optional<long> number(const Placeholder& placeholder, const Word& word);
    std::nullopt_t fail(const Placeholder& placeholder, const std::string& why, std::string hint = {});

    const Values& values_;
    const Places& places_;
    std::vector<Diagnostic> problems_;
    std::set<std::string, std::less<>> names_;
};

} // namespace slipway::rendering
