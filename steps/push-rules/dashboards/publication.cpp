// How dashboards come into Grafana; declared in dashboards.hpp.

#include "core/text.hpp"
#include "grafana/client.hpp"
#include "push-rules/dashboards/dashboards.hpp"

namespace slipway::push_rules {

namespace {

constexpr int readings = 4; ///< of what was just stored: behind several instances it may come a moment later
constexpr Duration between_readings{500};

class Publisher {
public:
    Publisher(const DashboardOptions& options, const cli::TlsOptions& tls, grafana::Client& client, const Release& release, cli::Context& context)
        : options_(options), tls_(tls), client_(client), release_(release), context_(context) {}

    /// @return false when nothing more can be done
    bool publish(const ServiceDashboard& dashboard) {
        return guarded([&] {
            const auto stored = client_.dashboard(dashboard.uid);
            bool sent = false;
            if (is_same(dashboard, stored)) {
                outcome_.unchanged.push_back(dashboard.service);
                context_.log.info("the dashboard of " + visible(dashboard.service) + " is the same already: nothing to do");
            } else {
                send(dashboard, stored);
                sent = true;
            }
            if (release_.deployed || sent) annotate(dashboard);
        });
    }

    bool compare(const ServiceDashboard& dashboard) {
        return guarded([&] {
            const auto stored = client_.dashboard(dashboard.uid);
            auto& list = !stored ? outcome_.created : is_same(dashboard, stored) ? outcome_.unchanged : outcome_.changed;
            list.push_back(dashboard.service);
        });
    }

    DashboardOutcome take() { return std::move(outcome_); }

private:
    template <class Work> bool guarded(Work work) {
        try {
            work();
            return true;
        } catch (const Error& error) {
            if (outcome_.code == ExitCode::done) outcome_.code = error.code();
            outcome_.diagnostics.insert(outcome_.diagnostics.end(), error.diagnostics().begin(), error.diagnostics().end());
            return error.code() == ExitCode::refused;
        }
    }

    std::string folder_for(const std::optional<grafana::StoredDashboard>& stored) const { return options_.folder.empty() && stored ? stored->folder_uid : options_.folder; }

    bool is_same(const ServiceDashboard& dashboard, const std::optional<grafana::StoredDashboard>& stored) const {
        return stored && stored->folder_uid == folder_for(stored) && grafana::difference(dashboard.model, stored->model).empty();
    }

    void send(const ServiceDashboard& dashboard, const std::optional<grafana::StoredDashboard>& stored) {
        if (stored && stored->provisioned) {
            throw refused("cannot publish the dashboard of '" + visible(dashboard.service) + "': Grafana has it from a file of its own, which its API does not change", "remove the file there, or write it there with --dashboard");
        }
        make_folder();
        const auto folder = folder_for(stored);
        client_.save(dashboard.model, folder, "push-rules" + (release_.version.empty() ? "" : ": " + release_.version));
        prove(dashboard, folder);
        (stored ? outcome_.changed : outcome_.created).push_back(dashboard.service);
        context_.log.info((stored ? "changed" : "created") + std::string(" the dashboard of ") + visible(dashboard.service) + ": " + client_.base_url() + "/d/" + dashboard.uid);
    }

    void make_folder() {
        if (options_.folder.empty() || has_folder_) return;
        if (!client_.has_folder(options_.folder)) {
            client_.make_folder(options_.folder, options_.folder);
            context_.log.info("made the folder " + options_.folder);
        }
        has_folder_ = true;
    }

    /// Reads back what was sent.
    void prove(const ServiceDashboard& dashboard, const std::string& folder) {
        std::string why;
        for (int reading = 0; reading < readings; ++reading) {
            if (reading > 0) context_.clock.sleep_for(between_readings);
            const auto stored = client_.dashboard(dashboard.uid);
            if (!stored) why = "it is not there";
            else if (stored->folder_uid != folder) why = "it is in the folder '" + visible(stored->folder_uid) + '\'';
            else if (const auto path = grafana::difference(dashboard.model, stored->model); !path.empty()) why = visible(path) + " is another one there";
            else return;
        }
        throw world_failure("Grafana took the dashboard of '" + visible(dashboard.service) + "' and shows something else: " + why, "somebody else may write the same dashboard");
    }

    void annotate(const ServiceDashboard& dashboard) {
        if (cannot_annotate_) return;
        grafana::Annotation annotation{.dashboard_uid = dashboard.uid, .time = context_.clock.now(), .tags = {"deploy", dashboard.service}, .text = "Deployed " + dashboard.service};
        if (!release_.version.empty()) {
            annotation.tags.push_back(release_.version);
            annotation.text += ' ' + release_.version;
        }
        if (!release_.commit.empty() && release_.commit != release_.version) annotation.text += " (commit " + release_.commit + ')';
        try {
            const auto http = cli::connect(options_.grafana, tls_, context_); // its own connection, see annotate
            grafana::Client(*http, client_.base_url()).annotate(annotation);
            outcome_.annotated.push_back(dashboard.service);
        } catch (const Error& error) {
            // The deployment is done, and its mark is not worth failing for.
            cannot_annotate_ = true;
            for (auto diagnostic : error.diagnostics()) {
                diagnostic.severity = Severity::warning;
                diagnostic.message = "no mark of the deployment in Grafana: " + diagnostic.message;
                outcome_.diagnostics.push_back(std::move(diagnostic));
            }
        }
    }

    const DashboardOptions& options_;
    const cli::TlsOptions& tls_;
    grafana::Client& client_;
    const Release& release_;
    cli::Context& context_;
    DashboardOutcome outcome_;
    bool has_folder_ = false;
    bool cannot_annotate_ = false;
};

template <class Work> DashboardOutcome with_each(const DashboardOptions& options, const cli::TlsOptions& tls, const std::vector<ServiceDashboard>& dashboards, const Release& release, cli::Context& context, Work work) {
    if (!options.publishes() || dashboards.empty()) return {};
    const auto http = cli::connect(options.grafana, tls, context);
    grafana::Client client(*http, cli::base_url(options.grafana));
    Publisher publisher(options, tls, client, release, context);
    for (const auto& dashboard : dashboards) {
        if (!work(publisher, dashboard)) break;
    }
    return publisher.take();
}

} // namespace

Release release_of(const ci::Info& info, bool deployed) {
    const auto& version = !info.tag.empty() ? info.tag : !info.short_commit.empty() ? info.short_commit : info.commit;
    return {.version = version, .commit = info.commit, .deployed = deployed};
}

DashboardOutcome push_dashboards(const DashboardOptions& options, const cli::TlsOptions& tls, const std::vector<ServiceDashboard>& dashboards, const Release& release, cli::Context& context) {
    return with_each(options, tls, dashboards, release, context, [](Publisher& publisher, const ServiceDashboard& dashboard) { return publisher.publish(dashboard); });
}

DashboardOutcome compare_dashboards(const DashboardOptions& options, const cli::TlsOptions& tls, const std::vector<ServiceDashboard>& dashboards, cli::Context& context) {
    const Release nothing;
    return with_each(options, tls, dashboards, nothing, context, [](Publisher& publisher, const ServiceDashboard& dashboard) { return publisher.compare(dashboard); });
}

} // namespace slipway::push_rules
