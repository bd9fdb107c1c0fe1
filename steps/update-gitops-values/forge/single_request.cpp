#include "single_request.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace slipway::update_gitops_values {

namespace {

constexpr int most_attempts = 3;
// A forge whose answer is lost may be at work still, and lists may lag behind.
constexpr Duration before_looking{2000};

/// The open one of the lowest number; the others are closed.
std::optional<PullRequest> keep_first(const Opening& opening, io::Log& log) {
    auto all = opening.existing();
    all.erase(std::remove_if(all.begin(), all.end(), [](const PullRequest& one) { return one.state != PullRequest::State::open; }), all.end());
    if (all.empty()) return std::nullopt;
    std::sort(all.begin(), all.end(), [](const PullRequest& a, const PullRequest& b) { return a.number < b.number; });
    for (std::size_t i = 1; i < all.size(); ++i) {
        log.warning("two pipelines opened a " + opening.noun + " at the same time: closing " + visible(all[i].url) + ", and " + visible(all.front().url) + " stays");
        opening.close(all[i]);
    }
    return all.front();
}

} // namespace

PullRequest open_single(ForgeApi& api, Opening opening) {
    auto& context = api.context();
    opening.call.survives_loss = true;
    opening.call.expected.push_back(409);
    ApiAnswer answer;
    for (int attempt = 1; attempt <= most_attempts; ++attempt) {
        answer = api.send(opening.call);
        const bool known = answer.lost.empty();
        if (!known) context.log.warning(opening.call.what + ": the answer is lost (" + answer.lost + "): looking whether it is there");
        if (!known || attempt > 1) context.clock.sleep_for(before_looking);
        if (auto first = keep_first(opening, context.log)) return std::move(*first);
        if (known && answer.ok()) return opening.read(answer.body);
        if (known && attempt == 1) context.clock.sleep_for(before_looking);
    }
    if (answer.lost.empty()) throw api.failure(opening.call, answer);
    throw world_failure(opening.call.what + ": no answer, and none is open: " + answer.lost, "run the step again later: the branch is pushed, and it looks for an open " + opening.noun + " first");
}

} // namespace slipway::update_gitops_values
