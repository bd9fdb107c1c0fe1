#include "wait-for-slo/queries/event_count.hpp"

#include "core/text.hpp"
#include "promql/parser.hpp"
#include "wait-for-slo/queries/linear.hpp"

#include <unordered_map>
#include <utility>

namespace slipway::wait_for_slo {

namespace {

constexpr std::string_view any_window = "5m";

/// Adds up how often each selector is counted, and leaves out those that come to nothing.
EventCount simplified(const EventCount& count) {
    std::unordered_map<std::string, double> net;
    std::vector<std::string> texts;
    for (const auto& term : count) {
        texts.push_back(to_string(term.selector));
        net[texts.back()] += term.sign;
    }
    EventCount result;
    for (std::size_t i = 0; i < count.size(); ++i) {
        auto& left = net[texts[i]];
        if (left == 0 || (left > 0) != (count[i].sign > 0)) continue;
        left -= count[i].sign;
        result.push_back(count[i]);
    }
    return result;
}

template <class Write> std::string signed_sum(const EventCount& count, Write write) {
    std::string text;
    for (const auto& term : count) {
        if (text.empty()) text = term.sign < 0 ? "-" : "";
        else text += term.sign < 0 ? " - " : " + ";
        text += write(term.selector);
    }
    return text;
}

/// A text taken apart; without mistakes it counts something.
struct Parsed {
    EventCount count = {};
    std::vector<promql::Mistake> mistakes = {};
};

Parsed parse(std::string_view text, Records records) {
    auto parsed = promql::parse(text, widest_dialect());
    if (!parsed.expr) return {.mistakes = std::move(parsed.mistakes)};
    auto linear = read_linear(*parsed.expr, records);
    Parsed result{simplified(linear.terms), std::move(linear.mistakes)};
    if (result.mistakes.empty() && result.count.empty()) result.mistakes.push_back({{}, "it counts nothing: no series is left in it"});
    return result;
}

} // namespace

EventCount parse_event_count(std::string_view text, Records records) {
    if (trim(text).empty()) throw misuse("there is no metric's name");
    auto [count, mistakes] = parse(text, records);
    if (mistakes.empty()) return std::move(count);
    std::vector<Diagnostic> diagnostics;
    for (auto& mistake : mistakes) {
        diagnostics.push_back({.message = "at character " + std::to_string(characters_before(text, mistake.place.begin) + 1) + ": " + mistake.message, .hint = std::move(mistake.hint)});
    }
    throw Error(ExitCode::misuse, std::move(diagnostics));
}

std::optional<EventCount> read_event_count(const slo::WindowedQuery& query, std::vector<Diagnostic>& problems, Records records) {
    auto [count, mistakes] = parse(query.at(any_window), records);
    for (auto& mistake : mistakes) {
        problems.push_back({.message = std::move(mistake.message), .place = query.place_at(mistake.place.begin, any_window), .hint = std::move(mistake.hint), .id = "not-countable"});
    }
    if (!mistakes.empty()) return std::nullopt;
    return std::move(count);
}

EventCount sum(const EventCount& a, const EventCount& b) {
    auto all = a;
    all.insert(all.end(), b.begin(), b.end());
    return simplified(all);
}

EventCount difference(const EventCount& a, const EventCount& b) {
    auto negative = b;
    for (auto& term : negative) term.sign = -term.sign;
    return sum(a, negative);
}

std::string to_string(const EventCount& count) {
    return signed_sum(count, [](const Selector& selector) { return to_string(selector); });
}

std::string increase_query(const EventCount& count, std::string_view window) {
    const auto text = signed_sum(count, [&](const Selector& selector) { return "(sum(increase(" + to_string(selector) + '[' + std::string(window) + "])) or vector(0))"; });
    return text.empty() ? "vector(0)" : text;
}

} // namespace slipway::wait_for_slo
