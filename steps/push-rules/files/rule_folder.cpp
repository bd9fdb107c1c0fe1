#include "push-rules/files/rule_folder.hpp"

#include "push-rules/files/ssh_folder.hpp"

#include <algorithm>

namespace slipway::push_rules {

namespace {

class LocalFolder final : public RuleFolder {
public:
    LocalFolder(std::string name, io::Files& files) : name_(std::move(name)), files_(files) {}

    const std::string& name() const override { return name_; }
    std::string path_there(const std::string& file) const override { return (files_.canonical(name_) / file).string(); }

    bool may_lose_answers() const override { return false; }

    void check_exists() override {
        if (files_.kind(name_) == io::FileKind::directory) return;
        throw misuse("cannot publish into " + name_ + ": there is no such folder", "--rules-dir names the folder that Prometheus reads its rules from");
    }

    std::optional<std::string> read(const std::string& file) override {
        const auto path = io::Path(name_) / file;
        try {
            const auto kind = files_.kind(path);
            if (kind == io::FileKind::file) return files_.read(path);
            const auto names = files_.list(name_);
            if (kind == io::FileKind::none && !std::binary_search(names.begin(), names.end(), file)) return std::nullopt;
        } catch (const Error& error) {
            throw world_failure(error.what()); // it is not our input that is wrong
        }
        throw world_failure("cannot write " + path.string() + ": what has this name is no file, or a link to none");
    }

    void write(const std::string& file, const std::string& text, Hurry) override { files_.write_atomic(io::Path(name_) / file, text); }
    void remove(const std::string& file, Hurry) override { files_.remove(io::Path(name_) / file); }
    std::unique_ptr<io::FolderLock> try_lock() override { return files_.try_lock(name_); }

private:
    std::string name_;
    io::Files& files_;
};

} // namespace

std::vector<std::string> RuleFolder::take_back(const std::vector<OldFile>& files, Hurry hurry) {
    std::vector<std::string> failures;
    for (const auto& file : files) {
        try {
            if (file.text) write(file.name, *file.text, hurry);
            else remove(file.name, hurry);
        } catch (const Error& error) {
            failures.emplace_back(error.what());
        }
    }
    return failures;
}

bool is_ssh_address(const std::string& address) { return address.rfind("ssh://", 0) == 0; }

std::unique_ptr<RuleFolder> open_rule_folder(const std::string& address, const SshOptions& ssh, cli::Context& context) {
    if (is_ssh_address(address)) return std::make_unique<SshFolder>(parse_ssh_address(address), ssh, context);
    return std::make_unique<LocalFolder>(address, context.files);
}

} // namespace slipway::push_rules
