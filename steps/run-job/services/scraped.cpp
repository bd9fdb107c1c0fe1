#include "run-job/services/scraped.hpp"

#include "core/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace slipway::run_job {

namespace {

using Json = nlohmann::json;

constexpr Duration pause{1'000};
constexpr const char* targets_path = "/api/v1/targets?state=active";

class Progress {
public:
    explicit Progress(io::Log& log) : log_(log) {}
    ~Progress() { log_.end_progress(); }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    void say(const std::string& text) const { log_.progress(text); }

private:
    io::Log& log_;
};

/// What is scraped of one allocation, in order of hope.
enum class Scraped { not_at_all, not_yet, down, up };

struct Scrape {
    std::string allocation;
    std::vector<std::string> addresses; ///< in lower case
    Scraped state = Scraped::not_at_all;
    std::string why; ///< Prometheus' own words, when down
};

std::string text_of(const Json& object, const char* key) {
    if (!object.is_object()) return {};
    const auto value = object.find(key);
    return value != object.end() && value->is_string() ? value->get<std::string>() : std::string();
}

const Json& part_of(const Json& object, const char* key) {
    static const Json nothing;
    if (!object.is_object()) return nothing;
    const auto value = object.find(key);
    return value != object.end() ? *value : nothing;
}

std::string host_and_port(const std::string& url) {
    const auto parts = io::split_url(url);
    if (!parts) return {};
    return (parts->host.find(':') == std::string::npos ? parts->host : '[' + parts->host + ']') + ':' + parts->port;
}

std::vector<Scrape> by_allocation(const std::vector<nomad::ServiceAddress>& addresses) {
    std::vector<Scrape> scrapes;
    for (const auto& address : addresses) {
        auto scrape = std::find_if(scrapes.begin(), scrapes.end(), [&](const Scrape& one) { return one.allocation == address.allocation; });
        if (scrape == scrapes.end()) scrape = scrapes.insert(scrapes.end(), Scrape{.allocation = address.allocation, .addresses = {}, .why = {}});
        scrape->addresses.push_back(lower(address.address));
    }
    return scrapes;
}

void look_at_target(const Json& target, Scrape& scrape) {
    const auto is_own = [&](const std::string& address) { return std::find(scrape.addresses.begin(), scrape.addresses.end(), lower(address)) != scrape.addresses.end(); };
    if (!is_own(host_and_port(text_of(target, "scrapeUrl"))) && !is_own(text_of(part_of(target, "labels"), "instance")) &&
        !is_own(text_of(part_of(target, "discoveredLabels"), "__address__"))) {
        return;
    }
    const auto health = text_of(target, "health");
    const auto state = health == "up" ? Scraped::up : health == "down" ? Scraped::down : Scraped::not_yet;
    if (state <= scrape.state) return;
    scrape.state = state;
    scrape.why = text_of(target, "lastError");
}

void look(const Json& data, std::vector<Scrape>& scrapes) {
    const auto& targets = part_of(data, "activeTargets");
    for (auto& scrape : scrapes) {
        scrape.state = Scraped::not_at_all;
        if (!targets.is_array()) continue;
        for (const auto& target : targets) look_at_target(target, scrape);
    }
}

std::string problem_of(const Scrape& scrape) {
    const auto where = "allocation " + nomad::short_id(scrape.allocation) + " (" + visible(join(scrape.addresses, ", ")) + ')';
    switch (scrape.state) {
    case Scraped::not_at_all: return where + " is no target of Prometheus";
    case Scraped::not_yet: return where + " is a target that was not scraped yet";
    default: return where + ": up is 0" + (scrape.why.empty() ? "" : ": " + visible(one_line(scrape.why)));
    }
}

std::vector<std::string> problems_of(const std::vector<Scrape>& scrapes) {
    std::vector<std::string> problems;
    for (const auto& scrape : scrapes) {
        if (scrape.state != Scraped::up) problems.push_back(problem_of(scrape));
    }
    return problems;
}

} // namespace

std::vector<std::string> wait_until_scraped(const std::vector<nomad::ServiceAddress>& addresses, prometheus::Api& prometheus, Duration timeout, cli::Context& context) {
    auto scrapes = by_allocation(addresses);
    if (scrapes.empty()) return {};
    const auto deadline = context.clock.steady() + timeout;
    const Progress progress(context.log);
    std::optional<Error> failure; // of the last look
    for (bool was_answered = false;; context.clock.sleep_for(std::min(pause, std::chrono::ceil<Duration>(deadline - context.clock.steady())))) {
        try {
            const auto data = prometheus.get_if_known(targets_path);
            if (!data) {
                throw world_failure("GET " + io::url_for_people(prometheus.base_url()) + "/api/v1/targets: it knows no targets",
                                    "name the Prometheus that scrapes, not one that only answers queries");
            }
            look(*data, scrapes);
            was_answered = true;
            failure.reset();
        } catch (const io::LastingError&) {
            throw;
        } catch (const Error& error) {
            if (!failure) context.log.warning(std::string("Prometheus does not say what it scrapes: ") + error.what() + "; asking again");
            failure = error;
        }
        const auto missing = std::count_if(scrapes.begin(), scrapes.end(), [](const Scrape& scrape) { return scrape.state != Scraped::up; });
        if (missing == 0) return {};
        if (context.clock.steady() >= deadline) {
            if (!was_answered) throw world_failure(failure->what(), failure->diagnostics().front().hint);
            return problems_of(scrapes);
        }
        progress.say(count_of(scrapes.size(), "allocation") + ", of which Prometheus scrapes " + std::to_string(scrapes.size() - static_cast<std::size_t>(missing)));
    }
}

} // namespace slipway::run_job
