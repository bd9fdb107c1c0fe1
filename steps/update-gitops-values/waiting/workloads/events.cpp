#include "events.hpp"

#include "core/text.hpp"
#include "core/timestamp.hpp"
#include "update-gitops-values/waiting/object_fields.hpp"

#include <algorithm>
#include <utility>

namespace slipway::update_gitops_values {

namespace {

using Json = nlohmann::json;

constexpr std::size_t most_words = 600; // of a message; Kubernetes itself allows 1024

struct Event {
    Timestamp time{};
    std::string line;
    bool is_warning = false;
};

/// When it happened last. Newer clients leave the old fields empty, and old ones the new.
Timestamp time_of(const Json& event) {
    for (const char* path : {"/series/lastObservedTime", "/lastTimestamp", "/eventTime", "/firstTimestamp", "/metadata/creationTimestamp"}) {
        if (const auto time = parse_timestamp(field::text(event, path))) return *time;
    }
    return {};
}

Event read(const Json& event) {
    Event result{.time = time_of(event), .line = {}, .is_warning = field::text(event, "/type") == "Warning"};
    const auto count = std::max(field::number(event, "/count").value_or(1), field::number(event, "/series/count").value_or(1));
    auto message = field::text(event, "/message");
    if (message.size() > most_words) {
        message.resize(most_words);
        message.resize(valid_utf8_length(message));
        message += "...";
    }
    result.line = (result.time == Timestamp{} ? "" : format_timestamp(std::chrono::floor<std::chrono::seconds>(result.time)) + ' ') + one_line(visible(field::text(event, "/type"))) + ' ' +
                  one_line(visible(field::text(event, "/reason"))) + (count > 1 ? " (" + std::to_string(count) + " times)" : "") + ": " + visible(one_line(trim(message)));
    return result;
}

} // namespace

std::vector<std::string> last_events(kubernetes::Client& cluster, const std::string& kind, const std::string& name_space, const std::string& name, std::size_t most) {
    std::vector<Event> events;
    try {
        const auto found = cluster.list(kubernetes::events, name_space, {.labels = {}, .fields = "involvedObject.kind=" + kind + ",involvedObject.name=" + name});
        for (const auto& event : found) events.push_back(read(event));
    } catch (const Error& error) {
        return {"its events cannot be read: " + error.diagnostics().front().message};
    }
    std::stable_sort(events.begin(), events.end(), [](const Event& one, const Event& other) { return one.time < other.time; });
    if (std::any_of(events.begin(), events.end(), [](const Event& event) { return event.is_warning; })) {
        std::erase_if(events, [](const Event& event) { return !event.is_warning; });
    }
    std::vector<std::string> lines;
    for (std::size_t i = events.size() - std::min(events.size(), most); i < events.size(); ++i) lines.push_back("event: " + events[i].line);
    return lines;
}

} // namespace slipway::update_gitops_values
