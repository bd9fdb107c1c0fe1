"""wait-for-slo with Cloud Monitoring, which a stand-in plays: every way to a token, counts, burn rates, and the job with three variables."""

import pytest

from google_cloud import ACCOUNT, GoogleCloud
from servers import wait_for
from steps import cancel, run, start

OFTEN = ("--interval", "200ms")
AGO = ("--since", "20m", "--watch", "30s", *OFTEN)


@pytest.fixture
def google(tmp_path):
    with GoogleCloud(tmp_path / "google") as google:
        yield google


def watch(google, slo, *arguments, kind="service_account", env=None):
    return run("wait-for-slo", "--google-slo", slo, *google.options(kind), "--json", *AGO, *arguments, env=env)


def from_metadata(google, *arguments, **env):
    return run("wait-for-slo", *google.api, "--json", *arguments, env={**google.metadata, **env})


def no_secret_in(done):
    for secret in ("ya29.", "job.id.token", "request-token", "refresh-token", "client-secret", "PRIVATE KEY", "eyJhbGciOi"):
        assert secret not in done.out + done.err


def test_a_bad_release_is_violated_and_a_good_one_holds(google):
    bad, good = google.add_slo(good=50, bad=50), google.add_slo(good=1000, bad=1)
    google.fail = [429]
    done = watch(google, bad)
    assert (done.code, done.json["verdict"]) == (1, "violated"), done.err
    [objective] = done.json["objectives"]
    assert objective["name"] == "95% of slo-1"
    # Whole minutes, each of them once.
    assert objective["total"] % 100 == 0 and objective["good"] * 2 == objective["total"] <= 2000
    assert "429" in done.err and google.count("/timeSeries") >= 3
    no_secret_in(done)

    done = watch(google, good, "--early-pass")
    assert (done.code, done.json["verdict"]) == (0, "holds"), done.err
    [objective] = done.json["objectives"]
    assert objective["total"] % 1001 == 0 and objective["total"] == objective["good"] + objective["total"] // 1001


@pytest.mark.parametrize("kind", ["authorized_user", "github", "gitlab", "metadata"])
def test_every_way_to_a_token_ends_at_the_same_counts(google, kind):
    slo = google.add_slo(good=50, bad=50)
    (google.folder / "id_token").write_text("job.id.token\n")
    google.late = 2
    done = from_metadata(google, "--google-slo", slo, *AGO) if kind == "metadata" else watch(google, slo, kind=kind)
    assert (done.code, done.json["verdict"]) == (1, "violated"), done.err
    no_secret_in(done)
    assert ("waiting up to 30s for a token of the metadata server" in done.err) == (kind == "metadata")


def test_an_identity_token_may_be_a_variable(google):
    slo = google.add_slo(good=50, bad=50)
    done = watch(google, slo, kind="gitlab", env={"SLIPWAY_WAIT_FOR_SLO_GOOGLE_ID_TOKEN": "job.id.token"})
    assert done.json["verdict"] == "violated", done.err
    no_secret_in(done)
    done = watch(google, slo, kind="gitlab", env={"SLIPWAY_WAIT_FOR_SLO_GOOGLE_ID_TOKEN": "wrong.id.token"})
    assert done.code == 3 and "400, invalid_grant: The audience in ID Token [x] does not match" in done.json["error"]["message"]
    assert "wrong.id.token" not in done.out + done.err


def test_a_token_that_expires_early_is_replaced_while_it_is_watched(google):
    slo = google.add_slo(good=1, bad=0)  # too little for any verdict
    process = start("wait-for-slo", "--google-slo", slo, *google.options("service_account"), *AGO)
    wait_for(lambda: google.count("/timeSeries") >= 2, "some looks")
    google.expire()
    looks = google.count("/timeSeries")
    wait_for(lambda: google.count("/timeSeries") >= looks + 3, "looks with the new token")
    assert google.count("/token") == 2
    done = cancel(process)
    assert done.code == 143 and "does not count" not in done.err, done.err


def test_what_is_not_permitted_or_not_there_is_told(google):
    slo = google.add_slo()

    def refused(*arguments):
        done = watch(google, *arguments)
        return done.code, (done.json["error"] or {}).get("message") or done.json["reason"], done.err

    google.denied = "monitoring.slos.get"
    code, message, err = refused(slo)
    assert code == 3 and "403, PERMISSION_DENIED: Permission monitoring.slos.get denied" in message
    assert f"give the service account {ACCOUNT} the role roles/monitoring.viewer" in err
    google.denied = "monitoring.timeSeries.list"
    code, message, err = refused(slo)
    assert code == 3 and "403, PERMISSION_DENIED: Permission monitoring.timeSeries.list denied" in message
    google.denied = None
    code, message, _ = refused(f"{slo}x")
    assert code == 2 and "404, NOT_FOUND: Service Level Objective" in message
    code, message, err = refused("shop/slo-1")
    assert code == 2 and "'shop/slo-1': it is no full name of an objective" in message
    slo.indicator = "windowsBased"
    code, message, _ = refused(slo)
    assert code == 2 and "it judges slices of time, not events" in message


def test_somebody_who_cancels_does_not_wait_for_the_metadata_server(google):
    google.late = 1000
    process = start("wait-for-slo", *google.api, "--google-slo", google.add_slo(), env=google.metadata)
    wait_for(lambda: google.count("/token") >= 2, "tries")
    assert cancel(process).code == 143


def test_a_burn_rate_is_a_value_for_checks(google):
    slo = google.add_slo(burn_rate=0.25)
    check = "--check", f'select_slo_burn_rate("{slo}","300s") <= 0.5', "--check-count", "2", "--check-interval", "1s", "--watch", "5s"
    done = from_metadata(google, *check)
    assert (done.code, done.json["verdict"]) == (0, "holds"), done.err
    slo.burn_rate = 0.75
    done = from_metadata(google, *check)
    assert (done.code, done.json["verdict"]) == (1, "violated"), done.err


def test_slocheck_judges_once_by_its_three_variables(google):
    slo = google.add_slo(burn_rate=0.5)

    def judged(threshold="0.5", project="other", name=slo):
        done = from_metadata(google, TARGET_PROJECT=project, THRESHOLD=threshold, DEFINEDSLO=name)
        return done.code, done.json["verdict"], done.json["reason"]

    assert judged() == (0, "holds", "the burn rate of the newest 300s is 0.5, and 0.5 is allowed")
    assert google.requests[-1].path == "/v3/projects/other/timeSeries"
    assert judged("0.4") == (1, "violated", "the burn rate of the newest 300s is 0.5, above 0.4")
    slo.burn_rate = None
    assert judged()[:2] == (1, "inconclusive")
    for wrong in ({"threshold": "half"}, {"name": "shop"}, {"project": "a/b"}, {"name": f"{slo}x"}):
        assert judged(**wrong)[:2] == (1, "error")
    google.denied = "monitoring.timeSeries.list"
    code, verdict, reason = judged()
    assert (code, verdict) == (1, "error") and "Permission monitoring.timeSeries.list denied" in reason
