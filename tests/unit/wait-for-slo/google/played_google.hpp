#pragma once

#include "fakes.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "wait-for-slo/google/monitoring.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

// A metadata server and Cloud Monitoring, played: points become visible some time after they end, and Google's clock is not ours.
namespace slipway::played {

inline const std::string slo = "projects/team/services/shop/serviceLevelObjectives/requests";

inline std::string http_date(Timestamp at) {
    const auto seconds = std::chrono::system_clock::to_time_t(at);
    char text[64];
    std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", std::gmtime(&seconds));
    return text;
}

struct PlayedGoogle {
    using Json = nlohmann::json;

    /// Events of one type, as Google samples them.
    struct Sample {
        std::string type;
        Timestamp end;
        long count = 0;
        Timestamp visible; ///< from then on
    };

    fake::World world;
    cli::Context context = world.context();
    wait_for_slo::GoogleOptions options = {};
    Duration skew{100'000}; ///< Google's clock is ahead of ours
    std::vector<Sample> samples;
    Json objective = {{"name", slo}, {"displayName", "80% - Good/Total Ratio"}, {"goal", 0.8}, {"calendarPeriod", "DAY"}, {"serviceLevelIndicator", {{"requestBased", {{"goodTotalRatio", Json::object()}}}}}};
    std::vector<std::pair<Timestamp, Json>> burn_rates;
    std::size_t page_size = 100'000; ///< points
    std::string good_token = "token-1"; ///< that the API takes
    int tokens = 0;
    std::vector<std::string> asked; ///< paths of the API
    std::vector<std::map<std::string, std::string>> queries;
    /// Replaces answers of the API.
    std::function<std::optional<io::Response>()> instead = [] { return std::nullopt; };

    PlayedGoogle() {
        world.on_request = [this](const io::Request& request) { return answer(request); };
    }

    Timestamp now() { return world.clock.time + skew; }

    static io::Response json(int status, const Json& body) { return {.status = status, .headers = {}, .body = body.dump()}; }
    static io::Response refusal(int status, const std::string& state, const std::string& message, const std::string& reason = {}) {
        Json error = {{"code", status}, {"message", message}, {"status", state}};
        if (!reason.empty()) error["details"] = {{{"@type", "type.googleapis.com/google.rpc.ErrorInfo"}, {"reason", reason}, {"domain", "googleapis.com"}}};
        return json(status, {{"error", error}});
    }

private:
    io::Response answer(const io::Request& request) {
        if (request.url.starts_with("http://metadata")) {
            return {.status = 200, .headers = {{"Metadata-Flavor", "Google"}}, .body = R"({"access_token":"token-)" + std::to_string(++tokens) + R"(","expires_in":3600})"};
        }
        const std::string api = "https://monitoring.googleapis.com/v3/";
        if (!request.url.starts_with(api)) throw world_failure("GET " + request.url + ": connection refused");
        const auto rest = request.url.substr(api.size());
        const auto question = rest.find('?');
        asked.push_back(rest.substr(0, question));
        queries.emplace_back();
        const auto parameters = question == std::string::npos ? std::string() : rest.substr(question + 1);
        for (const auto parameter : split(parameters, '&')) {
            const auto equals = parameter.find('=');
            if (equals != std::string_view::npos) queries.back()[std::string(parameter.substr(0, equals))] = percent_decode(parameter.substr(equals + 1));
        }
        auto response = instead().value_or(io::Response{});
        if (response.status == 0) response = api_answer(request);
        response.headers.push_back({"Date", http_date(now())});
        return response;
    }

    io::Response api_answer(const io::Request& request) {
        for (const auto& header : request.headers) {
            if (!good_token.empty() && header.name == "Authorization" && header.value != "Bearer " + good_token) return refusal(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.");
        }
        if (asked.back().starts_with("projects/") && asked.back().ends_with("/timeSeries")) return series(queries.back());
        if (asked.back() == slo) return json(200, objective);
        return refusal(404, "NOT_FOUND", "Requested entity was not found.");
    }

    io::Response series(const std::map<std::string, std::string>& query) {
        const auto after = parse_timestamp(query.at("interval.startTime")).value();
        const auto until = parse_timestamp(query.at("interval.endTime")).value();
        const auto point = [](Timestamp start, Timestamp end, const Json& value) { return Json{{"interval", {{"startTime", format_timestamp(start)}, {"endTime", format_timestamp(end)}}}, {"value", value}}; };
        std::vector<std::pair<std::string, Json>> points; // newest first, as Google sends them
        if (query.at("filter").starts_with("select_slo_burn_rate")) {
            for (const auto& [end, value] : burn_rates) {
                if (end > after && end <= until) points.emplace_back("", point(end, end, {{"doubleValue", value}}));
            }
        } else {
            constexpr std::chrono::minutes period{1};
            for (const std::string type : {"good", "bad"}) {
                for (auto end = until; end > after; end -= period) {
                    std::optional<long> count;
                    for (const auto& sample : samples) {
                        if (sample.type == type && sample.end > end - period && sample.end <= end && sample.visible <= now()) count = count.value_or(0) + sample.count;
                    }
                    if (count) points.emplace_back(type, point(end - period, end, {{"int64Value", std::to_string(*count)}}));
                }
            }
        }
        const auto first = query.count("pageToken") != 0 ? std::stoul(query.at("pageToken")) : 0;
        const auto end = std::min(first + page_size, points.size());
        Json answer = Json::object();
        for (auto i = first; i < end; ++i) {
            answer["timeSeries"].push_back({{"metric", {{"type", "x"}, {"labels", {{"event_type", points[i].first}}}}}, {"metricKind", "DELTA"}, {"valueType", "INT64"}, {"points", {points[i].second}}});
        }
        if (end < points.size()) answer["nextPageToken"] = std::to_string(end);
        return json(200, answer);
    }
};

} // namespace slipway::played
