#pragma once

#include "wait-for-slo/checks/argo/expression/expression.hpp"
#include "wait-for-slo/checks/check.hpp"

#include <memory>
#include <string>

namespace slipway::wait_for_slo {

/// successCondition and failureCondition of a metric of Argo Rollouts, of which each may be missing. Without both every value is a success; with both a
/// value that fits neither is inconclusive, and one that fits both has failed.
///
/// @source Argo Rollouts, utils/evaluate
class ArgoCondition final : public Condition {
public:
    /// @param success, failure  empty when there is none
    /// @throws Error (misuse) that names the condition, the word and where it stands
    ArgoCondition(const std::string& success, const std::string& failure);

    Judgement judge(const QueryValue& value) const override;
    /// "result[0] >= 0.95", "fails when result > 1"
    std::string text() const override;
    Limits limits() const;

private:
    struct Part {
        std::string text;
        std::unique_ptr<const Expression> expression; ///< null when there is none
    };

    static Part read(const char* name, const std::string& text);

    Part success_;
    Part failure_;
};

} // namespace slipway::wait_for_slo
