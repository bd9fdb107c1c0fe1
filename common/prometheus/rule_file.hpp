#pragma once

#include "core/duration.hpp"
#include "core/error.hpp"
#include "prometheus/labels.hpp"
#include "promql/ast.hpp"
#include "promql/dialect.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::yaml {
class Tree;
}

namespace slipway::prometheus {

enum class RuleKind { recording, alerting };

/// Where rules are loaded; each takes a few fields that the others refuse.
enum class RuleTarget {
    prometheus,
    thanos,
    mimir,
    loki ///< its expressions are LogQL: they are not read
};

/// What rules are checked for.
struct RuleLanguage {
    promql::Dialect dialect = {};
    RuleTarget target = RuleTarget::prometheus;
};

/// Where an expression's characters stand in its file, as far as that can be told: not where YAML escapes are.
struct ExpressionPlace {
    /// A part of the expression that stands in one line of the file.
    struct Piece {
        std::size_t offset = 0; ///< in the expression, bytes
        int line = 0;
        int column = 0;
        bool fixed = false; ///< stands nowhere in the file: every byte of it has this place
    };
    Place value;                    ///< where the value begins, always known
    std::vector<Piece> pieces = {}; ///< in the order of the text
    std::size_t known = 0;          ///< how many bytes of the expression the pieces cover

    /// The place of a byte of the expression; the value's where it is not known.
    Place at(std::string_view expr, std::size_t offset) const;
    /// The same for a position inside the expression, both counted from 1, as servers say it.
    Place at(std::string_view expr, int line, int column) const;
};

/// Where a label or annotation of a rule is said, and what the template in it reads.
struct KeyPlace {
    std::string name;
    bool annotation = false;
    int line = 0;
    int column = 0;
    std::vector<std::string> used_labels = {}; ///< of an alert
    bool uses_value = false;
};

struct Rule {
    RuleKind kind = RuleKind::recording;
    std::string name = {}; ///< the record's or the alert's
    std::string expr = {}; ///< as written, without blanks around it
    Labels labels = {};
    Labels annotations = {};
    Duration hold{0};        ///< `for`
    Duration keep_firing{0}; ///< `keep_firing_for`
    Place place = {};
    ExpressionPlace expr_place = {};
    std::vector<KeyPlace> key_places = {};
    std::shared_ptr<const promql::Expr> parsed = {}; ///< null when the expression is wrong

    /// Where a byte of the expression stands.
    Place place_in_expr(std::size_t offset) const { return expr_place.at(expr, offset); }
    /// Where a label or annotation is said; the rule's place when it is not.
    Place place_of(std::string_view name, bool annotation) const;
};

struct Group {
    std::string name;
    std::string manifest = {}; ///< namespace/name of the PrometheusRule that it stands in; empty in a rule file
    std::optional<Duration> interval = {};
    std::optional<Duration> query_offset = {};
    std::optional<long> limit = {};
    Labels labels = {}; ///< for all of its rules, where they do not say otherwise
    std::map<std::string, std::string> extras = {}; ///< keys that only Thanos or Mimir has, their values as JSON
    std::vector<Rule> rules = {};
    Place place = {};
};

/// Whether both mean the same, wherever they stand.
bool same_content(const Rule& a, const Rule& b);
bool same_content(const Group& a, const Group& b);

/// "alert 'HighErrorRate'", "record 'job:requests:rate5m'".
std::string describe(const Rule& rule);

/// What a rule file holds, and everything that is wrong with it. Groups and rules with mistakes are there as far as they
/// can be read.
struct RuleFile {
    std::string file; ///< as people know it
    std::vector<Group> groups = {};
    std::vector<Diagnostic> problems = {};
    bool is_manifest = false; ///< PrometheusRule manifests
    bool is_test = false;     ///< no rules but tests of some, for 'promtool test rules'
    bool is_slo = false;      ///< no rules but service level objectives, from which rules can be made
    /// No YAML, or a document of another kind: nothing in it could be judged.
    bool unreadable = false;
    std::shared_ptr<const yaml::Tree> tree = {}; ///< what was read, when it is to be kept

    bool has_errors() const;
};

enum class KeepTree { no, yes };

/// Reads a Prometheus rule file, or PrometheusRule manifests (several documents, lists), and checks everything that can be told
/// from the file alone: structure, names, durations, duplicates, expressions, templates.
/// What Prometheus takes silently and what never works (an empty file, a second YAML document, an expression that is a string) is
/// an error, too.
///
/// @param file  for the places
/// @param keep  whether the YAML stays, for somebody who needs its texts
/// @source Prometheus documentation, "Defining recording rules" and "Alerting rules"
RuleFile read_rule_file(std::string_view text, const std::string& file, const RuleLanguage& language = {}, KeepTree keep = KeepTree::no);

/// Some groups of any document, in this order, as read_rule_file reads them. Mistakes are not told.
///
/// @param tree, text  the same document
/// @param groups      maps in it
std::vector<Group> read_groups(const yaml::Tree& tree, std::string_view text, const std::vector<std::uint32_t>& groups, const RuleLanguage& language);

} // namespace slipway::prometheus
