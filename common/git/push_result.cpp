#include "git/push_result.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace slipway::git {

namespace {

/// The state of our one reference: "FLAG\tFROM:TO\tSUMMARY (REASON)".
std::optional<std::string> status_line(std::string_view out) {
    for (const auto line : lines(out)) {
        if (line.size() > 1 && line[1] == '\t') return std::string(line);
    }
    return std::nullopt;
}

template <std::size_t Count> bool holds_any(std::string_view text, const std::array<std::string_view, Count>& signs) {
    return std::any_of(signs.begin(), signs.end(),
                       [&](auto sign) { return text.find(sign) != std::string_view::npos; });
}

/// Git's own words, seen from here, before anything was sent.
constexpr std::array<std::string_view, 4> stale_signs = {"(stale info)", "(fetch first)", "(non-fast-forward)",
                                                         "(already exists)"};

/// A server reports a lost race for the reference in these words, but also a lock that somebody holds who may yet
/// fail. GitHub calls its own troubles an internal server error.
constexpr std::array<std::string_view, 8> lock_signs = {
    "failed to update ref", "cannot lock ref",          "incorrect old value",   "failed to lock",
    "unable to lock",       "reference already exists", "internal server error", "internal error"};

/// It could not keep what we sent: its disk is full, or it takes no such object.
constexpr std::array<std::string_view, 2> unpack_signs = {"unpacker error", "missing necessary objects"};

/// GitLab, GitHub, Gitea and Forgejo end a push of a new branch with "remote:   https://...", below a line that says what for.
std::string request_url_in(std::string_view standard_error) {
    constexpr std::array<std::string_view, 3> request_pages = {"/merge_requests/new", "/pull/new/", "/compare/"};
    for (const auto line : lines(standard_error)) {
        const auto begin = std::min(line.find("https://"), line.find("http://"));
        if (!line.starts_with("remote:") || begin == std::string_view::npos) continue;
        const auto url = line.substr(begin, line.find_first_of(" \t", begin) - begin);
        if (holds_any(url, request_pages)) return visible(url);
    }
    return {};
}

} // namespace

PushResult judge_push(const io::ProcessResult& result) {
    using Kind = PushResult::Kind;
    if (result.ok()) return {.kind = Kind::landed, .request_url = request_url_in(result.err)};
    auto words = words_of_server(result.err);
    const auto status = status_line(result.out);
    if (!status) {
        // No word about our reference: the connection, or the server as a whole. What was refused at the door cannot
        // have landed.
        const auto failure = diagnose(result);
        const bool certain =
            !may_pass(failure.cause) && failure.cause != Cause::other && failure.cause != Cause::no_repository;
        return {certain ? Kind::failed : Kind::uncertain, std::move(words), failure};
    }
    // The branch is moved, as the server says, and the connection broke after that; or the server says nothing, and Git
    // takes what it has sent for done.
    if (status->front() != '!') return {Kind::uncertain, std::move(words), diagnose(result)};
    if (holds_any(*status, stale_signs)) return {Kind::stale, std::move(words)};
    const auto summary = visible(status->substr(status->rfind('\t') + 1));
    if (status->find("[remote failure]") != std::string::npos)
        return {Kind::uncertain, words, {Cause::other, summary}};
    words = words.empty() ? summary : summary + ": " + words;
    // Words of a hook are its own: "cannot lock ref" in one is no lock.
    const auto reason = lower(*status);
    if (reason.find("hook declined") != std::string::npos) return {Kind::refused, std::move(words)};
    if (holds_any(reason, lock_signs)) return {Kind::locked, std::move(words)};
    if (holds_any(reason, unpack_signs)) return {Kind::failed, words, {Cause::other, words}};
    return {Kind::refused, std::move(words)};
}

} // namespace slipway::git
