#include "build_image.hpp"

#include "report.hpp"
#include "session.hpp"

namespace slipway::build_image {

std::vector<std::string> Plan::full_tags() const {
    std::vector<std::string> names;
    if (by_digest) return names;
    for (const auto& destination : destinations) {
        for (const auto& tag : destination.tags) names.push_back(destination.repository.name() + ':' + tag);
    }
    return names;
}

Result BuildImage::run(const Options& options, const Plan& plan, cli::Context& context) {
    auto result = Session(options, plan, context).run();
    write_files(options, result, context);
    return result;
}

} // namespace slipway::build_image
