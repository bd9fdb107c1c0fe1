#include "github_api.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"

#include <cctype>

namespace slipway::update_gitops_values {

namespace {

constexpr const char* needs = "a fine-grained token or an app needs the permissions 'Contents' and 'Pull requests' (read and write) for this repository, a classic token the scope 'repo'; "
                              "a workflow's GITHUB_TOKEN needs 'permissions: {contents: write, pull-requests: write}', and reaches its own repository alone";

/// GitHub Enterprise has both below "/api", github.com at the root of a host of its own.
std::string graph_base(const std::string& api) {
    constexpr std::string_view rest = "/v3";
    return api.ends_with(rest) ? api.substr(0, api.size() - rest.size()) : api;
}

io::HttpSettings with_version(io::HttpSettings settings) {
    settings.headers.push_back({"X-GitHub-Api-Version", "2022-11-28"});
    return settings;
}

} // namespace

ApiNames github_names(std::string needed) { return {.forge = "GitHub", .needs = std::move(needed), .accept = "application/vnd.github+json"}; }

bool GraphAnswer::says(std::string_view part) const { return lower(words).find(lower(part)) != std::string::npos; }

GitHubApi::GitHubApi(const ForgeProject& project, const io::HttpSettings& settings, cli::Context& context)
    : rest_(project.api, github_names(needs), with_version(settings), context), graph_(graph_base(project.api), github_names(needs), settings, context),
      owner_(project.path.substr(0, project.path.find('/'))), repository_(project.path.substr(project.path.find('/') + 1)) {}

ApiCall GitHubApi::call(std::string method, const std::string& path, std::string what) const {
    return {.method = std::move(method), .path = "/repos/" + percent_encode(owner_) + '/' + percent_encode(repository_) + path, .what = std::move(what)};
}

GraphAnswer GitHubApi::mutate(const std::string& name, const json::Value& input, const std::string& wanted, const std::string& what, bool survives_loss) {
    auto type = name + "Input";
    type.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(type.front())));
    json::Value body = json::Value::object();
    body["query"] = "mutation($input: " + type + "!) { " + name + "(input: $input) { " + wanted + " } }";
    body["variables"]["input"] = input;
    const ApiCall call{.method = "POST", .path = "/graphql", .body = std::move(body), .what = what, .survives_loss = survives_loss};
    const auto sent = graph_.send(call);
    if (!sent.lost.empty()) return {.lost = sent.lost};

    GraphAnswer answer;
    const auto& errors = json::items(json::at(sent.body, "errors"));
    if (errors.empty()) {
        answer.data = json::at(json::at(sent.body, "data"), name.c_str());
        if (!answer.data.is_object()) throw graph_.not_understood(call, "it has no " + name);
        return answer;
    }
    answer.type = json::text(errors.front(), "type");
    json::Value only_errors = json::Value::object();
    only_errors["errors"] = errors;
    answer.words = words_of(only_errors, "no reason is given");
    if (answer.type == "FORBIDDEN" || answer.type == "INSUFFICIENT_SCOPES" || answer.says("not accessible by")) throw graph_.failure(call, {.status = 403, .words = answer.words});
    if (answer.type == "NOT_FOUND" && answer.says("repository")) throw graph_.failure(call, {.status = 404, .words = answer.words});
    // GitHub's own troubles leave open what was done.
    if (answer.says("something went wrong while executing") || answer.type == "INTERNAL" || answer.type == "SERVICE_UNAVAILABLE") {
        if (!survives_loss) throw graph_.failure(call, {.status = 500, .words = answer.words});
        return {.lost = answer.words};
    }
    return answer;
}

} // namespace slipway::update_gitops_values
