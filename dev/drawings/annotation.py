"""What a pull request and a merge request show of push-rules' findings: annotations beside the changed lines, and the code-quality widget."""

import difflib
import json
import re
from dataclasses import dataclass

from counting_service import CountingService
from steps import run

from drawings.canvas import Canvas

RULES = "monitoring/rules/app.yml"
BEFORE = """groups:
  - name: app
    rules:
      - alert: SlowRequests
        expr: histogram_quantile(0.99, sum by (le) (rate(app_latency_seconds_bucket[5m]))) > 0.5
        for: 5m
        labels:
          severity: page
        annotations:
          summary: one request in a hundred takes more than half a second
"""
# The new name is one that the service does not have yet; the queue's length is no counter.
AFTER = BEFORE.replace("app_latency_seconds_bucket", "app_request_seconds_bucket") + """
      - alert: LongQueue
        expr: rate(app_queue_length[5m]) > 100
        labels:
          severity: ticket
        annotations:
          summary: the queue grows by more than a hundred jobs a second
"""


@dataclass
class Annotation:
    level: str
    line: int
    title: str
    message: str


def findings(folder):
    """The annotations that GitHub's runner would make of the step's log, and the entries of GitLab's report."""
    (folder / RULES).parent.mkdir(parents=True)
    (folder / RULES).write_text(AFTER)
    (folder / "metrics.txt").write_text(CountingService(good=3, bad=1).exposition())
    done = run("push-rules", "--check", "monitoring/rules", "--metrics", "metrics.txt", "--code-quality", "report.json", cwd=folder, env={"GITHUB_ACTIONS": "true"})
    assert done.code == 1, done.err
    found = [Annotation(level, int(line), title, message.replace("%0A", "\n").replace("%25", "%"))
             for level, line, title, message in re.findall(rf"^::(error|warning) file={RULES},line=(\d+),col=\d+,title=([^:,]+)::(.*)$", done.err, re.M)]
    return found, json.loads((folder / "report.json").read_text())


# GitHub's colours, light and dark.
STYLE = """
.paper{fill:#fff}.head{fill:#f6f8fa}.edge{fill:none;stroke:#d1d9e0}.line,.bold{fill:#1f2328}.bold{font-weight:600}.dim{fill:#59636e}
.number{fill:#59636e;user-select:none}.added{fill:#dafbe1}.removed{fill:#ffebe9}.hunk{fill:#ddf4ff}
.error{fill:#d1242f}.warning{fill:#9a6700}
@media(prefers-color-scheme:dark){
.paper{fill:#0d1117}.head{fill:#151b23}.edge{stroke:#3d444d}.line,.bold{fill:#f0f6fc}.dim{fill:#9198a1}
.number{fill:#9198a1}.added{fill:#12261e}.removed{fill:#2a1719}.hunk{fill:#121d2f}
.error{fill:#f85149}.warning{fill:#d29922}}
"""
WIDTH, LINE, CODE = 900, 22, 104


def head(canvas, *text):
    canvas.box("head", height=40, radius=6)
    canvas.text("sans line", 16, canvas.y + 25, *text)
    canvas.y += 40


def code_line(canvas, line, numbers):
    css = {"+": "added", "-": "removed", "@": "hunk"}.get(line[0])
    if css:
        canvas.box(css, height=LINE)
    for x, number in zip((36, 72), numbers):
        if number:
            canvas.text("mono number", x, canvas.y + 15, str(number), anchor="end")
    canvas.text("mono line" if css != "hunk" else "mono dim", CODE - 18, canvas.y + 15, line if css == "hunk" else f"{line[0]} {line[1:]}")
    canvas.y += LINE


def beside(canvas, annotation):
    """GitHub's box under the line that the annotation names."""
    text = annotation.message.split("\n")
    height = 62 + 20 * len(text)
    canvas.y += 8
    canvas.box("paper", x=CODE - 18, width=WIDTH - CODE - 2, height=height, radius=6)
    canvas.box("edge", x=CODE - 18, width=WIDTH - CODE - 2, height=height, radius=6)
    canvas.box(annotation.level, x=CODE - 18, width=4, height=height, radius=2)
    word = {"error": "failure", "warning": "warning"}[annotation.level]
    canvas.text("sans dim", CODE, canvas.y + 24, (f"Check {word}", f"bold {annotation.level}"), f" on line {annotation.line} in {RULES}")
    canvas.text("sans bold", CODE, canvas.y + 48, annotation.title)
    for number, line in enumerate(text):
        canvas.text("mono line" if number == 0 else "mono dim", CODE, canvas.y + 70 + 20 * number, line)
    canvas.y += height + 8


def difference():
    """(line, old number, new number) of the unified diff."""
    numbers = [0, 0]
    for line in list(difflib.unified_diff(BEFORE.splitlines(), AFTER.splitlines(), n=3, lineterm=""))[2:]:
        if line.startswith("@@"):
            numbers = [int(number) - 1 for number in re.findall(r"[-+](\d+)", line)]
            yield line, None, None
            continue
        old, new = line[0] != "+", line[0] != "-"
        numbers = [numbers[0] + old, numbers[1] + new]
        yield line, old and numbers[0], new and numbers[1]


def draw(folder):
    annotations, report = findings(folder)
    canvas = Canvas(WIDTH, STYLE)
    paper, edge = (canvas.box(css, radius=6) for css in ("paper", "edge"))
    head(canvas, (RULES, "bold"), ("  in a pull request on GitHub", "dim"))
    for line, old, new in difference():
        code_line(canvas, line, (old, new))
        for annotation in annotations:
            if annotation.line == new:
                beside(canvas, annotation)
    canvas.y += 6
    canvas.stretch(paper, canvas.y - 1)
    canvas.stretch(edge, canvas.y - 1)
    canvas.y += 16

    top = canvas.y
    paper, edge = (canvas.box(css, radius=6) for css in ("paper", "edge"))
    head(canvas, (f"Code quality scans found {len(report)} new findings", "bold"), ("  in a merge request on GitLab", "dim"))
    for entry in report:
        level = "error" if entry["severity"] in ("major", "critical", "blocker") else "warning"
        place = f"{entry['location']['path']}:{entry['location']['lines']['begin']}"
        canvas.text(f"sans {level}", 16, canvas.y + 26, "●")
        canvas.text("sans line", 36, canvas.y + 26, (entry["severity"].capitalize(), "bold"), f" - {entry['description']}")
        canvas.text("sans dim", 36, canvas.y + 46, f"in {place}")
        canvas.y += 56
    canvas.y += 4
    canvas.stretch(paper, canvas.y - top)
    canvas.stretch(edge, canvas.y - top)
    canvas.y += 2
    return canvas.svg("Findings of push-rules in a pull request and in a merge request", "The messages, files and lines are those of the step's annotations and of its code-quality report.")
