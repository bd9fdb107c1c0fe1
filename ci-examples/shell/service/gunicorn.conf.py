"""Gunicorn's settings. It reads this file from its working directory."""

import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from myapp.environment import EnvironmentProblem, read  # noqa: E402

# Checked here as well as in Django's settings: an error in the settings comes as the traceback of a
# worker that did not boot, this one is a single line.
try:
    _environment = read(os.environ)
except EnvironmentProblem as problem:
    sys.exit(f"myapp cannot start: {problem}")

bind = f"{_environment.listen_address}:{_environment.port}"
# One process, because /metrics shows the counters of the process that happens to answer: with two,
# every counter would seem to jump back and forth, and Prometheus reads each jump back as a restart.
workers = 1
worker_class = "gthread"
threads = _environment.threads
# Time for the requests in flight when a release is replaced.
graceful_timeout = 10
