#pragma once

#include "wait-for-slo/sources/server_view.hpp"
#include "io/http.hpp"
#include "promql/ast.hpp"

#include <span>
#include <string>
#include <vector>

namespace slipway::wait_for_slo {

/// How the new version is recognized: by an expression that gives something other than 0 for each target that is up, or by the
/// answer of an endpoint.
struct StartSign {
    std::string expression; ///< empty: not by one
    std::string url;        ///< empty: not by one
    std::string match;      ///< regular expression in the body of the URL's answer; empty: any answer with a status of 2xx
    /// Conditions on targets: only those that fulfil them, where they have the label, must show the new version.
    std::vector<promql::Matcher> conditions;

    bool wanted() const { return !expression.empty() || !url.empty(); }
};

/// Looks whether the new version serves.
///
/// @param servers   that know all targets together: one, or all shards
/// @param endpoint  asks the URL; null when there is none
/// @return what is missing, for people: "build_info{...} on 2 of 4 targets, not on a:80, b:80"; empty when it serves
/// @throws Error as Source says; not for a URL that does not answer, which only does not serve
std::string missing_of(const StartSign& sign, std::span<ServerView* const> servers, Timestamp now, io::HttpClient* endpoint);

} // namespace slipway::wait_for_slo
