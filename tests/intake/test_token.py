"""The token that senders of events have to know."""

import os

import pytest
from inference_exporter.config.file import load
from inference_exporter.config.schema import Config, WebConfig
from inference_exporter.errors import ConfigError
from inference_exporter.intake.token import LARGEST_FILE, Token, token_in

EVENT = {"kind": "deployment", "title": "fraud 7"}
UNAUTHORIZED = {"reason": "unauthorized"}


@pytest.fixture
def guarded(sidecar, tmp_path):
    """Start a sidecar whose events need the token 'sésame'."""
    (tmp_path / "token").write_text("sésame\n")
    return sidecar(Config(web=WebConfig(events_token_file=tmp_path / "token")))


class TestToken:
    def test_without_one_everybody_may_send(self):
        """Without a token, anything is accepted."""
        assert not Token().required
        assert Token().accepts("")
        assert Token().accepts_header("")

    @pytest.mark.parametrize("given", ["", "sesam", "sesame ", "Sesame", "sesame" * 1000, "\udcff"])
    def test_another_text_is_refused(self, given):
        """Any text but the token is refused, whatever its length and bytes."""
        assert not Token("sesame").accepts(given)

    @pytest.mark.parametrize(
        ("header", "accepted"),
        [
            ("Bearer sesame", True),
            ("bearer  sesame ", True),
            ("Basic sesame", False),
            ("sesame", False),
            ("Bearer", False),
            ("", False),
        ],
    )
    def test_header(self, header, accepted):
        """The header is that of RFC 6750, its scheme in any case."""
        assert Token("sesame").accepts_header(header) is accepted


class TestFile:
    def test_the_line_break_does_not_count(self, tmp_path):
        """White space around the token in its file is ignored."""
        (tmp_path / "token").write_text(" sesame\n")
        assert token_in(tmp_path / "token").accepts("sesame")

    @pytest.mark.parametrize("content", [b"", b" \n", b"\xff", b"x" * (LARGEST_FILE + 1)])
    def test_an_unusable_one_is_an_error(self, tmp_path, content):
        """A file without a token stops the start: events would be open to all while somebody thinks otherwise."""
        (tmp_path / "token").write_bytes(content)
        with pytest.raises(ConfigError, match=r"web\.events_token_file"):
            token_in(tmp_path / "token")

    def test_a_missing_one_is_an_error(self, sidecar, tmp_path):
        """So does a file that does not exist."""
        with pytest.raises(ConfigError, match=r"web\.events_token_file"):
            sidecar(Config(web=WebConfig(events_token_file=tmp_path / "no_such")))

    def test_a_pipe_does_not_block(self, tmp_path):
        """A pipe is refused, not waited for."""
        os.mkfifo(tmp_path / "token")
        with pytest.raises(ConfigError):
            token_in(tmp_path / "token")


class TestEvents:
    def test_the_right_token_is_let_in(self, guarded):
        """An event with the token is taken. WSGI has headers as Latin-1."""
        answer = guarded.post("/v1/events", EVENT, authorization="Bearer sésame".encode().decode("latin-1"))
        assert (answer.status, guarded.value("inference_exporter_events_total")) == (200, 1)

    @pytest.mark.parametrize("header", ["", "Bearer wrong", "Bearer"])
    def test_others_are_refused_and_counted(self, guarded, header):
        """An event without the token, or with a wrong one, is refused, counted and nowhere to be seen."""
        answer = guarded.post("/v1/events", EVENT, authorization=header)
        assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert guarded.value("inference_exporter_requests_refused_total", **UNAUTHORIZED) == 1
        assert guarded.value("inference_exporter_events_total") == 0
        assert "fraud 7" not in guarded.scrape()

    def test_samples_need_none(self, guarded):
        """Only events are protected."""
        assert guarded.samples([{"model": "m", "features": {"x": 1}}]).status == 200

    def test_a_reload_reads_it_again(self, sidecar, tmp_path):
        """A token that was replaced in its file holds from the next reload; an empty file keeps the old one."""
        (tmp_path / "token").write_text("old")
        (tmp_path / "exporter.yml").write_text("web: {events_token_file: token}\nmodels: [{name: m}]\n")

        running = sidecar(load(tmp_path / "exporter.yml"), tmp_path / "exporter.yml")
        for content, holds in (("new", "new"), ("", "new")):
            (tmp_path / "token").write_text(content)
            running.application.reload()
            assert running.post("/v1/events", EVENT, authorization=f"Bearer {holds}").status == 200
            assert running.post("/v1/events", EVENT, authorization="Bearer old").status == 401
