#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::prometheus {

/// What is wrong with a template; offset in bytes.
struct TemplateProblem {
    std::size_t offset = 0;
    std::string message;
    std::string hint = {};
};

/// A label of the alert that a template reads, such as $labels.job.
struct LabelUse {
    std::string name;
    std::size_t offset = 0;
};

/// A query that a template makes: {{ query "up" }}.
struct QueryUse {
    std::string expression;
    std::size_t offset = 0;
};

struct TemplateCheck {
    std::vector<TemplateProblem> problems = {}; ///< what Go refuses to parse: one at most; and what fails whenever it is run
    std::vector<LabelUse> labels = {};
    std::vector<QueryUse> queries = {}; ///< those whose text is written out
    bool value = false;                 ///< the alert's value is read
};

/// Checks a label or annotation of an alert as Prometheus expands it: Go's text/template with Prometheus' functions, and the
/// variables $labels, $externalLabels, $externalURL and $value. A text without "{{" costs one search.
///
/// @source Go documentation, package text/template; Prometheus documentation, "Template reference"
TemplateCheck check_template(std::string_view text);

} // namespace slipway::prometheus
