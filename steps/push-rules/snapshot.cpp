#include "snapshot.hpp"

#include "core/text.hpp"

#include <nlohmann/json.hpp>

namespace slipway::push_rules {

namespace {

constexpr const char* format = "slipway push-rules snapshot 1";

} // namespace

void save_snapshot(const Options& options, nlohmann::ordered_json state, cli::Context& context) {
    if (options.snapshot.empty()) return;
    const nlohmann::ordered_json document = {{"format", format}, {"target", options.target}, {"state", std::move(state)}};
    context.files.write_atomic(options.snapshot, document.dump(2) + '\n');
    context.log.info("kept what was there in " + options.snapshot);
}

nlohmann::ordered_json load_snapshot(const Options& options, cli::Context& context) {
    const auto document = nlohmann::ordered_json::parse(context.files.read(options.restore), nullptr, false);
    const auto text_at = [&](const char* key) { return document.is_object() && document.contains(key) && document[key].is_string() ? document[key].get<std::string>() : std::string(); };
    if (text_at("format") != format || !document.contains("state")) throw misuse("cannot restore from " + options.restore + ": it is no snapshot of push-rules", "--snapshot FILE writes one");
    if (text_at("target") != options.target) throw misuse("cannot restore from " + options.restore + ": it is a snapshot of the target '" + visible(text_at("target")) + "', not of '" + options.target + '\'');
    return document["state"];
}

} // namespace slipway::push_rules
