#include "nomad/client.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"

#include <utility>

namespace slipway::nomad {

namespace {

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

Client::Client(const ConnectionOptions& options, cli::Context& context) : http_(options, context), name_space_(options.name_space) {}

ParsedJob Client::parse(const std::string& hcl, const std::string& variables) {
    Json body = {{"JobHCL", hcl}, {"Canonicalize", true}};
    if (!variables.empty()) body["Variables"] = variables;
    auto answer = http_.ask("/v1/jobs/parse", name_space_, body, "read-job or parse-job");
    if (answer.outcome == Written::Outcome::refused) return {{}, {read_objection(answer.words)}};
    return {std::move(answer.answer), {}};
}

Validation Client::validate(const Json& job) {
    const auto answer = http_.ask("/v1/validate/job", name_space_, {{"Job", job}}, "read-job");
    if (answer.outcome == Written::Outcome::refused) return {{answer.words}, {}};
    const auto& json = answer.answer;
    Validation validation;
    if (const auto errors = json.find("ValidationErrors"); errors != json.end() && errors->is_array()) {
        for (const auto& error : *errors) {
            if (error.is_string()) validation.errors.push_back(read_errors(error.get<std::string>()));
        }
    }
    if (const auto error = text_at(json, "Error"); validation.errors.empty() && !error.empty()) validation.errors.push_back(read_errors(error));
    const auto warnings = text_at(json, "Warnings");
    for (const auto line : lines(warnings)) {
        // "1 warning:", and one a line behind it.
        if (const auto text = trim(line); text.starts_with("* ")) validation.warnings.emplace_back(text.substr(2));
    }
    return validation;
}

Json Client::plan(const Json& job) {
    auto answer = http_.ask("/v1/job/" + percent_encode(text_at(job, "ID")) + "/plan", name_space_, {{"Job", job}, {"Diff", true}}, "submit-job");
    if (answer.outcome == Written::Outcome::refused) throw refused("Nomad refuses the job: " + answer.words);
    return std::move(answer.answer);
}

std::optional<std::string> Client::version() {
    Json agent;
    try {
        agent = http_.ask("/v1/agent/self", {}, {}, "agent:read").answer;
    } catch (const NoPermission&) {
        return std::nullopt;
    }
    auto version = text_at(value_at(value_at(agent, "config"), "Version"), "Version");
    if (version.empty()) version = text_at(value_at(value_at(agent, "member"), "Tags"), "build");
    return version.empty() ? std::nullopt : std::optional(std::move(version));
}

} // namespace slipway::nomad
