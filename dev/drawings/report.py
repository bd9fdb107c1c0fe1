"""The report that somebody opens: of a release that goes wrong after a while, of one that holds, and of one that too few use, in light and dark."""

import concurrent.futures
import threading

from chromium import Chromium

from drawings.gate import Stage

# Of the page, and how much smaller the pictures are.
WIDTH, HEIGHT, SCALE = 1100, 1330, 0.8
# Verdict: requests a second in all, shares of the pods' requests that fail at the beginning, and from half of the watch on.
RELEASES = {"violated": (400, [0.0003], [0.0003, 0.03]), "holds": (400, [0.0003], [0.0003]), "inconclusive": (4, [0.01], [0.01])}


def watch_release(folder, verdict, seconds):
    """The report of a real watch, which must come to that verdict."""
    requests, first, later = RELEASES[verdict]
    path = folder / f"{verdict}.html"
    (folder / verdict).mkdir()
    with Stage(folder / verdict, interval="1s", requests=requests) as stage:
        stage.deploy("good")
        stage.fail(first)
        turn = threading.Timer(seconds / 2, stage.fail, [later])
        turn.start()
        _, printed = stage.judge("good", f"{seconds}s", "--report", str(path))
        turn.cancel()
    assert printed.splitlines()[-1] == verdict, printed
    return path


def draw(folder, seconds=120):
    """The pictures by their files' names. `seconds` is how long is watched; all releases are at once."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        pages = dict(zip(RELEASES, pool.map(lambda verdict: watch_release(folder, verdict, seconds), RELEASES)))
    pictures = {}
    with Chromium() as browser:
        for verdict, path in pages.items():
            for shade in ("light", "dark"):
                browser.show(WIDTH, HEIGHT, dark=shade == "dark", scale=SCALE)
                browser.open(path)
                pictures[f"report-{verdict}-{shade}.webp"] = browser.picture("webp", quality=55)
    return pictures
