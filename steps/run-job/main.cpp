#include "cli/step.hpp"
#include "run_job.hpp"

int main(int argc, char** argv) {
    return slipway::cli::run<slipway::run_job::RunJob>(argc, argv);
}
