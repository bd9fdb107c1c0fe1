"""What the environment says about this service, read once and checked.

A value that cannot be used ends the service at its start: a typing error in ERROR_SHARE would
otherwise show up as a service that behaves differently from what its release says.
"""

import dataclasses
import math


class EnvironmentProblem(ValueError):
    """At least one variable has a value that cannot be used; the text names each of them."""


@dataclasses.dataclass(frozen=True)
class Environment:
    version: str
    commit: str
    listen_address: str
    port: int
    threads: int
    error_share: float
    latency_min_seconds: float
    latency_max_seconds: float


def read(variables):
    """Turns a mapping such as os.environ into an Environment.

    An empty variable means unset, as everywhere in a pipeline where unset inputs arrive empty.
    Every mistake is reported, not just the first.
    """
    problems = []

    def text(name, default):
        return variables.get(name) or default

    def number(name, default, kind, low, high):
        value = variables.get(name) or str(default)
        try:
            parsed = kind(value)
        except ValueError:
            parsed = math.nan
        # Written so that NaN, which is neither smaller nor larger than anything, is refused too.
        if not low <= parsed <= high:
            what = "a whole number" if kind is int else "a number"
            problems.append(f"{name} is '{value}', not {what} from {low} to {high}")
            return default
        return parsed

    environment = Environment(
        version=text("VERSION", "unknown"),
        commit=text("COMMIT", "unknown"),
        listen_address=text("LISTEN_ADDRESS", "0.0.0.0"),
        port=number("PORT", 8000, int, 1, 65535),
        threads=number("THREADS", 8, int, 1, 256),
        error_share=number("ERROR_SHARE", 0.0, float, 0, 1),
        latency_min_seconds=number("LATENCY_MIN_SECONDS", 0.01, float, 0, 30),
        latency_max_seconds=number("LATENCY_MAX_SECONDS", 0.1, float, 0, 30),
    )
    if not problems and environment.latency_min_seconds > environment.latency_max_seconds:
        problems.append(
            f"LATENCY_MIN_SECONDS ({environment.latency_min_seconds}) is larger than "
            f"LATENCY_MAX_SECONDS ({environment.latency_max_seconds})"
        )
    if problems:
        raise EnvironmentProblem("; ".join(problems))
    return environment
