#pragma once

#include "promql/ast.hpp"
#include "promql/dialect.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace slipway::promql {

/// A function of PromQL, and which versions of Prometheus have it.
struct Function {
    std::string_view name;
    std::vector<ValueType> arguments; ///< of the longest call, or up to the one that repeats
    /// 0: exactly these arguments. n > 0: the last one may be left out, or stand up to n times. -1: any number of times.
    int repeats = 0;
    ValueType result = ValueType::vector;
    Version since = oldest_version;
    Version stable_since = since;        ///< before, it needs the flag promql-experimental-functions
    Version removed = {99, 0};

    std::size_t fewest() const { return repeats == 0 ? arguments.size() : arguments.size() - 1; }
    /// -1 for no limit.
    int most() const { return repeats < 0 ? -1 : static_cast<int>(fewest()) + (repeats == 0 ? 0 : repeats); }
    bool is_known(const Dialect& dialect) const { return dialect.version >= since && dialect.version < removed; }
    bool is_experimental(const Dialect& dialect) const { return dialect.version < stable_since; }
};

/// Null for a name that no version knows; names are case-sensitive.
const Function* find_function(std::string_view name);

/// All of them, for did-you-mean and for counting.
const std::vector<Function>& functions();

} // namespace slipway::promql
