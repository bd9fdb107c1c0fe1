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
    if (!options.show.empty()) {
        Result result{.plan = plan};
        const auto conf = registry::RegistriesConf::read(context);
        Repositories repositories(plan.login.file, plan.tls, conf, context);
        const auto& image = plan.destinations.front().repository;
        try {
            result.shown = show(image, {options.show, plan.platforms}, repositories, context);
        } catch (const Error& error) {
            throw said_of("show " + registry::to_string(image), error);
        }
        write_files(options, result, context);
        return result;
    }
    auto result = Session(options, plan, context).run();
    write_files(options, result, context);
    return result;
}

} // namespace slipway::build_image
