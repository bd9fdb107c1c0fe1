#include "wait-for-slo/reports/options.hpp"

namespace slipway::wait_for_slo {

void declare(cli::OptionSet& set, ReportOptions& options) {
    set.section("Reports");
    set.add("report", options.files).value_name("FILE").help("Write a report: .html, .svg, .json, .xml (JUnit) or .prom (OpenMetrics)");
    set.add("on-pass", options.on_pass).value_name("URL").help("Post the verdict to this address when it is 'holds'");
    set.add("on-fail", options.on_fail).value_name("URL").help("Post the verdict to this address when it is any other");
    set.add("webhook-secret", options.webhook_secret).help("Key that signs what is posted: X-Slipway-Signature: sha256=HMAC");
}

void check(const ReportOptions&, std::vector<Diagnostic>&) {}

} // namespace slipway::wait_for_slo
