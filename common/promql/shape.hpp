#pragma once

#include "promql/ast.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace slipway::promql {

/// What the values of a series are, as far as that can be told.
enum class Nature {
    unknown,
    counter,        ///< only grows, until it starts again
    summed_counter, ///< counters added up: when one of them starts again, rate() takes that for one of the sum
    gauge,          ///< goes up and down; also every rate
};

/// Which labels the series of an expression can have. Either closed: only those of `labels`; or open: any but those of `labels`.
struct LabelShape {
    bool closed = false;
    std::set<std::string, std::less<>> labels = {};
    /// Labels whose value is known, because a selector asks for it.
    std::map<std::string, std::string, std::less<>> fixed = {};

    bool may_have(std::string_view label) const { return (labels.count(label) != 0) == closed; }

    static LabelShape none() { return {.closed = true}; }
    void add(const std::string& label);
    void remove(const std::string& label);
    /// Only these remain, of those that it may have.
    void keep(const std::vector<std::string>& kept);
};

struct Shape {
    LabelShape labels = {};
    Nature nature = Nature::unknown;
};

/// What is known of metrics by their names.
class MetricKnowledge {
public:
    virtual ~MetricKnowledge() = default;
    /// Nothing for a metric of which nothing is known. The nature of one that is known may still be unknown.
    virtual std::optional<Shape> shape_of(const std::string& metric) const = 0;
};

/// The labels and the nature of an expression's result. Recorded metrics bring theirs with them, through `knowledge`.
Shape shape_of(const Expr& expr, const MetricKnowledge& knowledge);

/// Why no pair of elements of an operation's sides can ever match, such as "only the left side has the label 'job'"; empty when some may.
/// Nothing is said of `or`.
std::string why_never_matching(const Binary& node, const MetricKnowledge& knowledge);

/// By the suffixes that Prometheus' conventions give counters: _total, _count, _sum, _bucket.
bool has_counter_name(std::string_view metric);

} // namespace slipway::promql
