"""The report that somebody opens: of a release that goes wrong after a while, of one that holds, and of one that too few use, in light and dark."""

import threading

from chromium import Chromium

from drawings.gate import Stage

WIDTH, HEIGHT = 1100, 1180
# Verdict: requests a second in all, shares of the pods' requests that fail at the beginning, and from half of the watch on.
RELEASES = {"violated": (400, [0.0003], [0.0003, 0.03]), "holds": (400, [0.0003], [0.0003]), "inconclusive": (4, [0.05], [0.05])}


def draw(folder, watch=120):
    """The pictures by their files' names. `watch` is in seconds."""
    pictures = {}
    with Chromium() as browser:
        for verdict, (requests, first, later) in RELEASES.items():
            path = folder / f"{verdict}.html"
            (folder / verdict).mkdir()
            with Stage(folder / verdict, interval="1s", requests=requests) as stage:
                stage.deploy("good")
                stage.fail(first)
                turn = threading.Timer(watch / 2, stage.fail, [later])
                turn.start()
                _, printed = stage.judge("good", f"{watch}s", "--report", str(path))
                turn.cancel()
                assert printed.splitlines()[-1] == verdict, printed
            for shade in ("light", "dark"):
                browser.show(WIDTH, HEIGHT, dark=shade == "dark")
                browser.open(path)
                pictures[f"report-{verdict}-{shade}.webp"] = browser.picture("webp", quality=55)
    return pictures
