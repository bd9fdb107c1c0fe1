#pragma once

#include "core/error.hpp"
#include "promql/dialect.hpp"
#include "slo/objective.hpp"

#include <memory>
#include <string>
#include <vector>

namespace slipway::slo {

/// The objectives of one file, and what is wrong with it. Objectives with mistakes are left out.
struct SloFile {
    std::string file;
    std::vector<Objective> objectives = {};
    std::vector<Diagnostic> problems = {};
    bool unreadable = false; ///< no YAML, or a document that is none of these languages
};

/// Reads service level objectives in every language that is known: OpenSLO v1 and v1alpha, Sloth (its own form and the manifest),
/// Backyards, Pyrra. Documents may refer to each other across files, so all files are given before any is understood.
///
/// @source OpenSLO specification; documentation of Sloth and Pyrra; Backyards' custom resources
class SloReader {
public:
    explicit SloReader(promql::Dialect dialect);
    ~SloReader();
    SloReader(const SloReader&) = delete;
    SloReader& operator=(const SloReader&) = delete;

    /// @param file  for the places
    void add(std::string text, const std::string& file);

    /// @return in the order in which the files were given
    std::vector<SloFile> finish();

private:
    struct Source;

    promql::Dialect dialect_;
    std::vector<std::unique_ptr<Source>> sources_;
};

} // namespace slipway::slo
