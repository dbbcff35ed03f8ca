"""Volunteers' phones with browsers of their own, which can be killed; and a network that can be cut."""

import contextlib
import os
import signal
import socket
import threading
from pathlib import Path
from urllib.parse import urlsplit

from django.utils import translation

from tests.browser.conftest import PHONE
from tests.conftest import how_to_start_chromium
from tests.factories import make_door_pass


class Network:
    """Stands between phones and site. Cut, it takes no connection and ends those that there are."""

    def __init__(self, site):
        self.target = urlsplit(site).hostname, urlsplit(site).port
        self.sockets, self.lock = set(), threading.Lock()
        self.is_on = True
        self.door = socket.create_server(("127.0.0.1", 0))
        self.site = f"http://127.0.0.1:{self.door.getsockname()[1]}"
        self.threads = [threading.Thread(target=self.serve)]
        self.threads[0].start()

    def serve(self):
        while True:
            try:
                near, _address = self.door.accept()
            except OSError:
                return
            if not self.is_on:
                near.close()
                continue
            self.threads.append(threading.Thread(target=self.connect, args=(near,)))
            self.threads[-1].start()

    def connect(self, near):
        with near, socket.create_connection(self.target) as far:
            with self.lock:
                self.sockets |= {near, far}
            back = threading.Thread(target=self.pipe, args=(far, near))
            back.start()
            self.pipe(near, far)
            back.join()
            with self.lock:
                self.sockets -= {near, far}

    def pipe(self, source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def off(self):
        self.is_on = False
        with self.lock:
            for one in self.sockets:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def on(self):
        self.is_on = True

    def close(self):
        self.off()
        self.door.shutdown(socket.SHUT_RDWR)  # ends the waiting for the next connection
        self.door.close()
        for thread in self.threads:
            thread.join()


class Phone:
    """One browser with a directory of its own, at one session's door."""

    def __init__(self, browser, directory, site, *, language="ru", video=None):
        self.browser, self.directory, self.site, self.language = browser, directory, site, language
        self.video = video
        self.noise = []  # errors of scripts
        self.start()
        self.context.add_cookies([{"name": "language", "value": language, "url": site}])

    def start(self):
        starting = how_to_start_chromium()
        if self.video:
            fake = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
            starting["args"] += [*fake, f"--use-file-for-fake-video-capture={self.video}"]
        else:
            starting["args"] += ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
        self.context = self.browser.browser_type.launch_persistent_context(
            str(self.directory), viewport=PHONE, **starting
        )
        self.context.set_default_timeout(15_000)
        self.context.on("weberror", lambda error: self.noise.append(f"{error.page.url}: {error.error}"))
        self.page = self.context.pages[0]

    def stop(self):
        with contextlib.suppress(Exception):
            self.context.close()

    def kill(self):
        """As a battery does it."""
        wanted = f"--user-data-dir={self.directory}"
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                command = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
                if wanted in command and not any(part.startswith("--type=") for part in command):
                    os.kill(int(process.name), signal.SIGKILL)
        self.stop()

    # What a volunteer does

    def words(self, text):
        with translation.override(self.language):
            return translation.gettext(text)

    def goes(self, path):
        return self.page.goto(self.site + path)

    def is_ready(self):
        self.page.wait_for_selector("html[data-door=ready]")

    def opens(self, city_session):
        """Scans a pass of its own, and stands at the door."""
        self.goes(f"/door/pass/{make_door_pass(city_session).secret}")
        self.page.locator("main form button").click()
        self.is_ready()

    def prepares(self):
        self.page.locator("#prepare").click()
        self.page.wait_for_selector("#ready:not([hidden])")
        return self.page.locator("#ready").inner_text()

    def records(self, *numbers):
        """Types each number and taps; returns the kinds of answers."""
        return self.page.evaluate(
            """async (numbers) => {
                const until = async (find) => {
                    for (;;) {
                        const found = find();
                        if (found) return found;
                        await new Promise((resolve) => setTimeout(resolve, 5));
                    }
                };
                const answers = document.getElementById("answers");
                const kinds = [];
                for (const number of numbers) {
                    answers.replaceChildren();
                    document.querySelector("[name=asked]").value = number;
                    document.querySelector("form.ask").requestSubmit();
                    (await until(() => answers.querySelector(".person button:not([hidden])"))).click();
                    const box = await until(() => answers.querySelector(".answer"));
                    kinds.push(box.classList[1].replace("answer-", ""));
                }
                return kinds;
            }""",
            list(numbers),
        )

    def answer(self):
        """The kind of the answer shown, and its words."""
        box = self.page.locator("#answers .answer")
        box.wait_for()
        return box.get_attribute("class").rpartition("answer-")[2], box.locator("h2").inner_text()

    def waiting(self):
        """How many acts the phone says it has not delivered; 0 when it says nothing."""
        self.page.wait_for_selector("#network", state="attached")
        return int(self.page.locator("#network").get_attribute("data-waiting") or 0)

    def has_delivered(self):
        self.page.evaluate("window.dispatchEvent(new Event('online'))")
        self.page.wait_for_selector("#network[data-waiting='0']", state="attached")

    def kept(self, store):
        """What the phone keeps there."""
        return self.page.evaluate(
            """(name) => new Promise((resolve, reject) => {
                const asked = indexedDB.open("door");
                asked.onerror = () => reject(asked.error);
                asked.onsuccess = () => {
                    const all = asked.result.transaction(name).objectStore(name).getAll();
                    all.onsuccess = () => { asked.result.close(); resolve(all.result); };
                };
            })""",
            store,
        )
