#include "revisions.hpp"

#include "git/history.hpp"
#include "update-gitops-values/waiting/field.hpp"

#include <algorithm>

namespace slipway::update_gitops_values {

namespace {

/// A mirror of the Git server may not have a commit yet that the controller has seen.
constexpr Duration no_stands{20'000};

} // namespace

bool is_commit_hash(std::string_view text) {
    const auto is_digit = [](char letter) { return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'f'); };
    return (text.size() == 40 || text.size() == 64) && std::all_of(text.begin(), text.end(), is_digit);
}

bool Revisions::has(const std::string& revision) {
    if (revision == delivery_.commit) return true;
    if (!is_commit_hash(revision)) return false;
    const auto now = clock_.steady();
    const auto known = answers_.find(revision);
    if (known != answers_.end() && (known->second.has || now - known->second.asked < no_stands)) return known->second.has;
    const bool has = delivery_.is_in(revision);
    answers_[revision] = {has, now};
    return has;
}

bool Revisions::any(const std::vector<std::string>& revisions) {
    return std::any_of(revisions.begin(), revisions.end(), [&](const std::string& revision) { return has(revision); });
}

std::string commit_of_flux(const std::string& revision) {
    const auto colon = revision.rfind(':');
    const auto slash = revision.rfind('/');
    const auto begin = colon != std::string::npos ? colon : slash;
    auto commit = begin == std::string::npos ? revision : revision.substr(begin + 1);
    return is_commit_hash(commit) ? commit : std::string();
}

std::string short_flux_revision(const std::string& revision) {
    const auto commit = commit_of_flux(revision);
    if (commit.empty()) return in_a_line(revision);
    const auto end = revision.find_first_of("@:", 0);
    const auto branch = revision.substr(0, end != std::string::npos && revision[end] == '@' ? end : revision.size() - commit.size() - 1);
    return (branch.empty() || branch == "sha1" || revision.size() <= commit.size() ? "" : in_a_line(branch) + '@') + git::short_hash(commit);
}

} // namespace slipway::update_gitops_values
