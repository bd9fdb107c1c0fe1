#include "wait-for-slo/reports/options.hpp"

#include "core/text.hpp"
#include "wait-for-slo/reports/form.hpp"
#include "wait-for-slo/reports/webhook.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

namespace slipway::wait_for_slo {

namespace {

void check_files(const std::vector<std::string>& files, std::vector<Diagnostic>& problems) {
    std::set<std::filesystem::path> seen;
    for (const auto& file : files) {
        if (!form_of(file)) {
            problems.push_back({.message = "cannot write --report " + visible(file) + ": its form is that of the ending, which is none of .html, .svg, .json, .xml (JUnit) and .prom (OpenMetrics)"});
        } else if (!seen.insert(std::filesystem::path(file).lexically_normal()).second) {
            problems.push_back({.message = "cannot write --report " + visible(file) + ": it is given twice"});
        }
    }
}

} // namespace

void declare(cli::OptionSet& set, ReportOptions& options) {
    set.section("Reports");
    set.add("report", options.files).value_name("FILE").help("Write a report when the verdict is known, in the form of the file's ending: .html (a page with charts), .svg (the charts as a picture), .json (as --json prints it), .xml (JUnit), .prom or .txt (OpenMetrics, for a textfile collector)");
    set.add("on-pass", options.on_pass).value_name("URL").help("Post the verdict to this address when it is 'holds' and no command failed: JSON with a text for Slack and those who took its form over");
    set.add("on-fail", options.on_fail).value_name("URL").help("The same in all other cases; an address that is a secret is better given as a variable");
    set.add("webhook-secret", options.webhook_secret).help("Key that signs what is posted, as GitHub does: X-Hub-Signature-256: sha256=HMAC of the body");
}

void check(const ReportOptions& options, std::vector<Diagnostic>& problems) {
    check_files(options.files, problems);
    check_webhooks(options, problems);
}

} // namespace slipway::wait_for_slo
