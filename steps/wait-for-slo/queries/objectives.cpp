#include "wait-for-slo/queries/objectives.hpp"

#include "core/text.hpp"
#include "promql/parser.hpp"
#include "wait-for-slo/queries/linear.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

namespace slipway::wait_for_slo {

namespace {

using promql::as;
using promql::BinaryOp;
using promql::Expr;
using promql::ExprKind;

constexpr std::string_view any_window = "5m";
constexpr const char* check_id = "not-countable";

/// `numerator / denominator`, or 1 minus that.
struct Ratio {
    const Expr* numerator;
    const Expr* denominator;
    bool complement;
};

const Expr& without_zero(const Expr& expr) {
    const auto& inner = promql::bare(expr);
    if (inner.kind != ExprKind::binary || as<promql::Binary>(inner).op != BinaryOp::logical_or || !is_zero(*as<promql::Binary>(inner).right)) return inner;
    return promql::bare(*as<promql::Binary>(inner).left);
}

bool is_one(const Expr& expr) {
    const auto& inner = promql::bare(expr);
    return inner.kind == ExprKind::number && as<promql::NumberLiteral>(inner).value == 1;
}

std::optional<Ratio> ratio_of(const Expr& expr) {
    const auto& whole = without_zero(expr);
    if (whole.kind != ExprKind::binary) return std::nullopt;
    const auto& outer = as<promql::Binary>(whole);
    const bool complement = outer.op == BinaryOp::subtract && is_one(*outer.left);
    const auto& inner = complement ? without_zero(*outer.right) : whole;
    if (inner.kind != ExprKind::binary) return std::nullopt;
    const auto& division = as<promql::Binary>(inner);
    if (division.op != BinaryOp::divide || division.grouping != promql::Grouping::one_to_one) return std::nullopt;
    return Ratio{division.left.get(), division.right.get(), complement};
}

/// Finds objectives that no event can miss.
void refuse_certain(const ObjectiveQueries& objective, std::vector<Diagnostic>& problems) {
    const auto good = objective.good ? *objective.good : difference(*objective.total, *objective.bad);
    const char* empty = objective.bad_events().empty() ? "bad" : good.empty() ? "good" : objective.total_events().empty() ? "total" : nullptr;
    if (empty == nullptr) return;
    problems.push_back({.message = "the objective's counts are the same, so there can be no " + std::string(empty) + " events", .place = objective.place,
                        .hint = "one of them counts only a part of the events, such as requests_total{code!~\"5..\"}", .id = check_id});
}

/// Reads one objective of a file.
class ObjectiveReader {
public:
    ObjectiveReader(const slo::Objective& objective, Records records) : objective_(objective), records_(records) {}

    std::vector<Diagnostic> problems;

    ObjectiveQueries read() {
        ObjectiveQueries result{.name = objective_.id(), .target = objective_.target, .place = objective_.place, .period = objective_.period};
        const auto& indicator = objective_.indicator;
        if (objective_.budgeting != slo::Budgeting::occurrences) {
            refuse(objective_.place, "the objective judges slices of time, which cannot be counted as events");
        } else if (indicator.kind == slo::IndicatorKind::threshold) {
            refuse(indicator.numerator.empty() ? objective_.place : indicator.numerator.place(), "the objective compares a value with a limit, and there are no events in it to count");
        } else if (indicator.counts_events()) {
            auto numerator = read_event_count(indicator.numerator, problems, records_);
            (indicator.kind == slo::IndicatorKind::good_events ? result.good : result.bad) = std::move(numerator);
            result.total = read_event_count(indicator.total, problems, records_);
        } else {
            read_share(indicator.numerator, indicator.kind == slo::IndicatorKind::success_ratio, result);
        }
        if (problems.empty()) refuse_certain(result, problems);
        for (auto& problem : problems) problem.message = "cannot count objective '" + visible(objective_.id()) + "': " + problem.message;
        return result;
    }

private:
    void refuse(const Place& place, std::string message) { problems.push_back({.message = std::move(message), .place = place, .hint = threshold_hint, .id = check_id}); }

    void read_share(const slo::WindowedQuery& query, bool is_success, ObjectiveQueries& result) {
        const auto parsed = promql::parse(query.at(any_window), widest_dialect());
        for (const auto& mistake : parsed.mistakes) refuse(query.place_at(mistake.place.begin, any_window), mistake.message);
        if (!parsed.expr) return;
        const auto ratio = ratio_of(*parsed.expr);
        if (!ratio) return refuse(query.place(), "its share of events is not of the form 'count / count' or '1 - count / count'");
        auto numerator = count(query, *ratio->numerator);
        result.total = count(query, *ratio->denominator);
        (is_success != ratio->complement ? result.good : result.bad) = std::move(numerator);
    }

    EventCount count(const slo::WindowedQuery& query, const Expr& expr) {
        auto linear = read_linear(expr, records_);
        for (auto& mistake : linear.mistakes) {
            problems.push_back({.message = std::move(mistake.message), .place = query.place_at(mistake.place.begin, any_window), .hint = std::move(mistake.hint), .id = check_id});
        }
        auto count = sum(linear.terms, {});
        if (linear.mistakes.empty() && count.empty()) refuse(query.place_at(expr.place.begin, any_window), "it counts nothing: no series is left in it");
        return count;
    }

    const slo::Objective& objective_;
    const Records records_;
};

/// Two documents may call their objectives the same.
class UniqueNames {
public:
    /// @param wanted  of all objectives: a number must not make one name another's
    explicit UniqueNames(std::set<std::string> wanted) : taken_(std::move(wanted)) {}

    std::string take(const std::string& name) {
        if (used_.insert(name).second) return name;
        for (int number = 2;; ++number) {
            auto numbered = name + '-' + std::to_string(number);
            if (taken_.insert(numbered).second) return numbered;
        }
    }

private:
    std::set<std::string> taken_;
    std::set<std::string> used_;
};

bool matches_glob(std::string_view pattern, std::string_view name) {
    std::size_t p = 0;
    std::size_t n = 0;
    auto star = std::string_view::npos;
    std::size_t retry = 0;
    while (n < name.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            retry = n;
        } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
            ++p;
            ++n;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            n = ++retry;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

} // namespace

EventCount ObjectiveQueries::bad_events() const { return bad ? *bad : difference(*total, *good); }
EventCount ObjectiveQueries::total_events() const { return total ? *total : sum(*good, *bad); }

std::string ObjectiveQueries::error_rate_query(std::string_view window) const {
    return '(' + increase_query(bad_events(), window) + ") / (" + increase_query(total_events(), window) + ')';
}

std::vector<Selector> ObjectiveQueries::selectors() const {
    std::vector<Selector> found;
    for (const auto* count : {&good, &bad, &total}) {
        if (!*count) continue;
        for (const auto& term : **count) found.push_back(term.selector);
    }
    return found;
}

ReadObjectives read_objectives(const std::vector<slo::SloFile>& files, Records records) {
    ReadObjectives read;
    std::set<std::string> ids;
    for (const auto& file : files) {
        for (const auto& objective : file.objectives) ids.insert(objective.id());
    }
    UniqueNames names(std::move(ids));
    for (const auto& file : files) {
        read.problems.insert(read.problems.end(), file.problems.begin(), file.problems.end());
        for (const auto& objective : file.objectives) {
            ObjectiveReader reader(objective, records);
            auto queries = reader.read();
            queries.name = names.take(queries.name);
            if (reader.problems.empty()) read.objectives.push_back(std::move(queries));
            else read.refused.push_back({queries.name, std::move(reader.problems)});
        }
    }
    return read;
}

void choose(ReadObjectives& read, const std::vector<std::string>& patterns) {
    if (patterns.empty()) return;
    std::vector<std::string> names;
    for (const auto& objective : read.objectives) names.push_back(objective.name);
    for (const auto& objective : read.refused) names.push_back(objective.name);
    std::vector<Diagnostic> unmatched;
    for (const auto& pattern : patterns) {
        if (std::any_of(names.begin(), names.end(), [&](const auto& name) { return matches_glob(pattern, name); })) continue;
        const auto meant = closest(pattern, names);
        constexpr std::size_t most = 10;
        std::vector<std::string> some(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), most)));
        if (names.size() > most) some.push_back("...");
        unmatched.push_back({.message = "there is no objective '" + visible(pattern) + '\'',
                             .hint = meant ? "did you mean '" + visible(*meant) + "'?" : names.empty() ? "the files have no objectives" : "there are " + visible(join(some, ", "))});
    }
    if (!unmatched.empty()) throw Error(ExitCode::misuse, std::move(unmatched));
    const auto is_other = [&](const auto& objective) { return std::none_of(patterns.begin(), patterns.end(), [&](const auto& pattern) { return matches_glob(pattern, objective.name); }); };
    std::erase_if(read.objectives, is_other);
    std::erase_if(read.refused, is_other);
}

std::vector<ObjectiveQueries> take_objectives(ReadObjectives& read) {
    std::vector<Diagnostic> problems;
    std::copy_if(read.problems.begin(), read.problems.end(), std::back_inserter(problems), [](const auto& problem) { return problem.severity == Severity::error; });
    for (const auto& objective : read.refused) problems.insert(problems.end(), objective.problems.begin(), objective.problems.end());
    if (!problems.empty()) throw Error(ExitCode::misuse, std::move(problems));
    if (read.objectives.empty()) throw misuse("there is no objective in the files that are given");
    return std::move(read.objectives);
}

ObjectiveQueries objective_of(const CounterOptions& options, Records records) {
    ObjectiveQueries objective{.name = options.name, .target = slo::rounded(options.objective_percent / 100)};
    std::vector<Diagnostic> problems;
    int given = 0;
    const auto read = [&](const char* option, const std::string& text, std::optional<EventCount>& count) {
        if (trim(text).empty()) return;
        ++given;
        try {
            count = parse_event_count(text, records);
        } catch (const Error& error) {
            for (const auto& one : error.diagnostics()) {
                problems.push_back({.message = std::string("cannot use --") + option + " '" + visible(text) + "': " + one.message, .hint = one.hint, .id = check_id});
            }
        }
    };
    read("good", options.good, objective.good);
    read("bad", options.bad, objective.bad);
    read("total", options.total, objective.total);
    if (given != 2) {
        problems.push_back({.message = given == 3 ? "--good, --bad and --total are given, where two of them say it all" : "two of --good, --bad and --total are needed",
                            .hint = "such as --good 'requests_total{code!~\"5..\"}' --total requests_total"});
    }
    if (!(options.objective_percent > 0 && options.objective_percent < 100)) {
        problems.push_back({.message = "--objective must be more than 0 and less than 100 percent", .hint = "100 would allow no bad event ever, which no number of events can show"});
    }
    if (problems.empty()) refuse_certain(objective, problems);
    if (!problems.empty()) throw Error(ExitCode::misuse, std::move(problems));
    return objective;
}

} // namespace slipway::wait_for_slo
