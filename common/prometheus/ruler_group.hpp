#pragma once

#include "prometheus/rule_file.hpp"
#include "prometheus/ruler_address.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slipway::prometheus {

/// The text of a group, made when it is asked for: most groups are only compared.
class RulerText {
public:
    /// A document that others of its groups are in, too.
    struct Source;

    RulerText(std::string text) : text_(std::move(text)) {} // NOLINT(google-explicit-constructor)
    RulerText(std::shared_ptr<const Source> source, std::uint32_t node) : source_(std::move(source)), node_(node) {}

    /// YAML of the group alone: name, interval, rules, ...
    ///
    /// @throws Error (misuse) with a place when aliases make it grow beyond measure
    std::string operator()() const;

private:
    std::string text_;
    std::shared_ptr<const Source> source_;
    std::uint32_t node_ = 0;
};

/// One group as a ruler API takes and gives it.
struct RulerGroup {
    RulerText text;
    /// What it says. Loki's expressions are LogQL, so they are texts only: `parsed` is null.
    Group group;
    /// What Group has no place for, such as source_tenants: for comparing only, what means nothing left out.
    std::map<std::string, std::string> more = {};

    const std::string& name() const noexcept { return group.name; }
};

/// What a server stores, or is to store: the groups of each namespace.
using RulerState = std::map<std::string, std::vector<RulerGroup>>;

/// Reads one group. Mistakes in its rules are not told: checking is the work of read_rule_file, and what a server has stored stands.
///
/// @param file  for the places in errors
/// @throws Error (misuse) for what is no YAML, no map, or has no name
RulerGroup read_ruler_group(std::string text, RulerKind kind, const std::string& file);

/// The groups of a rule file, or of PrometheusRule manifests, in their order; each text is that of the file where it can be
/// (see GroupTexts). Mistakes are not told, as above.
///
/// @param known         what read_rule_file made of them: is taken as it is, when it is there
/// @param tree_of_file  what it read, when it was kept; null: the text is read here
/// @throws Error (misuse) for what is no YAML, and for a group that is no map or has no name
std::vector<RulerGroup> ruler_groups_of_file(std::string_view text, RulerKind kind, const std::string& file, const std::vector<Group>& known = {}, const std::shared_ptr<const yaml::Tree>& tree_of_file = {});

/// The namespaces of a map "namespace: [group, ...]", as the ruler API lists them.
///
/// @param source  for the places in errors
/// @throws Error (misuse) for anything else
RulerState read_ruler_state(std::string_view text, RulerKind kind, const std::string& source);

/// Whether a server does the same with both: fields that say what is so without them count as absent, PromQL is compared by its
/// syntax (`[28d]` is `[4w]`, the order of matchers means nothing), LogQL by its text.
bool same_group(const RulerGroup& a, const RulerGroup& b);

/// The same for two expressions; the parsed forms may be null.
bool same_expression(const Rule& a, const Rule& b);

} // namespace slipway::prometheus
