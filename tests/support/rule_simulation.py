"""Rules in simulated time: `promtool test rules` evaluates them with Prometheus' own code, days within seconds.

    traffic = Traffic((60, 1000, 2), (60, 1000, 0))     # an hour with 2 of 1000 events a minute bad, an hour with none
    simulation = Simulation(folder, slo_text, "--slo-period", "28d")
    simulation.series['requests_total{code="500"}'] = traffic.bad()
    simulation.expect("slo:error_ratio:rate5m", 0.002, at=90)
    simulation.run()

All times are in minutes since the beginning, which for promtool is the first of January 1970, a Thursday, 00:00 UTC.
"""

import json
import pathlib
import re
import shutil
import subprocess

from steps import run

HAS_PROMTOOL = shutil.which("promtool") is not None


def counter(*segments, step=1):
    """Samples of a counter in promtool's notation, of (minutes, growth a minute); a growth of None: there are no samples."""
    parts, value = [], 0
    for number, (minutes, growth) in enumerate(segments):
        count = minutes // step
        if growth is None:
            parts.append(f"_x{count}")
            continue
        begin, count = (value, count) if number == 0 else (value + growth * step, count - 1)
        parts.append(f"{begin:g}+{growth * step:g}x{count}" if begin < 1e5 else f"{begin:.0f}+{growth * step:g}x{count}")
        value += growth * minutes
    return " ".join(parts)


def gauge(*segments, step=1):
    """Samples of (minutes, value)."""
    return " ".join("_x%d" % (minutes // step) if value is None else f"{value:g}+0x{minutes // step - 1}" for minutes, value in segments)


class Traffic:
    """Events of each minute, and how many of them were bad: (minutes, events, bad)."""

    def __init__(self, *segments, step=1):
        self.segments = segments
        self.step = step
        self.events, self.errors = [0], [0]
        for minutes, events, bad in segments:
            for _ in range(minutes):
                self.events.append(self.events[-1] + events)
                self.errors.append(self.errors[-1] + bad)
        self.minutes = len(self.events) - 1

    def total(self):
        return counter(*((minutes, events) for minutes, events, _ in self.segments), step=self.step)

    def bad(self):
        return counter(*((minutes, bad) for minutes, _, bad in self.segments), step=self.step)

    def good(self):
        return counter(*((minutes, events - bad) for minutes, events, bad in self.segments), step=self.step)

    def count(self, at, window):
        """(events, bad ones) of a window that ends `at`."""
        begin = max(0, at - window)
        return self.events[at] - self.events[begin], self.errors[at] - self.errors[begin]

    def ratio(self, at, window):
        """The share of bad events; None without events."""
        events, bad = self.count(at, window)
        return bad / events if events else None


class Simulation:
    def __init__(self, folder, slo, *options, files=(), step=1):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        self.step = step
        self.series = {}
        self._tests, self._alerts = [], []
        (self.folder / "slo.yml").write_text(slo)
        for name, text in dict(files).items():
            (self.folder / name).write_text(text)
        done = run("push-rules", "slo.yml", "--emit", "rules", *options, cwd=self.folder)
        assert done.code == 0, done.err
        self.words = done.err
        self.rules = done.out
        (self.folder / "rules.yml").write_text(self.rules)

    def expect(self, expr, value, at, tolerance=1e-9):
        """That an expression gives one series of that value, or with None nothing at all."""
        if value is None:
            self._tests.append({"expr": expr, "eval_time": f"{at}m"})
            return
        # What differs is what promtool prints.
        difference = f"(({expr}) unless (abs(({expr}) - {value!r}) <= {tolerance!r})) or absent({expr}) or (count({expr}) > 1)"
        self._tests.append({"expr": difference, "eval_time": f"{at}m"})

    def expect_firing(self, severity, fires, at, **labels):
        matchers = "".join(f", {name}={json.dumps(value)}" for name, value in {"severity": severity, **labels}.items())
        self.expect(f'count(ALERTS{{alertstate="firing"{matchers}}})', 1.0 if fires else None, at)

    def expect_alert(self, name, at, labels, annotations):
        self._alerts.append({"alertname": name, "eval_time": f"{at}m", "exp_alerts": [{"exp_labels": labels, "exp_annotations": annotations}]})

    def run(self):
        assert self._tests or self._alerts
        # One after the other; a server evaluates groups independently of each other.
        order = re.findall(r"^  - name: (\S+)$", self.rules, re.M)
        series = [{"series": name, "values": values} for name, values in self.series.items()]
        test = {"interval": f"{self.step}m", "input_series": series, "promql_expr_test": self._tests, "alert_rule_test": self._alerts}
        (self.folder / "test.yml").write_text(json.dumps({"rule_files": ["rules.yml"], "evaluation_interval": f"{self.step}m", "group_eval_order": order, "tests": [test]}))
        done = subprocess.run(["promtool", "test", "rules", "test.yml"], cwd=self.folder, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, (done.stdout + done.stderr)[:3000]
