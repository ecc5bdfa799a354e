"""What the routes of discovery and drafts answer."""

from __future__ import annotations

from console.http.answers import Answer


class FoundDeviceAnswer(Answer):
    """A device that answered in the network."""

    host: str
    name: str
    hardware: str
    """As it says of itself."""
    maker: str
    """Id of a maker of the list; `onvif` where none is recognised."""
    known: list[str]
    """Ids of the county's cameras at that host, the first five."""
    cameras: int
    """All of the county's cameras at that host."""


class DiscoveryAnswer(Answer):
    """Devices that answered, those without a camera of ours first."""

    items: list[FoundDeviceAnswer]
    asked: list[str]
    """The workers' own addresses from which they asked."""
    silent: list[str]
    """Workers that did not answer the console."""
    unread: int
    """Answers that nobody could read, and devices that are no cameras."""
    cut: bool
    """More devices answered than a worker tells."""


class DraftsAnswer(Answer):
    """Ids of the cameras that were added."""

    added: list[str]
