#include "cli/step.hpp"
#include "update_gitops_values.hpp"

int main(int argc, char** argv) {
    return slipway::cli::run<slipway::update_gitops_values::UpdateGitopsValues>(argc, argv);
}
