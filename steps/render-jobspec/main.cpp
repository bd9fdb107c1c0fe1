#include "cli/step.hpp"
#include "render_jobspec.hpp"

int main(int argc, char** argv) { return slipway::cli::run<slipway::render_jobspec::RenderJobspec>(argc, argv); }
