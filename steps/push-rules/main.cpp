#include "cli/step.hpp"
#include "push_rules.hpp"

int main(int argc, char** argv) { return slipway::cli::run<slipway::push_rules::PushRules>(argc, argv); }
