#include "run-job/input/variables.hpp"

#include "core/places.hpp"
#include "core/text.hpp"
#include "hcl/literal.hpp"
#include "hcl/parser.hpp"

#include <algorithm>
#include <utility>

namespace slipway::run_job {

namespace {

/// Types of variables that a job declares, as they are written; empty for one without.
class Declarations final : public hcl::Listener {
public:
    explicit Declarations(std::string_view text) : text_(text) {}

    std::map<std::string, std::string> types;

    void block_begin(const hcl::Token& type, const std::vector<hcl::Token>& labels) override {
        ++depth_;
        if (depth_ != 1 || word(type) != "variable" || labels.size() != 1) return;
        variable_ = word(labels[0]);
        if (variable_.size() >= 2 && variable_[0] == '"') variable_ = variable_.substr(1, variable_.size() - 2);
        types[variable_];
    }
    void block_end() override {
        if (--depth_ == 0) variable_.clear();
    }
    void attribute_begin(const hcl::Token& name) override {
        if (depth_ != 1 || variable_.empty() || word(name) != "type") return;
        const auto line = text_.substr(name.end, text_.find_first_of("\n}", name.end) - name.end);
        const auto equals = line.find('=');
        if (equals != std::string_view::npos) types[variable_] = trim(line.substr(equals + 1, line.find('#') - equals - 1));
    }

private:
    std::string word(const hcl::Token& token) const { return std::string(text_.substr(token.begin, token.size())); }

    std::string_view text_;
    int depth_ = 0;
    std::string variable_; ///< the block that is being read
};

/// Assignments of a file of variables, with where each ends.
class Assignments final : public hcl::Listener {
public:
    explicit Assignments(std::string_view text) : text_(text) {}

    std::vector<std::pair<std::string, std::size_t>> begins; ///< name and its first byte

    void block_begin(const hcl::Token&, const std::vector<hcl::Token>&) override { ++depth_; }
    void block_end() override { --depth_; }
    void attribute_begin(const hcl::Token& name) override {
        if (depth_ == 0) begins.emplace_back(text_.substr(name.begin, name.size()), name.begin);
    }

private:
    std::string_view text_;
    int depth_ = 0;
};

} // namespace

std::string assignments(const Variables& variables, std::string_view job, const std::string& file) {
    Declarations declared(job);
    hcl::parse(job, Places(job, file), declared);
    std::map<std::string, std::string> chosen; // name -> "name = value"
    for (const auto& text : variables.files) {
        Assignments found(text);
        hcl::parse(text, Places(text, "--var-file"), found);
        for (std::size_t i = 0; i < found.begins.size(); ++i) {
            const auto& [name, begin] = found.begins[i];
            const auto end = i + 1 < found.begins.size() ? found.begins[i + 1].second : text.size();
            chosen[name] = text.substr(begin, end - begin);
        }
    }
    for (const auto& [name, value] : variables.flags) {
        const auto type = declared.types.find(name);
        const bool is_text = type == declared.types.end() || type->second.empty() || type->second == "string" || type->second == "any";
        chosen[name] = name + " = " + (is_text ? '"' + hcl::quoted_content(value) + '"' : value);
    }
    std::string result;
    for (const auto& [name, assignment] : chosen) result += std::string(trim(assignment)) + '\n';
    return result;
}

} // namespace slipway::run_job
