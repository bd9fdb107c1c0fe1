#pragma once

#include "promql/ast.hpp"
#include "promql/dialect.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace slipway::promql {

struct EmptyTrial {
    bool matches = false;
    std::string problem; ///< of the regular expression; empty when there is none
};

/// Whether a matcher takes series that do not have its label.
EmptyTrial try_on_empty(const Matcher& matcher, const Dialect& dialect);

/// A matcher ready to be tried on many values. A wrong regular expression takes nothing.
class ValueMatcher {
public:
    ValueMatcher(const Matcher& matcher, const Dialect& dialect);
    ~ValueMatcher();
    ValueMatcher(ValueMatcher&&) noexcept;

    bool matches(std::string_view value) const;

private:
    struct Compiled;
    const Matcher& matcher_;
    std::unique_ptr<Compiled> compiled_;
};

/// Whether a regular expression is a plain text, so that = would do; "a|b" and "" are not.
bool is_plain_text(std::string_view regex);

} // namespace slipway::promql
