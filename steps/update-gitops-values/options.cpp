#include "options.hpp"

#include "core/text.hpp"
#include "git/names.hpp"
#include "yaml/path.hpp"

#include <set>

namespace slipway::update_gitops_values {

namespace {

void check_place(const Options& options, std::vector<Diagnostic>& problems) {
    const bool remote = !options.remote.repo.empty();
    if (remote == !options.dir.empty()) {
        problems.push_back({.message = remote ? "--repo and --dir are two places to change: give one"
                                              : "no place to change is given: --repo or --dir is required",
                            .hint = "--repo URL commits and pushes, --dir DIR edits a folder on this machine"});
        return;
    }
    if (remote) {
        git::check_remote(options.remote, problems);
        return;
    }
    for (const auto& [name, value] :
         {std::pair{"--branch", &options.branch}, std::pair{"--message", &options.message}}) {
        if (!value->empty())
            problems.push_back(
                {.message = std::string(name) + " belongs to --repo: --dir edits a folder and makes no commit"});
    }
}

void check_name(const std::string& option, const std::string& value, const std::string& why,
                std::vector<Diagnostic>& problems) {
    if (!why.empty()) problems.push_back({.message = "cannot use " + option + " '" + visible(value) + "': " + why});
}

bool ends_in(const std::string& text, std::string_view end) {
    return text.size() >= end.size() && lower(text.substr(text.size() - end.size())) == end;
}

void check_assignments(const Options& options, std::vector<Diagnostic>& problems) {
    std::set<std::string> paths;
    for (const auto& text : options.set) {
        try {
            const auto path = yaml::to_string(yaml::parse_assignment(text).path);
            if (!paths.insert(path).second)
                problems.push_back({.message = "--set gives " + path + " more than one value"});
        } catch (const Error& error) {
            auto problem = error.diagnostics().front();
            problem.message = "cannot use --set: " + problem.message;
            problems.push_back(std::move(problem));
        }
    }
}

} // namespace

void declare(cli::OptionSet& set, Options& options) {
    git::declare_repository(set, options.remote);
    set.add("dir", options.dir)
        .value_name("DIR")
        .help("Folder on this machine to change instead of a repository; nothing is committed");
    set.add("branch", options.branch)
        .value_name("NAME")
        .fallback_help("the repository's default branch")
        .help("Branch that gets the commit");
    set.add("file", options.file)
        .required()
        .value_name("PATH")
        .help("YAML file to change, as a path inside of the repository or folder");
    set.add("set", options.set)
        .required()
        .value_name("PATH=VALUE")
        .help("Value to set at a path such as image.tag, containers[0].image or \"a.b\".c, always as a string; may "
              "be empty; all go into one commit");
    set.add("message", options.message)
        .value_name("TEXT")
        .fallback_help("names the file and the change")
        .help("Message of the commit; the CI's pipeline and commit are added as trailers");
    set.add("author", options.author)
        .value_name("NAME <EMAIL>")
        .fallback("Slipway <slipway@noreply.invalid>")
        .help("Author and committer of the commit");
    set.add("attempts", options.attempts)
        .value_name("N")
        .fallback("20")
        .help("How many pushes may lose a race against others");
    git::declare_access(set, options.remote);
}

void check(const Options& options, std::vector<Diagnostic>& problems) {
    check_place(options, problems);
    if (!options.branch.empty()) check_name("--branch", options.branch, git::why_no_branch(options.branch), problems);
    check_name("--file", options.file, git::why_no_path(options.file), problems);
    if (ends_in(options.file, ".json"))
        problems.push_back(
            {.message = "cannot use --file '" + visible(options.file) + "': JSON files are not supported yet"});
    check_name("--author", options.author, git::why_no_identity(options.author), problems);
    if (!is_valid_utf8(options.message))
        problems.push_back({.message = "cannot use --message: it is no valid UTF-8"});
    if (!options.message.empty() && trim(options.message).empty())
        problems.push_back({.message = "cannot use --message: it is blank"});
    if (options.attempts < 1 || options.attempts > 1000)
        problems.push_back({.message = "cannot use --attempts: it must be from 1 to 1000"});
    check_assignments(options, problems);
}

} // namespace slipway::update_gitops_values
