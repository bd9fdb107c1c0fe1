#include "targets.hpp"

#include "push-rules/files/files_target.hpp"
#include "push-rules/kubernetes/kubernetes_target.hpp"
#include "push-rules/ruler/ruler_target.hpp"

namespace slipway::push_rules {

std::unique_ptr<Target> make_target(const Options& options, const Inputs* inputs, cli::Context& context) {
    if (options.target == "files") return make_files_target(options, inputs, context);
    if (options.target == "kubernetes") return make_kubernetes_target(options, inputs, context);
    return make_ruler_target(options, inputs, context);
}

} // namespace slipway::push_rules
