#pragma once

#include "core/error.hpp"
#include "core/text.hpp"
#include "fuzz.hpp"
#include "yaml/edit.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// How the targets that edit files divide their input: the first line says what to do, the rest is the file.
namespace slipway::fuzz {

/// Written as a letter, the number of a place, a blank and a value: "s3 new value". What the letter means, and how places are counted, is
/// the target's business.
struct Request {
    char kind = '\0';
    std::size_t place = 0;
    std::string value; ///< "\n" in the input is a line break here
};

struct Input {
    std::vector<Request> requests; ///< divided by tabs; at most four
    std::string_view file;
};

inline Input divide(std::string_view text) {
    Input input;
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return input;
    input.file = text.substr(end + 1);
    for (auto part : split(text.substr(0, end), '\t')) {
        if (part.empty() || input.requests.size() == 4) continue;
        Request request{.kind = part[0], .place = 0, .value = {}};
        part.remove_prefix(1);
        while (!part.empty() && part[0] >= '0' && part[0] <= '9' && request.place < 10000) {
            request.place = request.place * 10 + static_cast<std::size_t>(part[0] - '0');
            part.remove_prefix(1);
        }
        if (!part.empty() && part[0] == ' ') part.remove_prefix(1);
        request.value = part;
        replace_all(request.value, "\\n", "\n");
        input.requests.push_back(std::move(request));
    }
    return input;
}

/// An error is one line of words for each mistake, with its place in the file, or without one when a value is no JSON.
inline void expect_words(const Error& error, std::string_view file) {
    for (const auto& diagnostic : error.diagnostics()) {
        expect(!diagnostic.message.empty() && diagnostic.message.find_first_of("\n\x1b") == std::string::npos, "an error is one line of words");
        expect(diagnostic.hint.find_first_of("\n\x1b") == std::string::npos, "and so is its hint");
        const bool of_value = diagnostic.place == Place{} && diagnostic.message.find("JSON") != std::string::npos;
        expect(of_value || diagnostic.place.file.starts_with(file), "an error has its place");
    }
}

/// No line but those of the value is touched, where both the old and the new value have one.
inline void expect_same_lines(std::string_view before, const yaml::Edited& edited) {
    const auto& change = edited.changes.at(0);
    const auto old_lines = split(before, '\n');
    const auto new_lines = split(std::string_view(edited.text), '\n');
    const auto at = static_cast<std::size_t>(change.place.line);
    expect(at > 0 && at <= old_lines.size(), "a value stands in a line of the file");
    const bool one_line = change.old && change.old->find('\n') == std::string::npos && old_lines.size() == new_lines.size();
    for (std::size_t i = 0; i < (one_line ? old_lines.size() : at - 1); ++i)
        expect(i + 1 == at || (i < new_lines.size() && old_lines[i] == new_lines[i]), "other lines stay as they are");
}

} // namespace slipway::fuzz
