#include "session.hpp"

#include "build-image/attest/provenance.hpp"
#include "build-image/buildah/rights.hpp"
#include "build-image/content/content_key.hpp"
#include "build-image/push/product.hpp"
#include "core/error.hpp"
#include "core/sha256.hpp"
#include "core/text.hpp"
#include "core/version.hpp"
#include "description.hpp"
#include "registry/credentials.hpp"
#include "registry/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>

namespace slipway::build_image {

namespace {

constexpr const char* source_date_variable = "SOURCE_DATE_EPOCH";
constexpr std::size_t most_at_once = 8;

registry::RegistriesConf read_conf(const Options& options, cli::Context& context) {
    auto conf = registry::RegistriesConf::read(context);
    // The first that was named is asked first.
    for (auto mirror = options.mirrors.rbegin(); mirror != options.mirrors.rend(); ++mirror) {
        const auto equals = mirror->find('=');
        conf.add_mirror(mirror->substr(0, equals), mirror->substr(equals + 1));
    }
    return conf;
}

/// A path as everybody knows it who has the commit; others stay as they are.
std::string place_in_checkout(const io::Path& path, const io::Path& workspace) {
    if (!path.is_absolute() || workspace.empty()) return path.string();
    const auto inside = path.lexically_normal().lexically_relative(workspace.lexically_normal());
    return inside.empty() || *inside.begin() == ".." ? path.string() : inside.string();
}

} // namespace

Session::Session(const Options& options, const Plan& plan, cli::Context& context)
    : options_(options), plan_(plan), context_(context), build_(plan.build), conf_(read_conf(options, context)), repositories_(plan.login.file, plan.tls, conf_, context),
      started_(context.clock.now()), timings_(context.clock), attestations_(repositories_, context) {}

Result Session::run() { return options_.join.empty() ? build() : join(); }

Result Session::build() {
    timings_.measure(plan_.push ? "asking for permission to push, reading the context" : "looking at the checkout and at Buildah", [&] { look_around(); });
    adapt_to_tool();
    if (plan_.push) {
        compute_keys();
        if (auto same = timings_.measure("looking for the same content", [&] { return find_same_content(); })) {
            const io::TemporaryFolder folder(context_.files);
            auto transfer = new_transfer(folder.path());
            for (const auto& image : same->images) transfer.note_present(image, first()); // that was looked at
            publish({.product = *same, .is_found = true, .exports = {}, .workspace = folder.path(), .provenance = provenance_of(*same, true)}, transfer);
            auto result = pushed(std::move(*same), transfer);
            result.skipped = true;
            return result;
        }
    }
    LayerStore store(tool_, context_);
    UnpushedImages unpushed(tool_, context_);
    Buildah buildah(build_, tool_, auth_json(), options_.mirrors.empty() ? "" : conf_.to_toml(), plan_.tls, context_);
    const auto ids = timings_.measure("building", [&] { return build_images(buildah, store, unpushed); });
    if (!plan_.push) return keep(buildah, ids);
    auto transfer = new_transfer(buildah.workspace());
    Product product;
    timings_.measure("compressing", [&] { for (const auto& id : ids) product.images.push_back(export_image(buildah, id, store, transfer)); });
    if (product.images.size() > 1) product.index = make_index(product.images, plan_.index_annotations);
    publish({.product = product, .exports = exports_of(buildah, ids), .workspace = buildah.workspace(), .provenance = provenance_of(product, false)}, transfer);
    put_key_tag(product);
    for (const auto& image : product.images) {
        for (std::size_t i = 0; i < image.layers.size(); ++i) store.remember(image.facts.diff_ids[i], image.layers[i].descriptor);
    }
    if (!unpushed_key_.empty()) unpushed.remove(unpushed_key_);
    auto result = pushed(std::move(product), transfer);
    result.image_ids = ids;
    return result;
}

Result Session::join() {
    auto& repository = repositories_.open(first());
    timings_.measure("asking for permission to push", [&] { registry::run_parallel(permission_checks(), most_at_once); });
    Product product;
    timings_.measure("reading the images", [&] {
        for (const auto& digest : plan_.joined) {
            auto manifest = repository.manifest(digest);
            if (!manifest) throw world_failure("cannot join " + digest + ": " + first().name() + " does not have it");
            auto part = product_from_registry(repository, std::move(*manifest));
            std::move(part.images.begin(), part.images.end(), std::back_inserter(product.images));
        }
    });
    for (const auto& image : product.images) {
        if (commit_in(image) == commit_in(product.images.front())) continue;
        throw refused("cannot join the images: " + product.images.front().manifest.digest + " is of commit " + commit_in(product.images.front()) + ", and " +
                      image.manifest.digest + " of " + commit_in(image));
    }
    product.index = make_index(product.images, plan_.index_annotations);
    const io::TemporaryFolder folder(context_.files);
    auto transfer = new_transfer(folder.path());
    publish({.product = product, .is_found = true, .exports = {}, .workspace = folder.path(), .provenance = provenance_of(product, false)}, transfer);
    return pushed(std::move(product), transfer);
}

/// Without a push.
Result Session::keep(Buildah& buildah, const std::vector<std::string>& ids) {
    if (options_.sbom || !options_.scan.empty()) {
        Product product;
        for (const auto& id : ids) product.images.push_back(image_from_folder(buildah.export_uncompressed(id, {}), context_.files));
        attestations_.begin(product);
        timings_.measure("looking into the image", [&] { Description(options_, plan_, repositories_, attestations_, context_).make(product, exports_of(buildah, ids), buildah.workspace()); });
    }
    Result result{.plan = plan_};
    result.image_ids = ids;
    result.commit = plan_.commit;
    result.labels = build_.labels;
    result.attested = attestations_.all();
    result.timings = timings_.all();
    return result;
}

/// What cannot be done is left out where that only costs time.
void Session::adapt_to_tool() {
    auto& cache = build_.cache;
    if (cache.is_used() && tool_.driver == "vfs") {
        context_.log.warning("the layer cache is not used: with the storage driver vfs each layer would be a whole copy of the image");
        cache = {};
        return;
    }
    const auto fit = [&](const char* option, std::vector<std::string>& repositories) {
        if (repositories.empty()) return;
        if (!tool_.knows(option)) {
            context_.log.warning("--" + std::string(option) + " is not used: Buildah " + tool_.version + " has no such option");
            repositories.clear();
        } else if (repositories.size() > 1 && !tool_.takes_several(option)) {
            context_.log.warning("--" + std::string(option) + " uses " + repositories.front() + " alone: Buildah " + tool_.version + " takes one repository");
            repositories.resize(1);
        }
    };
    fit("cache-from", cache.from);
    fit("cache-to", cache.to);
}

/// All that takes time before anything is built, side by side.
void Session::look_around() {
    std::vector<std::function<void()>> jobs;
    if (plan_.push) jobs = permission_checks();
    jobs.emplace_back([&] { tool_ = inspect_tool(options_.storage_driver, build_.cache.is_used(), context_); });
    if (plan_.needs.runs_programs) jobs.emplace_back([&] { check_rights(); });
    if (!plan_.commit.empty()) jobs.emplace_back([&] { is_modified_ = is_modified(build_.context_folder, plan_.commit, context_); });
    if (plan_.push) jobs.emplace_back([&] { bases_ = find_bases(plan_.needs.images, conf_, repositories_, context_); });
    if (plan_.push && plan_.needs.unknowable.empty()) jobs.emplace_back([&] { read_context(); });
    registry::run_parallel(jobs, most_at_once);
    for (const auto& why : bases_.unknown) context_.log.info("not pinned by digest: " + why);
}

/// Buildah itself notices when it comes to the first RUN step.
void Session::check_rights() {
    if (const auto why = mount_refusal(context_)) throw world_failure("RUN steps cannot be run here: " + *why, rights_hint);
}

void Session::read_context() {
    try {
        context_digest_ = context_digest(build_.context_folder, build_.ignore_file, plan_.needs.sources, abandoned_, context_);
    } catch (const Error& error) {
        context_problem_ = error.what();
    }
}

void Session::compute_keys() {
    auto unknown = plan_.needs.unknowable;
    unknown.insert(unknown.end(), bases_.unknown.begin(), bases_.unknown.end());
    if (!unknown.empty()) {
        context_.log.info("the image is built, whatever the registry has, since nobody can say that its content would be the same: " + unknown.front());
        return;
    }
    if (!context_problem_.empty()) {
        context_.log.info("the image is built, whatever the registry has, since its context cannot be read completely: " + context_problem_);
        return;
    }
    KeyInputs inputs{.context = context_digest_,
                     .containerfile = plan_.containerfile_text,
                     .platforms = plan_.platforms,
                     .bases = bases_.pinned,
                     .arguments = {},
                     .labels = build_.labels,
                     .annotations = build_.annotations,
                     .settings = {"target " + build_.target, "network " + build_.network},
                     .buildah_version = tool_.version};
    if (inputs.platforms.empty()) inputs.platforms = {tool_.platform};
    for (const auto& argument : build_.arguments) inputs.arguments[argument.name] = argument.value;
    for (const auto& name : options_.skip_key_ignore) {
        if (inputs.arguments.erase(name) == 0) context_.log.warning("--skip-key-ignore " + name + " changes nothing: no build argument has this name");
    }
    for (const auto& secret : build_.secrets) inputs.settings.push_back("secret " + secret.id);
    for (const auto& source : build_.ssh) inputs.settings.push_back("ssh " + source.id);
    key_ = content_key(inputs);
    std::string all = key_;
    for (const auto* values : {&build_.labels, &build_.annotations}) {
        for (const auto& [name, value] : *values) all += '\n' + name + '=' + value;
        all += '\n';
    }
    if (build_.timestamp) all += '\n' + format_timestamp(*build_.timestamp);
    unpushed_key_ = sha256(all);
}

std::optional<Product> Session::find_same_content() {
    if (key_.empty() || options_.no_skip) return std::nullopt;
    try {
        auto& repository = repositories_.open(first());
        auto manifest = repository.manifest(key_tag());
        if (!manifest) return std::nullopt;
        Product product;
        bool complete = false;
        bool triggers = false;
        registry::run_parallel({[&] {
                                    product = product_from_registry(repository, std::move(*manifest));
                                    complete = is_complete(product, repository);
                                },
                                [&] { triggers = have_triggers(bases_, plan_.platforms.empty() ? std::vector<std::string>{tool_.platform} : plan_.platforms, repositories_); }},
                               most_at_once);
        const auto commit = commit_in(product.images.front());
        const bool one_commit = std::all_of(product.images.begin(), product.images.end(), [&](const Image& image) { return commit_in(image) == commit; });
        if (commit.empty() || !one_commit || !complete) {
            context_.log.info("the image is built: what " + key_tag() + " names is not complete");
            return std::nullopt;
        }
        if (triggers) {
            context_.log.info("the image is built: a base image has instructions of its own for it (ONBUILD)");
            return std::nullopt;
        }
        context_.log.info("the same content was built from commit " + commit + ": " + product.top().digest + " gets the tags");
        return product;
    } catch (const Error& error) {
        context_.log.info(std::string("the image is built, since the registry cannot say whether it has it: ") + error.what());
        return std::nullopt;
    }
}

std::vector<std::function<void()>> Session::permission_checks() {
    std::vector<std::function<void()>> jobs;
    for (const auto& destination : plan_.destinations) {
        jobs.emplace_back([&] {
            try {
                permission_.check(repositories_.open(destination.repository), options_.sbom || options_.provenance);
            } catch (const Error&) {
                abandoned_ = true;
                throw;
            }
        });
    }
    return jobs;
}

/// Buildah knows nothing of Docker's credsStore.
std::string Session::auth_json() {
    auto file = plan_.login.file;
    std::set<std::string> asked;
    for (const auto& image : bases_.repositories) {
        if (!asked.insert(image.registry).second || file.knows(image.registry)) continue;
        if (const auto found = registry::credentials_for(plan_.login.file, image, context_)) file.set(image.registry, *found);
    }
    return file.to_json();
}

std::vector<std::string> Session::build_images(Buildah& buildah, LayerStore& store, UnpushedImages& unpushed) {
    auto ids = unpushed_key_.empty() || options_.no_skip ? std::vector<std::string>() : unpushed.find(unpushed_key_);
    if (!ids.empty() && std::all_of(ids.begin(), ids.end(), [&](const std::string& id) { return store.layers_of(id).has_value(); })) {
        context_.log.info("an earlier run built this image and could not push it: it is pushed now");
        return ids;
    }
    ids.clear();
    const auto containerfile = what_to_build();
    if (plan_.platforms.empty()) ids.push_back(buildah.build(containerfile, ""));
    for (const auto& platform : plan_.platforms) ids.push_back(buildah.build(containerfile, platform));
    has_built_ = true;
    if (plan_.push && !unpushed_key_.empty()) unpushed.add(unpushed_key_, ids);
    return ids;
}

/// RUN steps see the time that the image has through an ARG; with a layer cache they would all be run again for it.
Rewritten Session::what_to_build() {
    if (plan_.is_template) return {};
    const bool given = std::any_of(build_.arguments.begin(), build_.arguments.end(), [](const auto& argument) { return argument.name == source_date_variable; });
    const bool with_time = build_.timestamp && !given && plan_.needs.runs_programs && !build_.cache.is_used();
    if (with_time) build_.arguments.push_back({source_date_variable, seconds_of(*build_.timestamp)});
    return rewrite(plan_.containerfile_text, plan_.needs.images, bases_.pinned, with_time ? source_date_variable : "");
}

Image Session::export_image(Buildah& buildah, const std::string& id, LayerStore& store, Transfer& transfer) {
    const auto diff_ids = store.layers_of(id).value_or(std::vector<std::string>()); // nobody says: all are compressed
    const auto known = store.known();
    std::map<std::string, registry::Descriptor> elsewhere;
    std::mutex mutex;
    std::vector<std::function<void()>> jobs;
    for (const auto& diff_id : diff_ids) {
        const auto layer = known.find(diff_id);
        if (layer == known.end()) continue;
        jobs.emplace_back([&, layer] {
            if (!transfer.is_available(layer->second, first())) return;
            const std::lock_guard lock(mutex);
            elsewhere.insert(*layer);
        });
    }
    registry::run_parallel(jobs, most_at_once);
    std::set<std::string> unwanted;
    for (const auto& [diff_id, blob] : elsewhere) unwanted.insert(diff_id);
    const auto on_blob = [&](const io::Path& file) {
        const auto size = context_.files.status(file)->size;
        if (!options_.scan.empty()) return; // nothing leaves this machine before it
        transfer.bring_early({{.media_type = {}, .digest = "sha256:" + file.filename().string(), .size = size}, file}, first());
    };
    return image_from_layout(buildah.export_image(id, unwanted, on_blob), elsewhere, bases_.names, context_.files);
}

/// For images in Buildah's storage, in the order of their IDs.
std::vector<ExportLayers> Session::exports_of(Buildah& buildah, const std::vector<std::string>& ids) {
    std::vector<ExportLayers> exports;
    exports.reserve(ids.size());
    for (const auto& id : ids) {
        exports.emplace_back([&buildah, id, this](const std::set<std::string>& unwanted) { return image_from_folder(buildah.export_uncompressed(id, unwanted), context_.files); });
    }
    return exports;
}

void Session::publish(const Publishable& publishable, Transfer& transfer) {
    Publication(options_, plan_, repositories_, attestations_, timings_, context_).publish(publishable, transfer);
}

/// @param found  in a registry: its content's key says that it is what this run would have built
std::optional<Document> Session::provenance_of(const Product& product, bool found) const {
    if (!options_.provenance) return std::nullopt;
    const bool joins = !plan_.joined.empty();
    // Where no commit is known, the label may be the base image's.
    Provenance provenance{.subjects = {}, .repository = plan_.source, .ref = {}, .commit = found || joins ? commit_in(product.images.front()) : plan_.commit};
    if (provenance.commit == plan_.commit) provenance.ref = plan_.source_ref;
    const auto add_subject = [&](const std::string& digest) {
        for (const auto& destination : plan_.destinations) provenance.subjects.push_back({destination.repository.name(), digest});
    };
    if (product.index) add_subject(product.index->digest);
    if (!joins) { // else its images are what it is made of
        for (const auto& image : product.images) add_subject(image.manifest.digest);
        provenance.context = place_in_checkout(build_.context_folder, context_.ci.workspace);
        provenance.containerfile = place_in_checkout(build_.containerfile, context_.ci.workspace);
        provenance.target = build_.target;
        provenance.platforms = plan_.platforms;
        for (const auto& argument : build_.arguments) provenance.arguments.push_back(argument.name);
        for (const auto& secret : build_.secrets) provenance.secrets.push_back(secret.id);
        for (const auto& [name, pinned] : bases_.pinned) provenance.bases.push_back({name, pinned});
        provenance.content_key = key_;
        provenance.versions["buildah"] = tool_.version;
    }
    provenance.joined = plan_.joined;
    provenance.is_modified = !found && is_modified_; // only commits as they are get a key's tag
    provenance.found = !joins && !has_built_;
    provenance.builder = options_.builder_id.empty() ? context_.ci.builder : options_.builder_id;
    provenance.invocation = context_.ci.job_url;
    provenance.versions["build-image"] = version().number;
    if (!provenance.found) {
        provenance.started = started_;
        provenance.finished = context_.clock.now();
    }
    return Document{DocumentKind::provenance, provenance_statement(provenance)};
}

/// Without it the next run builds again: no reason to fail.
void Session::put_key_tag(const Product& product) {
    if (key_.empty() || plan_.commit.empty() || is_modified_) return;
    try {
        repositories_.open(first()).put_manifest(key_tag(), product.top());
    } catch (const Error& error) {
        context_.log.warning(std::string("the next run cannot find this image by its content: ") + error.what());
    }
}

Result Session::pushed(Product product, const Transfer& transfer) {
    Result result{.plan = plan_};
    result.digest = product.top().digest;
    result.commit = commit_in(product.images.front());
    result.labels = product.images.front().facts.labels;
    std::erase_if(result.labels, [](const auto& label) { return label.first.rfind("io.buildah.", 0) == 0; });
    result.key = key_;
    result.deliveries = transfer.deliveries();
    result.attested = attestations_.all();
    result.product = std::move(product);
    result.timings = timings_.all();
    return result;
}

Transfer Session::new_transfer(const io::Path& workspace) {
    auto sources = bases_.repositories;
    for (const auto& name : build_.cache.from) sources.push_back(registry::parse_reference(name));
    for (const auto& name : build_.cache.to) sources.push_back(registry::parse_reference(name));
    // The first destination has what the others need when the image was found there.
    sources.push_back(first());
    return Transfer(repositories_, std::move(sources), workspace, context_);
}

} // namespace slipway::build_image
