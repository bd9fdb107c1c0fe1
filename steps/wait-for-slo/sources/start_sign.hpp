#pragma once

#include "wait-for-slo/sources/server_view.hpp"
#include "io/http.hpp"
#include "promql/ast.hpp"

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

/// What one server, or the endpoint, shows of the new version.
struct StartSeen {
    bool somewhere = false;   ///< on one target at least
    std::string missing = {}; ///< for people: "build_info{...} on 2 of 4 targets, not on a:80, b:80"; empty when it serves
};

/// @param endpoint  asks the URL; null when there is none
/// @throws Error as Source says; not for a URL that does not answer, which only does not serve
StartSeen look_for_start(const StartSign& sign, ServerView& server, Timestamp now, io::HttpClient* endpoint);

} // namespace slipway::wait_for_slo
