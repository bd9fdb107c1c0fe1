#pragma once

#include "io/files.hpp"
#include "options.hpp"

#include <string>
#include <vector>

namespace slipway::render_jobspec {

/// A template, and where its rendered file goes.
struct Input {
    std::string path;   ///< "-" is standard input
    std::string output; ///< empty: standard output
    std::string old;    ///< what --diff compares with; empty without it
};

struct Inputs {
    std::vector<Input> files;
    bool to_folder = false; ///< --output and --diff name folders
};

/// The files that the user names, and all in the folders that the user names: at any depth, without those that begin
/// with a dot. A file of a folder keeps its place below it and loses ".tmpl", ".tpl" or ".template".
///
/// @throws Error (misuse) when two would go to the same place, or one to the place of a template
Inputs find_inputs(const Options& options, io::Files& files);

} // namespace slipway::render_jobspec
