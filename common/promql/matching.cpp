#include "promql/matching.hpp"

#include "core/text.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <unordered_map>

namespace slipway::promql {

namespace {

/// Enough for thousands of branches, which Prometheus takes as well.
constexpr std::int64_t memory_for_regex = 256LL << 20;

RE2::Options options_for(const Dialect& dialect) {
    RE2::Options options(RE2::Quiet);
    options.set_dot_nl(dialect.dot_matches_line_breaks());
    options.set_max_mem(memory_for_regex);
    return options;
}

/// RE2 has two escapes that Go's regular expressions lack, and older ones do not know (?<name>.
std::string as_re2(std::string_view text) {
    std::string regex(text);
    for (std::size_t at = 0; (at = regex.find("(?<", at)) != std::string::npos; at += 4) {
        const bool escaped = at > 0 && regex[at - 1] == '\\';
        if (!escaped && at + 3 < regex.size() && regex[at + 3] != '=' && regex[at + 3] != '!') regex.insert(at + 2, 1, 'P');
    }
    return regex;
}

/// `\C`, one byte, which Go refuses.
bool takes_bytes(std::string_view text) {
    for (std::size_t at = 0; at + 1 < text.size(); ++at) {
        if (text[at] != '\\') continue;
        if (text[at + 1] == 'C') return true;
        ++at;
    }
    return false;
}

/// No character of it has a meaning in regular expressions.
bool is_literal(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) { return std::string_view("\\.+*?()|[]{}^$").find(c) != std::string_view::npos; });
}

EmptyTrial compile_and_try(const std::string& pattern, const Dialect& dialect) {
    if (takes_bytes(pattern)) return {false, "\\C is not known"};
    const RE2 regex("^(?:" + as_re2(pattern) + ")$", options_for(dialect));
    if (!regex.ok()) return {false, one_line(regex.error())};
    return {RE2::FullMatch("", regex), {}};
}

/// A rule file has few regular expressions, many times each; compiling them is what reading it would mostly do.
EmptyTrial try_regex(const std::string& pattern, const Dialect& dialect) {
    constexpr std::size_t most = 4096;
    thread_local std::unordered_map<std::string, EmptyTrial> tried;
    if (tried.size() >= most) tried.clear();
    const auto key = (dialect.dot_matches_line_breaks() ? "s" : "-") + pattern;
    auto found = tried.find(key);
    if (found == tried.end()) found = tried.emplace(key, compile_and_try(pattern, dialect)).first;
    return found->second;
}

} // namespace

EmptyTrial try_on_empty(const Matcher& matcher, const Dialect& dialect) {
    if (matcher.op == MatchOp::equal) return {matcher.value.empty(), {}};
    if (matcher.op == MatchOp::not_equal) return {!matcher.value.empty(), {}};
    EmptyTrial trial{matcher.value.empty(), {}};
    if (!is_literal(matcher.value) || (!dialect.takes_literal_bytes() && !is_valid_utf8(matcher.value))) trial = try_regex(matcher.value, dialect);
    if (trial.problem.empty()) trial.matches = trial.matches == (matcher.op == MatchOp::regex);
    return trial;
}

struct ValueMatcher::Compiled {
    RE2 regex;
};

ValueMatcher::ValueMatcher(const Matcher& matcher, const Dialect& dialect) : matcher_(matcher) {
    const bool is_regex = matcher.op == MatchOp::regex || matcher.op == MatchOp::not_regex;
    if (is_regex && !is_literal(matcher.value)) compiled_.reset(new Compiled{RE2(as_re2(matcher.value), options_for(dialect))});
}

ValueMatcher::~ValueMatcher() = default;
ValueMatcher::ValueMatcher(ValueMatcher&&) noexcept = default;

bool ValueMatcher::matches(std::string_view value) const {
    const bool same = compiled_ ? compiled_->regex.ok() && RE2::FullMatch(re2::StringPiece(value.data(), value.size()), compiled_->regex) : matcher_.value == value;
    return same == (matcher_.op == MatchOp::equal || matcher_.op == MatchOp::regex);
}

bool is_plain_text(std::string_view regex) { return !regex.empty() && is_literal(regex); }

} // namespace slipway::promql
