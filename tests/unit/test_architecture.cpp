#include "catch.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

// Holds what ARCHITECTURE.md says about dependencies, by the #include lines:
// steps/<step> -> common/<domain> -> common/cli -> common/ci -> common/io -> common/core.
namespace {

namespace fs = std::filesystem;

/// The lowest comes first; each may include those before it. All other folders of common/ are domains.
const std::vector<std::string> chain = {"core", "io", "ci", "cli"};

struct Source {
    std::string path; ///< from the repository's root: "common/io/files.cpp"
    std::string text;
};

/// Rank in the chain; domains stand above it, steps above them.
std::size_t rank_of(const std::string& folder) {
    for (std::size_t i = 0; i < chain.size(); ++i) {
        if (chain[i] == folder) return i;
    }
    return chain.size();
}

std::vector<std::string> parts_of(const std::string& path) {
    std::vector<std::string> parts;
    for (const auto& part : fs::path(path)) parts.push_back(part.string());
    return parts;
}

/// The mark ('"' or '<') and the header of an #include line; an empty header for any other line.
std::pair<char, std::string> included_by(const std::string& line) {
    const auto skip = [&](std::size_t from) { return std::min(line.find_first_not_of(" \t", from), line.size()); };
    auto at = skip(0);
    if (at == line.size() || line[at] != '#') return {};
    at = skip(at + 1);
    if (line.compare(at, 7, "include") != 0) return {};
    at = skip(at + 7);
    if (at == line.size() || (line[at] != '"' && line[at] != '<')) return {};
    const auto end = line.find_first_of("\">", at + 1);
    return {line[at], line.substr(at + 1, end - at - 1)};
}

/// What breaks the rule, one line each.
///
/// @param folders  the folders of common/
/// @param steps    the folders of steps/
std::vector<std::string> violations(const std::vector<Source>& sources, const std::set<std::string>& folders, const std::set<std::string>& steps) {
    std::vector<std::string> found;
    for (const auto& source : sources) {
        const auto& path = source.path;
        const auto own = parts_of(path);
        const bool in_step = own.at(0) == "steps";
        std::istringstream lines(source.text);
        for (std::string line; std::getline(lines, line);) {
            const auto included = included_by(line);
            const auto mark = included.first;
            const auto& header = included.second;
            if (header.empty()) continue;
            const auto target = parts_of(header);
            const auto complain = [&](const std::string& why) { found.push_back(path + " includes " + header + ": " + why); };
            const bool ours = folders.count(target[0]) != 0 && target.size() > 1;
            if (mark == '<') {
                if (ours) complain("our own headers are included with quotes");
                continue;
            }
            if (header.find("..") != std::string::npos || target[0] == "common" || target[0] == "steps" || target[0] == "tests") {
                complain("paths begin in common/, in steps/, or in the file's own folder");
            } else if (steps.count(target[0]) != 0) {
                if (!in_step || own.at(1) != target[0]) complain("no step includes another");
            } else if (!ours) {
                if (!in_step || target.size() > 1) complain("there is no such folder in common/");
            } else if (!in_step) {
                const auto from = rank_of(own.at(1));
                const auto to = rank_of(target[0]);
                // Domains know each other where one needs the other; a circle of two would be found by the linker's order.
                if (own[1] != target[0] && to >= from && from < chain.size()) complain("common/" + own[1] + " stands below common/" + target[0]);
            }
        }
    }
    return found;
}

std::set<std::string> folders_in(const fs::path& folder) {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.is_directory()) names.insert(entry.path().filename().string());
    }
    return names;
}

std::vector<Source> sources_in(const fs::path& root, const std::string& folder) {
    std::vector<Source> sources;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
        const auto extension = entry.path().extension();
        if (extension != ".cpp" && extension != ".hpp" && extension != ".in") continue;
        std::stringstream text;
        text << std::ifstream(entry.path()).rdbuf();
        sources.push_back({entry.path().lexically_relative(root).string(), text.str()});
    }
    return sources;
}

} // namespace

TEST_CASE("dependencies point one way") {
    const fs::path root = SLIPWAY_SOURCE_DIR;
    auto sources = sources_in(root, "common");
    const auto of_steps = sources_in(root, "steps");
    REQUIRE(sources.size() > 40); // or nothing was looked at
    REQUIRE(of_steps.size() > 5);
    sources.insert(sources.end(), of_steps.begin(), of_steps.end());
    CHECK(violations(sources, folders_in(root / "common"), folders_in(root / "steps")) == std::vector<std::string>{});
}

TEST_CASE("domains do not include each other in a circle") {
    const fs::path root = SLIPWAY_SOURCE_DIR;
    const auto folders = folders_in(root / "common");
    std::map<std::string, std::set<std::string>> includes;
    for (const auto& source : sources_in(root, "common")) {
        const auto own = parts_of(source.path).at(1);
        std::istringstream lines(source.text);
        for (std::string line; std::getline(lines, line);) {
            const auto [mark, header] = included_by(line);
            if (mark == '"' && parts_of(header).at(0) != own) includes[own].insert(parts_of(header).at(0));
        }
    }
    // Takes away folders that include nothing of what is left, until nothing is left or a circle remains.
    auto left = folders;
    for (bool progress = true; progress;) {
        progress = false;
        for (const auto& folder : std::set<std::string>(left)) {
            bool free = true;
            for (const auto& target : includes[folder]) free = free && left.count(target) == 0;
            if (free) progress = left.erase(folder) > 0 || progress;
        }
    }
    CHECK(left == std::set<std::string>{});
}

TEST_CASE("the architecture test can fail") {
    const std::set<std::string> folders = {"core", "io", "ci", "cli", "yaml", "git"};
    const std::set<std::string> steps = {"push-rules", "build-image"};
    const auto count = [&](const std::string& path, const std::string& text) { return violations({{path, text}}, folders, steps).size(); };
    CHECK(count("common/core/a.hpp", "#include \"io/files.hpp\"\n") == 1);
    CHECK(count("common/core/a.hpp", "#include \"yaml/edit.hpp\"\n") == 1);
    CHECK(count("common/io/a.cpp", "  #  include\t\"ci/info.hpp\"\n") == 1);
    CHECK(count("common/ci/a.cpp", "#include \"cli/step.hpp\"\n") == 1);
    CHECK(count("common/cli/a.cpp", "#include \"git/repository.hpp\"\n") == 1);
    CHECK(count("common/git/a.cpp", "#include \"push-rules/plan.hpp\"\n") == 1);
    CHECK(count("common/git/a.cpp", "#include \"../../steps/push-rules/plan.hpp\"\n") == 1);
    CHECK(count("common/git/a.cpp", "#include \"local.hpp\"\n") == 1); // which would depend on where the compiler looks
    CHECK(count("steps/push-rules/a.cpp", "#include \"build-image/options.hpp\"\n") == 1);
    CHECK(count("steps/build-image/tags/a.cpp", "#include \"build-image/options.hpp\"\n") == 0);
    CHECK(count("steps/push-rules/a.cpp", "#include \"../build-image/options.hpp\"\n") == 1);
    CHECK(count("steps/push-rules/a.cpp", "#include \"steps/push-rules/a.hpp\"\n") == 1);
    CHECK(count("steps/push-rules/a.cpp", "#include <core/error.hpp>\n") == 1);
    CHECK(count("steps/push-rules/a.cpp", "#include \"nowhere/a.hpp\"\n") == 1);

    CHECK(count("common/cli/a.cpp", "#include \"cli/b.hpp\"\n#include \"ci/c.hpp\"\n#include \"core/d.hpp\"\n#include <string>\n#include <sys/wait.h>\n") == 0);
    CHECK(count("common/git/a.cpp", "#include \"git/b.hpp\"\n#include \"yaml/c.hpp\"\n#include \"cli/step.hpp\"\n") == 0);
    CHECK(count("steps/push-rules/a.cpp", "#include \"options.hpp\"\n#include \"cli/step.hpp\"\n#include \"git/b.hpp\"\n// #include \"build-image/x.hpp\"\n") == 0);
}
