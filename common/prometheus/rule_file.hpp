#pragma once

#include "core/duration.hpp"
#include "core/error.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::prometheus {

enum class RuleKind { recording, alerting };

using Labels = std::map<std::string, std::string>;

/// Where an expression's characters stand in its file, as far as that can be told: a plain or quoted text of one line,
/// or a literal block. In a folded or escaped text a character has no place of its own.
struct ExpressionPlace {
    Place value;        ///< where the value begins, always known
    int first_line = 0; ///< of the expression's first character; 0 when positions inside are not known
    int first_column = 0;
    int next_column = 0; ///< where each further line begins; 0 when there is none

    /// The place of a position inside the expression, both counted from 1.
    Place at(int line, int column) const;
};

struct Rule {
    RuleKind kind = RuleKind::recording;
    std::string name;  ///< the record's or the alert's
    std::string expr;  ///< as written, without blanks around it
    Labels labels = {};
    Labels annotations = {};
    Duration hold{0};        ///< `for`
    Duration keep_firing{0}; ///< `keep_firing_for`
    Place place = {};
    ExpressionPlace expr_place = {};
};

struct Group {
    std::string name;
    std::optional<Duration> interval = {};
    std::optional<Duration> query_offset = {};
    std::optional<long> limit = {};
    Labels labels = {}; ///< for all of its rules, where they do not say otherwise
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
    /// No YAML, or a document of another kind: nothing in it could be judged.
    bool unreadable = false;

    bool has_errors() const;
};

/// Reads a Prometheus rule file and checks everything but the expressions: structure, names, durations, duplicates.
/// What Prometheus takes silently and what never works (an empty file, a second YAML document) is an error, too.
///
/// @param file  for the places
/// @source Prometheus documentation, "Defining recording rules" and "Alerting rules"
RuleFile read_rule_file(std::string_view text, const std::string& file);

} // namespace slipway::prometheus
