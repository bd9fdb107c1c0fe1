#include "wait-for-slo/reports/options.hpp"

#include "wait-for-slo/reports/webhook.hpp"

namespace slipway::wait_for_slo {

void declare(cli::OptionSet& set, ReportOptions& options) {
    set.section("Reports");
    set.add("report", options.files).value_name("FILE").help("Write a report: .html, .svg, .json, .xml (JUnit) or .prom (OpenMetrics)");
    set.add("on-pass", options.on_pass).value_name("URL").help("Post the verdict to this address when it is 'holds': JSON with a text for Slack and those who took its form over");
    set.add("on-fail", options.on_fail).value_name("URL").help("The same when it is any other; an address that is a secret is better given as a variable");
    set.add("webhook-secret", options.webhook_secret).help("Key that signs what is posted, as GitHub does: X-Hub-Signature-256: sha256=HMAC of the body");
}

void check(const ReportOptions& options, std::vector<Diagnostic>& problems) { check_webhooks(options, problems); }

} // namespace slipway::wait_for_slo
