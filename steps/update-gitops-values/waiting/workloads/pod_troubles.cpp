#include "pod_troubles.hpp"

#include "core/text.hpp"
#include "update-gitops-values/waiting/object_fields.hpp"
#include "update-gitops-values/waiting/version_watch.hpp"

namespace slipway::update_gitops_values {

namespace {

using Json = nlohmann::json;

constexpr std::size_t most_words = 400; // of a message

std::string words_at(const Json& object, std::string_view path) {
    auto words = field::text(object, path);
    if (words.size() > most_words) {
        words.resize(most_words);
        words.resize(valid_utf8_length(words));
        words += "...";
    }
    return visible(one_line(trim(words)));
}

std::string with_message(std::string reason, const std::string& message) { return message.empty() ? reason : std::move(reason) + ": " + message; }

/// How a container ended: "exit code 137, OOMKilled".
std::string end_of(const Json& terminated) {
    const auto reason = words_at(terminated, "/reason");
    const auto code = field::number(terminated, "/exitCode");
    if (!code) return reason;
    return "exit code " + std::to_string(*code) + (reason.empty() || reason == "Error" ? "" : ", " + reason);
}

/// What Kubernetes calls waiting in the course of things.
bool is_usual(const std::string& reason) { return reason.empty() || reason == "ContainerCreating" || reason == "PodInitializing"; }

std::string trouble_of_container(const Json& status) {
    const auto restarts = field::number(status, "/restartCount").value_or(0);
    std::string why;
    if (const auto reason = words_at(status, "/state/waiting/reason"); !is_usual(reason)) {
        why = with_message(reason, words_at(status, "/state/waiting/message"));
        const auto last = end_of(field::at(status, "/lastState/terminated"));
        if (!last.empty()) why += " (last " + last + ')';
    } else if (const auto code = field::number(status, "/state/terminated/exitCode"); code.value_or(0) != 0) {
        why = with_message("ended with " + end_of(field::at(status, "/state/terminated")), words_at(status, "/state/terminated/message"));
    } else {
        return {};
    }
    return "container " + words_at(status, "/name") + ": " + why + (restarts > 0 ? ", restarted " + count_of(static_cast<std::size_t>(restarts), "time") : "");
}

} // namespace

std::string selector_text(const Json& selector) {
    std::vector<std::string> terms;
    if (const auto& labels = field::at(selector, "/matchLabels"); labels.is_object()) {
        for (const auto& [name, value] : labels.items()) {
            if (value.is_string()) terms.push_back(name + '=' + value.get<std::string>());
        }
    }
    for (const auto& expression : field::list(selector, "/matchExpressions")) {
        const auto key = field::text(expression, "/key");
        const auto relation = field::text(expression, "/operator");
        std::vector<std::string> values;
        for (const auto& value : field::list(expression, "/values")) {
            if (value.is_string()) values.push_back(value.get<std::string>());
        }
        if (relation == "Exists") terms.push_back(key);
        else if (relation == "DoesNotExist") terms.push_back('!' + key);
        else terms.push_back(key + (relation == "NotIn" ? " notin (" : " in (") + join(values, ",") + ')');
    }
    return join(terms, ",");
}

std::string trouble_of(const Json& pod) {
    // One that goes away is what the controller wants.
    if (!field::text(pod, "/metadata/deletionTimestamp").empty()) return {};
    const auto name = "pod " + words_at(pod, "/metadata/name") + ": ";
    for (const char* path : {"/status/initContainerStatuses", "/status/containerStatuses"}) {
        for (const auto& status : field::list(pod, path)) {
            if (const auto why = trouble_of_container(status); !why.empty()) return name + why;
        }
    }
    if (const auto& scheduled = field::condition(pod, "PodScheduled"); field::text(scheduled, "/status") == "False") {
        return name + with_message(words_at(scheduled, "/reason"), words_at(scheduled, "/message"));
    }
    if (field::text(pod, "/status/phase") == "Failed") return name + with_message("Failed", with_message(words_at(pod, "/status/reason"), words_at(pod, "/status/message")));
    return {};
}

std::vector<std::string> pod_troubles(kubernetes::Client& cluster, const std::string& name_space, const Json& selector, const ImageVersions& versions, std::size_t most) {
    std::vector<std::string> troubles;
    const auto labels = selector_text(selector);
    if (labels.empty()) return troubles; // all pods of the namespace would not be this object's
    try {
        for (const auto& pod : cluster.list(kubernetes::pods, name_space, {.labels = labels, .fields = {}})) {
            if (!versions.empty() && !is_any_of(images_of(field::at(pod, "/spec")), versions)) continue;
            auto trouble = trouble_of(pod);
            if (!trouble.empty()) troubles.push_back(std::move(trouble));
            if (troubles.size() == most) break;
        }
    } catch (const Error&) {
        return {}; // the permission is not needed for the rest
    }
    return troubles;
}

} // namespace slipway::update_gitops_values
