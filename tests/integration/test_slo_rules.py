"""Rules made from objectives, evaluated by Prometheus' own code on traffic whose errors are known.

What is expected is counted here from the traffic itself, minute by minute, and by the Site Reliability Workbook's table; nothing of it
comes from the rules. Times are minutes; simulations begin on Thursday, the first of January 1970, 00:00 UTC.
"""

import json
import subprocess
import time
import urllib.parse
import urllib.request

import pytest

from rule_simulation import HAS_PROMTOOL, Simulation, Traffic, counter, gauge
from servers import wait_for
from steps import run

pytestmark = pytest.mark.skipif(not HAS_PROMTOOL, reason="promtool is not installed")

HOUR, DAY = 60, 1440
# Share of the budget, long window, short window.
WORKBOOK = {"page": [(0.02, HOUR, 5), (0.05, 6 * HOUR, 30)], "ticket": [(0.10, DAY, 2 * HOUR), (0.10, 3 * DAY, 6 * HOUR)]}

SLOTH = """\
version: prometheus/v1
service: myapp
slos:
  - name: availability
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(requests_total{code=~"5.."}[{{.window}}]))
        total_query: sum(rate(requests_total[{{.window}}]))
"""

SERIES = '{service="myapp", slo="availability"}'


def of(name, series=SERIES):
    return name + series


def openslo(indicator, *, objective="target: 0.999", window="{duration: 28d, isRolling: true}", method="Occurrences"):
    return f"""\
apiVersion: openslo/v1
kind: SLO
metadata: {{name: availability}}
spec:
  service: myapp
  budgetingMethod: {method}
  timeWindow: [{window}]
  objectives:
    - {{{objective}}}
  indicator:
    metadata: {{name: sli}}
    spec:
      {indicator}
"""


def metric(query):
    return f"{{metricSource: {{type: Prometheus, spec: {{query: {json.dumps(query)}}}}}}}"


GOOD_REQUESTS = 'requests_total{code!~"5.."}'
RATIO_OF_GOOD = f"ratioMetric: {{counter: true, good: {metric(GOOD_REQUESTS)}, total: {metric('requests_total')}}}"


def simulation(folder, traffic, slo=SLOTH, *options, step=1, **more):
    """One objective over counters of good and of bad requests."""
    made = Simulation(folder, slo, *(options or ("--slo-period", "28d")), step=step, **more)
    made.series['requests_total{code="200"}'] = traffic.good()
    made.series['requests_total{code="500"}'] = traffic.bad()
    return made


def fires(traffic, severity, at, *, budget=0.001, period=28 * DAY, windows=None, min_events=0):
    """Whether a share of the budget would be spent too fast in a long window and is still spent so in its short one."""
    for share, long_window, short_window in (windows or WORKBOOK)[severity]:
        factor = share * period / long_window
        ratios = [traffic.ratio(at, window) for window in (long_window, short_window)]
        if all(ratio is not None and ratio > factor * budget for ratio in ratios) and traffic.count(at, long_window)[0] >= min_events:
            return True
    return False


def expect_timeline(made, traffic, begin, end, step=1, **settings):
    """The alerts of each minute. @return the minutes in which each was expected to fire"""
    expected = {"page": [], "ticket": []}
    for at in range(begin, end, step):
        for severity, minutes in expected.items():
            firing = fires(traffic, severity, at, **settings)
            made.expect_firing(severity, firing, at)
            if firing:
                minutes.append(at)
    return expected


def expect_ratios(made, traffic, at, windows=(5, 30, HOUR, 2 * HOUR, 6 * HOUR, DAY, 3 * DAY), series=SERIES):
    for window in windows:
        name = f"{window}m" if window < HOUR else f"{window // HOUR}h" if window < DAY else f"{window // DAY}d"
        made.expect(of(f"slo:error_ratio:rate{name}", series), traffic.ratio(at, window), at)


# --- The mathematics


def test_a_burn_rate_of_two_is_a_ticket_and_no_page(tmp_path):
    traffic = Traffic((3 * DAY + 2 * HOUR, 1000, 2), step=2)
    made = simulation(tmp_path, traffic, step=2)
    for at in (10, 2 * HOUR, DAY + 2, 3 * DAY + HOUR):
        expect_ratios(made, traffic, at)
        made.expect(of("slo:error_ratio:rate28d"), 0.002, at)
        made.expect(of("slo:burn_rate:current"), 2, at)
        made.expect(of("slo:burn_rate:period"), 2, at)
        made.expect(of("slo:error_budget_remaining:ratio"), -1, at)
        made.expect_firing("page", False, at)
        made.expect_firing("ticket", True, at)  # not by 2.8 over a day, but by 0.933 over three
        assert not fires(traffic, "page", at) and fires(traffic, "ticket", at)
    made.expect(of("slo:objective:ratio"), 0.999, 10)
    made.expect(of("slo:error_budget:ratio"), 0.001, 10)
    made.expect(of("slo:period:days"), 28, 10)
    made.expect('slo:info{service="myapp", slo="availability", objective="99.9", period="28d"}', 1, 10)
    made.expect(of("slo:events:rate1h"), 1000 / 60, 3 * DAY)
    made.run()


def test_what_stays_below_the_slowest_burn_rate_is_no_alert(tmp_path):
    traffic = Traffic((DAY + HOUR, 10_000, 9), step=2)
    made = simulation(tmp_path, traffic, step=2)
    expected = expect_timeline(made, traffic, 10, traffic.minutes, 98)
    assert expected == {"page": [], "ticket": []}
    made.expect(of("slo:error_budget_remaining:ratio"), 0.1, traffic.minutes)
    made.run()


def test_a_page_comes_in_time_and_goes_when_the_short_window_is_clean(tmp_path):
    calm, broken = DAY, HOUR
    traffic = Traffic((calm, 1000, 0), (broken, 1000, 20), (3 * HOUR, 1000, 0))
    made = simulation(tmp_path, traffic)
    expected = expect_timeline(made, traffic, calm - 5, calm + broken + 90)
    # 2 % exceed 13.44 times 0.1 % over an hour when 40.3 minutes of it are bad; over five minutes no longer when two are good.
    assert expected["page"] == list(range(calm + 41, calm + broken + 2))
    assert expected["ticket"] == []  # one bad hour is no 0.28 % of a day, and no 0.0933 % of what there is of three
    for at in (calm, calm + 3, calm + 30, calm + 60, calm + 64, calm + 100):
        expect_ratios(made, traffic, at)
    made.run()


def test_a_slow_page_takes_over(tmp_path):
    calm = 6 * HOUR
    traffic = Traffic((calm, 1000, 0), (5 * HOUR, 1000, 8), (HOUR, 1000, 0))  # 8 times the budget: under 13.44, over 5.6
    made = simulation(tmp_path, traffic)
    expected = expect_timeline(made, traffic, calm - 2, traffic.minutes, 2)
    # 0.8 % exceed 0.56 % of six hours after 252 minutes; the half-hour is clean enough nine minutes after the end.
    assert expected["page"] == list(range(calm + 254, calm + 5 * HOUR + 9, 2))
    made.run()


def test_the_alert_says_what_it_is(tmp_path):
    traffic = Traffic((2 * HOUR, 1000, 50))
    slo = SLOTH + """\
    labels: {team: web}
    alerting:
      name: TooManyErrors
      labels: {channel: ops}
      annotations: {dashboard: https://dashboards.example.com}
      ticket_alert: {disable: true}
"""
    made = simulation(tmp_path, traffic, slo, "--slo-period", "28d", "--slo-runbook", "https://runbooks.example.com/{service}/{slo}", "--slo-labels", "cluster=north")
    made.expect_alert("TooManyErrors", HOUR, {"severity": "page", "service": "myapp", "slo": "availability", "team": "web", "channel": "ops", "cluster": "north"},
                      {"summary": "myapp burns the error budget of availability too fast",
                       "description": "5% of the events are bad; the objective of 99.9 % allows 0.1 % over 28d.",
                       "runbook_url": "https://runbooks.example.com/myapp/availability", "dashboard": "https://dashboards.example.com"})
    made.expect_firing("ticket", False, HOUR)
    made.expect('slo:error_ratio:rate5m{service="myapp", slo="availability", team="web", cluster="north"}', 0.05, HOUR)
    made.run()


def test_windows_of_ones_own(tmp_path):
    windows = {"page": [(0.05, 10, 2), (0.10, 40, 10)], "ticket": [(0.20, 3 * HOUR, 20), (0.50, 12 * HOUR, HOUR)]}
    pairs = {severity: dict(zip(("quick", "slow"), ({"errorBudgetPercent": share * 100, "longWindow": f"{long}m", "shortWindow": f"{short}m"} for share, long, short in pair)))
             for severity, pair in windows.items()}
    traffic = Traffic((5 * HOUR, 1000, 0), (25, 1000, 100), (2 * HOUR, 1000, 0), (HOUR, 1000, 40), (HOUR, 1000, 0))
    made = simulation(tmp_path, traffic, SLOTH.replace("99.9", "99"), "--slo-period", "1d", "--slo-windows", "windows.yml",
                      files={"windows.yml": json.dumps({"apiVersion": "sloth.slok.dev/v1", "kind": "AlertWindows", "spec": {"sloPeriod": "1d", **pairs}})})
    expected = expect_timeline(made, traffic, 5 * HOUR - 5, traffic.minutes, budget=0.01, period=DAY, windows=windows)
    assert expected["page"] and expected["ticket"]
    expect_ratios(made, traffic, 5 * HOUR + 20, (2, 10, 20, 40, HOUR, 3 * HOUR, 12 * HOUR))
    made.run()


def test_few_events_wake_nobody(tmp_path):
    night = Traffic((3 * HOUR, 1, 0), (2, 1, 1), (2 * HOUR, 1, 0))  # two of sixty events an hour fail
    for number, least in enumerate((0, 400)):
        made = simulation(tmp_path / str(number), night, SLOTH, "--slo-period", "28d", "--min-events", least)
        # In six hours there are at most 360, and there is no day yet.
        expected = expect_timeline(made, night, 3 * HOUR - 2, 4 * HOUR, min_events=least)
        assert bool(expected["page"]) == (least == 0)
        made.run()


@pytest.mark.parametrize("function", ["rate", "increase", "sum_over_time"])
def test_events_are_counted_right_however_they_are_asked_for(tmp_path, function):
    for number, (least, enough) in enumerate(((110, True), (130, False))):
        made = Simulation(tmp_path / str(number), SLOTH.replace("rate(", function + "("), "--slo-period", "28d", "--min-events", least)
        shape = gauge if function == "sum_over_time" else counter  # amounts of each minute, or their sum since the beginning
        made.series['requests_total{code="200"}'] = shape((2 * HOUR + 1, 0.5))
        made.series['requests_total{code="500"}'] = shape((2 * HOUR + 1, 0.5))
        made.expect_firing("page", enough, 2 * HOUR)  # 120 events, half of them bad
        made.run()


# --- Series that are not there


def test_errors_that_were_never_counted_are_none(tmp_path):
    made = Simulation(tmp_path, SLOTH, "--slo-period", "28d")
    made.series['requests_total{code="200"}'] = counter((3 * HOUR, 1000))
    for at in (10, 2 * HOUR):
        expect_ratios(made, Traffic((3 * HOUR, 1000, 0)), at)
        made.expect(of("slo:error_ratio:rate28d"), 0, at)
        made.expect(of("slo:burn_rate:current"), 0, at)
        made.expect(of("slo:error_budget_remaining:ratio"), 1, at)
        made.expect_firing("page", False, at)
        made.expect_firing("ticket", False, at)
    made.run()


def test_good_events_that_were_never_counted_leave_only_bad_ones(tmp_path):
    made = Simulation(tmp_path, openslo(RATIO_OF_GOOD))
    made.series['requests_total{code="500"}'] = counter((3 * HOUR, 1000))
    for at in (10, 2 * HOUR):
        expect_ratios(made, Traffic((3 * HOUR, 1000, 1000)), at)
        made.expect(of("slo:error_ratio:rate28d"), 1, at)
        made.expect(of("slo:burn_rate:period"), 1000, at)
        made.expect_firing("page", True, at)
    made.run()


@pytest.mark.parametrize("kind", ["bad", "good"])
@pytest.mark.parametrize("no_traffic, value", [("absent", None), ("good", 0), ("bad", 1)])
def test_a_window_without_events(tmp_path, kind, no_traffic, value):
    busy, silent = HOUR, 3 * HOUR
    traffic = Traffic((busy, 1000, 1), (silent, 0, 0))
    slo = SLOTH if kind == "bad" else openslo(RATIO_OF_GOOD)
    made = simulation(tmp_path, traffic, slo, "--slo-period", "28d", "--slo-no-traffic", no_traffic)
    at = busy + 2 * HOUR + 30
    for window in ("5m", "30m", "1h", "2h"):
        made.expect(of(f"slo:error_ratio:rate{window}"), value, at)
    made.expect(of("slo:error_ratio:rate6h"), 0.001, at)
    made.expect(of("slo:error_ratio:rate28d"), 0.001, at, tolerance=1e-5)
    made.expect(of("slo:burn_rate:current"), value if value is None else value * 1000, at)
    made.expect_firing("page", value == 1, at)
    made.expect(of("slo:error_ratio:rate5m"), 0.001, busy)
    made.run()


# --- The whole period


def test_uneven_traffic_weighs_in_or_does_not(tmp_path):
    # Half a day with many events and few errors, half a day with few events of which half are bad.
    traffic = Traffic(*[(12 * HOUR, 1000, 1), (12 * HOUR, 10, 5)], step=2)
    at = traffic.minutes
    by_events = traffic.ratio(at, 28 * DAY)
    by_time = (0.001 + 0.5) / 2
    for way, value, tolerance in (("weighted", by_events, 0.005), ("average", by_time, 0.01), ("raw", by_events, 1e-9)):
        made = simulation(tmp_path / way, traffic, SLOTH, "--slo-period", "28d", "--slo-long-windows", way, "--no-slo-alerts", step=2)
        made.expect(of("slo:error_ratio:rate28d"), value, at, value * tolerance)
        made.expect(of("slo:error_budget_remaining:ratio"), 1 - value / 0.001, at, value * tolerance / 0.001)
        made.run()
    made = simulation(tmp_path / "sloth", traffic, SLOTH, "--slo-period", "28d", "--slo-names", "sloth", "--no-slo-alerts", step=2)
    identity = '{sloth_id="myapp-availability", sloth_service="myapp", sloth_slo="availability"}'
    made.expect(f"slo:sli_error:ratio_rate4w{identity}", by_time, at, by_time * 0.01)
    made.expect(f"slo:period_burn_rate:ratio{identity}", by_time / 0.001, at, by_time * 0.01 / 0.001)
    made.expect(f"slo:current_burn_rate:ratio{identity}", 0.5 / 0.001, at)
    made.run()


def test_alerts_under_sloths_names(tmp_path):
    traffic = Traffic((DAY, 1000, 0), (HOUR, 1000, 20), (HOUR, 1000, 0))
    made = simulation(tmp_path, traffic, SLOTH, "--slo-period", "28d", "--slo-names", "sloth")
    for at in range(DAY - 2, traffic.minutes, 3):
        for severity in ("page", "ticket"):
            made.expect(f'count(ALERTS{{alertstate="firing", sloth_severity="{severity}", sloth_slo="availability"}})', 1 if fires(traffic, severity, at) else None, at)
    made.run()


def test_an_alert_over_the_whole_period(tmp_path):
    pair = lambda short, long, percent: {"errorBudgetPercent": percent, "shortWindow": short, "longWindow": long}
    windows = {"page": {"quick": pair("2m", "10m", 20), "slow": pair("10m", "1h", 100)}, "ticket": {"quick": pair("5m", "30m", 50), "slow": pair("10m", "1h", 100)}}
    own = {"page": [(0.2, 10, 2), (1, HOUR, 10)], "ticket": [(0.5, 30, 5), (1, HOUR, 10)]}
    traffic = Traffic((HOUR, 1000, 0), (40, 1000, 16), (HOUR, 1000, 0))
    for names, series, severity in (("slipway", "slo:error_ratio:rate1h", "severity"), ("sloth", "slo:sli_error:ratio_rate1h", "sloth_severity")):
        made = simulation(tmp_path / names, traffic, SLOTH.replace("99.9", "99"), "--slo-period", "1h", "--slo-names", names, "--slo-windows", "windows.yml",
                          files={"windows.yml": json.dumps({"kind": "AlertWindows", "spec": {"sloPeriod": "1h", **windows}})})
        assert made.rules.count(f"record: {series}\n") == 1
        made.expect(series, traffic.ratio(2 * HOUR, HOUR), 2 * HOUR, 1e-3)  # under Sloth's names a mean of two-minute windows
        for at in range(HOUR, traffic.minutes, 2):
            made.expect(f'count(ALERTS{{alertstate="firing", {severity}="page"}})', 1 if fires(traffic, "page", at, budget=0.01, period=HOUR, windows=own) else None, at)
        made.run()


@pytest.mark.parametrize("type, share", [("failure", 0.02), ("success", 0.98)])
def test_a_ratio_that_others_made(tmp_path, type, share):
    made = Simulation(tmp_path, openslo(f"ratioMetric: {{counter: false, rawType: {type}, raw: {metric('bad_share')}}}"))
    made.series["bad_share"] = gauge((HOUR, share), (HOUR, 0 if type == "failure" else 1))
    for at, hours_ratio in ((40, 0.02), (90, 0.02 * 30 / 61)):  # an hour holds 61 samples
        made.expect(of("slo:error_ratio:rate1h"), hours_ratio, at)
    made.expect(of("slo:error_ratio:rate28d"), 0.02, 40)
    made.expect_firing("page", True, 50)
    made.expect_firing("page", True, HOUR + 10)   # by the last half-hour
    made.expect_firing("page", False, HOUR + 40)
    made.run()


@pytest.mark.parametrize("type, query", [("failure", '{bad} / {total}'), ("success", '({total} - {bad}) / {total}')])
def test_an_hour_without_events_does_not_spoil_the_period(tmp_path, type, query):
    names = {"bad": 'sum(rate(requests_total{code="500"}[{{.window}}]))', "total": "sum(rate(requests_total[{{.window}}]))"}
    traffic = Traffic((HOUR, 1000, 1), (HOUR, 0, 0), (HOUR, 1000, 3))
    made = simulation(tmp_path, traffic, openslo(f"ratioMetric: {{counter: false, rawType: {type}, raw: {metric(query.format(**names))}}}"))
    made.expect(of("slo:error_ratio:rate5m"), None, HOUR + 30)
    made.expect(of("slo:error_ratio:rate28d"), 0.001, HOUR + 30)
    made.expect(of("slo:error_ratio:rate28d"), 0.002, traffic.minutes, 0.0001)
    made.run()


# --- Slices of time


def test_a_threshold_makes_minutes_good_or_bad(tmp_path):
    slo = openslo(f"thresholdMetric: {metric('max(latency_seconds)')}", objective="target: 0.99, op: lte, value: 0.5, timeSliceTarget: 0.99, timeSliceWindow: 1m", method="Timeslices")
    made = Simulation(tmp_path, slo)
    made.series['latency_seconds{pod="a"}'] = gauge((2 * HOUR, 0.5), (6, 0.6), (HOUR, 0.1), (10, None), (HOUR, 0.1))
    made.series['latency_seconds{pod="b"}'] = gauge((2 * HOUR, 0.4), (6, 0.2), (HOUR, 0.1), (10, None), (HOUR, 0.1))
    made.expect(of("slo:slice_errors:ratio"), 0, HOUR)
    made.expect(of("slo:slice_errors:ratio"), 1, 2 * HOUR + 3)
    # Minutes 120 to 125 are bad; an hour holds 61 evaluations.
    made.expect(of("slo:error_ratio:rate1h"), 6 / 61, 2 * HOUR + 30)
    made.expect(of("slo:error_ratio:rate28d"), 6 / 151, 2 * HOUR + 30)
    made.expect(of("slo:error_budget_remaining:ratio"), 1 - 6 / 151 / 0.01, 2 * HOUR + 30)
    made.run()


def test_slices_of_a_ratio(tmp_path):
    # Of ten minutes one has many events and 20 % errors, nine have few and 2 %.
    traffic = Traffic(*[(1, 10_000, 2000), (9, 100, 2)] * 18)
    at = traffic.minutes
    for method, objective, of_a_bad, of_a_good in (("Timeslices", "target: 0.9, timeSliceTarget: 0.95, timeSliceWindow: 1m", 1, 0), ("RatioTimeslices", "target: 0.9, timeSliceWindow: 1m", 0.2, 0.02)):
        made = simulation(tmp_path / method, traffic, openslo(RATIO_OF_GOOD, objective=objective, method=method))
        made.expect(of("slo:slice_errors:ratio"), of_a_bad, 101)
        made.expect(of("slo:slice_errors:ratio"), of_a_good, 105)
        whole = (of_a_bad + 9 * of_a_good) / 10
        made.expect(of("slo:error_ratio:rate2h"), whole, at, 0.02 * whole + 1e-3)
        made.expect(of("slo:error_ratio:rate28d"), whole, at, 0.02 * whole + 1e-3)
        made.run()


# --- Calendars


def slow_windows(hours):
    """Alert windows whose shortest one has so many hours, so that months take seconds."""
    window = lambda short, long: {"errorBudgetPercent": 10, "shortWindow": f"{short * hours}h", "longWindow": f"{long * hours}h"}
    return {"apiVersion": "sloth.slok.dev/v1", "kind": "AlertWindows", "spec": {level: {"quick": window(1, 2), "slow": window(1, 3)} for level in ("page", "ticket")}}


@pytest.mark.parametrize("duration, calendar, unit, boundary, hours", [
    ("1d", "", "day", 2 * DAY, 1),
    ("1d", "{startTime: 2026-01-01 00:00:00, timeZone: '+05:30'}", "day", 2 * DAY - 330, 1),
    ("1w", "{startTime: 2026-01-05 00:00:00, timeZone: UTC}", "week", 4 * DAY, 1),   # Mondays
    ("1w", "{startTime: 2026-01-04 00:00:00, timeZone: UTC}", "week", 3 * DAY, 1),   # Sundays
    ("1w", "{startTime: 2026-01-05 00:00:00, timeZone: '-08:00'}", "week", 4 * DAY + 8 * HOUR, 1),
    ("1M", "", "month", 31 * DAY, 2),
    ("1M", "{startTime: 2026-01-01 00:00:00, timeZone: '+02:00'}", "month", 31 * DAY - 2 * HOUR, 2),
    ("1Q", "{startTime: 2026-04-01 00:00:00, timeZone: '-03:00'}", "quarter", 90 * DAY + 3 * HOUR, 6),
    ("1Y", "", "year", 365 * DAY, 24),
])
def test_a_calendar_begins_anew(tmp_path, duration, calendar, unit, boundary, hours):
    window = f"{{duration: {duration}, isRolling: false" + (f", calendar: {calendar}" if calendar else "") + "}"
    step = 30 * hours
    base = HOUR * hours
    calm = 5 * base
    traffic = Traffic((boundary, 1000, 10), (calm, 1000, 0), (calm, 1000, 4), step=step)
    made = simulation(tmp_path, traffic, openslo(RATIO_OF_GOOD, window=window), "--no-slo-alerts", "--slo-windows", "windows.yml", step=step,
                      files={"windows.yml": json.dumps(slow_windows(hours))})
    ratio = of(f"slo:error_ratio:{unit}")
    made.expect(ratio, 0.01, boundary - step)
    for at in range(boundary // base * base + 2 * base, traffic.minutes, base):
        # The period is read in steps of the shortest window, each of which looks back by its own length.
        steps = [end for end in range(0, at + 1, base) if end >= boundary]
        expected = sum(traffic.count(end, base)[1] for end in steps) / sum(traffic.count(end, base)[0] for end in steps)
        made.expect(ratio, expected, at)
        # So it differs from the truth by one step at most.
        assert abs(expected - traffic.ratio(at, at - boundary)) <= 0.01 * base / (at - boundary) + 1e-9
        made.expect(of("slo:error_budget_remaining:ratio"), 1 - expected / 0.001, at, 1e-6)
    made.expect(f'slo:info{{slo="availability", period="{unit}"}}', 1, boundary + calm)
    made.run()


# --- Languages


PYRRA = """\
apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata:
  name: availability
  namespace: shop
  labels: {pyrra.dev/team: web}
spec:
  target: "99.9"
  window: 4w
  indicator:
"""


def test_each_handler_has_its_own_budget(tmp_path):
    slo = PYRRA + """\
    ratio:
      errors: {metric: 'requests_total{code=~"5.."}'}
      total: {metric: requests_total}
      grouping: [handler]
"""
    made = Simulation(tmp_path, slo)
    made.series['requests_total{handler="/pay", code="200"}'] = counter((3 * HOUR, 950))
    made.series['requests_total{handler="/pay", code="500"}'] = counter((3 * HOUR, 50))
    made.series['requests_total{handler="/list", code="200"}'] = counter((3 * HOUR, 1000))
    identity = 'service="shop", slo="availability", team="web"'
    made.expect(f'slo:error_ratio:rate1h{{{identity}, handler="/pay"}}', 0.05, 2 * HOUR)
    made.expect(f'slo:error_ratio:rate1h{{{identity}, handler="/list"}}', 0, 2 * HOUR)
    made.expect(f'slo:error_budget_remaining:ratio{{{identity}, handler="/pay"}}', 1 - 50, 2 * HOUR)
    made.expect(f'slo:error_budget_remaining:ratio{{{identity}, handler="/list"}}', 1, 2 * HOUR)
    made.expect_firing("page", True, 2 * HOUR, handler="/pay", team="web")
    made.expect_firing("page", False, 2 * HOUR, handler="/list")
    made.run()


def test_pyrras_latency_counts_buckets(tmp_path):
    slo = PYRRA + """\
    latency:
      success: {metric: 'latency_seconds_bucket{le="0.5"}'}
      total: {metric: latency_seconds_count}
"""
    made = Simulation(tmp_path, slo)
    made.series['latency_seconds_bucket{le="0.5"}'] = counter((3 * HOUR, 997))
    made.series['latency_seconds_bucket{le="+Inf"}'] = counter((3 * HOUR, 1000))
    made.series["latency_seconds_count"] = counter((3 * HOUR, 1000))
    made.expect('slo:error_ratio:rate1h{service="shop"}', 0.003, 2 * HOUR)
    made.expect('slo:burn_rate:period{service="shop"}', 3, 2 * HOUR)
    made.run()


def test_a_probe_is_good_or_bad_at_each_sample(tmp_path):
    made = Simulation(tmp_path, PYRRA + "    bool_gauge: {metric: 'probe_success{job=\"probe\"}', grouping: [instance]}\n")
    made.series['probe_success{job="probe", instance="a"}'] = gauge((HOUR, 1), (6, 0), (HOUR, 1))
    made.series['probe_success{job="probe", instance="b"}'] = gauge((2 * HOUR, 1))
    made.expect('slo:error_ratio:rate1h{service="shop", instance="a"}', 6 / 61, HOUR + 30)
    made.expect('slo:error_ratio:rate28d{service="shop", instance="b"}', 0, HOUR + 30)
    made.expect('slo:error_ratio:rate1h{service="shop", instance="b"}', 0, HOUR + 30)
    made.expect_firing("page", True, HOUR + 5, instance="a")
    made.expect_firing("page", False, HOUR + 5, instance="b")
    made.run()


def test_a_template_of_backyards(tmp_path):
    slo = """\
apiVersion: sre.banzaicloud.io/v1alpha1
kind: ServiceLevelIndicatorTemplate
metadata: {name: answers, namespace: platform}
spec:
  kind: availability
  parameters:
    - {name: side, default: client}
  goodEvents: |
    sum(rate(
      requests_total{side="{{ .Params.side }}", namespace="{{ .Service.Namespace }}", name="{{ .Service.Name }}", code!~"5[0-9]{2}|0"}[{{ .SLO.Period }}]
    ))
  totalEvents: |
    sum(rate(
      requests_total{side="{{ .Params.side }}", namespace="{{ .Service.Namespace }}", name="{{ .Service.Name }}"}[{{ .SLO.Period }}]
    ))
---
apiVersion: sre.banzaicloud.io/v1alpha1
kind: ServiceLevelObjective
metadata: {name: availability, namespace: shop}
spec:
  selector: {name: cart, namespace: shop}
  sli:
    templateRef: {name: answers, namespace: platform}
    parameters: {side: server}
  slo:
    goal: "99.9"
    rolling: {length: 672h}
"""
    traffic = Traffic((DAY, 1000, 0), (HOUR, 1000, 20), (HOUR, 1000, 0))
    made = Simulation(tmp_path, slo)
    for code, samples in (("200", traffic.good()), ("503", traffic.bad())):
        made.series[f'requests_total{{side="server", namespace="shop", name="cart", code="{code}"}}'] = samples
    made.series['requests_total{side="client", namespace="shop", name="cart", code="503"}'] = counter((DAY, 1000))
    made.series['requests_total{side="server", namespace="shop", name="search", code="503"}'] = counter((DAY, 1000))
    series = '{service="cart", slo="availability", service_namespace="shop"}'
    for at in (HOUR, DAY + 30, DAY + 90):
        expect_ratios(made, traffic, at, series=series)
    expect_timeline(made, traffic, DAY - 2, DAY + 2 * HOUR, 7)
    made.run()


def test_openslo_v1alpha(tmp_path):
    slo = """\
apiVersion: openslo/v1alpha
kind: SLO
metadata: {name: availability}
spec:
  service: myapp
  budgetingMethod: Occurrences
  timeWindows: [{unit: Day, count: 28, isRolling: true}]
  objectives:
    - target: 0.999
      ratioMetrics:
        good: {source: prometheus, queryType: promql, query: 'sum(rate(requests_total{code!~"5.."}[{{.window}}]))'}
        total: {source: prometheus, queryType: promql, query: 'sum(rate(requests_total[{{.window}}]))'}
"""
    traffic = Traffic((6 * HOUR, 1000, 3), (HOUR, 1000, 30))
    made = simulation(tmp_path, traffic, slo, "--slo-period", "30d")
    series = '{service="myapp", slo="availability-0"}'
    for at in (HOUR, 6 * HOUR, 7 * HOUR):
        expect_ratios(made, traffic, at, series=series)
        made.expect(of("slo:period:days", series), 28, at)
    expect_timeline(made, traffic, 6 * HOUR - 2, 7 * HOUR, 3)
    made.run()


@pytest.mark.parametrize("query", ['requests_total{code=~"5.."}', 'sum(rate(requests_total{code=~"5.."}[5m]))', 'sum(rate(requests_total{code=~"5.."}[{{.window}}]))'])
def test_a_query_of_openslo_gets_its_window(tmp_path, query):
    traffic = Traffic((2 * HOUR, 1000, 3), (HOUR, 1000, 30))
    total = query.replace('{code=~"5.."}', "")
    made = simulation(tmp_path, traffic, openslo(f"ratioMetric: {{counter: true, bad: {metric(query)}, total: {metric(total)}}}"))
    for at in (HOUR, 2 * HOUR + 20, 3 * HOUR):
        expect_ratios(made, traffic, at)
    made.run()


# --- A server


def write_history(folder, begin, traffic):
    """Blocks with a sample each minute since `begin` (Unix time), as a server would have written them."""
    with (folder / "history.txt").open("w") as history:
        history.write("# TYPE requests counter\n")
        for code, values in (("200", [events - bad for events, bad in zip(traffic.events, traffic.errors)]), ("500", traffic.errors)):
            history.writelines(f'requests_total{{code="{code}"}} {value} {begin + minute * 60}\n' for minute, value in enumerate(values))
        history.write("# EOF\n")
    subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", "history.txt", "data"], cwd=folder, check=True, capture_output=True)


def test_a_server_loads_and_evaluates_them(tmp_path, start_prometheus):
    traffic = Traffic((4 * HOUR, 1000, 1), (2 * HOUR, 1000, 30))
    begin = int(time.time()) - traffic.minutes * 60
    folder = tmp_path / "prometheus0"
    folder.mkdir()
    write_history(folder, begin, traffic)
    prometheus = start_prometheus()
    (tmp_path / "slo.yml").write_text(SLOTH)
    done = run("push-rules", "slo.yml", "--slo-period", "28d", "--rules-dir", prometheus.rules, "--prometheus-url", prometheus.url, "--prove", "loaded", cwd=tmp_path)
    assert done.code == 0, done.err
    # The group of the budget would be evaluated after two minutes.
    published = prometheus.rules / "slo.yml"
    published.write_text(published.read_text().replace('interval: "2m"', 'interval: "1s"'))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    opener.open(urllib.request.Request(prometheus.url + "/-/reload", method="POST"), timeout=10).close()

    def ask(path):
        with opener.open(prometheus.url + path, timeout=10) as answer:
            return json.load(answer)["data"]

    def value(expr):
        result = ask("/api/v1/query?query=" + urllib.parse.quote(expr))["result"]
        return float(result[0]["value"][1]) if len(result) == 1 else None

    def rules():
        return [rule for group in ask("/api/v1/rules")["groups"] for rule in group["rules"]]

    wait_for(lambda: value(of("slo:error_budget_remaining:ratio")) is not None, "the error budget")
    wait_for(lambda: "unknown" not in {rule["health"] for rule in rules()}, "the evaluation of all rules")
    assert len(rules()) == 31
    assert {(rule["health"], rule.get("lastError")) for rule in rules()} == {("ok", None)}
    assert value(of("slo:error_ratio:rate1h")) == pytest.approx(0.03)
    assert value(of("slo:error_ratio:rate6h")) == pytest.approx(traffic.ratio(traffic.minutes, 6 * HOUR), rel=0.02)
    assert value(of("slo:burn_rate:current")) == pytest.approx(30)
    assert [rule["state"] for rule in rules() if rule["type"] == "alerting"] == ["firing", "firing"]
