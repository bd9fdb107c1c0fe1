#pragma once

#include "yaml/edit.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::update_gitops_values {

// What the editors of all kinds of files that are no YAML have in common.

/// "cannot set image.tag: why", or "append to", "remove", as the operation has it.
Diagnostic problem_of(const yaml::Operation& operation, const std::string& why, Place place = {}, std::string hint = {});

/// @throws Error (refused)
[[noreturn]] void refuse(const yaml::Operation& operation, const std::string& why, Place place = {}, std::string hint = {});

/// Refuses what no file of one document can do: another document than the first, and a text that is no UTF-8.
void check_operation(const yaml::Operation& operation, const std::string& file);

/// The error of a result that does not read as it must; it is never written.
Error doubtful_result(const yaml::Operation& operation, const std::string& file);

/// The text with the bytes from `begin` to `end` replaced.
std::string spliced(std::string_view text, std::size_t begin, std::size_t end, std::string_view with);

/// "\r\n" or "\n", as the line before `offset` ends, else as the first line does; "\n" where there is only one line.
std::string_view line_break_near(std::string_view text, std::size_t offset);

/// Text of a JSON string, quotes included.
std::string json_string(std::string_view text);

/// Does the operations in their order, each on the text that the one before left, and reports all problems together.
///
/// @param editor  has `Change apply(const Operation&)`, which throws Error and changes nothing then, and `text()`
template <class Editor> yaml::Edited apply_all(Editor& editor, const std::vector<yaml::Operation>& operations) {
    yaml::Edited result;
    std::vector<Diagnostic> problems;
    auto code = ExitCode::refused;
    for (const auto& operation : operations) {
        try {
            result.changes.push_back(editor.apply(operation));
        } catch (const Error& error) {
            if (error.code() == ExitCode::misuse) code = ExitCode::misuse;
            problems.insert(problems.end(), error.diagnostics().begin(), error.diagnostics().end());
        }
    }
    if (!problems.empty()) throw Error(code, std::move(problems));
    result.text = editor.text();
    return result;
}

} // namespace slipway::update_gitops_values
