#include "push-rules/kubernetes/undo.hpp"

#include "kubernetes/owned_fields.hpp"
#include "push-rules/waiting.hpp"

#include <algorithm>

namespace slipway::push_rules {

namespace {

using nlohmann::json;

constexpr Duration hurried_answer{2'000};
constexpr Duration hurried_total{3'500}; // some is left of the five seconds that a CI waits

/// No repetitions, short answers only, and none at all when the time is over.
class HurriedClient final : public io::HttpClient {
public:
    HurriedClient(io::HttpClient& client, io::Clock& clock)
        : client_(client), clock_(clock), begin_(clock.steady()) {}

    io::Response send(const io::Request& request) override {
        const auto left = hurried_total - std::chrono::duration_cast<Duration>(clock_.steady() - begin_);
        if (left <= Duration{0})
            throw world_failure(request.method + ' ' + io::url_for_people(request.url) +
                                ": not sent, there is no time left");
        auto hurried = request;
        hurried.timeout = std::min(hurried_answer, left);
        hurried.retry.attempts = 1;
        return client_.send(hurried);
    }

private:
    io::HttpClient& client_;
    io::Clock& clock_;
    io::Steady begin_;
};

std::string uid_of(const json& object) { return object.value(json::json_pointer("/metadata/uid"), ""); }

enum class Undone { yes, left_alone };

/// Only what we made: somebody else may have made another object of that name, before or after us.
bool is_still_ours(const json& present, const Written& object) {
    if (object.written)
        return uid_of(present) == uid_of(*object.written) &&
               kubernetes::owned_by(present, field_manager) == kubernetes::owned_by(*object.written, field_manager);
    return (object.before && uid_of(present) == uid_of(*object.before)) ||
           kubernetes::is_owner(present, field_manager);
}

Undone undo_one(kubernetes::Client& client, const Written& object) {
    const auto present = client.get(kubernetes::prometheus_rules, object.name_space, object.name);
    if (present && !is_still_ours(*present, object)) return Undone::left_alone;
    if (object.before) {
        const auto applied = client.apply(kubernetes::prometheus_rules, as_it_was(*object.before, present),
                                          {field_manager, true, false});
        if (!applied.ok())
            throw kubernetes::to_error(applied, kubernetes::prometheus_rules, object.name_space, object.name);
    } else if (present) {
        client.remove(kubernetes::prometheus_rules, object.name_space, object.name, {uid_of(*present), ""});
    }
    return Undone::yes;
}

} // namespace

json as_it_was(const json& before, const std::optional<json>& present) {
    return present ? kubernetes::restoring(before, *present, field_manager) : kubernetes::content_of(before);
}

std::vector<Diagnostic> undo(kubernetes::Client& client, std::vector<Written>& written) {
    std::vector<Diagnostic> said;
    for (; !written.empty(); written.pop_back()) {
        const auto& object = written.back();
        const auto what = "PrometheusRule " + object.shown();
        try {
            if (undo_one(client, object) == Undone::left_alone)
                said.push_back({.severity = Severity::warning,
                                .message = what + " stays as it is: somebody else has published it meanwhile"});
        } catch (const Error& error) {
            said.push_back({.message = what + " is not as it was before: " + error.what(),
                            .hint = "run it again once the server answers, or --restore a snapshot"});
        }
    }
    return said;
}

std::vector<Diagnostic> undo_in_a_hurry(const kubernetes::Cluster& cluster, std::vector<Written>& written,
                                        const cli::Context& context) {
    auto calm = undisturbed(context);
    const auto http = calm.http(cluster.settings);
    HurriedClient hurried(*http, calm.clock);
    kubernetes::Client client(hurried, cluster.server);
    return undo(client, written);
}

} // namespace slipway::push_rules
