#include "push-rules/kubernetes/object_proof.hpp"

#include "core/text.hpp"
#include "prometheus/loaded_rules.hpp"
#include "push-rules/waiting.hpp"

#include <algorithm>

namespace slipway::push_rules {

namespace {

using Groups = std::vector<prometheus::LoadedGroup>;
using State = prometheus::Evaluation::State;

constexpr Duration longest_answer{30'000};

Groups groups_for(const ProvenObject& object, const Groups& loaded) {
    Groups found;
    std::copy_if(loaded.begin(), loaded.end(), std::back_inserter(found),
                 [&](const auto& group) { return is_file_of(group.file, object); });
    return found;
}

template <class List> auto named(const List& groups, const std::string& name) {
    return std::find_if(groups.begin(), groups.end(), [&](const auto& group) { return group.name == name; });
}

std::string hint_for(const ProvenObject& object) {
    std::vector<std::string> labels;
    for (const auto& [name, value] : object.labels)
        labels.emplace_back(name).append("=").append(value);
    return "does the Prometheus object select " + object.shown() + " (ruleSelector, ruleNamespaceSelector)? It has " +
           (labels.empty() ? "no labels" : "the labels " + visible(join(labels, ", "))) +
           ". The operator and the kubelet hand rules on within some two minutes";
}

Look missing(const ProvenObject& object, const std::string& group, const std::string& why) {
    return {.missing = "group '" + visible(group) + "' of " + object.shown() + ' ' + why, .hint = hint_for(object)};
}

Look look_at(const std::vector<ProvenObject>& objects, const Groups& loaded, prometheus::RuleComparison& comparison,
             Timestamp since) {
    Look look{.loaded = true};
    for (const auto& object : objects) {
        const auto theirs = groups_for(object, loaded);
        for (const auto& group : object.groups) {
            const auto found = named(theirs, group.name);
            if (found == theirs.end()) {
                if (group.rules.empty()) continue; // a server may leave out what does nothing
                return missing(object, group.name, "is not there");
            }
            if (const auto why = comparison.difference(group, *found); !why.empty())
                return missing(object, group.name, "is another one there: " + why);
            look.longest_interval = std::max(look.longest_interval, found->interval);
            auto evaluation = evaluation_of(*found, since);
            if (look.evaluation.state != State::failed && evaluation.state != State::done)
                look.evaluation = std::move(evaluation);
        }
        for (const auto& group : theirs) {
            if (named(object.groups, group.name) == object.groups.end() && object.foreign.count(group.name) == 0)
                return missing(object, group.name, "is still there");
        }
    }
    return look;
}

} // namespace

bool is_file_of(const std::string& path, const ProvenObject& object) {
    const auto file = path.substr(path.rfind('/') + 1);
    const auto stem = object.name_space + '-' + object.name;
    return file == stem + ".yaml" || (!object.uid.empty() && file == stem + '-' + object.uid + ".yaml");
}

ObjectProof::ObjectProof(const std::vector<ProvenObject>& objects, const Options& options, cli::Context& context)
    : options_(options), context_(context), http_(cli::connect(options.server, options.tls, context)),
      api_(*http_, cli::base_url(options.server), {std::min(longest_answer, options.patience()), 4}) {
    const auto loaded = loaded_groups(api_);
    for (const auto& object : objects)
        evaluated_before_ = std::max(evaluated_before_, last_evaluation(groups_for(object, loaded)));
}

void ObjectProof::prove(const std::vector<ProvenObject>& objects, bool changed) {
    prometheus::RuleComparison comparison(api_);
    const bool evaluated = options_.prove == "evaluated";
    const auto since = changed ? evaluated_before_ : Timestamp{};
    const auto look = [&]() -> Look {
        try {
            return look_at(objects, loaded_groups(api_), comparison, since);
        } catch (const Error& error) {
            return {.missing = error.what()}; // it answered before: it is being started anew, or the way to it
        }
    };
    wait_until_proven("Prometheus", {evaluated, options_.patience()}, look, context_);
    if (comparison.left_out_expressions())
        context_.log.warning(expressions_left_out);
    std::size_t count = 0;
    for (const auto& object : objects)
        count += object.groups.size();
    context_.log.info("Prometheus has loaded " + count_of(count, "group") +
                      (evaluated ? " and evaluates their rules" : ""));
}

} // namespace slipway::push_rules
