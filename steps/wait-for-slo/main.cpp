#include "cli/step.hpp"
#include "wait_for_slo.hpp"

int main(int argc, char** argv) { return slipway::cli::run<slipway::wait_for_slo::WaitForSlo>(argc, argv); }
