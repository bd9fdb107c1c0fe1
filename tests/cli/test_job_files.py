"""Files of HCL2 as people write them for Nomad, from the blocks that its documentation lists: without a placeholder of ours they pass through
unchanged and without a word, whatever they hold for Nomad, for HCL and for shells.
"""

import pathlib

import pytest

from oracles import has_hcl2json, hcl2json
from steps import run

FILES = sorted((pathlib.Path(__file__).parent / "jobs").iterdir())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
@pytest.mark.parametrize("line_break", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_passes_unchanged(path, line_break, tmp_path):
    text = path.read_text().replace("\n", line_break)
    template = tmp_path / path.name
    template.write_text(text, newline="")
    done = run("render-jobspec", template, "--keep", "CSI_ENDPOINT", "-o", tmp_path / "out.hcl", "--quiet")
    assert (done.code, done.out, done.err) == (0, "", "")
    assert (tmp_path / "out.hcl").read_bytes() == template.read_bytes()


@pytest.mark.skipif(not has_hcl2json(), reason="hcl2json is not installed")
def test_are_hcl_for_others_too():
    answers = hcl2json([path.read_text() for path in FILES])
    assert [(path.name, answer["error"]) for path, answer in zip(FILES, answers) if "error" in answer] == []


def test_a_name_of_a_task_is_missing_until_it_is_kept():
    """What a plug-in gets at run time looks like a placeholder; the message says what to do."""
    path = next(path for path in FILES if path.name == "others.nomad.hcl")
    done = run("render-jobspec", path)
    assert done.code == 2
    assert "no value for ${CSI_ENDPOINT}" in done.err
    assert "--keep CSI_ENDPOINT" in done.err
