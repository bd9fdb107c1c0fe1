"""Service level objectives by chance, in languages that other programs read, too."""

from text_maker import TextMaker

WORDS = ["requests", "latency", "availability", "checkout", "api", "grpc", "jobs", "queue", "front-page", "v2.search", "log_in", "Uploads9"]
METRICS = ["http_requests_total", "grpc_server_handled_total", "job:events:count", "request_duration_seconds_count", "worker_jobs_total"]
MATCHERS = ['job="api"', 'code=~"5..|429"', 'method!="OPTIONS"', 'path!~"/(health|ready)z?"', "handler='/a b/{id}'", 'le="0.5"', 'pod=~".+-\\\\d+"', 'note="7*24 (h) - é"']
LABEL_NAMES = ["team", "tier", "owner", "component", "environment", "category"]
LABEL_VALUES = ["web", "back end", "1", "0.5", "true", "on-call: yes", 'say "hi"', "größe", "2026-01-01"]
MINUTES = [1, 2, 5, 7, 10, 15, 30, 45, 60, 90, 120, 150, 180, 360, 720, 1440, 1500, 2160, 2880, 4320]


def duration(minutes):
    """As people write it, such as 90m, 1d12h and 2h."""
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    return "".join(f"{count}{unit}" for count, unit in ((days, "d"), (hours, "h"), (rest, "m")) if count)


class Maker(TextMaker):
    def selector(self):
        matchers = self.random.sample(MATCHERS, self.random.randint(0, 3))
        return self.pick(METRICS) + ("{" + self.pick([",", ", "]).join(matchers) + "}" if matchers else "")

    def window(self):
        return self.pick(["{{.window}}", "{{ .window }}", "{{.window }}"])

    def events(self):
        """Events per second."""
        rate = lambda: f"{self.pick(['rate', 'rate', 'increase'])}({self.selector()}[{self.window()}])"
        shape = self.random.randrange(5)
        if shape == 0:
            return f"sum({rate()})"
        if shape == 1:
            return f"sum by (job) (\n  {rate()}\n)"
        if shape == 2:
            return f"(sum({rate()}) - sum({rate()}))"
        if shape == 3:
            return f"sum({rate()}) or vector(0)"
        return f"# what counts\nsum({rate()} > 0.5) * 2"

    def ratio(self):
        return self.pick([
            lambda: f"{self.events()} / {self.events()}",
            lambda: f"1 - (sum_over_time({self.selector()}[{self.window()}]) / count_over_time({self.selector()}[{self.window()}]))",
            lambda: f"avg(avg_over_time({self.selector()}[{self.window()}]))",
        ])()

    def labels(self, most=3):
        return {name: self.pick(LABEL_VALUES) for name in self.random.sample(LABEL_NAMES, self.random.randint(0, most))}

    def percent(self):
        if self.chance(0.5):
            return self.pick([99, 99.9, 99.95, 99.99, 99.5, 95, 90, 99.9999, 50])
        return min(99.9, round(self.random.uniform(60, 99.99), self.random.randint(0, 4)))

    def alert(self):
        settings = {}
        if self.chance(0.3):
            settings["disable"] = self.chance(0.6)
        if self.chance(0.5):
            settings["labels"] = self.labels()
        if self.chance(0.4):
            settings["annotations"] = self.annotations()
        return settings

    def annotations(self):
        texts = {"runbook": "https://runbooks.example.com/a?b=c", "title": "Too many errors", "message": "{{ $labels.sloth_slo }} at {{ $value | humanizePercentage }}"}
        return {name: texts[name] for name in self.random.sample(sorted(texts), self.random.randint(1, 2))}

    def sloth(self, service, manifest):
        """A document of Sloth's: prometheus/v1, or the manifest that Kubernetes knows."""
        key = (lambda plain: plain.split("_")[0] + "".join(word.title() for word in plain.split("_")[1:])) if manifest else (lambda plain: plain)
        slos = []
        for number in range(self.random.randint(1, 4)):
            if self.chance(0.6):
                sli = {"events": {key("error_query"): self.events(), key("total_query"): self.total()}}
            else:
                sli = {"raw": {key("error_ratio_query"): self.ratio()}}
            slo = {"name": f"{self.pick(WORDS)}-{number}", "objective": self.percent(), "sli": sli}
            if self.chance(0.5):
                slo["description"] = "What users see: answers, and in time."
            if self.chance(0.5):
                slo["labels"] = self.labels()
            alerting = {"name": self.pick(["ErrorBudgetBurn", "Slow requests", "high_error_rate"])}
            if self.chance(0.5):
                alerting["labels"] = self.labels()
            if self.chance(0.5):
                alerting["annotations"] = self.annotations()
            for alert in ("page_alert", "ticket_alert"):
                if self.chance(0.6):
                    alerting[key(alert)] = self.alert()
            slo["alerting"] = alerting
            slos.append(slo)
        spec = {"service": service}
        if self.chance(0.7):
            spec["labels"] = self.labels()
        spec["slos"] = slos
        if not manifest:
            return {"version": "prometheus/v1", **spec}
        return {"apiVersion": "sloth.slok.dev/v1", "kind": "PrometheusServiceLevel", "metadata": {"name": service, "namespace": "monitoring"}, "spec": spec}

    def total(self):
        """Never the same text as a query of errors, which Sloth refuses."""
        return f"sum(rate({self.selector()}[{self.window()}])) + 0"

    def openslo_alpha(self, service, period):
        """OpenSLO v1alpha as Sloth understands it: ratios of good events, days."""
        query = lambda text: {"source": self.pick(["prometheus", "sloth"]), "queryType": "promql", "query": text}
        objectives = []
        for _ in range(self.random.randint(1, 3)):
            source = query(self.events())
            objectives.append({"ratioMetrics": {"good": source, "total": {**query(self.total()), "source": source["source"]}}, "target": round(self.percent() / 100, 6)})
        return {"apiVersion": "openslo/v1alpha", "kind": "SLO", "metadata": {"name": self.pick(WORDS), "displayName": "What users see"},
                "spec": {"service": service, "description": "Answers, and in time.", "budgetingMethod": "Occurrences", "objectives": objectives,
                         "timeWindows": [{"count": int(period.removesuffix("d")), "unit": "Day"}]}}

    def alert_windows(self, period):
        """Windows shorter than the period, each short one shorter than its long one."""
        most = {"d": 1440, "h": 60}[period[-1]] * int(period[:-1])

        def pair():
            short, long = sorted(self.random.sample([minutes for minutes in MINUTES if minutes < most], 2))
            return {"errorBudgetPercent": self.pick([1, 2, 2.5, 5, 10, 12.5, 42]), "shortWindow": duration(short), "longWindow": duration(long)}

        return {"apiVersion": "sloth.slok.dev/v1", "kind": "AlertWindows", "spec": {"sloPeriod": period, "page": {"quick": pair(), "slow": pair()}, "ticket": {"quick": pair(), "slow": pair()}}}
