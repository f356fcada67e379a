"""A headless Chromium, driven by its DevTools protocol over two pipes: nothing else is needed."""

from __future__ import annotations

import base64
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

__all__ = ["BROWSERS", "Browser", "Page"]

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
"""Names of the program, in the order in which they are looked for."""

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
)
_PATIENCE = 60.0
# Chromium reads commands from 3 and writes answers to 4, whatever is there now
_LAUNCH = (
    "import fcntl, os, sys\n"
    "ends = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3]]\n"
    "os.dup2(ends[0], 3), os.dup2(ends[1], 4)\n"
    "os.execv(sys.argv[3], sys.argv[3:])\n"
)


class Browser:
    """A process of Chromium with an empty profile in `folder`.

    Pages are opened one after the other; all that they say is kept.
    """

    def __init__(self, folder: Path) -> None:
        program = next(p for p in map(shutil.which, BROWSERS) if p)
        ours, theirs = os.pipe(), os.pipe()
        self._send, self._receive = ours[1], theirs[0]
        command = [program, *_FLAGS, "--remote-debugging-pipe", f"--user-data-dir={folder}"]
        self._process = subprocess.Popen(
            [sys.executable, "-c", _LAUNCH, str(ours[0]), str(theirs[1]), *command],
            pass_fds=(ours[0], theirs[1]),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(ours[0])
        os.close(theirs[1])
        os.set_blocking(self._receive, False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._receive, selectors.EVENT_READ)
        self._rest = b""
        self._number = 0
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, session: str | None = None, **parameters: Any) -> Any:
        """The answer to a command of the protocol; what happens meanwhile goes to `events`."""
        self._number += 1
        command: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if session is not None:
            command["sessionId"] = session
        os.write(self._send, json.dumps(command).encode() + b"\0")
        while True:
            message = self._next()
            if message.get("id") == self._number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def wait(self, method: str, session: str) -> None:
        """Wait until that happens, unless it has."""
        while not any(
            e.get("method") == method and e.get("sessionId") == session for e in self.events
        ):
            self.events.append(self._next())

    def _next(self) -> dict[str, Any]:
        end = time.monotonic() + _PATIENCE
        while b"\0" not in self._rest:
            if not self._selector.select(max(0.0, end - time.monotonic())):
                raise TimeoutError("Chromium does not answer")
            found = os.read(self._receive, 1 << 20)
            if not found:
                raise RuntimeError("Chromium ended")
            self._rest += found
        message, self._rest = self._rest.split(b"\0", 1)
        found_message: dict[str, Any] = json.loads(message)
        return found_message

    def open(self, path: Path, width: int, *, dark: bool = False, script: bool = True) -> Page:
        """Show a file in a window of this width."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.events.clear()
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable", session)
        self.call("Emulation.setScriptExecutionDisabled", session, value=not script)
        page = Page(self, session, target)
        page.resize(width)
        page.light(dark=dark)
        self.call("Page.navigate", session, url=path.resolve().as_uri())
        self.wait("Page.loadEventFired", session)
        return page

    def close(self) -> None:
        """End the process and its children."""
        try:
            self.call("Browser.close")
            self._process.wait(10)
        except (OSError, RuntimeError, TimeoutError, subprocess.TimeoutExpired):
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._selector.close()
        os.close(self._send)
        os.close(self._receive)


class Page:
    """A page of a browser."""

    def __init__(self, browser: Browser, session: str, target: str) -> None:
        self._browser = browser
        self._session = session
        self._target = target

    def _call(self, method: str, **parameters: Any) -> Any:
        return self._browser.call(method, self._session, **parameters)

    def resize(self, width: int, height: int = 900) -> None:
        """Make the window that large, in CSS pixels."""
        self._call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def light(self, *, dark: bool) -> None:
        """Make it night or day."""
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self._call("Emulation.setEmulatedMedia", features=features)

    def ask(self, expression: str) -> Any:
        """The value of an expression of JavaScript, as JSON has it; promises are awaited."""
        answer = self._call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(json.dumps(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def press(self, key: str, code: int = 0) -> None:
        """Press a key."""
        for kind in ("keyDown", "keyUp"):
            self._call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code)

    def point(self, x: float, y: float) -> None:
        """Move the mouse there."""
        self._call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def touch(self, x: float, y: float) -> None:
        """Tap there."""
        self._call("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": x, "y": y}])
        self._call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    def picture(self, *, whole: bool = False) -> bytes:
        """A PNG of what is seen, or of all of the page."""
        found = self._call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        return base64.b64decode(found["data"])

    def pdf(self) -> bytes:
        """The page as it prints, on A4."""
        found = self._call(
            "Page.printToPDF", paperWidth=8.27, paperHeight=11.69, printBackground=False
        )
        return base64.b64decode(found["data"])

    def complaints(self) -> list[str]:
        """Errors, warnings and messages of the console, and requests for anything but the file."""
        found = []
        for event in self._browser.events:
            if event.get("sessionId") != self._session:
                continue
            match event.get("method"):
                case "Runtime.exceptionThrown" | "Runtime.consoleAPICalled" | "Log.entryAdded":
                    found.append(json.dumps(event["params"]))
                case "Network.requestWillBeSent":
                    url = event["params"]["request"]["url"]
                    if not url.startswith(("file:", "data:", "about:")):
                        found.append(f"asked for {url}")
        return found

    def close(self) -> None:
        """Close it."""
        self._browser.call("Target.closeTarget", targetId=self._target)
