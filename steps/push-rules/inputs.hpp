#pragma once

#include "push-rules/check/dashboard.hpp"
#include "core/error.hpp"
#include "io/cancellation.hpp"
#include "io/files.hpp"
#include "prometheus/rule_file.hpp"
#include "slo/objective.hpp"
#include "slo/rules.hpp"

#include <optional>
#include <string>
#include <vector>

namespace slipway::push_rules {

/// A file with rules as it was given, read once: what is checked is what is published.
struct Input {
    std::string path; ///< as people see it
    std::string name; ///< its file name, under which it is published
    std::string text;
    prometheus::RuleFile rules = {};
    std::optional<std::string> generated = {}; ///< the rule file that was made from objectives or a manifest

    /// The rule file that is published.
    const std::string& content() const { return generated ? *generated : text; }
};

/// A Grafana dashboard; it is only checked.
struct Dashboard {
    std::string path;
    std::string text;
    std::vector<PanelQuery> queries = {};
};

/// The files behind the given paths, and what is wrong with them.
struct Inputs {
    std::vector<Input> files;
    std::vector<Dashboard> dashboards = {};
    std::vector<std::string> tests = {}; ///< paths of files for 'promtool test rules'
    std::vector<slo::Objective> objectives = {};
    std::vector<Diagnostic> problems;
    /// Something could not be read, or is no rule file at all.
    bool unreadable = false;

    bool has_errors() const;
    /// Problems in the order of the files and their lines; those without a file last.
    void sort_problems();
};

/// What reading depends on.
struct ReadSettings {
    prometheus::RuleLanguage language = {};
    slo::RuleSettings slo = {};
    prometheus::KeepTree keep = prometheus::KeepTree::no; ///< for targets that take groups as they were written
};

/// Reads files, what patterns such as rules/*.yml match, and all *.yml and *.yaml files below folders, in the order of their names; names
/// with a dot in front are left out there. A file that is named twice is read once. A *.json file is a dashboard. Objectives become rules.
///
/// @throws Cancelled
Inputs read_inputs(const std::vector<std::string>& paths, const ReadSettings& settings, io::Files& files, const io::Cancellation& cancellation);

/// Adds a problem for each two files that would be published under one name.
void check_names(Inputs& inputs, Severity severity);

/// Makes rule files of manifests, which no folder of Prometheus can take as they are.
void unwrap_manifests(Inputs& inputs);

} // namespace slipway::push_rules
