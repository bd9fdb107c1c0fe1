#include "wait-for-slo/probes/expectation.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <charconv>

namespace slipway::wait_for_slo {

namespace {

constexpr std::size_t longest_version = 100; ///< bytes

std::optional<int> status_code(std::string_view text) {
    int code = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), code);
    if (problem != std::errc{} || end != text.data() + text.size() || text.size() != 3 || code < 100 || code > 599) return std::nullopt;
    return code;
}

std::unique_ptr<re2::RE2> compile(const std::string& text) {
    if (text.empty()) return nullptr;
    auto regex = std::make_unique<re2::RE2>(text, re2::RE2::Quiet);
    if (!regex->ok()) throw misuse(regex->error());
    return regex;
}

std::optional<std::string> version_in_text(const re2::RE2& regex, const std::string& text) {
    re2::StringPiece found[2];
    if (!regex.Match(text, 0, text.size(), re2::RE2::UNANCHORED, found, regex.NumberOfCapturingGroups() > 0 ? 2 : 1)) return std::nullopt;
    const auto& piece = regex.NumberOfCapturingGroups() > 0 ? found[1] : found[0];
    std::string version(piece.data(), std::min(piece.size(), longest_version));
    version.resize(piece.size() > longest_version ? valid_utf8_length(version) : version.size()); // not in the middle of a character
    return visible(version);
}

} // namespace

std::vector<std::pair<int, int>> parse_status_codes(const std::string& text) {
    std::vector<std::pair<int, int>> codes;
    for (const auto part : split(text, ',')) {
        const auto word = trim(part);
        const auto dash = word.find('-');
        const auto first = status_code(trim(word.substr(0, dash)));
        const auto last = dash == std::string_view::npos ? first : status_code(trim(word.substr(dash + 1)));
        if (!first || !last || *first > *last) throw misuse("'" + visible(word) + "' is no status code from 100 to 599, and no range of them", "such as 200,204 or 200-399");
        codes.emplace_back(*first, *last);
    }
    return codes;
}

Expectation::Expectation(const ProbeOptions& options) : codes_(parse_status_codes(options.status)), body_(compile(options.body)), version_(compile(options.version)) {}

Expectation::~Expectation() = default;

std::string Expectation::fault_of(const io::ProbeAnswer& answer) const {
    if (answer.failure != io::ProbeFailure::none) return answer.reason;
    const auto status = answer.response.status;
    const bool expected = std::any_of(codes_.begin(), codes_.end(), [&](const auto& range) { return range.first <= status && status <= range.second; });
    if (!expected) return "status " + std::to_string(status);
    if (body_ && !re2::RE2::PartialMatch(answer.response.body, *body_)) return "the body does not match --probe-body";
    return {};
}

std::string Expectation::version_in(const io::Response& response) const {
    for (const auto& header : response.headers) {
        if (auto version = version_in_text(*version_, header.name + ": " + header.value)) return *version;
    }
    return version_in_text(*version_, response.body).value_or("");
}

} // namespace slipway::wait_for_slo
