"""Answers of whoever heard the question for cameras (`ingest.source.discovery`): bounded, printable, and never an error."""

from __future__ import annotations

from ingest.source.discovery import LONGEST, MOST_MATCHES, NotAnAnswer, question, read_answer
from tests.fuzz.target import Target

MINE = "urn:uuid:00000000-0000-4000-8000-000000000001"


def run(data: bytes) -> bool:
    try:
        found = read_answer(data, MINE)
    except NotAnAnswer:
        return False
    assert 0 < len(found) <= MOST_MATCHES
    for one in found:
        for text in (one.endpoint, one.name, one.hardware):
            assert len(text) <= LONGEST
            assert text.isprintable()
    return True


HEAD = (
    b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
    b'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:n="http://www.onvif.org/ver10/network/wsdl">'
)
ONE = (
    b"<d:ProbeMatch><a:EndpointReference><a:Address>urn:uuid:x</a:Address></a:EndpointReference><d:Types>n:NetworkVideoTransmitter</d:Types>"
    b"<d:Scopes>onvif://www.onvif.org/name/IPC%20%E6%B5%B7 onvif://www.onvif.org/hardware/DS-2</d:Scopes><d:XAddrs>http://10.0.0.1/</d:XAddrs></d:ProbeMatch>"
)
WHOLE = (
    HEAD
    + b"<s:Header><a:RelatesTo>"
    + MINE.encode()
    + b"</a:RelatesTo></s:Header><s:Body><d:ProbeMatches>"
    + ONE
    + b"</d:ProbeMatches></s:Body></s:Envelope>"
)
TARGET = Target(
    run,
    (
        b'<?xml version="1.0" encoding="UTF-8"?>' + WHOLE, WHOLE.replace(ONE, ONE * 8), WHOLE.replace(MINE.encode(), b"urn:uuid:else"), question(MINE),
        WHOLE.replace(b"s:Header", b"s:Other"), b'<?xml version="1.0" encoding="GB2312"?>' + WHOLE, WHOLE.decode().encode("utf-16"),
    ),
    (b"<d:ProbeMatch>", b"</d:ProbeMatch>", b"<d:Scopes>", b"onvif://www.onvif.org/name/", b"%00%0A%1B", b"%C4%E3", b"<a:Address>", b"<!DOCTYPE x [", b"<!ENTITY a 'b'>",
     b"&a;", b"&#0;", b"<![CDATA[", b"]]>", b'encoding="', b"utf-7", b"xmlns:d='", b"<s:Body>", b"<?x y?>"),
    most=6000, steps=(20_000, 200), share=2,
)  # fmt: skip
