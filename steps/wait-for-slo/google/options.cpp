#include "wait-for-slo/google/options.hpp"

namespace slipway::wait_for_slo {

void declare(cli::OptionSet& set, GoogleOptions& options) {
    set.section("Google Cloud Monitoring");
    set.add("google-slo", options.slos).value_name("NAME").help("Objective of Cloud Monitoring to watch: projects/PROJECT/services/SERVICE/serviceLevelObjectives/ID");
    set.add("google-credentials-file", options.credentials_file).value_name("FILE").variable("GOOGLE_APPLICATION_CREDENTIALS").fallback_help("the metadata server").help("Key of a service account, or a configuration of workload identity federation");
    set.add("google-monitoring-url", options.monitoring_url).value_name("URL").fallback("https://monitoring.googleapis.com").help("Address of the API, where it is reached by a private one");
    set.add("slocheck-project", options.slocheck_project).value_name("PROJECT").variable("TARGET_PROJECT").help("Together with the next two, and nothing else to watch: judges the burn rate of the newest 300 s once, with exit code 0 or 1");
    set.add("slocheck-threshold", options.slocheck_threshold).value_name("NUMBER").variable("THRESHOLD").help("The highest burn rate that passes");
    set.add("slocheck-slo", options.slocheck_slo).value_name("NAME").variable("DEFINEDSLO").help("The objective: projects/PROJECT/services/SERVICE/serviceLevelObjectives/ID");
}

void check(const GoogleOptions&, std::vector<Diagnostic>&) {}

} // namespace slipway::wait_for_slo
