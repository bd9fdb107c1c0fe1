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

Client::Client(const ConnectionOptions& options, cli::Context& context) : http_(options, context), name_space_(options.name_space), context_(context) {}

/// Nothing of what is asked here changes anything, so it is asked again where an answer is lost.
Written Client::put(const std::string& path, const Json& body, std::string_view capability) {
    constexpr int attempts = 4;
    Duration pause{500};
    for (int attempt = 1;; ++attempt, pause *= 2) {
        auto written = http_.write(path, name_space_, {}, body, capability);
        // Nomad never refuses without a word.
        const bool is_strange = written.outcome == Written::Outcome::refused ? written.words.empty() : written.outcome == Written::Outcome::done && !written.answer.is_object();
        if (is_strange) throw world_failure("PUT " + path + ": the answer is none of Nomad's", "is --nomad-addr really a Nomad server's?");
        if (written.outcome != Written::Outcome::lost) return written;
        if (attempt == attempts) throw world_failure(written.words);
        context_.log.warning(visible(written.words) + "; asking again in " + format_duration(pause));
        context_.clock.sleep_for(pause);
    }
}

ParsedJob Client::parse(const std::string& hcl, const std::string& variables) {
    Json body = {{"JobHCL", hcl}, {"Canonicalize", true}};
    if (!variables.empty()) body["Variables"] = variables;
    auto written = put("/v1/jobs/parse", body, "parse-job");
    if (written.outcome == Written::Outcome::refused) return {{}, {read_objection(written.words)}};
    return {std::move(written.answer), {}};
}

Validation Client::validate(const Json& job) {
    const auto written = put("/v1/validate/job", {{"Job", job}}, "read-job");
    if (written.outcome == Written::Outcome::refused) return {{written.words}, {}};
    const auto& json = written.answer;
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
    auto written = put("/v1/job/" + percent_encode(text_at(job, "ID")) + "/plan", {{"Job", job}, {"Diff", true}}, "submit-job");
    if (written.outcome == Written::Outcome::refused) throw refused("Nomad refuses the job: " + written.words);
    return std::move(written.answer);
}

std::optional<std::string> Client::version() {
    try {
        const auto json = Json::parse(http_.get("/v1/agent/self", {}, {}, "agent:read").text, nullptr, false);
        const auto part = [](const Json& object, const char* key) { return object.is_object() && object.contains(key) ? object.at(key) : Json(); };
        auto version = text_at(part(part(json, "config"), "Version"), "Version");
        if (version.empty()) version = text_at(part(part(json, "member"), "Tags"), "build");
        return version.empty() ? std::nullopt : std::optional(std::move(version));
    } catch (const Error& error) {
        if (error.code() != ExitCode::world) throw;
        return std::nullopt;
    }
}

} // namespace slipway::nomad
