#pragma once

#include "kubernetes/client.hpp"
#include "update-gitops-values/waiting/versions.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// A label selector as a request's parameter has it: "app=web,tier in (a,b),!old". Empty when there is none.
/// @param selector  {matchLabels, matchExpressions}
std::string selector_text(const nlohmann::json& selector);

/// Why a pod does not run: "pod web-1: container web: ImagePullBackOff: Back-off pulling image ..."; empty when nothing is wrong with it.
std::string trouble_of(const nlohmann::json& pod);

/// The troubles of an object's pods.
///
/// @param selector  of the object
/// @param versions  only pods with an image of one of them; empty: all
/// @return at most `most` lines; when the pods cannot be read, none
std::vector<std::string> pod_troubles(kubernetes::Client& cluster, const std::string& name_space, const nlohmann::json& selector, const ImageVersions& versions, std::size_t most = 3);

} // namespace slipway::update_gitops_values
