"""Conditions of Argo Rollouts against the evaluator that it uses itself."""

import json
import os
import random
import subprocess
from collections import Counter

import pytest

import argo_conditions
import oracles
from steps import BIN


@pytest.mark.skipif(not oracles.has_argo_code(), reason="dev/oracles did not build argo-oracle")
def test_conditions_are_answered_as_argo_rollouts_answers_them():
    count = 100_000 if os.environ.get("SLIPWAY_FULL") == "1" else 4000
    asked = list(argo_conditions.questions(random.Random(13), count))
    lines = "".join(json.dumps(question) + "\n" for question in asked)
    ours = subprocess.run([BIN / "condition-samples"], input=lines, capture_output=True, text=True, check=True, timeout=600).stdout.split()
    theirs = oracles.argo_says(asked)
    assert len(ours) == len(theirs) == count
    assert not [(question, us, them) for question, us, them in zip(asked, ours, theirs) if us != them][:10]
    # All answers occur often, else the conditions say little.
    answers = Counter(theirs)
    assert min(answers[answer] for answer in ("true", "false", "error")) > count / 10
