"""The first view on a slow telephone line: Chromium at 400 kbit/s with 400 ms to the server and back (UX 39-43)."""

import shutil
import tempfile
import time

from bench.consultation import open_sessions

LINE = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}  # bytes a second

# When the first words were painted, when all was there; how much came and in how many requests.
SEEN = """
() => {
    const painted = performance.getEntriesByName("first-contentful-paint")[0];
    const loaded = performance.getEntriesByType("navigation")[0].loadEventEnd;
    if (!painted || !loaded) return null;
    const parts = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
    return {
        first: painted.startTime / 1000,
        all: loaded / 1000,
        bytes: parts.map(part => part.transferSize).reduce((sum, size) => sum + size, 0),
        requests: parts.length,
    };
}
"""


def view(server):
    chromium = shutil.which("chromium")
    if chromium is None:
        return
    from playwright.sync_api import sync_playwright

    city_session = open_sessions()[0]
    at = f"{city_session.consultation.slug}/{city_session.slug}/"
    with tempfile.TemporaryDirectory() as profile, sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
        options += ["--disable-background-networking", "--disable-component-update"]
        phone = {"viewport": {"width": 360, "height": 740}}
        for language in ("ky", "ru"):
            for name, path in [("home", ""), ("session", at), ("registration form", f"{at}register/")]:
                # A browser of its own for each: nothing is kept from the page before.
                browser = playwright.chromium.launch_persistent_context(
                    tempfile.mkdtemp(dir=profile), executable_path=chromium, args=options, **phone
                )
                page = browser.pages[0]
                line = browser.new_cdp_session(page)
                line.send("Network.enable")
                line.send("Network.emulateNetworkConditions", LINE)
                page.goto(f"http://127.0.0.1:{server.port}/{language}/{path}", wait_until="load")
                while (
                    seen := page.evaluate(SEEN)
                ) is None:  # `wait_for_function` needs eval, which no page of ours allows
                    time.sleep(0.05)
                browser.close()
                yield (
                    f"first view of the {name}, {language}, at 400 kbit/s with 400 ms",
                    f"words after {seen['first']:.1f} s, all after {seen['all']:.1f} s",
                    "",
                    f"{seen['bytes'] / 1000:.1f} kB in {seen['requests']} requests",
                    "3 s, 50 kB in 5 requests",
                )
