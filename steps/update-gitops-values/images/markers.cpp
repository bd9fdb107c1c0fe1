#include "update-gitops-values/images/markers.hpp"

#include "core/places.hpp"
#include "core/text.hpp"
#include "registry/reference.hpp"
#include "update-gitops-values/images/comments.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <optional>

namespace slipway::update_gitops_values {

namespace {

constexpr std::string_view short_key = "$imagepolicy";
constexpr std::string_view definition = "#/definitions/io.k8s.cli.setters.";
constexpr std::array<std::string_view, 3> suffixes{":tag", ":name", ":digest"};

/// What the comment refers to: "ns:name", or with a suffix; empty when it is no marker.
std::string marked(std::string_view comment) {
    comment.remove_prefix(std::min(comment.find_first_not_of('#'), comment.size()));
    const auto json = nlohmann::json::parse(comment, nullptr, false);
    if (!json.is_object() || json.size() != 1 || !json.begin()->is_string()) return {};
    const auto& value = json.begin()->get_ref<const std::string&>();
    if (json.begin().key() == short_key) return value;
    if (json.begin().key() == "$ref" && value.starts_with(definition)) return value.substr(definition.size());
    return {};
}

std::string_view without_suffix(std::string_view marker) {
    for (const auto suffix : suffixes) {
        if (marker.ends_with(suffix)) return marker.substr(0, marker.size() - suffix.size());
    }
    return marker;
}

/// What the marked value becomes; nothing when the marker means something else.
std::optional<std::string> value_for(std::string_view marker, const PolicyArgument& policy) {
    if (!marker.starts_with(policy.policy)) return std::nullopt;
    const auto suffix = marker.substr(policy.policy.size());
    if (suffix == ":tag") return policy.tag;
    if (suffix == ":name") return policy.name;
    if (suffix == ":digest") return policy.digest;
    if (!suffix.empty()) return std::nullopt;
    return policy.name + (policy.tag.empty() ? "" : ":" + policy.tag) + (policy.digest.empty() ? "" : "@" + policy.digest);
}

bool is_object_name(std::string_view text) {
    const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; };
    return !text.empty() && std::all_of(text.begin(), text.end(), fits);
}

} // namespace

PolicyArgument parse_policy_argument(std::string_view text) {
    const auto fail = [&](const std::string& why,
                          std::string hint = "write NAMESPACE:NAME=IMAGE, for example flux-system:app=registry.example.com/app:v2") {
        throw misuse("cannot read the policy '" + visible(text) + "': " + why, std::move(hint));
    };
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) fail("it has no =");
    const auto policy = text.substr(0, equals);
    const auto parts = split(policy, ':');
    if (parts.size() != 2) fail("in front of = stands no NAMESPACE:NAME");
    if (!is_object_name(parts[0])) fail("'" + visible(parts[0]) + "' is no namespace");
    if (!is_object_name(parts[1])) fail("'" + visible(parts[1]) + "' is no name of a policy");
    registry::Reference image;
    try {
        image = registry::parse_reference(text.substr(equals + 1));
    } catch (const Error& error) {
        fail(visible(error.diagnostics().front().message), visible(error.diagnostics().front().hint));
    }
    if (image.tag.empty() && image.digest.empty()) fail("the image has neither a tag nor a digest");
    return {std::string(policy), image.name(), image.tag, image.digest};
}

Findings find_markers(std::string_view text, const std::string& file, const PolicyArgument& policy, std::optional<std::size_t> document) {
    const auto events = yaml::read_events(text, file);
    Findings findings;
    if (text.find(short_key) == std::string_view::npos && text.find(definition) == std::string_view::npos) return findings;
    for (auto& value : find_comments(text, file, events)) {
        if (document && *document != value.document) continue;
        // As in kyaml, a comment behind the value hides the one above it.
        const auto marker = marked(value.line.empty() ? value.head : value.line);
        if (marker.empty()) continue;
        auto wanted = value_for(marker, policy);
        if (!wanted) {
            if (const auto other = without_suffix(marker);
                std::find(findings.names.begin(), findings.names.end(), other) == findings.names.end())
                findings.names.emplace_back(other);
            continue;
        }
        if (!value.path)
            throw Error(ExitCode::refused,
                        Diagnostic{.message = "cannot set the value with the marker '" + visible(marker) + "': no path leads to it",
                                   .place = place_of(text, file, events[value.event].offset),
                                   .hint = "keys on the way to it must be texts"});
        findings.operations.push_back({.path = std::move(*value.path), .value = std::move(*wanted), .document = value.document});
        ++findings.places;
    }
    // A path alone says the same in a file of one document.
    if (std::count_if(events.begin(), events.end(), [](const yaml::Event& event) { return event.kind == yaml::EventKind::document_start; }) == 1) {
        for (auto& operation : findings.operations) operation.document.reset();
    }
    return findings;
}

} // namespace slipway::update_gitops_values
