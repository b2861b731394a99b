"""The compiled parser: numbers and times are those of Python, and what it cannot read it leaves out."""

import json
import math
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from inference_exporter.decode._compiled import CompiledRecords, is_compiled
from inference_exporter.decode._shape import Leaves, Shape
from inference_exporter.values.times import parsed_time

NOT_NUMBERS = [
    *(
        [
            "01",
            "1.",
            ".5",
            "-",
            "+1",
            "1e",
            "1e+",
            "0x1",
            "NaN",
            "Infinity",
            "-Infinity",
            "1e400",
            "1e-400",
            "--1",
            "1_0",
            "true",
            "[1]",
            "{}",
            "nul",
            "nulll",
            "٣",
        ]
    ),
    *("1 2", '"1"', "", "9007199254740992", "-9007199254740993"),
]
NOT_RECORDS = [
    '{"id":"a","code":200,"code":200}',
    '{"code":200}',
    '{"id":"a","code":200,"x":1}',
    '{"id":"a","code":200},',
    '[{"id":"a","code":200}]',
    '{"id":"a","code":99}',
    '{"id":"a","code":200.0}',
    '{"id":"a" "code":200}',
    '{"id":"a","code":{"code":200}}',
    '{"id":"a",,"code":200}',
    '{"id":"a","code":200',
    '{"id":"a","code":200}\0',
    '{"\\u0069d":"a","code":200}',
    '{"id":"a","code":true}',
    '{"id":"\t","code":200}',
    *("{}", "x", '{"', '{"id"'),
]
pytestmark = pytest.mark.skipif(not is_compiled(), reason="installed without a C compiler")


def records_of(name: str, kind: str) -> CompiledRecords:
    """Return a parser of records with one field."""
    return CompiledRecords(Shape((name,), Leaves((name,), (kind,)), ()), {})


def read(name: str, kind: str, texts: list[str]) -> tuple[list, list[int]]:
    """Return the column of some JSON texts, and the places of those that do not fit."""
    records = records_of(name, kind)
    lines = [f'{{"{name}": {text}}}'.encode("utf-8", "surrogatepass") for text in texts]
    number, odd = records.add_lines(b"\n".join(lines), 0)
    assert number == len(texts)
    assert [line for line, _ in odd] == [lines[place] for _, place in odd]
    transposed, indices = records.take()
    assert sorted([*indices, *(place for _, place in odd)]) == list(range(len(texts)))
    return list(transposed.fields[name]), [place for _, place in odd]


class TestNumbers:
    @given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
    def test_floats_come_back(self, values):
        """A float in its shortest text is read as itself, to the last bit."""
        expected = [value for value in values if value == 0 or sys.float_info.min <= abs(value) < 2**53]
        found, odd = read("prediction", "number", [repr(value) for value in values])
        assert found == expected
        assert len(odd) == len(values) - len(expected)

    @given(st.integers(0, 10**25), st.integers(-60, 20))
    @example(2**53 + 1, -3)
    @example(10**22 + 1, -22)
    def test_any_digits_round_as_in_python(self, digits, exponent):
        """Digits and exponents of any length give the nearest double."""
        text = f"-{digits}e{exponent}"
        found, odd = read("time", "number", [text])
        assert found == ([] if odd else [float(text)])

    @given(st.integers(2**52, 2**53 - 1), st.integers(-20, 8))
    def test_between_two_doubles_the_even_one_counts(self, mantissa, exponent):
        """A number exactly between two doubles, where only the last digit decides, rounds as in Python."""
        between = Fraction(2 * mantissa + 1) * Fraction(2) ** (exponent - 1)
        digits, twos = between.numerator, between.denominator.bit_length() - 1
        text = f"{digits * 5**twos}e-{twos}"
        found, odd = read("time", "number", [text])
        assert found == ([] if odd else [float(text)])

    @pytest.mark.parametrize("text", NOT_NUMBERS)
    def test_anything_else_is_left_out(self, text):
        """What is not a number of JSON, or not exact, goes to the general path."""
        assert read("prediction", "number", ["1", text, "2"]) == ([1.0, 2.0], [1])

    def test_null_is_missing(self):
        """A missing number is NaN."""
        ((missing, zero), odd) = read("prediction", "number", ["null", "-0"])
        assert math.isnan(missing) and zero == 0 and not odd


class TestTexts:
    @given(st.lists(st.text() | st.none(), max_size=20), st.booleans(), st.sampled_from(["text", "plain text"]))
    def test_texts_come_back(self, values, ascii_only, kind):
        """A text is read as itself, escaped or not; lone surrogates and NUL are left out."""
        found, odd = read("prediction", kind, [json.dumps(value, ensure_ascii=ascii_only) for value in values])
        assert found == [v for v in values if v is None or ("\0" not in v and not any(map(is_surrogate, v)))]
        assert len(odd) == len(values) - len(found)

    @given(st.lists(st.binary(max_size=12).filter(lambda value: b"\n" not in value), max_size=10))
    def test_bytes_are_texts_only_where_json_says_so(self, contents):
        """Any bytes between quotes are read as Python reads them, or left out."""
        records = records_of("prediction", "plain text")
        records.add_lines(b"\n".join(b'{"prediction":"' + content + b'"}' for content in contents), 0)
        transposed, indices = records.take()
        expected = [json.loads(b'"' + contents[place] + b'"') for place in indices]
        assert list(transposed.fields["prediction"]) == expected

    def test_long_ids_are_left_out(self):
        """Ids beyond the maximum become digests on the general path."""
        assert read("id", "plain text", [f'"{"x" * n}"' for n in (128, 129)]) == (["x" * 128], [1])

    def test_whole_ids_are_texts(self):
        """A whole number is an id with its digits."""
        assert read("id", "whole", ["12", "-3", "0", "-0", "1.0", "1e3", "null"]) == (
            ["12", "-3", "0", None],
            [3, 4, 5],
        )


def is_surrogate(character: str) -> bool:
    return "\ud800" <= character <= "\udfff"


class TestTimes:
    @given(
        st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30)),
        st.timedeltas(timedelta(hours=-23), timedelta(hours=23)).map(
            lambda d: timedelta(minutes=d // timedelta(minutes=1))
        ),
        st.sampled_from("Tt "),
    )
    def test_rfc_3339_is_read_as_python_reads_it(self, moment, offset, between):
        """A time in any zone becomes the same seconds, to the microsecond."""
        with_zone = moment.replace(tzinfo=timezone(offset)).isoformat(between)
        texts = [moment.isoformat(between), f"{moment.isoformat(between)}Z", with_zone]
        found, odd = read("time", "plain text", [f'"{text}"' for text in texts])
        assert not odd and found == [parsed_time(text) for text in texts]

    @given(st.text("0123456789-:TZ+. ", max_size=30))
    @example("2023-02-29T00:00:00Z")
    @example("2024-02-30T00:00:00Z")
    @example("2024-04-31T00:00:00Z")
    @example("2024-01-01T24:00:00Z")
    @example("2024-01-01T00:00:60Z")
    @example("2024-01-01T00:00:00.")
    @example("2024-01-01T00:00:00+24:00")
    @example("2024-01-01")
    @example("1999-12-31T00:00:00Z")
    def test_anything_else_is_left_out(self, text):
        """What it reads is a time in Python too; all else goes to the general path."""
        found, odd = read("time", "plain text", [f'"{text}"'])
        assert odd or found == [parsed_time(text)]

    def test_leap_days(self):
        """The calendar is the Gregorian one."""
        days = [datetime(2000, 1, 1, tzinfo=UTC) + timedelta(days=day) for day in range(0, 36_500, 31)]
        assert read("time", "plain text", [f'"{day.isoformat()}"' for day in days]) == (
            [d.timestamp() for d in days],
            [],
        )


class TestRecords:
    @pytest.mark.parametrize("line", NOT_RECORDS)
    def test_a_record_that_does_not_fit_is_left_out(self, line):
        """Names that are twice, absent or unknown, and values of other kinds, cost that record only."""
        shape = Shape(("id", "code"), Leaves(("id", "code"), ("plain text", "whole")), ())
        records = CompiledRecords(shape, {})
        good = '{"id":"a","code":200}', ' { "code" : 404 ,\t"id" : "b" } \r'
        number, odd = records.add_lines("\n".join([good[0], line, "", " \t", good[1]]).encode(), 7)
        assert (number, odd) == (3, [(line.encode(), 8)])
        transposed, indices = records.take()
        assert list(indices) == [7, 9]
        assert list(transposed.fields["id"]) == ["a", "b"] and transposed.fields["code"].tolist() == [200, 404]

    def test_vocabularies_begin_anew(self):
        """Each block has the texts that occur in it, and none of a record that was left out."""
        shape = Shape(("prediction", "code"), Leaves(("prediction", "code"), ("text", "whole")), ())
        records = CompiledRecords(shape, {})
        for texts in (["a", "b", "a"], ["c"], []):
            bad = b'{"prediction":"never","code":"x"}'
            lines = [f'{{"prediction":"{text}","code":200}}'.encode() for text in texts]
            records.add_lines(b"\n".join([bad, *lines, bad]), 0)
            column = records.take()[0].fields["prediction"]
            assert list(column) == texts and column.values == tuple(dict.fromkeys(texts))

    def test_thousands_of_texts(self):
        """A column of many different texts keeps each."""
        texts = [f"t{number}" for number in range(5000)]
        assert read("prediction", "text", [f'"{text}"' for text in texts + texts]) == (texts + texts, [])

    def test_another_model_is_left_out(self):
        """Records of another model than the first ones go to the general path."""
        shape = Shape(("model", "prediction"), Leaves(("model", "prediction"), ("plain text", "number")), ())
        records = CompiledRecords(shape, {"model": "fraud"})
        _, odd = records.add_lines(b'{"model":"fraud","prediction":1}\n{"model":"frau","prediction":1}', 0)
        assert [place for _, place in odd] == [1]
        assert records.take()[0].fields["model"] == "fraud"

    def test_threads_do_not_share_a_parser(self):
        """A parser in use refuses another thread, and stays whole."""
        records = records_of("prediction", "number")
        text = b'{"prediction":1}\n' * 20_000
        outcomes: list[object] = []

        def add() -> None:
            try:
                outcomes.append(records.add_lines(text, 0)[0])
            except RuntimeError as error:
                outcomes.append(str(error))

        threads = [threading.Thread(target=add) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        added = [outcome for outcome in outcomes if outcome == 20_000]
        assert records.number == 20_000 * len(added) >= 20_000
        assert {*outcomes} <= {20_000, "rows are in use by another thread"}


def test_without_the_parser_everything_works(tmp_path):
    """An installation without the compiled parser decodes on its Python path, and says so."""
    code = (
        "import sys; sys.modules['inference_exporter.decode._rowparser'] = None\n"
        "from inference_exporter.decode import FORMATS\n"
        "from inference_exporter.cli import main\n"
        'lines = b\'{"features":{"a":1.5,"b":"x"},"prediction":1}\\n\' * 100\n'
        "print(sum(len(block.values) for block in FORMATS['ndjson'].read([lines])))\n"
        "main(['--version'])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path, env={**os.environ}
    )
    assert shown.stdout.split() == ["100", "inference-exporter", shown.stdout.split()[2], "decoder:", "python"]
