#include "wait-for-slo/queries/selector.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "promql/names.hpp"
#include "promql/number.hpp"
#include "promql/parser.hpp"
#include "promql/print.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace slipway::wait_for_slo {

namespace {

using promql::ExprKind;
using promql::Matcher;
using promql::MatchOp;

constexpr const char* name_label = "__name__";

std::string at_character(std::string_view text, std::size_t offset) { return "at character " + std::to_string(characters_before(text, offset) + 1) + ": "; }

/// @param skipped  bytes in front of what was typed
[[noreturn]] void refuse(std::string_view typed, std::size_t skipped, const std::vector<promql::Mistake>& mistakes) {
    std::vector<Diagnostic> diagnostics;
    for (const auto& mistake : mistakes) {
        const auto offset = std::min(mistake.place.begin - std::min(skipped, mistake.place.begin), typed.size());
        diagnostics.push_back({.message = at_character(typed, offset) + mistake.message, .hint = mistake.hint});
    }
    throw Error(ExitCode::misuse, std::move(diagnostics));
}

/// PromQL's numbers have no sign, and the last bucket is "+Inf".
std::optional<double> read_bound(std::string_view text) { return promql::read_number(text.starts_with('+') ? text.substr(1) : text); }

/// The bucket's bound that a matcher of `le` asks for; nothing when it may be several.
std::optional<double> bound_of(const Matcher& matcher) {
    if (matcher.op == MatchOp::equal) return read_bound(matcher.value);
    if (matcher.op != MatchOp::regex) return std::nullopt;
    std::optional<double> bound;
    for (const auto part : split(std::string_view(matcher.value), '|')) {
        std::string text(part);
        replace_all(text, "\\.", ".");
        replace_all(text, "\\+", "+");
        const auto number = read_bound(text);
        if (!number || (bound && *bound != *number)) return std::nullopt;
        bound = number;
    }
    return bound;
}

} // namespace

const promql::Dialect& widest_dialect() {
    static const promql::Dialect widest = [] {
        promql::Dialect dialect;
        for (const auto& feature : promql::Features::names()) dialect.features.enable(feature);
        return dialect;
    }();
    return widest;
}

std::string to_string(const Selector& selector) {
    std::vector<std::string> matchers;
    for (const auto& matcher : selector.matchers) matchers.push_back(promql::print(matcher));
    // A name in front and matchers of the name exclude each other.
    const bool matches_name = std::any_of(selector.matchers.begin(), selector.matchers.end(), [](const Matcher& matcher) { return matcher.name == name_label; });
    const bool plain = promql::is_metric_name(selector.metric) && !matches_name;
    if (!plain && !selector.metric.empty()) matchers.push_back(promql::print(Matcher{.name = name_label, .value = selector.metric}));
    std::sort(matchers.begin(), matchers.end());
    matchers.erase(std::unique(matchers.begin(), matchers.end()), matchers.end());
    auto text = plain ? selector.metric : std::string();
    if (matchers.empty() && plain) return text;
    return text + '{' + join(matchers, ",") + '}';
}

bool operator==(const Selector& a, const Selector& b) { return a.metric == b.metric && to_string(a) == to_string(b); }

Selector selector_of(const promql::VectorSelector& node) {
    Selector selector{.metric = node.name, .matchers = {}};
    for (const auto& matcher : node.matchers) {
        if (matcher.name == name_label && matcher.op == MatchOp::equal && selector.metric.empty()) selector.metric = matcher.value;
        else selector.matchers.push_back(matcher);
    }
    return selector;
}

std::vector<Matcher> parse_matchers(std::string_view text) {
    if (trim(text).empty()) throw misuse("there is no label");
    // Braces make it a selector; the name, that an empty value may be asked for alone.
    constexpr std::string_view before = "x{";
    const auto whole = std::string(before) + std::string(text) + "\n}";
    const auto parsed = promql::parse(whole, widest_dialect());
    if (!parsed.expr) refuse(text, before.size(), parsed.mistakes);
    // What closes the brace itself goes on to be something else.
    if (parsed.expr->kind != ExprKind::vector_selector || parsed.expr->place.end != whole.size()) {
        throw misuse("only conditions such as version=\"abc123\" are understood here, with commas between them");
    }
    auto matchers = promql::as<promql::VectorSelector>(*parsed.expr).matchers;
    if (matchers.empty()) throw misuse("there is no label");
    for (auto& matcher : matchers) {
        if (matcher.name == name_label) throw misuse("the metric's name cannot be a condition", "conditions are on labels, such as version=\"abc123\"");
        matcher.place = {};
    }
    return matchers;
}

Matcher make_matcher(std::string label, MatchOp op, std::string value) {
    Matcher matcher{.name = std::move(label), .op = op, .value = std::move(value)};
    matcher.matches_empty = promql::try_on_empty(matcher, widest_dialect()).matches;
    return matcher;
}

Matcher matcher_of_values(const std::string& label, std::span<const std::string> values) {
    if (values.size() == 1) return make_matcher(label, MatchOp::equal, values.front());
    std::string regex;
    for (const auto& value : values) {
        if (&value != values.data()) regex += '|';
        regex += regex_literal(value);
    }
    return make_matcher(label, MatchOp::regex, std::move(regex));
}

bool takes_all_buckets(const Selector& selector) {
    constexpr std::string_view ending = "_bucket";
    if (!std::string_view(selector.metric).ends_with(ending)) return false;
    return std::none_of(selector.matchers.begin(), selector.matchers.end(), [](const Matcher& matcher) { return matcher.name == "le" && bound_of(matcher); });
}

std::string regex_literal(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (std::string_view("\\.+*?()|[]{}^$").find(c) != std::string_view::npos) result += '\\';
        result += c;
    }
    return result;
}

bool contradict(const Matcher& a, const Matcher& b) {
    if (a.name != b.name) return false;
    if (a.op == MatchOp::equal) return !promql::ValueMatcher(b, widest_dialect()).matches(a.value);
    return b.op == MatchOp::equal && !promql::ValueMatcher(a, widest_dialect()).matches(b.value);
}

SelectorMatcher::SelectorMatcher(const Selector& selector) {
    auto own = std::make_unique<Selector>(selector);
    if (!own->metric.empty()) own->matchers.insert(own->matchers.begin(), make_matcher(name_label, MatchOp::equal, own->metric));
    prepared_.reserve(own->matchers.size());
    for (const auto& matcher : own->matchers) prepared_.emplace_back(matcher, widest_dialect());
    selector_ = std::move(own);
}

bool SelectorMatcher::matches(const Labels& labels) const {
    for (std::size_t i = 0; i < prepared_.size(); ++i) {
        const auto label = labels.find(selector_->matchers[i].name);
        if (!prepared_[i].matches(label == labels.end() ? std::string_view() : std::string_view(label->second))) return false;
    }
    return true;
}

} // namespace slipway::wait_for_slo
