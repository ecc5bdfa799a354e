"""A screen with a browser on it as a person has them: windows that are really drawn, tabs of which one is in front, and a keyboard.

Nothing here stands in for the browser's own conduct. Chromium runs with the flags of its user (what drivers add so that a tab in the
background behaves as one in front is left out), the driver overrides no focus (`no_defaults`), and keys are the X server's own events
(XTEST), which the browser can't tell from a keyboard's: Ctrl+1 changes the tab. The machine needs no sound card: without one Chromium
plays to a sink of its own, by the same clock.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import BrowserContext, Page, Playwright

CHROMIUM, XVFB = "/usr/bin/chromium", "/usr/bin/Xvfb"
WIDTH, HEIGHT = 1920, 1080
FLAGS: Final = (
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--no-default-browser-check", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--password-store=basic", "--lang=zh-CN", "--accept-lang=zh-CN",
    "--remote-debugging-port=0", "--window-position=0,0", f"--window-size={WIDTH},{HEIGHT}",
)  # fmt: skip
SHIFT, CONTROL = 0xFFE1, 0xFFE3
KEYS: Final = {"Enter": 0xFF0D, "Tab": 0xFF09, "Escape": 0xFF1B, "Control": CONTROL, "Shift": SHIFT}
"""Keysyms; a character's is its code."""


class Keyboard:
    """The keys of one X server."""

    def __init__(self, display: str) -> None:
        self._x, self._test = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXtst.so.6")
        self._x.XOpenDisplay.restype = ctypes.c_void_p
        self._x.XKeysymToKeycode.argtypes = [ctypes.c_void_p, ctypes.c_ulong]
        self._x.XKeysymToKeycode.restype = ctypes.c_ubyte
        self._x.XSync.argtypes = [ctypes.c_void_p, ctypes.c_int]
        self._x.XCloseDisplay.argtypes = [ctypes.c_void_p]
        self._test.XTestFakeKeyEvent.argtypes = [ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_ulong]
        self._x.XDefaultRootWindow.argtypes, self._x.XDefaultRootWindow.restype = [ctypes.c_void_p], ctypes.c_ulong
        self._x.XQueryTree.argtypes = [ctypes.c_void_p, ctypes.c_ulong, *[ctypes.c_void_p] * 4]
        self._x.XFree.argtypes = [ctypes.c_void_p]
        self._x.XSetInputFocus.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int, ctypes.c_ulong]
        self._display = self._x.XOpenDisplay(display.encode())
        assert self._display, f"no X server answers at {display}"

    def give_focus(self) -> None:
        """To the window on top, as a window manager does; there is none here."""
        root, parent, children, many = (
            ctypes.c_ulong(),
            ctypes.c_ulong(),
            ctypes.POINTER(ctypes.c_ulong)(),
            ctypes.c_uint(),
        )
        self._x.XQueryTree(self._display, self._x.XDefaultRootWindow(self._display), ctypes.byref(root), ctypes.byref(parent),
                           ctypes.byref(children), ctypes.byref(many))  # fmt: skip
        assert many.value, "no window is on the screen"
        self._x.XSetInputFocus(self._display, children[many.value - 1], 2, 0)  # RevertToParent, CurrentTime
        self._x.XFree(children)
        self._x.XSync(self._display, 0)

    def press(self, keys: str) -> None:
        """One key, or several held together: `y`, `Enter`, `Control+1`."""
        codes = [self._x.XKeysymToKeycode(self._display, KEYS.get(key) or ord(key)) for key in keys.split("+")]
        assert all(codes), f"this keyboard lacks a key of {keys}"
        for code in codes:
            self._test.XTestFakeKeyEvent(self._display, code, 1, 0)
        for code in reversed(codes):
            self._test.XTestFakeKeyEvent(self._display, code, 0, 0)
        self._x.XSync(self._display, 0)

    def type(self, text: str) -> None:
        """Small letters, digits and hyphens."""
        for letter in text:
            self.press(letter)

    def close(self) -> None:
        self._x.XCloseDisplay(self._display)


@contextmanager
def x_server() -> Iterator[str]:
    """A screen in memory; gives its display."""
    listening, telling = os.pipe()
    process = subprocess.Popen(
        [XVFB, "-displayfd", str(telling), "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-nolisten", "tcp"],
        pass_fds=[telling], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(telling)
    try:
        with os.fdopen(listening) as told:
            number = told.readline().strip()
        assert number, "the X server did not start"
        yield f":{number}"
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def browser(playwright: Playwright, display: str) -> Iterator[BrowserContext]:
    """A headed Chromium with one empty tab and a profile of its own."""
    profile = Path(tempfile.mkdtemp(prefix="lqx-"))
    process = subprocess.Popen(
        [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
        env={**os.environ, "DISPLAY": display, "LANGUAGE": "zh_CN"}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        port = profile / "DevToolsActivePort"
        until = time.monotonic() + 60
        while not port.exists() or len(port.read_text().splitlines()) < 2:
            assert time.monotonic() < until, "Chromium did not start"
            assert process.poll() is None, "Chromium ended"
            time.sleep(0.05)
        number = port.read_text().splitlines()[0]
        driven = playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{number}", no_defaults=True)
        yield driven.contexts[0]
        driven.close()
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)
        shutil.rmtree(profile, ignore_errors=True)


class Tab:
    """A page asked without a word that it or the browser could take for a hand (`userGesture` false)."""

    def __init__(self, page: Page) -> None:
        self.page, self._asked = page, page.context.new_cdp_session(page)

    def ask(self, expression: str) -> Any:
        answer = self._asked.send(
            "Runtime.evaluate",
            {"expression": expression, "returnByValue": True, "awaitPromise": True, "userGesture": False},
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")
