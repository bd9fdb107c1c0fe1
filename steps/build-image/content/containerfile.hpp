#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::build_image {

/// A part of an instruction between blanks.
struct Word {
    std::string text;      ///< without the line breaks in it
    std::size_t begin = 0; ///< bytes in the file
    std::size_t end = 0;
};

/// One instruction of a Containerfile.
struct Instruction {
    std::string name;         ///< upper case: "FROM"
    std::vector<Word> flags;  ///< "--from=build"
    std::vector<Word> words;  ///< the rest
    std::string text;         ///< all of it on one line, single blanks in between, comments left out
    int line = 0;             ///< where it begins
    std::size_t end = 0;      ///< byte behind its last line's break, or the file's end
    bool has_heredoc = false; ///< its body is left out of words and text
};

/// Reads instructions as Buildah's parser does: the escape directive, continued lines with comments and empty lines between
/// them, here-documents of RUN, COPY and ADD. Takes what it can; that an instruction is wrong is Buildah's to say.
///
/// @source docs.docker.com, "Dockerfile reference"; github.com/openshift/imagebuilder, dockerfile/parser
std::vector<Instruction> parse_containerfile(std::string_view text);

} // namespace slipway::build_image
