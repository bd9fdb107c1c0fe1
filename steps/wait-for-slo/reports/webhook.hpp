#pragma once

#include "cli/context.hpp"
#include "cli/server_options.hpp"
#include "core/error.hpp"
#include "wait-for-slo/reports/options.hpp"
#include "wait-for-slo/result.hpp"

#include <string>
#include <vector>

// Who is told of the verdict: --on-pass and --on-fail.
namespace slipway::wait_for_slo {

void check_webhooks(const ReportOptions& options, std::vector<Diagnostic>& problems);

/// Hides what stands behind the host of these addresses: who knows a chat's address can write to it. To be called before anything is said.
void hide_webhooks(const ReportOptions& options, cli::Context& context);

/// For a dry run: "would post the verdict to https://chat.example.com when it holds", one line each.
std::string webhooks_for_people(const ReportOptions& options);

/// Posts the verdict to those who want to know this one, nothing after a cancellation: there is no verdict then. What cannot be posted is a
/// warning, and so is a cancellation meanwhile: the verdict is the same. Takes less than a minute for each address.
///
/// The body is JSON and complete, its `text` in the form that Slack and those who took it over understand; known chats which refuse more than
/// that get it alone. With a secret the header X-Hub-Signature-256 has the body's HMAC, as GitHub signs its webhooks, so that what
/// checks those checks these. Idempotency-Key is the same for all tries of one verdict.
void notify(const Result& result, const ReportOptions& options, const cli::TlsOptions& tls, cli::Context& context);

} // namespace slipway::wait_for_slo
