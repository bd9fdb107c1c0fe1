#include "options.hpp"

#include "template.hpp"

namespace slipway::render_jobspec {

void declare(cli::OptionSet& set, Options& options) {
    set.add("template", options.templates).positional().required().value_name("FILE").help("Template to render, - for standard input");
    set.add("set", options.set).value_name("NAME=VALUE").help("Value of ${NAME}, stronger than the environment; may be empty");
    set.add("output", options.output).short_name('o').value_name("FILE").fallback_help("standard output").help("Where the rendered file goes, written as a whole or not at all");
}

void check(const Options& options, std::vector<Diagnostic>& problems) {
    if (options.templates.size() > 1) {
        problems.push_back({.message = "one template at a time, not " + std::to_string(options.templates.size())});
    }
    for (const auto& assignment : options.set) {
        const auto equals = assignment.find('=');
        if (equals == std::string::npos || !is_placeholder_name(assignment.substr(0, equals))) {
            problems.push_back({.message = "cannot use --set '" + assignment.substr(0, equals) + "': it is no NAME=value",
                                .hint = "a name is made of A-Z, 0-9 and _, and begins with no digit"});
        }
    }
}

} // namespace slipway::render_jobspec
