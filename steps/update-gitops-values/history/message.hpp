#pragma once

#include "ci/info.hpp"
#include "core/error.hpp"
#include "git/history.hpp"
#include "update-gitops-values/history/record.hpp"
#include "yaml/edit.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace slipway::update_gitops_values {

/// "abc123 -> def456", for people: one line, long values cut, an empty one as (empty).
std::string old_and_new(const yaml::Change& change);

/// Says why a text cannot be the template of a message: an unknown name in braces, a single brace, a line that would look like a trailer
/// of ours, blank, no UTF-8, a NUL.
///
/// Names are {file}, {path}, {old}, {new} (of the first change), {files} (all, with commas), {changes} (all, one a line), {project},
/// {branch}, {tag}, {commit}, {short_commit}, {pipeline_url}; what is unknown is empty. `{{` and `}}` are braces.
void check_message(std::string_view given, std::vector<Diagnostic>& problems);

/// The commit's message: the user's text, or a line that names the change, or one that counts them and a list; for a rollback also the
/// commits that it takes back; then the record's trailers. It may hold secrets still.
///
/// @param given   a template that passed `check_message`, or empty
/// @param undone  the commits that a rollback takes back, newest first
std::string commit_message(std::string_view given, const Record& record, const ci::Info& ci,
                           const std::vector<git::CommitInfo>& undone = {});

} // namespace slipway::update_gitops_values
