"""Cameras by rtsps: certificates are verified or pinned by their print, and it is said loudly where they are neither."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from demo.clips import clip_path
from demo.rtsp.camera import SimCamera
from demo.rtsp.media import load
from demo.rtsp.sim import CameraSim
from ingest.source.ffmpeg import Tls
from ingest.source.probe import Probed, ProbeRequest, probe
from lianqin.clock import SystemClock
from lianqin.pins import print_of
from lianqin.settings import check

pytestmark = pytest.mark.timeout(60)


def certificate(
    folder: Path,
    name: str,
    host: x509.GeneralName,
    *,
    days: int = 1,
    signer: tuple[str, ec.EllipticCurvePrivateKey] | None = None,
) -> Path:
    """Certificate and key of a camera in one PEM file. It ends in `days`; without a `signer` it signs for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    called, by = signer or (name, key)
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder().subject_name(_named(name)).issuer_name(_named(called)).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - dt.timedelta(days=9))
        .not_valid_after(now + dt.timedelta(days=days)).add_extension(x509.SubjectAlternativeName([host]), critical=False)
        .add_extension(x509.BasicConstraints(ca=not signer, path_length=None), critical=True).sign(by, hashes.SHA256())
    )  # fmt: skip
    file = folder / f"{name}.pem"
    plain = serialization.NoEncryption()
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    return file


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def print_in(file: Path) -> str:
    """As `openssl x509 -fingerprint -sha256` shows it."""
    return x509.load_pem_x509_certificate(file.read_bytes()).fingerprint(hashes.SHA256()).hex(":").upper()


def pass_on(source: socket.socket, sink: socket.socket) -> None:
    try:
        while piece := source.recv(65536):
            sink.sendall(piece)
    except OSError:
        pass
    for one in (source, sink):
        one.close()


def shows(pem: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


def tls_front(port: int, pem: Path, then: Path | None = None) -> socket.socket:
    """Listens, and hands what comes over TLS to the camera behind it. After the first connection `then` is shown."""
    context = shows(pem)
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        now = context
        while True:
            try:
                peer, _ = listening.accept()
            except OSError:
                return
            shown, now = now, shows(then) if then else now
            try:
                safe = shown.wrap_socket(peer, server_side=True)
            except OSError:
                continue  # it doesn't trust us
            behind = socket.create_connection(("127.0.0.1", port))
            threading.Thread(target=pass_on, args=(safe, behind), daemon=True).start()
            threading.Thread(target=pass_on, args=(behind, safe), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    return listening


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("certificates")
    here = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    maker = ec.generate_private_key(ec.SECP256R1())
    return {
        "own": certificate(folder, "own", here),
        "renewed": certificate(folder, "renewed", here),
        "expired": certificate(folder, "expired", here, days=-1),
        "signed by its maker": certificate(folder, "signed", here, signer=("maker", maker)),
        "other name": certificate(folder, "elsewhere", x509.DNSName("elsewhere.lan")),
    }


@pytest.fixture(scope="module")
def sim(clips: Path) -> Iterator[CameraSim]:
    with CameraSim({"X": SimCamera({"main": load(clip_path("C01", "sub"))})}) as running:
        yield running


CASES = [
    ("own", True, "own", ""),
    ("own", True, "", "not trusted"),
    ("own", True, "other name", "not trusted"),
    ("other name", True, "other name", "not trusted"),
    ("own", False, "", ""),
]


@pytest.mark.parametrize(("shown", "verify", "trusted", "fault"), CASES)
def test_only_a_certificate_that_is_trusted_is_taken(
    sim: CameraSim, files: dict[str, Path], shown: str, verify: bool, trusted: str, fault: str
) -> None:
    with tls_front(sim.port, files[shown]) as front:
        url = f"rtsps://127.0.0.1:{front.getsockname()[1]}/X"
        tls = Tls(verify, str(files[trusted]) if trusted else "")
        found = probe(ProbeRequest(url), av.open, SystemClock(), tls)
    if fault:
        assert found.reason == "refused"
        assert fault in found.detail
    else:
        assert (found.reason, found.width) == ("", 640)
        assert found.read_why == ("scheme" if verify else "not_verified"), "where nobody verifies it is said"


# --- pinned by the print ----------------------------------------------------------------------------------------------


def tried(front: socket.socket, pins: Sequence[str], tls: Tls = Tls()) -> Probed:  # noqa: B008 - frozen
    """What a try says of the camera behind it; `P` in a pin is its port."""
    port = front.getsockname()[1]
    text = ", ".join(one.replace("P=", f"{port}=") for one in pins)
    of = Tls.of(check({"rtsps_pins": text, "rtsps_verify": tls.verify, "rtsps_ca_file": tls.ca_file}))
    return probe(ProbeRequest(f"rtsps://admin:geheim@127.0.0.1:{port}/X"), av.open, SystemClock(), of)


@pytest.mark.parametrize("shown", ["own", "expired", "other name", "signed by its maker"])
def test_a_pinned_certificate_plays_whoever_signed_it_for_whatever_name_and_time(
    sim: CameraSim, files: dict[str, Path], shown: str
) -> None:
    with tls_front(sim.port, files[shown]) as front:
        without = tried(front, [])
        found = tried(front, [f"127.0.0.1={print_in(files[shown])}"])
    assert "not trusted" in without.detail
    assert (found.reason, found.detail, found.width) == ("", "", 640)
    assert (found.read_by, found.read_why) == ("ffmpeg", "scheme")


@pytest.mark.parametrize("verify", [True, False])
def test_another_print_is_refused_and_named_though_an_authority_would_trust_it_or_nobody_verifies(
    sim: CameraSim, files: dict[str, Path], verify: bool
) -> None:
    with tls_front(sim.port, files["own"]) as front:
        place = f"127.0.0.1:{front.getsockname()[1]}"
        found = tried(front, [f"127.0.0.1={print_in(files['renewed'])}"], Tls(verify, str(files["own"])))
    assert found.reason == "refused"
    for word in (f"the certificate of {place} is not the pinned one", f"came {print_in(files['own'])}", "rtsps_pins"):
        assert word in found.detail
    assert "geheim" not in found.detail


def test_nothing_is_said_to_a_camera_with_another_print(files: dict[str, Path]) -> None:
    said = list[bytes]()

    def serve(listening: socket.socket) -> None:
        peer, _ = listening.accept()
        with shows(files["own"]).wrap_socket(peer, server_side=True) as safe:
            said.append(safe.recv(100))

    with socket.create_server(("127.0.0.1", 0)) as front:
        serving = threading.Thread(target=serve, args=(front,))
        serving.start()
        assert tried(front, [f"127.0.0.1={print_in(files['renewed'])}"]).reason == "refused"
        serving.join(5)
    assert said == [b""]


def test_where_nobody_verifies_a_pinned_camera_is_not_said_to_be_unverified(
    sim: CameraSim, files: dict[str, Path]
) -> None:
    with tls_front(sim.port, files["own"]) as front:
        found = tried(front, [f"127.0.0.1={print_in(files['own'])}"], Tls(verify=False))
    assert (found.reason, found.read_why) == ("", "scheme")


def test_a_host_may_have_two_prints_while_its_certificate_is_renewed(sim: CameraSim, files: dict[str, Path]) -> None:
    pins = [f"127.0.0.1={print_in(files[one]).replace(':', '').lower()}" for one in ("own", "renewed")]
    for shown in ("own", "renewed"):
        with tls_front(sim.port, files[shown]) as front:
            assert tried(front, pins).reason == ""


def test_the_print_is_looked_at_on_the_connection_that_plays(sim: CameraSim, files: dict[str, Path]) -> None:
    pin = f"127.0.0.1={print_in(files['own'])}"
    with tls_front(sim.port, files["own"], then=files["renewed"]) as front:
        assert tried(front, [pin]).reason == "", "one connection is enough"
        assert "not the pinned one" in tried(front, [pin]).detail


def test_a_pin_of_another_host_or_port_does_not_apply(sim: CameraSim, files: dict[str, Path]) -> None:
    own = print_in(files["own"])
    with tls_front(sim.port, files["own"]) as front:
        assert "not trusted" in tried(front, [f"10.0.0.5={own}", f"127.0.0.1:322={own}"]).detail


def test_a_pin_of_the_port_goes_before_the_hosts(sim: CameraSim, files: dict[str, Path]) -> None:
    own, renewed = print_in(files["own"]), print_in(files["renewed"])
    with tls_front(sim.port, files["own"]) as front:
        assert tried(front, [f"127.0.0.1={renewed}", f"127.0.0.1:P={own}"]).reason == ""
        assert "not the pinned one" in tried(front, [f"127.0.0.1={own}", f"127.0.0.1:P={renewed}"]).detail


def test_a_pinned_camera_that_speaks_no_tls_is_refused_by_that_name(files: dict[str, Path]) -> None:
    def serve(listening: socket.socket) -> None:
        peer, _ = listening.accept()
        with peer:
            peer.recv(4096)
            peer.sendall(b"RTSP/1.0 400 Bad Request\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as front:
        threading.Thread(target=serve, args=(front,), daemon=True).start()
        found = tried(front, [f"127.0.0.1={print_in(files['own'])}"])
    assert found.reason == "refused"
    assert "no TLS with it" in found.detail


def test_a_pinned_camera_sends_nobody_to_an_address_where_its_print_does_not_hold(
    sim: CameraSim, files: dict[str, Path]
) -> None:
    def serve(listening: socket.socket) -> None:
        peer, _ = listening.accept()
        with shows(files["own"]).wrap_socket(peer, server_side=True) as safe:
            safe.recv(4096)
            safe.sendall(f"RTSP/1.0 302 Moved\r\nCSeq: 1\r\nLocation: rtsp://127.0.0.1:{sim.port}/X\r\n\r\n".encode())
            safe.recv(4096)

    with socket.create_server(("127.0.0.1", 0)) as front:
        threading.Thread(target=serve, args=(front,), daemon=True).start()
        found = tried(front, [f"127.0.0.1={print_in(files['own'])}"])
    assert found.reason == "refused"
    assert "another address" in found.detail


def test_a_print_is_what_openssl_shows(files: dict[str, Path]) -> None:
    text = files["own"].read_text()
    assert print_of(ssl.PEM_cert_to_DER_cert(text[: text.index("-----BEGIN PRIVATE")])) == print_in(files["own"])
