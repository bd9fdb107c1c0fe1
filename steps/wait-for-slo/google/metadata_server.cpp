#include "core/text.hpp"
#include "wait-for-slo/google/token_request.hpp"

namespace slipway::wait_for_slo {

namespace {

constexpr const char* usual_host = "metadata.google.internal"; // plain HTTP: it does not leave the host
constexpr Duration patience{30'000};
constexpr Duration pause_between_tries{1'000};
constexpr Duration timeout_of_a_try{3'000};

class MetadataServer final : public TokenSource {
public:
    explicit MetadataServer(cli::Context& context) : context_(context), http_(context.http({.past_proxies = true})), host_(context.environment.get("GCE_METADATA_HOST").value_or(usual_host)) {}

    /// In a pod that has just started the server answers late, and first with errors, as long as it does not know the pod's service account.
    AccessToken fetch() override {
        const auto began = context_.clock.steady();
        std::string why;
        for (bool said = false;; said = true) {
            if (auto token = try_once(why)) return std::move(*token);
            if (context_.clock.steady() - began >= patience) break;
            if (!said) context_.log.info("waiting up to " + format_duration(patience) + " for a token of the metadata server: " + why);
            context_.clock.sleep_for(pause_between_tries);
        }
        throw io::LastingError("there are no credentials for Google Cloud: the metadata server gave no token within " + format_duration(patience) + ": " + why,
                               "outside of Google Cloud give --google-credentials-file (GOOGLE_APPLICATION_CREDENTIALS): the key of a service account, or a configuration of workload identity federation");
    }

    std::string who() const override { return "the service account of this machine or pod"; }

private:
    /// @param why  gets the reason when there is no token
    std::optional<AccessToken> try_once(std::string& why) {
        io::Request request{.url = "http://" + host_ + "/computeMetadata/v1/instance/service-accounts/default/token", .headers = {{"Metadata-Flavor", "Google"}}, .timeout = timeout_of_a_try};
        request.retry.attempts = 1;
        request.most_bytes = 64 * 1024;
        io::Response response;
        try {
            response = http_->send(request);
        } catch (const io::LastingError&) {
            throw;
        } catch (const Error& error) {
            if (error.code() != ExitCode::world) throw;
            why = error.what();
            return std::nullopt;
        }
        if (response.header("Metadata-Flavor").value_or("") != "Google") {
            throw io::LastingError("there are no credentials for Google Cloud: what answers at http://" + visible(host_) + " is no metadata server (status " + std::to_string(response.status) + ", without the header Metadata-Flavor: Google)",
                                   "give --google-credentials-file (GOOGLE_APPLICATION_CREDENTIALS)");
        }
        if (!response.ok()) {
            why = in_words(request, read_refusal(response));
            return std::nullopt;
        }
        return read_token(request, granted(request, response, {}), context_);
    }

    cli::Context& context_;
    std::unique_ptr<io::HttpClient> http_;
    std::string host_;
};

} // namespace

std::unique_ptr<TokenSource> make_metadata_server(cli::Context& context) { return std::make_unique<MetadataServer>(context); }

} // namespace slipway::wait_for_slo
