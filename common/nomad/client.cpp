#include "nomad/client.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"

#include <algorithm>

namespace slipway::nomad {

namespace {

/// Nomad says 500 to whatever it refuses; these mean that it cannot answer now.
bool is_about_cluster(std::string_view text) {
    for (const std::string_view words : {"No cluster leader", "No path to region", "rpc error", "connection refused", "i/o timeout", "leadership"}) {
        if (text.find(words) != std::string_view::npos) return true;
    }
    return false;
}

bool is_refusal(int status, std::string_view text) { return status == 400 || (status == 500 && !is_about_cluster(text)); }

/// The number that a text begins with; takes it away.
int take_number(std::string_view& text) {
    int number = 0;
    while (!text.empty() && text[0] >= '0' && text[0] <= '9' && number < 100'000'000) {
        number = number * 10 + (text[0] - '0');
        text.remove_prefix(1);
    }
    return number;
}

} // namespace

Objection read_objection(std::string_view text) {
    constexpr std::string_view prefix = "Failed to parse job: ";
    if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
    Objection objection{.message = one_line(trim(text))};
    constexpr std::string_view file = "input.hcl:";
    if (!text.starts_with(file)) {
        if (text.starts_with("<nil>: ")) objection.message = one_line(trim(text.substr(7)));
        return objection;
    }
    auto rest = text.substr(file.size());
    const int line = take_number(rest);
    if (line == 0 || rest.empty() || rest[0] != ',') return objection;
    rest.remove_prefix(1);
    const int column = take_number(rest);
    const auto end = rest.find(": ");
    if (column == 0 || end == std::string_view::npos) return objection;
    return {one_line(trim(rest.substr(end + 2))), line, column};
}

Client::Client(const ConnectionOptions& options, cli::Context& context) {
    // Nomad takes its token by a header of its own.
    auto server = options.server;
    const auto token = std::exchange(server.token, {});
    auto settings = cli::http_settings(server, options.tls, context);
    if (!token.empty()) settings.secret_headers.push_back({"X-Nomad-Token", token.reveal()});
    settings.tls_server_name = options.tls_server_name;
    base_ = cli::base_url(server);
    if (base_.starts_with("unix://")) {
        settings.unix_socket = base_.substr(7);
        base_ = "http://localhost";
    }
    const auto add = [&](const std::string& name, const std::string& value) {
        if (!value.empty()) query_ += (query_.empty() ? '?' : '&') + name + '=' + percent_encode(value);
    };
    add("namespace", options.name_space);
    add("region", options.region);
    http_ = context.http(std::move(settings));
}

Client::Answer Client::put(const std::string& path, const Json& body) {
    io::Request request{.method = "PUT", .url = base_ + path + query_, .headers = {{"Content-Type", "application/json"}}, .body = body.dump()};
    request.retry.stands = [](const io::Response& response) { return is_refusal(response.status, response.body); };
    const auto response = http_->send(request);
    Answer answer{response.status, response.body};
    if (response.ok() || is_refusal(answer.status, answer.text)) return answer;
    const auto words = one_line(trim(answer.text.substr(0, 500)));
    std::string hint;
    if (answer.status == 403 || answer.status == 401) hint = "give a token with NOMAD_TOKEN or --nomad-token-file; it needs read-job and submit-job in the job's namespace";
    if (answer.status == 404) hint = "is --nomad-addr really a Nomad server's?";
    throw world_failure("PUT " + io::url_for_people(base_ + path) + ": status " + std::to_string(answer.status) + (words.empty() ? "" : ": " + visible(words)), hint);
}

Json Client::json_of(const Answer& answer, const std::string& path) const {
    auto json = Json::parse(answer.text, nullptr, false);
    if (!json.is_object()) {
        throw world_failure("PUT " + io::url_for_people(base_ + path) + ": the answer is no JSON object", "is --nomad-addr really a Nomad server's?");
    }
    return json;
}

ParsedJob Client::parse(const std::string& hcl) {
    const std::string path = "/v1/jobs/parse";
    const auto answer = put(path, {{"JobHCL", hcl}, {"Canonicalize", true}});
    if (answer.status != 200) return {{}, {read_objection(answer.text)}};
    return {json_of(answer, path), {}};
}

Validation Client::validate(const Json& job) {
    const std::string path = "/v1/validate/job";
    const auto answer = put(path, {{"Job", job}});
    if (answer.status != 200) return {{one_line(trim(answer.text))}, {}};
    const auto json = json_of(answer, path);
    Validation validation;
    if (const auto errors = json.find("ValidationErrors"); errors != json.end() && errors->is_array()) {
        for (const auto& error : *errors) {
            if (error.is_string()) validation.errors.push_back(one_line(error.get<std::string>()));
        }
    }
    if (const auto error = text_at(json, "Error"); validation.errors.empty() && !error.empty()) validation.errors.push_back(one_line(error));
    const auto warnings = text_at(json, "Warnings");
    for (const auto line : lines(warnings)) {
        if (const auto text = trim(line); !text.empty()) validation.warnings.emplace_back(text);
    }
    return validation;
}

Json Client::plan(const Json& job) {
    const auto id = text_at(job, "ID");
    const auto path = "/v1/job/" + percent_encode(id) + "/plan";
    const auto answer = put(path, {{"Job", job}, {"Diff", true}});
    if (answer.status != 200) throw refused("Nomad refuses the job: " + visible(one_line(trim(answer.text))));
    return json_of(answer, path);
}

} // namespace slipway::nomad
