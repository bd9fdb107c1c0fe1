#pragma once

#include "core/error.hpp"
#include "io/cancellation.hpp"
#include "io/files.hpp"
#include "prometheus/rule_file.hpp"

#include <string>
#include <vector>

namespace slipway::push_rules {

/// A rule file as it was given, read once: what is checked is what is published.
struct Input {
    std::string path; ///< as people see it
    std::string name; ///< its file name, under which it is published
    std::string text;
    prometheus::RuleFile rules = {};
};

/// The rule files behind the given paths, and what is wrong with them.
struct Inputs {
    std::vector<Input> files;
    std::vector<Diagnostic> problems;
    /// Something could not be read, or is no rule file at all.
    bool unreadable = false;

    bool has_errors() const;
    /// Problems in the order of the files and their lines; those without a file last.
    void sort_problems();
};

/// Reads files, and all *.yml and *.yaml files below folders, in the order of their names; names with a dot in front are left
/// out there. A file that is named twice is read once.
///
/// @throws Cancelled
Inputs read_inputs(const std::vector<std::string>& paths, io::Files& files, const io::Cancellation& cancellation);

/// Adds a problem for each two files that would be published under one name.
void check_names(Inputs& inputs, Severity severity);

} // namespace slipway::push_rules
