#include "build-image/tags/choose.hpp"

#include "build-image/tags/expressions.hpp"
#include "build-image/tags/pep440.hpp"
#include "build-image/tags/semver.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <re2/re2.h>

#include <algorithm>

namespace slipway::build_image {

namespace {

constexpr std::size_t longest_tag = 128;
constexpr std::size_t fewest_commit_digits = 7;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool fits_tag(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' || c == '-'; }

/// Also as a part, as in "sha-1a2b3c4" or "main-1a2b3c4".
bool names_commit(const std::string& tag, const std::string& commit) {
    return commit.size() >= fewest_commit_digits && tag.find(commit.substr(0, fewest_commit_digits)) != std::string::npos;
}

/// What an expression finds in a text: the group, or nothing.
std::optional<std::string> find(const re2::RE2& expression, const std::string& text, std::size_t group) {
    std::vector<re2::StringPiece> groups(static_cast<std::size_t>(expression.NumberOfCapturingGroups()) + 1);
    if (!expression.Match(text, 0, text.size(), re2::RE2::UNANCHORED, groups.data(), static_cast<int>(groups.size()))) return std::nullopt;
    if (groups[group].data() == nullptr) return std::nullopt;
    return std::string(groups[group].data(), groups[group].size());
}

/// Whether another tag is a newer release of the same kind.
using IsNewer = std::function<bool(const std::string& other)>;

/// What a rule gives.
struct Yield {
    std::string value;
    bool latest = false; ///< when the flavor leaves it open
    IsNewer is_newer = {}; ///< empty: the value is no version
};

std::function<bool(const std::string&)> newer_semver(const SemanticVersion& current) {
    return [current](const std::string& other) {
        const auto version = parse_semver(other);
        return version && version->prerelease.empty() && compare(*version, current) > 0;
    };
}

std::function<bool(const std::string&)> newer_pep440(const PythonVersion& current) {
    return [current](const std::string& other) {
        const auto version = parse_pep440(other);
        return version && version->is_final() && compare_releases(*version, current) > 0;
    };
}

/// For a value that need not be a version.
IsNewer newer_of_any_kind(const std::string& value) {
    if (const auto version = parse_semver(value)) return newer_semver(*version);
    const auto version = parse_pep440(value);
    return version && version->release.size() > 1 ? newer_pep440(*version) : IsNewer();
}

class Chooser {
public:
    Chooser(const TagRules& rules, const Facts& facts, const OtherTags& others) : rules_(rules), flavor_(rules.flavor), facts_(facts), others_(others) {}

    Tags run() {
        if (rules_.rules.empty()) by_default();
        for (const auto& rule : rules_.rules) apply(rule);
        add_latest();
        finish();
        return std::move(tags_);
    }

private:
    void by_default() {
        std::vector<std::string> names;
        if (!facts_.tag.empty()) names.push_back(facts_.tag);
        names.push_back(facts_.short_commit);
        names.push_back(facts_.commit);
        if (!facts_.pull_request.empty()) names.push_back("pr-" + facts_.pull_request);
        names.push_back(facts_.branch);
        for (const auto& name : names) {
            if (name.empty()) continue;
            latest_ = latest_.value_or(!facts_.branch.empty() && facts_.branch == facts_.default_branch);
            add(with_affixes(name, std::nullopt, std::nullopt));
        }
        if (flavor_.latest != Flavor::Latest::automatic && latest_) latest_ = flavor_.latest == Flavor::Latest::yes;
    }

    void apply(const Rule& rule) {
        const auto enable = expand(rule.get("enable"));
        if (enable != "true" && enable != "false") throw misuse("cannot use --tags '" + visible(rule.text) + "': enable is '" + visible(enable) + "', neither true nor false");
        if (enable == "false") return;
        const auto yield = evaluate(rule);
        if (!yield || yield->value.empty()) return;
        if (!latest_) {
            latest_ = flavor_.latest == Flavor::Latest::automatic ? yield->latest : flavor_.latest == Flavor::Latest::yes;
            is_newer_ = yield->is_newer;
        }
        add(with_affixes(yield->value, rule.prefix, rule.suffix));
    }

    std::optional<Yield> evaluate(const Rule& rule) {
        switch (rule.type) {
        case RuleType::schedule:
            if (!facts_.is_schedule) return std::nullopt;
            return Yield{expand(rule.get("pattern"))};
        case RuleType::semver: return semver(rule);
        case RuleType::pep440: return pep440(rule);
        case RuleType::match: return match(rule);
        case RuleType::edge: {
            const auto branch = rule.get("branch").empty() ? facts_.default_branch : expand(rule.get("branch"));
            if (facts_.branch.empty() || facts_.branch != branch) return std::nullopt;
            return Yield{"edge"};
        }
        case RuleType::ref:
            if (rule.get("event") == "branch") return Yield{facts_.branch};
            if (rule.get("event") == "pr") return Yield{facts_.pull_request};
            return Yield{facts_.tag, true, newer_of_any_kind(facts_.tag)};
        case RuleType::raw: return Yield{expand(rule.get("value"))};
        case RuleType::sha: return Yield{rule.get("format") == "long" ? facts_.commit : facts_.commit.substr(0, facts_.short_length)};
        }
        return std::nullopt;
    }

    /// The version's text: the rule's own value, else the Git tag's.
    std::string text_for(const Rule& rule) const {
        if (!rule.get("value").empty()) return expand(rule.get("value"));
        auto tag = facts_.tag;
        std::replace(tag.begin(), tag.end(), '/', '-');
        return tag;
    }

    /// What match= takes out of a text; all of it when it does not match.
    std::string matched(const Rule& rule, const std::string& text) {
        if (!rule.expression) return text;
        const auto found = find(*rule.expression, text, rule.expression->NumberOfCapturingGroups() > 0 ? 1 : 0);
        if (found) return *found;
        warn("--tags '" + rule.text + "': " + rule.get("match") + " does not match " + text + ", which is taken as it is");
        return text;
    }

    IsNewer through_match(const Rule& rule, IsNewer is_newer) const {
        if (!rule.expression) return is_newer;
        const auto group = rule.type == RuleType::match ? rule.group : static_cast<std::size_t>(rule.expression->NumberOfCapturingGroups() > 0 ? 1 : 0);
        return [expression = rule.expression, group, is_newer = std::move(is_newer)](const std::string& other) {
            const auto found = find(*expression, other, group);
            return is_newer(found.value_or(other));
        };
    }

    std::optional<Yield> semver(const Rule& rule) {
        const auto given = text_for(rule);
        if (given.empty()) return std::nullopt;
        const auto text = matched(rule, given);
        const auto version = parse_semver(text);
        if (!version) {
            warn("--tags '" + rule.text + "': " + text + " is no semantic version, and gives no tag");
            return std::nullopt;
        }
        const std::map<std::string, std::string> names = {{"raw", version->raw},       {"version", version->version()}, {"major", version->major},
                                                          {"minor", version->minor},   {"patch", version->patch},       {"prerelease", join(version->prerelease, ".")},
                                                          {"build", join(version->build, ".")}};
        return of_version(rule, names, version->prerelease.empty(), newer_semver(*version));
    }

    std::optional<Yield> pep440(const Rule& rule) {
        const auto given = text_for(rule);
        if (given.empty()) return std::nullopt;
        const auto text = matched(rule, given);
        const auto version = parse_pep440(text);
        if (!version) {
            warn("--tags '" + rule.text + "': " + text + " is no version by PEP 440, and gives no tag");
            return std::nullopt;
        }
        const std::map<std::string, std::string> names = {
            {"raw", version->raw}, {"version", version->version()}, {"major", version->part(0)}, {"minor", version->part(1)}, {"patch", version->part(2)}};
        return of_version(rule, names, version->is_final(), newer_pep440(*version));
    }

    /// A version before its release is complete or nothing: "1.2" would name it as if it were released.
    Yield of_version(const Rule& rule, const std::map<std::string, std::string>& names, bool is_final, IsNewer is_newer) const {
        const auto& pattern = rule.get("pattern");
        auto inner = std::string(trim(pattern));
        std::erase_if(inner, [](char c) { return c == ' '; });
        const bool is_raw = inner == "{{raw}}" || inner == "{{{raw}}}";
        return {expand_expressions(is_final || is_raw ? pattern : "{{version}}", facts_, names), is_final, through_match(rule, std::move(is_newer))};
    }

    std::optional<Yield> match(const Rule& rule) {
        const auto text = text_for(rule);
        if (text.empty()) return std::nullopt;
        const auto found = find(*rule.expression, text, rule.group);
        if (!found) {
            warn("--tags '" + rule.text + "': " + text + " does not match, and gives no tag");
            return std::nullopt;
        }
        auto is_newer = newer_of_any_kind(*found);
        return Yield{*found, true, is_newer ? through_match(rule, std::move(is_newer)) : is_newer};
    }

    std::string expand(const std::string& text) const { return expand_expressions(text, facts_); }

    std::string with_affixes(const std::string& value, const std::optional<std::string>& prefix, const std::optional<std::string>& suffix) const {
        return expand(prefix.value_or(flavor_.prefix)) + value + expand(suffix.value_or(flavor_.suffix));
    }

    void add(const std::string& name) {
        const auto tag = tag_slug(name);
        if (tag.empty()) return warn("'" + visible(name) + "' has no character that a tag may have, and gives none");
        if (std::find(tags_.names.begin(), tags_.names.end(), tag) == tags_.names.end()) tags_.names.push_back(tag);
    }

    void add_latest() {
        if (!latest_.value_or(false) || tags_.names.empty()) return;
        const auto name = (flavor_.prefix_for_latest ? expand(flavor_.prefix) : "") + "latest" + (flavor_.suffix_for_latest ? expand(flavor_.suffix) : "");
        if (is_newer_) {
            const auto others = others_();
            if (!others) {
                warn("neither Git nor the registry says which versions there are: " + name + " is taken for the newest");
            } else if (const auto newer = std::find_if(others->begin(), others->end(), [&](const std::string& tag) { return is_newer_(without_affixes(tag)); }); newer != others->end()) {
                return warn(name + " stays where it is: " + *newer + " is newer than " + tags_.names.front());
            }
        }
        add(name);
    }

    /// A registry's tags have the flavor's prefix and suffix, Git's have not.
    std::string without_affixes(const std::string& tag) const {
        const auto prefix = expand(flavor_.prefix);
        const auto suffix = expand(flavor_.suffix);
        auto text = tag;
        if (!prefix.empty() && text.rfind(prefix, 0) == 0) text.erase(0, prefix.size());
        if (!suffix.empty() && text.size() > suffix.size() && text.compare(text.size() - suffix.size(), suffix.size(), suffix) == 0) text.erase(text.size() - suffix.size());
        return text;
    }

    void finish() {
        if (tags_.names.empty()) {
            throw misuse(rules_.rules.empty() ? "there is no tag for the image: neither --tags nor a CI nor a Git checkout gives one" : "there is no tag for the image: no rule of --tags gives one here",
                         rules_.rules.empty() ? "give one with --tags" : join(tags_.warnings, "; "));
        }
        tags_.version = tags_.names.front();
        for (const auto& name : tags_.names) {
            if (!is_complete_version(name) && !names_commit(name, facts_.commit)) continue;
            tags_.immutable = name;
            break;
        }
    }

    void warn(const std::string& words) { tags_.warnings.push_back(words); }

    const TagRules& rules_;
    const Flavor& flavor_;
    const Facts& facts_;
    const OtherTags& others_;
    Tags tags_;
    std::optional<bool> latest_; ///< decided by the first rule that gives a tag
    IsNewer is_newer_;           ///< of that rule
};

} // namespace

Tags choose_tags(const TagRules& rules, const Facts& facts, const OtherTags& others) { return Chooser(rules, facts, others).run(); }

std::string tag_slug(std::string_view name) {
    std::string slug;
    bool gap = false;
    for (const char c : name) {
        if (fits_tag(c)) {
            if (gap) slug += '-';
            gap = false;
            slug += c;
        } else {
            gap = true;
        }
    }
    if (gap) slug += '-';
    slug.erase(0, std::min(slug.find_first_not_of(".-"), slug.size()));
    return slug.substr(0, longest_tag);
}

bool is_complete_version(std::string_view tag) {
    if (!tag.empty() && tag[0] == 'v') tag.remove_prefix(1);
    int numbers = 0;
    while (!tag.empty() && is_digit(tag[0])) {
        ++numbers;
        tag.remove_prefix(std::min(tag.find_first_not_of("0123456789"), tag.size()));
        if (tag.size() < 2 || tag[0] != '.' || !is_digit(tag[1])) break;
        tag.remove_prefix(1);
    }
    return numbers >= 3 && (tag.empty() || (tag.size() > 1 && (tag[0] == '-' || tag[0] == '_')));
}

} // namespace slipway::build_image
