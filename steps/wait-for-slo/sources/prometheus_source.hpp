#pragma once

#include "wait-for-slo/counting/replicas.hpp"
#include "wait-for-slo/queries/conditions.hpp"
#include "wait-for-slo/queries/fetches.hpp"
#include "wait-for-slo/queries/objectives.hpp"
#include "wait-for-slo/source.hpp"
#include "wait-for-slo/sources/adding_up.hpp"
#include "wait-for-slo/sources/server_view.hpp"
#include "wait-for-slo/sources/start_sign.hpp"
#include "cli/context.hpp"
#include "io/clock.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace slipway::wait_for_slo {

/// How several servers belong together.
enum class Servers {
    replicas, ///< each sees all targets
    shards    ///< each sees some
};

/// Counts with the Prometheus API.
class PrometheusSource final : public Source {
public:
    struct Settings {
        std::shared_ptr<const std::vector<ObjectiveQueries>> objectives; ///< without conditions; shared, as there may be thousands
        Conditions conditions; ///< on the versions
        Servers servers = Servers::replicas;
        bool expand_rules = false; ///< count the sources of recorded metrics instead
        StartSign start;
        std::optional<Timestamp> since = {}; ///< the deploy instant; nothing: when the new version serves
        std::optional<Duration> ago = {};    ///< the same as a time before `began`
        io::Steady began = {};               ///< when the step did
    };

    /// @param views     one for each server, at least one
    /// @param endpoint  for the URL of the start sign
    PrometheusSource(std::vector<std::unique_ptr<ServerView>> views, std::unique_ptr<io::HttpClient> endpoint, Settings settings, cli::Context& context);

    Beginning begin() override;
    void count_from(Timestamp since) override;
    Reading read() override;
    std::optional<QueryMistake> mistake_in(std::size_t objective) override;
    std::vector<SeriesCount> series_of(std::size_t objective) const override;

private:
    void prepare(Timestamp now);
    void expand_rules();
    /// Of the first server that answers; those that did not lately are asked last.
    template <class Question> auto first_answer(Question question) -> decltype(question(std::declval<ServerView&>()));
    std::string missing_of_start(Timestamp now);
    std::vector<std::map<std::string, TickAnswers>> ask_all(Timestamp time);
    std::optional<NumberedCount> number(const std::optional<EventCount>& count) const;
    NumberedCounts number(const ObjectiveQueries& queries) const;
    Timestamp now();
    std::vector<Replica> replicas() const;
    std::vector<SelectorReading> combined();

    std::vector<std::unique_ptr<ServerView>> views_;
    std::vector<io::Steady> left_alone_until_; ///< replicas that did not answer; else long ago
    std::unique_ptr<io::HttpClient> endpoint_;
    Settings settings_;
    cli::Context& context_;
    std::optional<FetchPlan> plan_;           ///< nothing before the first server answered
    std::vector<NumberedObjective> numbered_; ///< the objectives, by the plan
    std::vector<RecordedSelector> recorded_;
    Replicas replicas_;
    std::vector<std::pair<std::size_t, std::string>> replica_names_; ///< view and replica, in the order in which they were seen first
};

} // namespace slipway::wait_for_slo
