#include "cli/yaml_documents.hpp"

#include <yaml-cpp/eventhandler.h>

#include <optional>
#include <sstream>

namespace slipway::cli {

namespace {

/// Throws when a document begins where the one before began: the parser does not get on.
class ProgressGuard final : public YAML::EventHandler {
public:
    void OnDocumentStart(const YAML::Mark& mark) override {
        if (last_ && *last_ == mark.pos) throw YAML::ParserException(mark, "no document can begin like that");
        last_ = mark.pos;
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
    void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnMapEnd() override {}

private:
    std::optional<int> last_;
};

} // namespace

std::vector<YAML::Node> load_documents(const std::string& text) {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    ProgressGuard guard;
    while (parser.HandleNextDocument(guard)) {
    }
    return YAML::LoadAll(text);
}

} // namespace slipway::cli
