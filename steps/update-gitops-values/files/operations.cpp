#include "update-gitops-values/files/operations.hpp"

#include "core/text.hpp"

namespace slipway::update_gitops_values {

namespace {

std::string_view verb(yaml::Operation::Kind kind) {
    switch (kind) {
    case yaml::Operation::Kind::append: return "append to ";
    case yaml::Operation::Kind::remove: return "remove ";
    default: return "set ";
    }
}

} // namespace

Diagnostic problem_of(const yaml::Operation& operation, const std::string& why, Place place, std::string hint) {
    return {.message = "cannot " + std::string(verb(operation.kind)) + visible(to_string(operation.path)) + ": " + why,
            .place = std::move(place),
            .hint = std::move(hint)};
}

void refuse(const yaml::Operation& operation, const std::string& why, Place place, std::string hint) {
    throw Error(ExitCode::refused, problem_of(operation, why, std::move(place), std::move(hint)));
}

void check_operation(const yaml::Operation& operation, const std::string& file) {
    if (operation.document.value_or(0) != 0) {
        refuse(operation, "the file holds one document, there is no document " + std::to_string(*operation.document), {file},
               "documents are counted from 0");
    }
    if (!is_valid_utf8(operation.value)) refuse(operation, "the value is no valid UTF-8", {file});
}

Error doubtful_result(const yaml::Operation& operation, const std::string& file) {
    return {ExitCode::refused, problem_of(operation, "the file would read differently in other places as well", {file},
                                          "nothing was written; simplify the lines around the value")};
}

std::string spliced(std::string_view text, std::size_t begin, std::size_t end, std::string_view with) {
    std::string result;
    result.reserve(text.size() + with.size());
    return result.append(text.substr(0, begin)).append(with).append(text.substr(end));
}

std::string_view line_break_near(std::string_view text, std::size_t offset) {
    auto end = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
    if (end == std::string_view::npos) end = text.find('\n');
    return end != std::string_view::npos && end > 0 && text[end - 1] == '\r' ? "\r\n" : "\n";
}

std::string json_string(std::string_view text) { return '"' + json_escape(text) + '"'; }

} // namespace slipway::update_gitops_values
