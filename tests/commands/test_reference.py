"""``reference build`` and ``reference show``: what is learned from a file, and messages about unusable ones."""

import csv
import gzip
import json

import numpy as np
import pyarrow as pa
import pytest
from inference_exporter.cli import main
from inference_exporter.reference.reference import load
from pyarrow import parquet
from sklearn.metrics import accuracy_score, brier_score_loss, mean_absolute_error, roc_auc_score

RANDOM = np.random.default_rng(7)
SIZE = 600
SCORE = RANDOM.random(SIZE)
ROWS = [
    {
        "id": f"r{i}",
        "when": 1.8e9 + i,
        "age": None if i % 10 == 0 else float(20 + i % 50),
        "country": ("FR", "DE", "ES")[i % 3],
        "code": i % 4,
        "answer": "yes" if SCORE[i] > 0.5 else "no",
        "score": SCORE[i],
        "truth": "yes" if RANDOM.random() < SCORE[i] else "no",
    }
    for i in range(SIZE)
]
ROLES = [
    "--prediction-column=answer", "--score-column=yes=score", "--outcome-column=truth", "--id-column=id",
    "--time-column=when",
]  # fmt: skip


def delimited(path, rows, delimiter=",", opened=open):
    with opened(path, "wt", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)


def ndjson(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


WRITERS = {
    "a.csv": delimited,
    "a.tsv": lambda path, rows: delimited(path, rows, "\t"),
    "a.csv.gz": lambda path, rows: delimited(path, rows, opened=gzip.open),
    "a.ndjson": ndjson,
    "a.parquet": lambda path, rows: parquet.write_table(pa.Table.from_pylist(rows), path),
}


def build(folder, *flags, name="a.csv", rows=ROWS):
    """Write a file, build its reference, and return it."""
    WRITERS[name](folder / name, rows)
    assert main(["reference", "build", str(folder / name), f"--out={folder / 'out.json'}", *flags]) == 0
    return load(folder / "out.json")


def columns(reference, group):
    return {column.name: column for column in reference.of_group(group)}


class TestBuild:
    @pytest.mark.parametrize("name", WRITERS)
    def test_learns_the_same_of_every_kind_of_file(self, tmp_path, name):
        """The same rows give the same reference in every kind of file, version included."""
        assert build(tmp_path, *ROLES, name=name).version == build(tmp_path, *ROLES, name="a.csv").version

    @pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
    def test_learns_components_and_actions(self, tmp_path, name):
        """Outputs of components and actions are groups of their own, not features, as native samples have them."""
        rows = [
            {**row, "gbm": SCORE[i] / 2, "net": "no" if i % 4 else "yes", "done": i % 2} for i, row in enumerate(ROWS)
        ]
        reference = build(
            tmp_path, *ROLES, "--intermediate-columns=gbm,net", "--action-column=done", name=name, rows=rows
        )
        native = [
            {"id": row["id"], "time": row["when"], "features": {key: row[key] for key in ("age", "country", "code")},
             "prediction": row["answer"], "intermediate": {"gbm": row["gbm"], "net": row["net"]}, "action": row["done"]}
            for row in rows
        ]  # fmt: skip
        expected = build(tmp_path, name="a.ndjson", rows=native)
        assert set(columns(reference, "feature")) == {"age", "country", "code"}
        for group in ("intermediate", "action"):
            ours, theirs = columns(reference, group), columns(expected, group)
            assert list(ours) == list(theirs) and ours
            for name, column in ours.items():
                assert column.counts.tolist() == theirs[name].counts.tolist()

    def test_columns_have_their_roles(self, tmp_path):
        """Named columns are prediction, score or left out; all others are features, with their kind inferred."""
        flags = ["--ignore-columns=country", "--categorical-columns=code", "--model=fraud", "--model-version=7"]
        reference = build(tmp_path, *ROLES, *flags)
        assert {name: c.numeric for name, c in columns(reference, "feature").items()} == {"age": True, "code": False}
        assert set(columns(reference, "prediction")) == {"prediction"}
        assert set(columns(reference, "score")) == {"yes"}
        assert (reference.rows, reference.model, reference.model_version) == (SIZE, "fraud", "7")
        assert columns(reference, "feature")["age"].counts[-1] == SIZE / 10

    def test_a_score_without_a_class_is_that_of_the_positive_one(self, tmp_path):
        """The class with high scores is found."""
        flags = [flag.replace("yes=", "") for flag in ROLES]
        assert set(columns(build(tmp_path, *flags), "score")) == {"yes"}

    def test_performance_is_that_of_the_file(self, tmp_path):
        """With outcomes the reference has the model's performance, as scikit-learn computes it."""
        measured = build(tmp_path, *ROLES).performance
        truth, answer = ([row[name] for row in ROWS] for name in ("truth", "answer"))
        positive = [value == "yes" for value in truth]
        assert measured["accuracy_ratio"][""] == pytest.approx(accuracy_score(truth, answer))
        # Both are kept as sums over a histogram of scores, fine but not exact.
        assert measured["brier_score"]["yes"] == pytest.approx(brier_score_loss(positive, SCORE), rel=1e-3)
        assert measured["roc_auc"]["yes"] == pytest.approx(roc_auc_score(positive, SCORE), abs=2e-3)

    def test_outcomes_cost_no_trait(self, tmp_path):
        """A reference with performance knows everything that one without outcomes does."""
        without = [flag for flag in ROLES if not flag.startswith("--outcome-column")]
        others = build(tmp_path, *without, "--ignore-columns=truth").traits.keys()
        assert others <= build(tmp_path, *ROLES).traits.keys()

    def test_performance_of_a_regression(self, tmp_path):
        """A prediction with many distinct numbers is a quantity: its errors are measured."""
        rows = [{"x": i, "guess": i + 0.5 + (i % 3), "truth": 1.5 * i} for i in range(100)]
        flags = ["--prediction-column=guess", "--outcome-column=truth"]
        measured = build(tmp_path, *flags, rows=rows).performance
        errors = [[row[name] for row in rows] for name in ("truth", "guess")]
        assert measured["mean_absolute_error"][""] == pytest.approx(mean_absolute_error(*errors))
        assert "accuracy_ratio" not in measured

    def test_performance_of_scores_alone(self, tmp_path):
        """Without a prediction the scores are still measured, but not what needs a prediction."""
        measured = build(tmp_path, "--score-column=yes=score", "--outcome-column=truth", "--ignore-columns=answer,id")
        assert measured.performance["roc_auc"]["yes"] > 0.7
        assert measured.performance["accuracy_ratio"] == {}

    def test_says_what_it_learned(self, tmp_path, capsys):
        """The output has the columns with kind and range, the performance, and the file."""
        build(tmp_path, *ROLES, "--model=fraud", "--model-version=7")
        lines = capsys.readouterr().out.splitlines()
        assert lines[0].startswith("reference ")
        assert " of fraud 7: 600 rows, made " in lines[0]
        assert any(line.split()[:5] == ["feature", "age", "numeric", "14", "10.0%"] for line in lines)
        assert any(line.startswith("feature     country") and line.endswith("DE, ES, FR") for line in lines)
        assert any(line.startswith("accuracy_ratio: 0.") for line in lines)
        assert lines[-1] == f"written to {tmp_path / 'out.json'}"

    def test_warns_of_few_rows(self, tmp_path, capsys):
        """A small reference is noisy, which the output says."""
        build(tmp_path, rows=[{"x": i} for i in range(99)])
        assert "Only 99 rows: only large changes can be distinguished from noise." in capsys.readouterr().out

    def test_is_the_same_twice(self, tmp_path):
        """Building again gives the same version, so that series continue."""
        assert build(tmp_path, *ROLES).version == build(tmp_path, *ROLES).version


MISTAKES = [
    (["--prediction-column=guess"], "{path}: --prediction-column: expected one of id, when, age, country, code, "
     "answer, score, truth, got 'guess'"),
    (["--score-column=yes=p"], "{path}: --score-column: expected one of id, when, age, country, code, answer, score, "
     "truth, got 'p'"),
    (["--ignore-columns=id,nope"], "{path}: --ignore-columns: expected one of id, when, age, country, code, answer, "
     "score, truth, got 'nope'"),
    (["--categorical-columns=Code"], "{path}: --categorical-columns: expected one of id, when, age, country, code, "
     "answer, score, truth, got 'Code'"),
    (["--score-column=yes=score", "--score-column=yes=age"],
     "--score-column: expected one column per class, got 'score' and 'age'"),
    (["--ignore-columns=id,when,age,country,code,answer,score,truth"],
     "a reference needs rows and columns, got 600 rows and 0 columns"),
]  # fmt: skip


class TestMistakes:
    @pytest.mark.parametrize(("flags", "message"), MISTAKES)
    def test_end_with_one_line_and_code_2(self, tmp_path, capsys, flags, message):
        """A wrong flag is answered with the flag, what was expected and what was found; nothing is written."""
        delimited(tmp_path / "a.csv", ROWS)
        assert main(["reference", "build", str(tmp_path / "a.csv"), f"--out={tmp_path / 'out.json'}", *flags]) == 2
        out, error = capsys.readouterr()
        assert (out, error) == ("", message.format(path=tmp_path / "a.csv") + "\n")
        assert not (tmp_path / "out.json").exists()

    def test_a_file_that_cannot_be_read(self, tmp_path, capsys):
        """A ragged row is named by its line."""
        (tmp_path / "a.csv").write_text("a,b\n1,2\n3\n")
        assert main(["reference", "build", str(tmp_path / "a.csv"), f"--out={tmp_path / 'out.json'}"]) == 2
        assert capsys.readouterr() == ("", f"{tmp_path / 'a.csv'}:3: expected 2 values, got 1\n")

    def test_a_place_that_cannot_be_written(self, tmp_path, capsys):
        """A missing folder is named."""
        delimited(tmp_path / "a.csv", ROWS)
        out = tmp_path / "no" / "out.json"
        assert main(["reference", "build", str(tmp_path / "a.csv"), f"--out={out}"]) == 2
        assert capsys.readouterr() == ("", f"{out}: cannot be written: No such file or directory\n")

    def test_vectors_and_texts(self, tmp_path, capsys):
        """Embeddings are recognised, a short text is mentioned; traits are kept together with outcomes."""
        words = ("good", "bad", "fine")
        rows = [{"emb": [score, 1 - score], "word": words[row % 3], "truth": "yes"} for row, score in enumerate(SCORE)]
        (tmp_path / "a.ndjson").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
        arguments = [str(tmp_path / "a.ndjson"), f"--out={tmp_path / 'out.json'}", "--text-columns=word"]
        assert main(["reference", "build", *arguments, "--outcome-column=truth"]) == 0
        reference = load(tmp_path / "out.json")
        assert {name: of["kind"] for name, of in reference.traits["derived"].items()} == {
            "emb": "vector",
            "word": "text",
        }
        assert "emb:centroid_distance" in capsys.readouterr().out
        assert main(["reference", "build", *arguments, "--vector-columns=nothing"]) == 2
        assert "--vector-columns: expected one of emb, word, truth, got 'nothing'" in capsys.readouterr().err

    def test_attributions(self, tmp_path, capsys):
        """Columns with a prefix are attributions, not features; an unused prefix is named."""
        rows = [{"age": score, "shap_age": -2 * score, "shap_pay": 1.0} for score in SCORE]
        delimited(tmp_path / "a.csv", rows)
        arguments = ["reference", "build", str(tmp_path / "a.csv"), f"--out={tmp_path / 'out.json'}"]
        assert main([*arguments, "--attribution-prefix=shap_"]) == 0
        reference = load(tmp_path / "out.json")
        assert [column.name for column in reference.columns] == ["age"]
        of = reference.traits["attributions"]["features"]
        assert (of["age"]["mean_abs"], of["pay"]["mean_abs"]) == (pytest.approx(2 * SCORE.mean()), 1.0)
        assert main([*arguments, "--attribution-prefix=lime_"]) == 2
        assert "--attribution-prefix: expected the beginning of a column, got 'lime_'" in capsys.readouterr().err


class TestShow:
    def test_shows_what_build_showed(self, tmp_path, capsys):
        """A reference is read back as it was written."""
        build(tmp_path, *ROLES)
        built = capsys.readouterr().out.partition("\n\nwritten")[0]
        assert main(["reference", "show", str(tmp_path / "out.json")]) == 0
        assert capsys.readouterr().out.rstrip("\n") == built

    @pytest.mark.parametrize("content", ["", "{}", "[]", '{"format": "something else"}', "\x00\x01"])
    def test_a_file_that_is_no_reference(self, tmp_path, capsys, content):
        """Any other file is answered with its name in one line."""
        path = tmp_path / "x.json"
        path.write_text(content)
        assert main(["reference", "show", str(path)]) == 2
        out, error = capsys.readouterr()
        assert out == ""
        assert error.startswith(f"{path}: expected")
        assert error.count("\n") == 1


@pytest.mark.parametrize("name", ["a.csv", "a.ndjson", "a.parquet"])
def test_names_formatted_numbers(tmp_path, capsys, name):
    """Whichever file has them, texts such as 1,234 and 12% are named with the way to mend them; codes are not."""
    rows = [{"price": f"{1000 + i:,}", "share": f"{i % 100}%", "x": i, "c": "ab"[i % 2]} for i in range(200)]
    build(tmp_path, name=name, rows=rows)
    said = capsys.readouterr().err
    assert "price: looks like numbers with thousands separators (1,234), but is text: write plain numbers" in said
    assert "share: looks like numbers in percent (12%)" in said
    assert said.count("looks like numbers") == 2
    build(tmp_path, "--categorical-columns=price,share", name=name, rows=rows)
    assert "looks like" not in capsys.readouterr().err


CALLS = [
    {"when": 1.8e9 + hour * 3600, "calls": float(hour * 7919 % 24) - 40 * (hour // 24 % 10 == 3)}
    for hour in range(1920)
]


def test_names_trends(tmp_path, capsys):
    """The columns with a trend are named, with its size and direction over the reference's time."""
    noise = np.random.default_rng(0).random(2000)
    rows = [{"when": 1.8e9 + i * 3600, "x": noise[i] - i / 2000, "y": noise[i]} for i in range(2000)]
    build(tmp_path, "--time-column=when", rows=rows)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("trend")]
    assert len(lines) == 1
    assert lines[0].startswith("trend: x falls by 2.")
    assert lines[0].endswith("standard deviations over the reference's 83 days")


class TestHolidays:
    def days(self, every):
        """Return the first of every so many days, as the lines of a file."""
        first = np.datetime64(int(1.8e9), "s")
        return "".join(f"{first.astype('datetime64[D]') + day} a name\n" for day in range(3, 80, every))

    def test_are_chosen_where_the_data_show_them(self, tmp_path, capsys):
        """The features that follow a file of holidays are named; a file of days that mean nothing is not used."""
        for every, said in ((10, "season holiday: calls"), (9, "season holiday: no column follows the 9 holidays")):
            (tmp_path / "days.txt").write_text(self.days(every))
            build(tmp_path, "--time-column=when", f"--holidays={tmp_path / 'days.txt'}", rows=CALLS)
            assert said in capsys.readouterr().out

    def test_few_are_named(self, tmp_path, capsys):
        """A file of too few days says how many it takes."""
        (tmp_path / "days.txt").write_text(self.days(20))
        build(tmp_path, "--time-column=when", f"--holidays={tmp_path / 'days.txt'}", rows=CALLS)
        said = "season holiday: no column follows the 4 holidays with rows, of at least 5 that it takes"
        assert said in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("12-25\n25.12.\n", "{path}:2: holidays: expected YYYY-MM-DD, or MM-DD for every year, got '25.12.'"),
            (None, "--holidays: expected a list of dates or a file of them, got {path}: No such file or directory"),
            ("12-25\n", "{data}: --holidays: expected --time-column with the time of every row"),
        ],
        ids=["line", "no_file", "no_times"],
    )
    def test_mistakes_end_with_one_line_and_code_2(self, tmp_path, capsys, content, message):
        """A file that cannot be used is answered with its place."""
        path, data = tmp_path / "days.txt", tmp_path / "a.csv"
        delimited(data, CALLS)
        if content is not None:
            path.write_text(content)
        flags = [f"--out={tmp_path / 'out.json'}", f"--holidays={path}"]
        assert main(["reference", "build", str(data), *flags]) == 2
        assert capsys.readouterr().err == message.format(path=path, data=data) + "\n"
