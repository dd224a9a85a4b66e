"""`evidence pool`: tables of effects in, pooled estimates out."""

import io
import json

import pytest

from evidence.__main__ import main
from evidence.synthesis.pool import pool

TABLE = """study,outcome,yi,vi
Kim,TEWL,0.3,0.02
Li,TEWL,0.5,3e-2
Sato,TEWL,0.9,0.04
A,hydration,0.2,0.05
B,hydration,0.7,0.01
"""


@pytest.fixture
def table(tmp_path):
    def write(text=TABLE, name="effects.csv"):
        path = tmp_path / name
        path.write_text(text)
        return str(path)

    return write


def answer(capsys, *words):
    status = main(["pool", *words, "--json"])
    return status, json.loads(capsys.readouterr().out)


def test_each_outcome_is_pooled_apart_as_the_function_does(capsys, table):
    status, data = answer(capsys, table(), "--by", "outcome", "--tau2", "DL", "--test", "z")
    assert (status, data["schema"]) == (0, "evidence/pool/1")
    assert [item["group"] for item in data["results"]] == ["TEWL", "hydration"]
    expected = pool({"yi": [0.3, 0.5, 0.9], "vi": [0.02, 0.03, 0.04]}, tau2="DL", test="z")
    first = data["results"][0]
    for name in ("estimate", "se", "ci_low", "tau2", "i2", "pi_high", "k"):
        assert first[name] == getattr(expected, name)
    assert [row["study"] for row in first["effects"]] == ["Kim", "Li", "Sato"]
    assert data["summary"] == {
        "read": 5,
        "used": 5,
        "set_aside": 0,
        "without_effect": 0,
    }


def test_every_null_of_a_result_has_a_reason(capsys, table):
    for words in (["--outcome", "hydration"], ["--outcome", "TEWL", "--tau2", "EE", "--test", "z"]):
        _, data = answer(capsys, table(), *words)
        (result,) = data["results"]
        nulls = {name for name, value in result.items() if value is None and name != "group"}
        assert nulls
        assert nulls == set(result["reasons"])


def test_different_outcomes_are_not_pooled_as_one(capsys, table):
    assert main(["pool", table()]) == 2
    assert "2 outcomes (TEWL, hydration)" in capsys.readouterr().err


BAD_ROWS = [
    ("0.3,-0.02", "EV203 vi = -0.02 is not above zero"),
    ("0.3,0", "EV203 vi = 0 is not above zero"),
    ("20%,0.02", 'EV213 yi = "20%" is more than a number'),
    ("big,0.02", "EV213"),
    ("inf,0.02", "EV213"),
    ("NA,0.02", "EV201 yi is missing"),
    ("0.3,", "EV201 vi is missing"),
    ("nan,0.02", "yi"),
]


@pytest.mark.parametrize(("cells", "message"), BAD_ROWS)
def test_a_row_that_cannot_be_used_is_named_and_set_aside(capsys, table, cells, message):
    text = f"study,yi,vi\nKim,0.3,0.02\nBad,{cells}\nLi,0.5,0.03\n"
    status = main(["pool", table(text), "--json"])
    shown = capsys.readouterr()
    assert status == 1
    assert "effects.csv:3" in shown.err
    assert message in shown.err
    data = json.loads(shown.out)
    assert data["results"][0]["k"] == 2
    assert (data["summary"]["used"], data["summary"]["set_aside"]) == (2, 1)


def test_standard_errors_are_squared(capsys, table):
    text = "study\tyi\tsei\nKim\t0.3\t0.1\nLi\t0.5\t0.2\n"
    _, data = answer(capsys, table(text, "effects.tsv"))
    assert [row["vi"] for row in data["results"][0]["effects"]] == pytest.approx([0.01, 0.04])


def test_json_tables_and_standard_input(capsys, table, monkeypatch):
    rows = json.dumps([{"study": "Kim", "yi": 0.3, "vi": 0.02}, {"yi": 0.5, "vi": 0.03}])
    _, from_file = answer(capsys, table(rows, "effects.json"))
    stdin = io.TextIOWrapper(io.BytesIO(b"study,yi,vi\nKim,0.3,0.02\nLi,0.5,0.03\n"))
    monkeypatch.setattr("sys.stdin", stdin)
    _, from_stdin = answer(capsys, "-", "--from", "csv")
    assert from_file["results"][0]["estimate"] == from_stdin["results"][0]["estimate"]


STUDIES = """study,outcome,design,n_t,n_c,mean_t,mean_c,sd_t,sd_c
Kim 2019,wrinkle depth,parallel,40,41,12.1,14.0,3.2,3.5
Li 2020,wrinkle depth,parallel,25,26,11.0,12.0,3.0,3.1
Sato 2021,wrinkle depth,parallel,30,30,,,,
"""


def test_study_files_are_pooled_by_their_effects(capsys, table):
    status, data = answer(capsys, table(STUDIES, "studies.csv"), "--by", "outcome")
    assert status == 0
    (result,) = data["results"]
    assert (result["group"], result["measure"], result["k"]) == ("wrinkle depth", "SMD", 2)
    # Hedges' g by hand: -1.9 / 3.3551 x 0.99050 and -1 / 3.0514 x 0.98463
    assert [row["yi"] for row in result["effects"]] == pytest.approx([-0.5609, -0.3227], abs=5e-4)
    (refused,) = data["refused"]
    assert (refused["study"], bool(refused["reason"])) == ("Sato 2021", True)


def test_the_text_shows_the_mean_and_the_notes(capsys, table):
    assert main(["pool", table(), "--outcome", "hydration"]) == 0
    shown = capsys.readouterr().out
    assert "2 studies; random effects, REML, HKSJ" in shown
    assert "note: two effects" in shown


def test_the_csv_has_a_row_for_each_group(capsys, table, tmp_path):
    target = tmp_path / "out.csv"
    assert main(["pool", table(), "--by", "outcome", "--format", "csv", "-o", str(target)]) == 0
    header, *rows = target.read_text().splitlines()
    assert header.startswith("group,measure,k,estimate")
    assert [row.split(",")[0] for row in rows] == ["TEWL", "hydration"]


USAGE = [
    (["--tau2", "RELM"], "Did you mean 'REML'"),
    (["--test", "HKJS"], "Did you mean 'HKSJ'"),
    (["--level", "95"], "Did you mean 0.95"),
    (["--tauu2", "DL"], "Did you mean '--tau2'"),
    (["--by", "country"], "no such column"),
]


@pytest.mark.parametrize(("words", "message"), USAGE)
def test_a_wrong_option_ends_with_a_reason_and_status_2(capsys, table, words, message):
    assert main(["pool", table(), "--outcome", "TEWL", *words]) == 2
    shown = capsys.readouterr()
    assert message in shown.err
    assert shown.out == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [("study,yi\nKim,0.3\n", "EV108"), ("study,yi,vi\nKim,x,0.1\n", "nothing to pool")],
)
def test_a_table_that_gives_no_effect_is_refused(capsys, table, text, message):
    assert main(["pool", table(text)]) == 2
    assert message in capsys.readouterr().err


def test_no_file_is_said(capsys):
    assert main(["pool"]) == 2
    assert "name a file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("columns", "how"),
    [
        ({"yi": [0.1, 0.3, 0.8], "vi": [0.02, 0.03, 0.05]}, {"measure": "SMD"}),
        ({"yi": [0.1, 0.3, 0.8], "vi": [0.02, 0.03, 0.05]}, {"measure": "OR", "tau2": "DL"}),
        ({"yi": [0.1, 0.3, 0.8], "vi": [0.02, 0.03, 0.05]}, {"measure": "PLN"}),
        ({"yi": [0.1, 0.3], "vi": [0.02, 0.03]}, {"tau2": "EE", "test": "z"}),
        ({"yi": [0.1, 0.3, 0.8], "vi": [0.02, 0.03, 0.05]}, {"fixed_tau2": 0.1}),
        ({"yi": [0.4], "vi": [0.02]}, {"measure": "MD"}),
        ({"study": ["a", "a", "b"], "yi": [0.1, 0.3, 0.8], "vi": [0.02, 0.03, 0.05]}, {}),
    ],
)
def test_the_lines_of_the_command_are_the_words_of_the_result(columns, how):
    from evidence.cli.lines import told
    from evidence.cli.pool_lines import pool_lines

    pooled = pool(columns, **how)
    assert told(pool_lines(pooled), None) == "".join(f"{line}\n" for line in pooled.summary())
