"""The pictures of the README show what the steps print today: the same words, for other numbers where it was another run."""

import concurrent.futures
import fcntl
import os
import re
import struct
import sys
import termios
import threading
import xml.etree.ElementTree

from conftest import needs
from servers import wait_for
from steps import ROOT

sys.path.insert(0, str(ROOT / "dev"))
from drawings import annotation, gate, report  # noqa: E402

FOLDER = ROOT / "ci-examples" / "pictures"


def form(line):
    """A line without its numbers and durations, how full the bar is, and what stands before each line of a log."""
    line = re.sub(r"\x1b\[[\d;]*[mK]", "", line)
    line = re.sub(r"^[\d:]{8} wait-for-slo\[[^]]*\]: ", "", re.sub(r"\[[#.]{10}\]", "[bar]", line))
    return re.sub(r"(#(h|m|s))+", "DURATION", re.sub(r"\d+(\.\d+)?", "#", line)).strip()


class Terminal:
    """What a program shows on a terminal of 300 columns, where the state of the watch is seen at once; a log has it after half a minute."""

    def __enter__(self):
        self._ours, self.theirs = os.openpty()
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 300, 0, 0))
        self._shown = b""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        return self

    def _read(self):
        try:
            while part := os.read(self._ours, 65536):
                self._shown += part
        except OSError:
            pass  # the last writer has gone

    def __exit__(self, *_):
        os.close(self.theirs)
        self._reader.join()
        os.close(self._ours)

    def shows(self, words):
        return words.encode() in self._shown

    def lines(self):
        return [line for line in re.split(r"[\r\n]+", self._shown.decode()) if line]


def test_the_gate(tmp_path):
    """Both verdicts, on a terminal, hold every line of the picture that is not GitLab's."""
    pictured = gate.lines(xml.etree.ElementTree.parse(FOLDER / "gate.svg").getroot())
    said = {"violated", "holds", "Job succeeded", "ERROR: Job failed: exit code #"}
    with gate.Stage(tmp_path, interval="1s", requests=1000) as stage:
        for release, watch, expected in (("bad", "60s", 1), ("good", "3s", 0)):
            with Terminal() as terminal, concurrent.futures.ThreadPoolExecutor() as jobs:
                job = jobs.submit(stage.judge, release, watch, stderr=terminal.theirs, TERM="xterm")
                # A new version that is scraped before the first look needs no waiting, and the picture has it.
                wait_for(lambda: job.done() or terminal.shows("waiting for the new version"), "the first look")
                stage.deploy(release)
                code, printed = job.result()
            assert (code, printed) == (expected, "holds\n" if expected == 0 else "violated\n"), terminal.lines()
            said |= {form(line) for line in (*terminal.lines(), "$ " + gate.command(release, watch))}
    assert [line for line in pictured if form(line) not in said] == [], sorted(said)
    assert pictured.count("violated") == pictured.count("holds") == 1


def test_the_annotation(tmp_path):
    """There is nothing in it that differs from run to run."""
    assert (FOLDER / "annotation.svg").read_text() == annotation.draw(tmp_path), "dev/pictures annotation draws it anew"


@needs("chromium")
def test_the_reports(tmp_path):
    """Real watches come to the three verdicts, and their pages are drawn in light and dark, as large as those that are kept."""
    drawn = report.draw(tmp_path, seconds=12)
    kept = {path.name: path.read_bytes() for path in FOLDER.glob("report-*.webp")}
    assert drawn.keys() == kept.keys()
    assert len(set(drawn.values())) == len(set(kept.values())) == 6
    for name, content in kept.items():
        assert content[8:12] == drawn[name][8:12] == b"WEBP" and len(content) <= 60_000
        assert size(content) == size(drawn[name])


def size(webp):
    """Of a lossy picture: width and height stand behind the start code of its first frame (RFC 6386, 9.1)."""
    start = webp.index(b"\x9d\x01\x2a") + 3
    return struct.unpack("<HH", webp[start:start + 4])
