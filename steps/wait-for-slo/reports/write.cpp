#include "wait-for-slo/reports/write.hpp"

#include "core/text.hpp"
#include "wait-for-slo/reports/form.hpp"
#include "wait-for-slo/reports/html.hpp"
#include "wait-for-slo/reports/openmetrics.hpp"
#include "wait-for-slo/reports/svg.hpp"

namespace slipway::wait_for_slo {

namespace {

/// Why a file cannot be written; empty when it can.
std::string why_not(const io::Path& path, io::Files& files) {
    switch (files.kind(path)) {
    case io::FileKind::directory: return "it is a folder";
    case io::FileKind::other: return ""; // a pipe, a terminal: only writing tells
    case io::FileKind::file:
    case io::FileKind::none: break;
    }
    const auto folder = path.parent_path();
    if (!folder.empty() && files.kind(folder) != io::FileKind::directory) return "there is no folder " + visible(folder.string());
    try {
        // A report takes its place by a new file beside it, so that is what must be possible.
        const io::TemporaryFolder tried(files, folder.empty() ? io::Path(".") : folder);
    } catch (const Error& error) {
        return error.diagnostics().front().message;
    }
    return "";
}

std::string written(ReportForm form, const Result& result, const OwnForms& own, const Redact& redact) {
    switch (form) {
    case ReportForm::html: return html_report(result, redact);
    case ReportForm::svg: return svg_report(result, redact);
    case ReportForm::openmetrics: return openmetrics_report(result, redact);
    case ReportForm::json: return own.json();
    case ReportForm::junit: break;
    }
    return own.junit();
}

} // namespace

void check_writable(const ReportOptions& options, io::Files& files) {
    std::vector<Diagnostic> problems;
    for (const auto& file : options.files) {
        if (const auto why = why_not(file, files); !why.empty()) problems.push_back({.message = "cannot write the report " + visible(file) + ": " + why});
    }
    if (!problems.empty()) throw Error(ExitCode::misuse, std::move(problems));
}

std::vector<Diagnostic> write_reports(const ReportOptions& options, const Result& result, const OwnForms& own, cli::Context& context) {
    const Redact redact = [&](std::string_view text) { return context.log.redact(text); };
    std::vector<Diagnostic> problems;
    for (const auto& file : options.files) {
        const auto form = form_of(file);
        if (!form) continue; // refused when the options were checked
        // Who reads a pipe may be gone, or come later: a job that is ending does not wait for that.
        if (result.outcome.is_cancelled() && context.files.kind(file) == io::FileKind::other) continue;
        try {
            context.files.write_atomic(file, written(*form, result, own, redact), io::Access::usual);
        } catch (const Error& error) {
            problems.insert(problems.end(), error.diagnostics().begin(), error.diagnostics().end());
        }
    }
    return problems;
}

} // namespace slipway::wait_for_slo
