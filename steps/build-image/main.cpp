#include "build_image.hpp"
#include "cli/step.hpp"

int main(int argc, char** argv) { return slipway::cli::run<slipway::build_image::BuildImage>(argc, argv); }
