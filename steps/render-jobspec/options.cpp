#include "options.hpp"

#include "rendering/names.hpp"

namespace slipway::render_jobspec {

void declare(cli::OptionSet& set, Options& options) {
    set.add("template", options.templates).positional().required().value_name("FILE").help("Template to render, or a folder of them; - for standard input");
    set.section("Values and placeholders");
    rendering::declare(set, options.values);
    set.add("secret", options.secrets).value_name("NAME").help("A name whose value is hidden in everything but the rendered file");
    set.add("allow", options.allow).value_name("NAME").help("Fill in exactly the names given so, and leave all others");
    set.add("keep", options.keep).value_name("NAME").help("A name that is left as it is, such as one of Nomad's at run time");
    set.add("name-pattern", options.name_pattern).value_name("REGEX").help("Names that are placeholders too, beside [A-Z_][A-Z0-9_]*");
    set.add("raw", options.raw).value_name("NAME").help("A name whose value may hold ${ and %{, which Nomad may evaluate later");
    set.add("multiline", options.multiline).help("Take values of several lines in <<- heredocs, and indent them");
    set.add_choice("format", options.format, {"auto", "hcl", "yaml", "text"}).fallback("auto").help("What the template is");
    set.section("Output");
    set.add("output", options.output).short_name('o').value_name("FILE").fallback_help("standard output").help("Where the rendered file goes, written as a whole or not at all; a folder for several");
    set.add("diff", options.diff).value_name("FILE|DIR").help("Print the difference to this file or folder instead of the rendered file");
    set.add("check", options.check).help("Write nothing, and exit 1 when --output is not what would be written");
    set.section("Validation");
    set.add("require-immutable", options.require_immutable).help("Refuse a job whose image has no tag or the tag latest");
    set.add_choice("validate", options.validate, {"offline", "server"}).fallback("offline").help("Whether a Nomad server is asked as well");
    set.add("plan", options.plan).help("Show what registering the job would change, as the server says");
    set.add("fail-on-change", options.fail_on_change).help("With --plan: exit 1 when there is a change");
    set.section("Nomad");
    nomad::declare(set, options.nomad);
}

namespace {

void check_names(const std::vector<std::string>& names, const std::string& option, std::vector<Diagnostic>& problems) {
    for (const auto& name : names) {
        if (rendering::is_name(name)) continue;
        problems.push_back({.message = "cannot use --" + option + " '" + name + "': it is no name", .hint = "a name is made of letters, digits and _, and begins with no digit"});
    }
}

} // namespace

void check(const Options& options, std::vector<Diagnostic>& problems) {
    rendering::check_sources(options.values, problems);
    check_names(options.secrets, "secret", problems);
    check_names(options.raw, "raw", problems);
    check_names(options.allow, "allow", problems);
    check_names(options.keep, "keep", problems);
    if (options.templates.size() > 1 && options.to_standard_output() && options.diff.empty()) {
        problems.push_back({.message = "several templates need a folder to go to", .hint = "give it with --output"});
    }
    if (options.check && options.to_standard_output()) problems.push_back({.message = "--check needs --output: the file to look at"});
    if (options.check && !options.diff.empty()) problems.push_back({.message = "--check and --diff are two ways to compare: give one"});
    if (options.fail_on_change && !options.plan) problems.push_back({.message = "--fail-on-change needs --plan"});
    if (options.asks_server()) nomad::check(options.nomad, problems);
}

} // namespace slipway::render_jobspec
