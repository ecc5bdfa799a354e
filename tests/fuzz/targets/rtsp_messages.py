"""RTSP heads and challenges: what a camera answers and asks (`ingest.source.rtsp_message`, `ingest.source.login`)."""

from __future__ import annotations

from ingest.source.login import LogIn, Unsafe, read_challenges
from ingest.source.rtsp_message import (
    MOST_BODY,
    NotOurs,
    RtspResponse,
    TooMuch,
    answer_to,
    begins_message,
    head_end,
    read_head,
)
from tests.fuzz.target import Target

PASSWORD = "Geheim-7788-x"


def run(data: bytes) -> bool:
    begins_message(data, 0)
    try:
        end = head_end(data)
        message, size = read_head(data if end is None else data[: end[0]])
        assert 0 <= size <= MOST_BODY
        if isinstance(message, RtspResponse):
            _log_in(message)
        else:
            again = read_head(answer_to(message, "77").strip())[0]
            assert again.sequence == message.sequence
    except (NotOurs, TooMuch):
        return False
    return True


def _log_in(answer: RtspResponse) -> None:
    """No header of ours has a line end in it, and none tells the password where Digest was offered."""
    assert all(value.isprintable() for value in answer.headers.values())
    login = LogIn("admin", PASSWORD)
    offered = read_challenges(answer.challenges)
    try:
        login.take(offered)
    except Unsafe:
        return
    for _ in range(2):
        said = login.header("DESCRIBE", "rtsp://10.0.0.1/x")
        assert said.isprintable()
        said.encode()
        assert PASSWORD not in said


def _answer(*lines: str) -> bytes:
    return "\r\n".join(["RTSP/1.0 401 Unauthorized", "CSeq: 2", *lines, "", ""]).encode()


TARGET = Target(
    run,
    (
        _answer('WWW-Authenticate: Digest realm="IP Camera(C1)", nonce="3b27a446bfa49b0c48c3edb83139543d", stale="FALSE"'),
        _answer('WWW-Authenticate: Digest realm="x", nonce="n", algorithm=SHA-256-sess, qop="auth, auth-int", opaque="o"',
                'WWW-Authenticate: Basic realm="x"'),
        _answer('WWW-Authenticate: Basic realm="a", Digest realm="b\\"c", nonce=d e f'),
        b"RTSP/1.0 200 OK\nCSeq: 3\nPublic: OPTIONS, DESCRIBE\nPublic: SETUP\nContent-Length: 12\n\nv=0\r\nm=x\r\n",
        b"SET_PARAMETER rtsp://x/y RTSP/1.0\r\nCSeq: 7\r\nContent-Length: 5\r\n\r\nhello",
        b"OPTIONS * RTSP/1.0\r\nCSeq: \xc2\xb2\r\n\r\n",
    ),
    (b"WWW-Authenticate:", b"Digest ", b"Basic ", b'nonce="', b"algorithm=MD5-sess", b"qop=auth-int", b"CSeq:", b"Content-Length:",
     b"RTSP/1.0 ", b"\r\n\r\n", b"stale=true", b"SHA-512-256", b"\xc2\xb2", b"\xe2\x80\xa8"),
    share=3,
)  # fmt: skip
