#include "wait-for-slo/google/options.hpp"

#include "core/text.hpp"
#include "io/http.hpp"
#include "wait-for-slo/google/slo_name.hpp"

#include <set>

namespace slipway::wait_for_slo {

namespace {

/// What is wrong with a name is mostly a part that is missing.
std::string hint_for(const std::string& name) {
    std::string hint = "the form is ";
    hint += slo_name_form;
    hint += "; it is the field 'name' of the objective's JSON";
    if (name.starts_with("http")) hint += ", and no address";
    return hint;
}

} // namespace

void declare(cli::OptionSet& set, GoogleOptions& options) {
    set.section("Google Cloud Monitoring");
    set.add("google-slo", options.slos).value_name("NAME").help("Objective of Cloud Monitoring to watch: projects/PROJECT/services/SERVICE/serviceLevelObjectives/ID; its goal is read from there");
    set.add("google-credentials-file", options.credentials_file)
        .value_name("FILE")
        .variable("GOOGLE_APPLICATION_CREDENTIALS")
        .fallback_help("the metadata server of the machine or pod")
        .help("Key of a service account, configuration of workload identity federation, or what gcloud auth application-default login wrote");
    set.add("google-id-token", options.id_token).help("Identity token of the CI job, in place of the one that the configuration of workload identity federation names");
    set.add("google-monitoring-url", options.monitoring_url).value_name("URL").fallback("https://monitoring.googleapis.com").help("Address of the API, where it is another one");
    set.add("slocheck-project", options.slocheck_project).value_name("PROJECT").variable("TARGET_PROJECT").help("With the next two, and nothing else to watch: judge the newest burn rate of 300 s once, with exit code 0 or 1; the project whose metrics are read");
    set.add("slocheck-threshold", options.slocheck_threshold).value_name("NUMBER").variable("THRESHOLD").help("The highest burn rate that passes");
    set.add("slocheck-slo", options.slocheck_slo).value_name("NAME").variable("DEFINEDSLO").help("The objective: projects/PROJECT/services/SERVICE/serviceLevelObjectives/ID");
}

void check(const GoogleOptions& options, std::vector<Diagnostic>& problems) {
    std::set<std::string> known;
    for (const auto& name : options.slos) {
        if (!is_slo_name(name)) problems.push_back({.message = "cannot use --google-slo '" + visible(name) + "': it is no full name of an objective", .hint = hint_for(name)});
        else if (!known.insert(name).second) problems.push_back({.message = "cannot use --google-slo '" + name + "' twice"});
    }
    const auto address = io::split_url(options.monitoring_url);
    if (!address || !address->user_info.empty() || options.monitoring_url.find_first_of("?#") != std::string::npos) {
        problems.push_back({.message = "cannot use --google-monitoring-url: '" + visible(io::url_for_people(options.monitoring_url)) + "' is no http:// or https:// URL of a server", .hint = "such as https://monitoring.googleapis.com"});
    }
    // What slocheck's variables say is judged by itself: whatever is wrong with them, its exit code is 1.
}

} // namespace slipway::wait_for_slo
