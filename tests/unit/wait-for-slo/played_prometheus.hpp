#pragma once

#include "core/duration.hpp"
#include "core/encoding.hpp"
#include "core/text.hpp"
#include "core/timestamp.hpp"
#include "fakes.hpp"
#include "selectors.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

// A Prometheus whose every sample is a function of time, so that a test knows what happened exactly.
namespace slipway::fake {

/// Value of a metric at a scrape; nothing when the target does not expose it then. Times are seconds since the test began.
using Metric = std::function<std::optional<double>(double)>;

inline constexpr double for_ever = std::numeric_limits<double>::infinity();

struct PlayedSeries {
    std::string name;
    std::map<std::string, std::string> labels;
    Metric value;
};

struct PlayedTarget {
    std::string instance;
    double from = -600;       ///< scraped since
    double until = for_ever;  ///< and to
    std::function<bool(double)> up = [](double) { return true; };
    Metric process_start = [](double) { return -86'400.0; };
    std::vector<PlayedSeries> series;
    std::map<std::string, std::string> labels = {};
    double interval = 0;     ///< between its scrapes; 0: the server's
    double phase = 0;        ///< of its scrapes
    double scrape_takes = 0; ///< samples carry the time of the scrape's beginning, and can be seen at its end
    bool is_scraped = true;  ///< else its series are recorded by a rule: without `up`, job and instance
};

class PlayedPrometheus {
public:
    explicit PlayedPrometheus(Clock& clock) : clock_(clock), began_(clock.time) {}

    std::vector<PlayedTarget> targets;
    double interval = 5;
    Duration ahead{7 * 60'000}; ///< its clock against ours
    std::vector<std::string> warnings;
    nlohmann::json rules;             ///< the data of /api/v1/rules; null: the server does not know the path
    /// The same as a function of time.
    std::function<nlohmann::json(double)> rules_at;
    /// What it answers instead, at a time; nothing: as usual. Called before each answer.
    std::function<std::optional<io::Response>(double)> failing = [](double) { return std::nullopt; };
    Duration slowness{0}; ///< each answer takes so long
    std::vector<std::string> queries; ///< all that were asked; of a GET the URL

    /// Seconds since the test began.
    double now() const { return static_cast<double>((clock_.time - began_).count()) / 1000; }
    /// An instant by the server's clock, in RFC 3339.
    std::string instant(double time) const { return format_timestamp(began_ + ahead + Duration{std::llround(time * 1000)}); }

    io::Response answer(const io::Request& request) {
        // The fake clock's sleeps are those of the step, so time passes here without one.
        clock_.time += slowness;
        if (auto failure = failing(now())) return *failure;
        if (request.method == "GET") {
            queries.push_back(request.url);
            const auto is_for = [&](const char* path) { return request.url.find(path) != std::string::npos; };
            if (is_for("/api/v1/rules") && rules_at) return success(rules_at(now()));
            if (is_for("/api/v1/rules") && !rules.is_null()) return success(rules);
            if (is_for("/api/v1/label/__name__/values")) return success(names());
            return {.status = 404, .headers = {}, .body = "404 page not found"};
        }
        const auto form = std::get<std::string>(request.body);
        const auto query = field(form, "query");
        queries.push_back(query);
        const auto pinned = field(form, "time");
        const double at = pinned.empty() ? now() : static_cast<double>((*parse_timestamp(pinned) - ahead - began_).count()) / 1000;
        if (query == "time()") {
            return success({{"resultType", "scalar"}, {"result", {unix_time(at), nlohmann::json(std::to_string(unix_time(at))).get<std::string>()}}});
        }
        const std::string past = "count(count_over_time(";
        if (query.substr(0, past.size()) == past) {
            const bool any = !range(query.substr(past.size(), query.rfind('[') - past.size()), at - 86'400, at, "values").empty();
            return success({{"resultType", "vector"}, {"result", any ? nlohmann::json::parse(R"([{"metric":{},"value":[1,"1"]}])") : nlohmann::json::array()}});
        }
        if (query.back() == ']') {
            const auto bracket = query.rfind('[');
            const auto window = static_cast<double>(parse_duration(query.substr(bracket + 1, query.size() - bracket - 2))->count()) / 1000;
            return success({{"resultType", "matrix"}, {"result", range(query.substr(0, bracket), at - window, at, "values")}});
        }
        return success({{"resultType", "vector"}, {"result", range(query, at - 300, at, "value")}});
    }

private:
    static std::string field(const std::string& form, const std::string& name) {
        for (const auto part : split(form, '&')) {
            if (part.substr(0, name.size() + 1) == name + '=') return percent_decode(part.substr(name.size() + 1));
        }
        return {};
    }

    nlohmann::json names() const {
        auto all = nlohmann::json::array({"up", "process_start_time_seconds"});
        for (const auto& target : targets) {
            for (const auto& series : target.series) all.push_back(series.name);
        }
        return all;
    }

    double unix_time(double time) const { return static_cast<double>((began_ + ahead).time_since_epoch().count()) / 1000 + time; }

    io::Response success(nlohmann::json data) const {
        nlohmann::json answer = {{"status", "success"}, {"data", std::move(data)}};
        if (!warnings.empty()) answer["warnings"] = warnings;
        return {.status = 200, .headers = {}, .body = answer.dump()};
    }

    /// All samples in (from, to], or the newest only for "value".
    nlohmann::json range(const std::string& text, double from, double to, const std::string& form) const {
        const wait_for_slo::SelectorMatcher selector(wait_for_slo::parse_selector(text));
        auto result = nlohmann::json::array();
        for (const auto& target : targets) {
            auto labels = target.labels;
            if (target.is_scraped) labels.insert({{"job", "app"}, {"instance", target.instance}});
            std::vector<PlayedSeries> all;
            if (target.is_scraped) all.push_back({"up", {}, [&](double t) { return target.up(t) ? 1.0 : 0.0; }});
            const auto scraped = [&](const Metric& metric) {
                return [&target, metric](double t) { return target.up(t) ? metric(t) : std::nullopt; };
            };
            if (target.is_scraped) all.push_back({"process_start_time_seconds", {}, [&](double t) {
                               const auto start = target.up(t) ? target.process_start(t) : std::nullopt;
                               return start ? std::optional(unix_time(*start)) : std::nullopt;
                           }});
            for (const auto& series : target.series) all.push_back({series.name, series.labels, scraped(series.value)});
            for (const auto& series : all) {
                auto metric = series.labels;
                metric.insert(labels.begin(), labels.end());
                metric["__name__"] = series.name;
                if (!selector.matches(metric)) continue;
                auto samples = nlohmann::json::array();
                const double spacing = target.interval > 0 ? target.interval : interval;
                const double first = std::ceil((std::max(from, target.from) - target.phase) / spacing) * spacing + target.phase;
                bool is_stale = to > target.until + 2 * spacing;
                for (double t = first; t <= std::min(to, target.until) && t + target.scrape_takes <= now(); t += spacing) {
                    const auto value = series.value(t);
                    if (value) samples.push_back({unix_time(t), text_of(*value)});
                    is_stale = is_stale || (!value && t + spacing > to);
                }
                // A series that a scrape did not show any more has ended, and its last value is no present one.
                if (samples.empty() || (form == "value" && is_stale)) continue;
                result.push_back({{"metric", metric}, {form, form == "value" ? samples.back() : samples}});
            }
        }
        return result;
    }

    static std::string text_of(double value) {
        if (std::isnan(value)) return "NaN";
        return value == std::floor(value) ? std::to_string(std::llround(value)) : std::to_string(value);
    }

    Clock& clock_;
    Timestamp began_;
};

} // namespace slipway::fake
