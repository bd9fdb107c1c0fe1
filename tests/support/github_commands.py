"""What GitHub's runner reads back from a step: workflow commands in its log, and the files of outputs, variables and the summary.

Written after the runner's own code (github.com/actions/runner, src/Runner.Worker and src/Runner.Common): ActionCommand.cs,
ActionCommandManager.cs and FileCommandManager.cs. What the runner would drop or misread is a mistake here.
"""

import re
from dataclasses import dataclass, field

# ActionCommandManager: the extensions that it registers. Those that write variables are refused by hosted runners since 2023.
COMMANDS = {"add-mask", "add-matcher", "remove-matcher", "debug", "notice", "warning", "error", "group", "endgroup", "echo", "stop-commands",
            "save-state", "set-output", "set-env", "add-path", "internal-set-repo-path"}
WITHDRAWN = {"set-output", "save-state", "set-env", "add-path"}
ANNOTATIONS = {"notice", "warning", "error"}
PROPERTIES = {"title", "file", "line", "endline", "col", "endcolumn"}
MOST_ANNOTATIONS = 10          # of a kind and step: ExecutionContext._maxIssueCount
MOST_SUMMARY_BYTES = 1024 * 1024  # CreateStepSummaryCommand.AttachmentSizeLimit


class Misread(Exception):
    """The runner would fail the step, drop this, or show something else than what was meant."""


@dataclass
class Annotation:
    level: str
    message: str
    title: str = ""
    file: str = ""
    line: int = 0
    column: int = 0


def unescape(text, table):
    for escaped, character in table:
        text = text.replace(escaped, character)
    return text


DATA = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
PROPERTY = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))


def parse_command(line, known):
    """A command in the form ::name key=value,key=value::data as (name, properties, data); nothing when it is none."""
    text = line.lstrip()
    if not text.startswith("::") or "::" not in text[2:]:
        return None
    head, _, data = text[2:].partition("::")
    name, _, rest = head.partition(" ")
    if name.lower() not in known:
        return None
    properties = {}
    for pair in filter(None, (part.strip() for part in rest.split(","))):
        key, equals, value = pair.partition("=")
        if not equals or not value:
            raise Misread(f"the runner drops the property '{pair}' of: {line}")
        properties[key.lower()] = unescape(value, PROPERTY)
    return name.lower(), properties, unescape(data, DATA)


@dataclass
class Log:
    """Everything that one step printed, line by line, on either stream. `workspaces`: the checkout, by the names that the step may know it by."""

    workspaces: tuple = ()
    lines: list = field(default_factory=list)
    annotations: list = field(default_factory=list)
    masks: list = field(default_factory=list)
    groups: list = field(default_factory=list)
    _open_group: bool = False
    _stop_token: str = ""
    _is_mask: list = field(default_factory=list)

    def add(self, line):
        self.lines.append(line)
        self._is_mask.append(False)
        if self._stop_token:
            if parse_command(line, {self._stop_token.lower()}):
                self._stop_token = ""
            return
        # The form of Azure Pipelines is still obeyed: foreign output that holds it must stand between stop-commands.
        if re.match(r"\s*##\[(\w[\w-]*)", line) and re.match(r"\s*##\[([\w-]+)", line)[1].lower() in COMMANDS:
            raise Misread(f"the runner obeys this line as a command: {line}")
        command = parse_command(line, COMMANDS)
        if command:
            self._obey(line, *command)

    def _obey(self, line, name, properties, data):
        if name in WITHDRAWN:
            raise Misread(f"the runner obeys {name} no more: {line}")
        if name in ANNOTATIONS:
            self._annotate(line, name, properties, data)
        elif name == "stop-commands":
            if not data or data.lower() in COMMANDS or data == "pause-logging":
                raise Misread(f"no token of stop-commands: {line}")
            self._stop_token = data
        elif name == "add-mask":
            if not data.strip():
                raise Misread("the runner warns of an empty mask")
            self.masks += [part for part in data.splitlines() if part.strip()]
            self._is_mask[-1] = True
        elif name == "group":
            if self._open_group:
                raise Misread(f"a group begins in another, which the runner cannot show: {line}")
            self._open_group = True
            self.groups.append(data)
        elif name == "endgroup":
            if not self._open_group:
                raise Misread("a group ends that was not begun")
            self._open_group = False

    def _annotate(self, line, level, properties, data):
        unknown = set(properties) - PROPERTIES
        if unknown:
            raise Misread(f"an annotation has no property {unknown}: {line}")
        if any(key in properties for key in ("line", "col")) and "file" not in properties:
            raise Misread(f"a line of no file: {line}")
        self.annotations.append(Annotation(level, data, properties.get("title", ""), self._in_repository(properties.get("file", "")),
                                           int(properties.get("line", 0)), int(properties.get("col", 0))))

    def _in_repository(self, file):
        """IssueCommandExtension.ProcessCommand: the path on the host, relative to the checkout when it is there."""
        return next((file[len(place) + 1:] for place in self.workspaces if file.startswith(f"{place}/")), file)

    def end(self):
        """What must be true when the step is over."""
        if self._stop_token:
            raise Misread("commands stay stopped: the token was not said again")
        if self._open_group:
            raise Misread(f"the group '{self.groups[-1]}' does not end")
        for level in ANNOTATIONS:
            if len([one for one in self.annotations if one.level == level]) > MOST_ANNOTATIONS:
                raise Misread(f"the runner shows {MOST_ANNOTATIONS} annotations of the level {level}, and drops the others")

    def shown(self):
        """The log without the lines that say what to mask, which nobody sees."""
        return "\n".join(line for line, is_mask in zip(self.lines, self._is_mask) if not is_mask)

    @property
    def text(self):
        return "\n".join(self.lines)


def parse_pairs(text):
    """The file of outputs or variables: NAME=VALUE, or NAME<<DELIMITER with lines up to DELIMITER."""
    values, lines = {}, text.split("\n")
    # The last line without a line break is read as well; what follows it would be joined to it.
    if text and lines[-1]:
        raise Misread(f"the last line does not end: the next step's first name would be joined to it: {lines[-1]}")
    rest = iter(lines)
    for line in rest:
        if not line.rstrip("\r"):
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            name, _, value = line.partition("=")
            if not name:
                raise Misread(f"Invalid format '{line}'. Name must not be empty")
            values[name] = value
        elif heredoc >= 0:
            name, _, delimiter = line.partition("<<")
            if not name or not delimiter:
                raise Misread(f"Invalid format '{line}'. Name must not be empty and delimiter must not be empty")
            value = []
            for inner in rest:
                if inner == delimiter:
                    break
                value.append(inner)
            else:
                raise Misread(f"Invalid value. Matching delimiter not found '{delimiter}'")
            values[name] = "\n".join(value)
        else:
            raise Misread(f"Invalid format '{line}'")
    return values


def read_summary(content):
    if len(content) > MOST_SUMMARY_BYTES:
        raise Misread(f"$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, got {len(content) // 1024}k")
    return content.decode()
