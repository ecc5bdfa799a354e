"""RTSP word by word, with a server that says what the test wants: addresses, log-ins, messages while it plays."""

from __future__ import annotations

import hashlib
import re
import socket
import threading
import time
from collections.abc import Callable

import pytest

from ingest.source import rtsp
from ingest.source.connections import RtspConnection
from ingest.source.ffmpeg import reason_of
from ingest.source.login import LogIn, Unsafe, read_challenges
from ingest.source.rtsp_message import NotOurs
from lianqin.clock import SystemClock
from lianqin.errors import SourceError, SourceRefused, SourceUnreadable

CLOCK = SystemClock()
SETS = "Z0IAHpWoKA9puAgICBA=,aM48gA=="


def sdp(*, session: str = "", control: str = "a=control:trackID=0", more: str = "") -> str:
    lines = ["v=0", "s=x", *session.split("|"), "m=video 0 RTP/AVP 96", "a=rtpmap:96 H264/90000",
             f"a=fmtp:96 packetization-mode=1;sprop-parameter-sets={SETS}", *control.split("|"), *more.split("|")]  # fmt: skip
    return "\r\n".join(line for line in lines if line) + "\r\n"


def answer(status: str, *headers: str, body: str = "") -> bytes:
    lines = [f"RTSP/1.0 {status}", "CSeq: SEQ", *headers, f"Content-Length: {len(body)}", "", body]
    return "\r\n".join(lines).encode()


SET_UP = answer("200 OK", "Session: 77;timeout=20", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1")
PLAYED = answer("200 OK")


class Server:
    """Gives these answers in turn to one client, then hears what is said. Use as a context."""

    def __init__(self, *answers: bytes, drip: float = 0.0) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.asked, self._answers, self._drip = list[str](), answers, drip
        self._peer: socket.socket | None = None
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def url(self, path: str = "/x", who: str = "") -> str:
        return f"rtsp://{who}127.0.0.1:{self.port}{path}"

    def _serve(self) -> None:
        try:
            self._peer, _ = self._listening.accept()
            for one in self._answers:
                asked = self._hear()
                sequence = re.search(r"CSeq: (\d+)", asked)
                self.say(one.replace(b"SEQ", sequence[1].encode() if sequence else b"0"))
            while self._hear():
                pass
        except OSError:
            pass

    def _hear(self) -> str:
        assert self._peer
        while (first := self._peer.recv(1)) == b"$":
            size = int.from_bytes(self._peer.recv(3, socket.MSG_WAITALL)[1:], "big")
            self._peer.recv(size, socket.MSG_WAITALL)
        text = first
        while text and not text.endswith(b"\r\n\r\n"):
            piece = self._peer.recv(1)
            if not piece:
                raise ConnectionError
            text += piece
        if not text:
            raise ConnectionError
        self.asked.append(text.decode())
        return self.asked[-1]

    def say(self, said: bytes) -> None:
        assert self._peer
        if not self._drip:
            self._peer.sendall(said)
        for byte in said if self._drip else b"":
            time.sleep(self._drip)
            self._peer.sendall(bytes((byte,)))

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.close()
        if self._peer:
            self._peer.close()
        self._thread.join(5)

    def wait(self, count: int) -> str:
        """The request of this number, from 1 on."""
        end = time.monotonic() + 3
        while len(self.asked) < count and time.monotonic() < end:
            time.sleep(0.01)
        return self.asked[count - 1]


def target(request: str) -> str:
    return request.split(" ", 2)[1]


# --- addresses --------------------------------------------------------------------------------------------------------

QUERY = "/cam/realmonitor?channel=1&subtype=0"
ADDRESSES = {
    # name: (path, Content-Base after the host, session's attribute, track's attribute, SETUP goes to, PLAY goes to)
    "a query with a slash": (QUERY, f"{QUERY}/", "", "trackID=0", f"{QUERY}/trackID=0", f"{QUERY}/"),
    "a query": (QUERY, QUERY, "", "trackID=0", f"{QUERY}/trackID=0", QUERY),
    "a query, no base": (QUERY, None, "", "trackID=0", f"{QUERY}/trackID=0", QUERY),
    "a folder": ("/x", "/x/", "", "trackID=0", "/x/trackID=0", "/x/"),
    "no slash": ("/x", "/x", "", "trackID=0", "/x/trackID=0", "/x"),
    "no base": ("/x/y", None, "", "trackID=0", "/x/y/trackID=0", "/x/y"),
    "no control": ("/x", "/x/", "", None, "/x/", "/x/"),
    "a star": ("/x", "/x/", "", "*", "/x/", "/x/"),
    "a star for the session": ("/x", "/x/", "*", "trackID=0", "/x/trackID=0", "/x/"),
    "a slash before": ("/x", "/x", "", "/trackID=0", "/x/trackID=0", "/x"),
    "a query as control": ("/x", "/x", "", "?ctype=video", "/x?ctype=video", "/x"),
    "absolute": ("/x", "/x/", "", "HOST/other/track1?y=2", "/other/track1?y=2", "/x/"),
    "the session's": ("/x", "/x/", "HOST/all?a=b", "trackID=0", "/all?a=b/trackID=0", "/all?a=b"),
    "the session's, relative": ("/x", "/x/", "all", "trackID=0", "/x/trackID=0", "/x/"),
    "both absolute": ("/x", "/x/", "HOST/all", "HOST/one", "/one", "/all"),
    "a base from the root": ("/x", "ROOT/y/", "", "trackID=0", "/y/trackID=0", "/y/"),
    "a base that is none": ("/x", "NONE y", "", "trackID=0", "/x/trackID=0", "/x"),
}  # fmt: skip


@pytest.mark.parametrize("what", ADDRESSES)
def test_each_request_goes_where_public_players_send_it(what: str) -> None:
    path, base, session, control, set_up, played = ADDRESSES[what]
    with Server(answer("200 OK"), b"", SET_UP, PLAYED, answer("200 OK")) as server:
        host = f"rtsp://127.0.0.1:{server.port}"
        told = (
            None
            if base is None
            else f"{host}{base}"
            if base[0] == "/"
            else base.removeprefix("ROOT").removeprefix("NONE ")
        )
        body = sdp(
            session=f"a=control:{session.replace('HOST', host)}" if session else "",
            control=f"a=control:{control.replace('HOST', host)}" if control else "",
        )
        headers = [] if told is None else [f"Content-Base: {told}"]
        server._answers = (answer("200 OK"), answer("200 OK", *headers, body=body), SET_UP, PLAYED)
        connection = rtsp.connect(server.url(path), 2, CLOCK)
        assert [target(one) for one in server.asked] == [host + path, host + path, host + set_up, host + played]
        connection.socket.sendall(connection.keep_alive())
        connection.close()
        assert target(server.wait(5)) == host + played
        assert server.wait(6).startswith(f"TEARDOWN {host}{played} ")


# --- descriptions -----------------------------------------------------------------------------------------------------

JPEG = "m=video 0 RTP/AVP 26\r\na=control:jpeg\r\n"
TOLD = {
    "H264/90000": (sdp(), "h264", 96, 90_000),
    "small letters": (sdp().replace("H264", "h264"), "h264", 96, 90_000),
    "no clock": (sdp().replace("H264/90000", "H264"), "h264", 96, 90_000),
    "a clock of nought": (sdp().replace("90000", "0"), "h264", 96, 90_000),
    "a clock without end": (sdp().replace("90000", "9" * 5000), "h264", 96, 90_000),
    "another clock": (sdp().replace("90000", "1000"), "h264", 96, 1000),
    "blanks": (sdp().replace("a=rtpmap:96 H264", "a=rtpmap: 96  H264").replace("=1;sprop", "=1; sprop"), "h264", 96, 90_000),
    "capitals": (sdp().replace("sprop-parameter-sets", "Sprop-Parameter-Sets").replace("a=rtpmap", "a=RTPMAP"), "h264", 96, 90_000),
    "another payload type": (sdp().replace("96", "35"), "h264", 35, 90_000),
    "two payload types": (sdp().replace("RTP/AVP 96", "RTP/AVP 97 96"), "h264", 96, 90_000),
    "behind a JPEG": (JPEG + sdp(), "h264", 96, 90_000),
    "encrypted before": (sdp().replace("RTP/AVP", "RTP/SAVP") + sdp().replace("96", "98"), "h264", 98, 90_000),
    "no padding": (sdp().replace("=,aM48gA==", ",aM48gA"), "h264", 96, 90_000),
    "LF alone": (sdp().replace("\r\n", "\n"), "h264", 96, 90_000),
}  # fmt: skip


@pytest.mark.parametrize("what", TOLD)
def test_a_description_is_read_as_players_read_it(what: str) -> None:
    text, codec, payload, rate = TOLD[what]
    told = rtsp.read_description(text)
    assert (told.format.codec, told.payload, told.clock_rate) == (codec, payload, rate)
    assert (told.format.width, told.format.height) == (640, 480)
    assert told.control == "trackID=0"


@pytest.mark.parametrize("name", ["H265", "h265", "HEVC", "hevc"])
def test_h265_has_several_names(name: str) -> None:
    text = sdp().replace("H264", name).replace(f"sprop-parameter-sets={SETS}", "sprop-pps=x")
    with pytest.raises(NotOurs, match="parameter sets"):
        rtsp.read_description(text)


OTHER = {
    "JPEG alone": JPEG,
    "nothing": "",
    "out of order": sdp().replace("H264", "H265").replace("mode=1", "mode=1;sprop-max-don-diff=4"),
    "encrypted": sdp().replace("RTP/AVP", "RTP/SAVP"),
    "no payload type": sdp().replace("RTP/AVP 96", "RTP/AVP"),
    "an impossible one": sdp().replace("96", "200"),
}


@pytest.mark.parametrize("what", OTHER)
def test_what_is_not_understood_goes_to_ffmpeg(what: str) -> None:
    with pytest.raises(NotOurs):
        rtsp.read_description(OTHER[what])


@pytest.mark.parametrize(
    ("told", "fps"), [("25", 25), ("12.5", 12.5), ("inf", 0), ("nan", 0), ("-3", 0), ("9" * 400, 0), ("x", 0)]
)
def test_a_rate_that_makes_no_sense_is_none(told: str, fps: float) -> None:
    assert rtsp.read_description(sdp(more=f"a=framerate:{told}")).format.fps == fps


# --- SETUP's answer ---------------------------------------------------------------------------------------------------

TRANSPORTS = [
    ("RTP/AVP/TCP;unicast;interleaved=0-1", 0, 1),
    ("RTP/AVP/TCP;unicast;interleaved=4-5;ssrc=1234", 4, 5),
    ("RTP/AVP/TCP;unicast;interleaved=2", 2, 3),
    ("RTP/AVP/TCP;interleaved = 6 - 9", 6, 9),
    ("RTP/AVP/TCP;interleaved=255-256", 255, None),
    ("RTP/AVP/TCP;interleaved=7-7", 7, 8),
    ("RTP/AVP/TCP;unicast", 0, 1),
    ("", 0, 1),
]


@pytest.mark.parametrize(("transport", "channel", "report"), TRANSPORTS)
def test_the_channels_are_the_cameras_choice(transport: str, channel: int, report: int | None) -> None:
    set_up = answer("200 OK", "Session: 1", *([f"Transport: {transport}"] if transport else []))
    with Server(answer("200 OK"), answer("200 OK", body=sdp()), set_up, PLAYED) as server:
        connection = rtsp.connect(server.url(), 2, CLOCK)
        assert (connection.channel, connection.report_channel) == (channel, report)
        line = RtspConnection(connection, lambda *_: None, 5, CLOCK.monotonic())
        line.upkeep(CLOCK.monotonic() + 4)  # says what is to be said; raises nothing
        line.end(None)


SESSIONS = [
    ("Session: 1;timeout=20", 10.0), ("Session: 1;timeout=0", 30.0), ("Session: 1;timeout=-5", 30.0), ("Session: 1", 30.0),
    ("Session: 1; timeout = 8", 4.0), ("Session: 1;timeout=1", 1.0), (f"Session: 1;timeout={'9' * 5000}", 30.0),
    ("Session: 1;timeout=3600", 30.0), ("", 30.0),
]  # fmt: skip


@pytest.mark.parametrize(("session", "every"), SESSIONS, ids=[one[0][:24] for one in SESSIONS])
def test_a_sessions_time_out_is_believed_within_bounds(session: str, every: float) -> None:
    set_up = answer("200 OK", *([session] if session else []), "Transport: RTP/AVP/TCP;interleaved=0-1")
    with Server(answer("200 OK"), answer("200 OK", body=sdp()), set_up, PLAYED) as server:
        connection = rtsp.connect(server.url(), 2, CLOCK)
        assert connection.keep_alive_s == every
        assert ("Session: 1\r\n" in server.asked[3]) == bool(session)
        connection.close()


# --- who we are -------------------------------------------------------------------------------------------------------

NAMES = {"MD5": "md5", "MD5-SESS": "md5", "SHA-256": "sha256", "SHA-256-SESS": "sha256", "SHA-512-256": "sha512_256"}


@pytest.mark.parametrize("qop", ["", "auth", "auth-int", "auth,auth-int", "auth-int,auth"])
@pytest.mark.parametrize("algorithm", ["", "MD5", "MD5-sess", "SHA-256", "SHA-256-sess", "SHA-512-256"])
def test_every_kind_of_digest_is_computed_as_the_standard_says(algorithm: str, qop: str) -> None:
    """RFC 7616 3.4.1 to 3.4.3, computed here once more."""
    told = 'Digest realm="IP, camera", nonce="n0", opaque="o"' + f", algorithm={algorithm}" * bool(algorithm) + f', qop="{qop}"' * bool(qop)  # fmt: skip
    login = LogIn("u", "geheim")
    login.take(read_challenges((told,)))
    for count in (1, 2):
        said = login.header("DESCRIBE", "rtsp://c/x")
        fields = {name: quoted or bare for name, quoted, bare in re.findall(r'(\w+)=(?:"([^"]*)"|([^,\s]+))', said)}

        def h(text: str) -> str:
            return hashlib.new(NAMES[algorithm.upper() or "MD5"], text.encode()).hexdigest()

        who = h("u:IP, camera:geheim")
        if algorithm.endswith("-sess"):
            who = h(f"{who}:n0:{fields['cnonce']}")
        what = "DESCRIBE:rtsp://c/x" + (f":{h('')}" if fields.get("qop") == "auth-int" else "")
        middle = f"n0:{count:08x}:{fields['cnonce']}:{fields['qop']}" if qop else "n0"
        assert fields["response"] == h(f"{who}:{middle}:{h(what)}")
        assert not qop or fields["nc"] == f"{count:08x}"
        assert (fields["opaque"], fields["username"]) == ("o", "u")
        assert "geheim" not in said


CHOICES = [
    (('Basic realm="r"', 'Digest realm="r", nonce="n"'), "Digest"),
    (('Basic realm="r", Digest realm="r", nonce="n"',), "Digest"),
    (('Digest realm="r", nonce="n", Basic realm="r"',), "Digest"),
    (('Digest realm="r", nonce="n", algorithm=SHA-1024', 'Digest realm="r", nonce="n2", algorithm=MD5'), 'nonce="n2"'),
    (('Digest realm="r", nonce="n", algorithm="MD5"',), "algorithm=MD5"),
    (("Negotiate", 'Digest realm="r",nonce="n"'), "Digest"),
    (('digest realm=r, nonce=n',), 'realm="r"'),
    (('Digest realm=IP Camera(12345), nonce="n"',), 'nonce="n"'),
    (('Basic realm="Digest"',), "Basic"),
]  # fmt: skip


@pytest.mark.parametrize(("headers", "said"), CHOICES)
def test_the_best_of_several_challenges_is_taken(headers: tuple[str, ...], said: str) -> None:
    login = LogIn("u", "p")
    login.take(read_challenges(headers))
    assert said in login.header("OPTIONS", "rtsp://c/")


DOWN = [
    (False, ('Digest realm="r", nonce="n", algorithm=SHA-1024', 'Basic realm="r"')),
    (True, ('Basic realm="r"',)),
]


@pytest.mark.parametrize(("no_basic", "headers"), DOWN, ids=["in one answer", "known before"])
def test_a_password_is_never_told_in_plain_where_digest_was_offered(no_basic: bool, headers: tuple[str, ...]) -> None:
    with pytest.raises(Unsafe):
        LogIn("u", "p", no_basic=no_basic).take(read_challenges(headers))
    refused = answer("401 Unauthorized", *(f"WWW-Authenticate: {one}" for one in headers))
    with Server(answer("200 OK"), refused, PLAYED) as server:
        with pytest.raises(SourceRefused, match="open password") as caught:
            rtsp.connect(server.url(who="u:geheim@"), 2, CLOCK, no_basic=no_basic)
        assert reason_of(caught.value) == "unauthorised"
        assert "Authorization" not in "".join(server.asked)


def test_a_later_answer_of_the_same_attempt_does_not_get_the_password_in_plain_either() -> None:
    digest, basic = (
        answer("401 No", f"WWW-Authenticate: {one}")
        for one in ('Digest realm="r", nonce="n"', 'Basic realm="r", stale=true')
    )
    with Server(answer("200 OK"), digest, basic, PLAYED) as server:
        with pytest.raises(SourceRefused):
            rtsp.connect(server.url(who="u:geheim@"), 2, CLOCK)
        assert "Basic" not in "".join(server.asked)


NONCES = [f'WWW-Authenticate: Digest realm="r", nonce="{n}"' for n in range(9)]


@pytest.mark.parametrize("greeting", [answer("200 OK"), answer("401 Unauthorized", NONCES[0])])
@pytest.mark.parametrize(
    "again", [answer("401 No", NONCES[2]), answer("401 No", NONCES[1]), answer("403 Forbidden"), answer("401 No")]
)
def test_one_attempt_has_one_wrong_log_in_whatever_the_camera_says(greeting: bytes, again: bytes) -> None:
    first = [answer("401 No", NONCES[1])] if greeting.startswith(b"RTSP/1.0 200") else []
    with Server(greeting, *first, *[again] * 5) as server:
        with pytest.raises(SourceRefused) as caught:
            rtsp.connect(server.url(who="u:wrong@"), 2, CLOCK)
        assert reason_of(caught.value) == "unauthorised"
        assert sum("Authorization" in one for one in server.asked) == 1


def test_a_stale_nonce_is_replaced_but_not_for_ever() -> None:
    stale = [answer("401 No", f"{one}, stale=true") for one in NONCES]
    with Server(answer("200 OK"), *stale) as server:
        with pytest.raises(SourceRefused):
            rtsp.connect(server.url(who="u:p@"), 2, CLOCK)
        assert len(server.asked) <= 5


def test_a_camera_with_a_nonce_for_each_request_is_logged_in_to() -> None:
    opening = (
        answer("200 OK"), answer("401 No", NONCES[1]), answer("200 OK", body=sdp()), answer("401 No", NONCES[2]), SET_UP,
        answer("401 No", NONCES[3]), PLAYED,
    )  # fmt: skip
    with Server(*opening) as server:
        rtsp.connect(server.url(who="u:p@"), 2, CLOCK).close()
        assert [re.findall(r'nonce="(\d)"', one) for one in server.asked[:7]] == [
            [],
            [],
            ["1"],
            ["1"],
            ["2"],
            ["2"],
            ["3"],
        ]


REFUSED = [
    ([answer("404 Not Found")], ("not_found", "DESCRIBE", 404, False, False)),
    ([answer("200 OK", body=sdp()), answer("400 Bad")], ("refused", "SETUP", 400, True, False)),
    ([answer("401 No", NONCES[1]), answer("200 OK", body=sdp()), SET_UP, answer("453 Bandwidth")], ("busy", "PLAY", 453, True, True)),
]  # fmt: skip


@pytest.mark.parametrize(("answers", "values"), REFUSED)
def test_an_error_says_how_far_it_came(answers: list[bytes], values: tuple[object, ...]) -> None:
    with Server(answer("200 OK"), *answers) as server, pytest.raises(SourceRefused) as caught:
        rtsp.connect(server.url(who="u:p@"), 2, CLOCK)
    told = caught.value.values
    assert tuple(told[name] for name in ("reason", "asked", "status", "described", "known")) == values


def test_what_a_camera_learned_stays_known() -> None:
    challenge = 'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"'
    with Server(answer("401 No", challenge), answer("200 OK", body=sdp()), SET_UP, PLAYED) as server:
        connection = rtsp.connect(server.url(who="u:p@"), 2, CLOCK)
        assert connection.offers_digest
        counts = [re.search(r"nc=(\d+)", one) for one in server.asked[1:]]
        assert [one and one[1] for one in counts] == ["00000001", "00000002", "00000003"]
        connection.close()


# --- while it plays ---------------------------------------------------------------------------------------------------


def playing(server: Server, who: str = "u:p@") -> tuple[rtsp.RtspSession, RtspConnection]:
    connection = rtsp.connect(server.url(who=who), 2, CLOCK)
    return connection, RtspConnection(connection, lambda *_: None, 60, CLOCK.monotonic())


REQUESTS = [
    ("OPTIONS", "200 OK", "Public: GET_PARAMETER, OPTIONS"), ("GET_PARAMETER", "200 OK", ""),
    ("SET_PARAMETER", "405 Method Not Allowed", "Allow: GET_PARAMETER, OPTIONS"), ("ANNOUNCE", "405 Method Not Allowed", "Allow"),
    ("REDIRECT", "405 Method Not Allowed", "Allow"), ("TEARDOWN", "405 Method Not Allowed", "Allow"),
    ("SING", "501 Not Implemented", ""),
]  # fmt: skip


@pytest.mark.parametrize("cut", [1, 7, 10_000])
@pytest.mark.parametrize(("method", "status", "header"), REQUESTS)
def test_a_cameras_own_requests_are_answered(method: str, status: str, header: str, cut: int) -> None:
    with Server(answer("200 OK"), answer("200 OK", body=sdp()), SET_UP, PLAYED) as server:
        _, line = playing(server)
        body = "a=b\r\n" if method == "ANNOUNCE" else ""
        asked = f"{method} rtsp://c/x RTSP/1.0\r\nCSeq: 9\r\nSession: 77\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        stream = b"$\x00\x00\x01x" + asked + b"$\x01\x00\x01y" + asked.replace(b"CSeq: 9", b"CSeq: 10")
        for at in range(0, len(stream), cut):
            line.feed(stream[at : at + cut], CLOCK.monotonic())
        said = [server.wait(5), server.wait(6)]
        for one, sequence in zip(said, (9, 10), strict=True):
            assert one.startswith(f"RTSP/1.0 {status}\r\nCSeq: {sequence}\r\n")
            assert header in one
        line.end(None)


def sequence_of(request: str) -> str:
    found = re.search(r"CSeq: (\d+)", request)
    assert found
    return found[1]


GET_PARAMETER, OPTIONS = "GET_PARAMETER", "OPTIONS"
ANSWERS = {
    "501": ([("501 Not Implemented", "")], [OPTIONS], OPTIONS),
    "405": ([("405 Method Not Allowed", "Allow: OPTIONS")], [OPTIONS], OPTIONS),
    "454": ([("454 Session Not Found", "")], [OPTIONS], OPTIONS),
    "454 to both": ([("454 Session Not Found", ""), ("454 Session Not Found", "")], [OPTIONS], OPTIONS),
    "451": ([("451 Parameter Not Understood", "")], [OPTIONS], OPTIONS),
    "503": ([("503 Service Unavailable", "")], [], GET_PARAMETER),
    "500": ([("500 Internal Server Error", "")], [], GET_PARAMETER),
    "200": ([("200 OK", "")], [], GET_PARAMETER),
    "a new nonce": ([("401 No", NONCES[5])], [GET_PARAMETER], GET_PARAMETER),
    "stale": ([("401 No", f"{NONCES[1]}, stale=true")], [GET_PARAMETER], GET_PARAMETER),
    "a new nonce, then well": ([("401 No", NONCES[5]), ("200 OK", "")], [GET_PARAMETER], GET_PARAMETER),
    "refused": ([("401 No", NONCES[1])], [], ""),
    "refused again and again": ([("401 No", NONCES[n]) for n in (4, 5, 6)], [GET_PARAMETER], ""),
    "only the open password": ([("401 No", 'WWW-Authenticate: Basic realm="r"')], [], ""),
}


@pytest.mark.parametrize("what", ANSWERS)
def test_answers_to_keep_alives_are_acted_on(what: str) -> None:
    answers, at_once, then = ANSWERS[what]
    opening = (
        answer("401 No", NONCES[1]), answer("200 OK", "Public: DESCRIBE, GET_PARAMETER", body=sdp()), SET_UP, PLAYED,
    )  # fmt: skip
    with Server(*opening) as server:
        connection, line = playing(server)
        line.upkeep(CLOCK.monotonic() + 15)
        for status, header in answers:
            number = len(server.asked) if len(server.asked) > 4 else 5
            asked = server.wait(number)
            line.feed(
                answer(status, *([header] if header else [])).replace(b"SEQ", sequence_of(asked).encode()),
                CLOCK.monotonic(),
            )
            time.sleep(0.1)
        assert [one.split(" ")[0] for one in server.asked[4:]] == [GET_PARAMETER, *at_once]
        if NONCES[5] in [header for _, header in answers] and what.startswith("a new"):
            assert 'nonce="5"' in server.asked[-1]
        assert connection.keep_alive().decode().split(" ")[0] == then
        line.end(None)


def test_an_answer_to_something_else_changes_nothing() -> None:
    with Server(answer("200 OK", "Public: GET_PARAMETER"), answer("200 OK", body=sdp()), SET_UP, PLAYED) as server:
        connection, line = playing(server)
        line.upkeep(CLOCK.monotonic() + 15)
        for sequence in ("1", "999999", "9" * 5000, "x", "-1"):
            line.feed(answer("501 No").replace(b"SEQ", sequence.encode()), CLOCK.monotonic())
        assert connection.keep_alive().startswith(b"GET_PARAMETER") or sequence == "-1"
        line.end(None)


METHODS = [
    ((answer("200 OK", "Public: OPTIONS, DESCRIBE, GET_PARAMETER"), answer("200 OK", body=sdp())), GET_PARAMETER),
    ((answer("200 OK", "Public: OPTIONS, DESCRIBE"), answer("200 OK", body=sdp())), OPTIONS),
    ((answer("200 OK", "Public: OPTIONS", "Public: GET_PARAMETER"), answer("200 OK", body=sdp())), GET_PARAMETER),
    ((answer("401 No", NONCES[0], "Public: OPTIONS"), answer("200 OK", "Public: GET_PARAMETER", body=sdp())), GET_PARAMETER),
    ((answer("401 No", NONCES[0]), answer("200 OK", body=sdp())), OPTIONS),
]  # fmt: skip


@pytest.mark.parametrize(("opening", "method"), METHODS)
def test_methods_are_read_where_they_are_told(opening: tuple[bytes, bytes], method: str) -> None:
    with Server(*opening, SET_UP, PLAYED) as server:
        connection, line = playing(server)
        assert connection.keep_alive().decode().startswith(method)
        line.end(None)


@pytest.mark.parametrize(("told", "method"), [((), OPTIONS), (("Public: GET_PARAMETER, PLAY",), GET_PARAMETER)])
def test_a_camera_that_told_no_methods_is_asked_again_at_once(told: tuple[str, ...], method: str) -> None:
    with Server(answer("200 OK"), answer("200 OK", body=sdp()), SET_UP, PLAYED) as server:
        connection, line = playing(server)
        line.upkeep(CLOCK.monotonic() + 1.1)
        asked = server.wait(5)
        assert asked.startswith("OPTIONS")
        line.feed(answer("200 OK", *told).replace(b"SEQ", sequence_of(asked).encode()), CLOCK.monotonic())
        if method == GET_PARAMETER:
            assert server.wait(6).startswith(method), "it may be all that keeps the session, and its time runs"
        assert connection.keep_alive().decode().startswith(method)
        line.end(None)


# --- errors' text -----------------------------------------------------------------------------------------------------

EVIL = "geheim\x1b[31m\x07" + "A" * 5000
Kind = Callable[[], list[bytes]]
SPOKEN = [
    [answer("200 OK"), answer(f"404 {EVIL}", f"Server: {EVIL}")],
    [answer("200 OK"), answer("200 OK", body=sdp()), answer("200 OK", f"Transport: RTP/AVP;{EVIL}")],
    [answer("200 OK"), answer(f"302 {EVIL}", f"Location: rtsp://u:geheim@{EVIL}")],
    [answer("200 OK"), answer(f"401 {EVIL}", f'WWW-Authenticate: Digest realm="{EVIL}", algorithm={EVIL}, nonce="{EVIL}"')],
    [answer("200 OK"), answer("200 OK", body=EVIL)],
    [f"{EVIL}\r\n\r\n".encode()],
]  # fmt: skip


@pytest.mark.parametrize("spoken", SPOKEN)
def test_no_error_repeats_what_a_camera_said(spoken: list[bytes]) -> None:
    with Server(*spoken) as server:
        with pytest.raises((SourceError, NotOurs)) as caught:
            rtsp.connect(server.url(who="u:geheim@"), 1, CLOCK)
        told = str(caught.value)
        assert len(told) < 200
        assert told.isprintable()
        assert "geheim" not in told
        assert "AAA" not in told


def test_a_picture_that_is_too_large_is_refused_before_any_decoder_sees_it() -> None:
    huge = "Z0IAKNoAMAAGAZA="  # 12288 x 12288
    text = sdp().replace(SETS, f"{huge},aM48gA==")
    opening = answer("200 OK"), answer("200 OK", body=text), SET_UP, PLAYED
    with Server(*opening) as server, pytest.raises(SourceUnreadable, match="picture of 12288 x 12288 is larger than"):
        rtsp.connect(server.url(), 2, CLOCK)
