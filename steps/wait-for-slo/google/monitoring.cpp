#include "wait-for-slo/google/monitoring.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "wait-for-slo/google/answer.hpp"
#include "wait-for-slo/google/series_answer.hpp"

namespace slipway::wait_for_slo {

namespace {

/// A page of the longest watch has some hundred points.
constexpr std::uint64_t most_bytes = 64 * 1024 * 1024;
constexpr int most_pages = 1000;
/// Some twenty seconds on average.
constexpr int patient_attempts = 10;

std::unique_ptr<io::HttpClient> connect(const cli::TlsOptions& tls, cli::Context& context) {
    return context.http({.ca_file = tls.ca_file, .client_certificate = tls.client_cert, .client_key = tls.client_key, .allow_insecure = tls.allow_insecure});
}

std::string without_slash(std::string url) {
    while (url.ends_with('/')) url.pop_back();
    return url;
}

/// What to do about a request that is not permitted.
std::string hint_of(const Refusal& refusal, const std::string& who) {
    if (refusal.reason == "SERVICE_DISABLED") return "enable it: gcloud services enable monitoring.googleapis.com";
    if (refusal.reason == "ACCESS_TOKEN_SCOPE_INSUFFICIENT") return std::string("the machine's access scopes must include ") + monitoring_scope + ", or cloud-platform";
    return "give " + who + " the role roles/monitoring.viewer on the project";
}

} // namespace

std::string project_of(const std::string& slo) {
    const auto parts = split(slo, '/');
    return parts.size() > 1 ? std::string(parts[1]) : std::string();
}

Monitoring::Monitoring(const GoogleOptions& options, const cli::TlsOptions& tls, cli::Context& context)
    : context_(context), url_(without_slash(options.monitoring_url)), http_(connect(tls, context)), tokens_(find_credentials(options, tls, *http_, context), context.clock) {}

Timestamp Monitoring::now() const {
    if (when_told_ == io::Steady{}) return context_.clock.now();
    return told_ + std::chrono::duration_cast<Duration>(context_.clock.steady() - when_told_);
}

void Monitoring::fail(const io::Request& request, const io::Response& response) const {
    const auto refusal = read_refusal(response);
    const auto words = in_words(request, refusal);
    switch (response.status) {
    case 400: throw misuse(words);
    case 401: throw io::LastingError(words, "Google does not take the access token of " + tokens_.who());
    case 403: throw io::LastingError(words, hint_of(refusal, tokens_.who()));
    case 404:
        // A proxy says 404 too, about nothing that Google knows of.
        if (refusal.state == "NOT_FOUND") throw misuse(words, "the full name is in the field 'name' of the objective's JSON; a project that may not be seen is 'not found' as well");
        throw io::LastingError(words, "is --google-monitoring-url really Cloud Monitoring's?");
    case 429: throw world_failure(words, "the project's quota of requests to Cloud Monitoring is used up for this minute");
    default: throw world_failure(words);
    }
}

Json Monitoring::get(const std::string& path, const std::vector<std::pair<std::string, std::string>>& query, int attempts) {
    io::Request request{.url = url_ + "/v3/" + path};
    request.retry.attempts = attempts;
    char separator = '?';
    for (const auto& [name, value] : query) {
        request.url += separator + name + '=' + percent_encode(value);
        separator = '&';
    }
    request.most_bytes = most_bytes;
    io::Response response;
    for (const bool again : {false, true}) {
        request.headers = {{"Accept", "application/json"}, {"Authorization", "Bearer " + tokens_.token().reveal()}};
        response = http_->send(request);
        if (response.status != 401 || again) break;
        context_.log.debug("the access token is not taken any more: a new one is asked for");
        tokens_.refused();
    }
    const auto date = response.header("Date");
    if (const auto told = date ? parse_http_date(*date) : std::nullopt) {
        told_ = *told;
        when_told_ = context_.clock.steady();
    }
    if (!response.ok()) fail(request, response);
    auto answer = parse_json(response.body);
    if (!answer.is_object()) throw world_failure("GET " + io::url_for_people(request.url) + ": the answer is no JSON object", "is --google-monitoring-url really Cloud Monitoring's?");
    return answer;
}

SloDefinition Monitoring::slo(const std::string& name) {
    const auto answer = get(name, {}, patient_attempts);
    const auto& goal = value_at(answer, "goal");
    SloDefinition slo{.display_name = text_at(answer, "displayName"), .goal = goal.is_number() ? goal.get<double>() : 0};
    if (!(slo.goal > 0 && slo.goal < 1)) throw world_failure("GET " + url_ + "/v3/" + name + ": the answer has no goal between 0 and 1");
    // "basicSli" counts requests as well.
    slo.windows_based = value_at(answer, "serviceLevelIndicator").contains("windowsBased");
    return slo;
}

std::vector<CloudSeries> Monitoring::time_series(const std::string& project, const SeriesQuery& query) {
    std::vector<std::pair<std::string, std::string>> parameters = {
        {"filter", query.filter}, {"interval.startTime", format_timestamp(query.after)}, {"interval.endTime", format_timestamp(query.until)}, {"view", "FULL"}};
    if (!query.sum_by.empty()) {
        parameters.insert(parameters.end(), {{"aggregation.alignmentPeriod", "60s"},
                                             {"aggregation.perSeriesAligner", "ALIGN_DELTA"},
                                             {"aggregation.crossSeriesReducer", "REDUCE_SUM"},
                                             {"aggregation.groupByFields", query.sum_by}});
    }
    std::vector<CloudSeries> series;
    for (int page = 0; page < most_pages; ++page) {
        const auto answer = get("projects/" + project + "/timeSeries", parameters, io::RetryPolicy{}.attempts);
        add_series(answer, series);
        const auto next = text_at(answer, "nextPageToken");
        if (next.empty()) return series;
        if (page == 0) parameters.emplace_back("pageToken", next);
        else parameters.back().second = next;
    }
    throw world_failure("GET " + url_ + "/v3/projects/" + project + "/timeSeries: the answer has more than " + std::to_string(most_pages) + " pages");
}

} // namespace slipway::wait_for_slo
