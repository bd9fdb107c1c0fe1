#pragma once

#include "cli/context.hpp"
#include "wait-for-slo/reports/options.hpp"
#include "wait-for-slo/result.hpp"

#include <functional>
#include <string>
#include <vector>

namespace slipway::wait_for_slo {

/// The forms that are the step's own, without secrets; they are asked for when a file wants them.
struct OwnForms {
    std::function<std::string()> json;
    std::function<std::string()> junit;
};

/// Before anything is watched: whether all reports can be written, as far as that can be known. Nothing is left behind.
/// @throws Error (misuse) with all files that cannot
void check_writable(const ReportOptions& options, io::Files& files);

/// Writes all reports, each as a whole or not at all.
/// @return what could not be written, as errors. The verdict stands all the same, and weighs more than that, except a success
std::vector<Diagnostic> write_reports(const ReportOptions& options, const Result& result, const OwnForms& own, cli::Context& context);

} // namespace slipway::wait_for_slo
