"""A gate's verdict in a job log: wait-for-slo for a release that fails some requests, and for one that holds."""

import contextlib
import itertools
import os
import re
import subprocess

from counting_service import CountingService
from servers import Prometheus
from slo_watches import wait_for_scrape
from steps import BIN, environment

from drawings.canvas import Canvas

OBJECTIVE = """version: prometheus/v1
service: app
slos:
  - name: availability
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(app_requests_total{code=~"5.."}[{{.window}}]))
        total_query: sum(rate(app_requests_total[{{.window}}]))
    alerting: {name: AppAvailability}
"""
COMMITS = {"bad": "8d3c1f2", "good": "b41e7a9"}


def command(release, watch):
    return f"""wait-for-slo --slo slo.yaml --watch {watch} --start-when 'app_build_info{{commit="{COMMITS[release]}"}}'"""


class Stage:
    """A Prometheus that scrapes four processes of a service; `requests` are those of a second in all."""

    def __init__(self, folder, interval, requests):
        self._folder = folder
        self._interval = interval
        self._requests = requests

    def __enter__(self):
        (self._folder / "slo.yaml").write_text(OBJECTIVE)
        with contextlib.ExitStack() as running:
            self._pods = [running.enter_context(CountingService(commit="5ab0e11")) for _ in range(4)]
            self._prometheus = running.enter_context(Prometheus(self._folder / "prometheus", [pod.address for pod in self._pods], self._interval))
            for pod in self._pods:
                wait_for_scrape(self._prometheus, pod)
            self._running = running.pop_all()
        return self

    def __exit__(self, *_):
        self._running.close()

    def deploy(self, release):
        """The bad release fails 0.6 % of its requests, where the objective allows 0.1 %; the good one hardly any."""
        for pod in self._pods:
            pod.restart(COMMITS[release])
        self.fail([0.006] * len(self._pods) if release == "bad" else [0.001])

    def fail(self, shares):
        """Of the first pods so large a share of the requests fails from now on, of the others none."""
        each = self._requests / len(self._pods)
        for pod, share in itertools.zip_longest(self._pods, shares, fillvalue=0):
            pod.set_rates(each * (1 - share), each * share)

    def judge(self, release, watch, *options, stderr=subprocess.STDOUT, **variables):
        """Runs the command as a job's shell does: (exit code, what it printed)."""
        done = subprocess.run(
            ["sh", "-c", " ".join([command(release, watch), *options])], cwd=self._folder, text=True, stdout=subprocess.PIPE, stderr=stderr, stdin=subprocess.DEVNULL,
            env=environment(PATH=f"{BIN}:{os.environ['PATH']}", PROMETHEUS_URL=self._prometheus.url, GITLAB_CI="true", **variables))
        return done.returncode, done.stdout


# GitLab's colours of a job log.
STYLE = """
.paper{fill:#1f1e24}.head{fill:#333238}
.title{fill:#ececef;font-weight:600}.log{fill:#dcdcde}.number{fill:#89888d;user-select:none}
.command{fill:#52b87a;font-weight:600}.red{fill:#f57f6c;font-weight:600}.yellow{fill:#e9be74}
"""
ANSI = {"1;31": "red", "33": "yellow"}  # as common/io/log.cpp has them
RELEASES = {"bad": "A release that fails 0.6 % of its requests, where 0.1 % may fail", "good": "The next release, which holds"}
MARGIN, NUMBERS, LINE, COLUMNS, WIDTH = 16, 36, 19, 104, 900


def coloured(line):
    """Each character with its class, by the line's escape sequences; a sequence that has no colour here is a mistake of this script."""
    characters, css = [], None
    for words, code in re.findall(r"([^\x1b]+)|\x1b\[([\d;]*)m", line):
        characters += [(character, css) for character in words]
        if code:
            css = None if code == "0" else ANSI[code]
    return characters


def rows(characters):
    """Rows of at most COLUMNS characters, broken behind a space, but not before a percent sign; together they are the line again."""
    while len(characters) > COLUMNS:
        end = max(position for position in range(1, COLUMNS + 1) if characters[position - 1][0] == " " and characters[position][0] != "%")
        yield characters[:end]
        characters = characters[end:]
    yield characters


def runs(row):
    for css, group in itertools.groupby(row, key=lambda character: character[1]):
        words = "".join(character for character, _ in group)
        yield (words, css) if css else words


def panel(canvas, title, lines):
    top = canvas.y
    paper = canvas.box("paper", radius=6)
    canvas.box("head", height=34, radius=6)
    canvas.text("sans title", MARGIN, top + 22, title)
    canvas.y = top + 34 + 8
    for number, line in enumerate(lines, 1):
        canvas.raw('<g class="line">')
        for index, row in enumerate(rows(line)):
            canvas.y += LINE
            if index == 0:
                canvas.text("mono number", MARGIN + NUMBERS - 14, canvas.y - 5, str(number), anchor="end")
            canvas.text("mono log", MARGIN + NUMBERS, canvas.y - 5, *runs(row))
        canvas.raw("</g>")
    canvas.y += 10
    canvas.stretch(paper, canvas.y - top)


def draw(folder):
    canvas = Canvas(WIDTH, STYLE)
    with Stage(folder, interval="5s", requests=50) as stage:
        for job, (release, title) in enumerate(RELEASES.items()):
            stage.deploy(release)
            code, printed = stage.judge(release, "2m", SLIPWAY_COLOR="always", SLIPWAY_RUN_ID="", CI_PIPELINE_ID=f"47{job}", CI_JOB_ID=f"190{job}")
            first = [(character, "command") for character in "$ " + command(release, "2m")]
            words, css = ("Job succeeded", "command") if code == 0 else (f"ERROR: Job failed: exit code {code}", "red")
            canvas.y += 14 * job
            panel(canvas, title, [first, *map(coloured, printed.splitlines()), [(character, css) for character in words]])
    return canvas.svg("The verdict of a gate in a job log", "What wait-for-slo printed; the first and the last line of each job are GitLab's.")


def lines(svg_root):
    """The lines in a picture that was drawn here, from its parsed XML."""
    space = "{http://www.w3.org/2000/svg}"
    return ["".join("".join(text.itertext()) for text in group.iter(f"{space}text") if "number" not in text.get("class"))
            for group in svg_root.iter(f"{space}g")]
