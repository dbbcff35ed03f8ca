"""A small HTTP client over bare sockets, so that what is measured is the server."""

import socket
import threading
import time
from dataclasses import dataclass


def request(method, path, *, headers=None, body=b""):
    """The bytes of one keep-alive request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Accept-Encoding: gzip"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body:
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass
class Answer:
    status: int
    headers: dict
    body: bytes
    seconds: float


class Connection:
    """One keep-alive connection to 127.0.0.1."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""

    def ask(self, raw):
        """Send one request and read its whole answer."""
        begun = time.perf_counter()
        self.socket.sendall(raw)
        head = self._until(b"\r\n\r\n")
        status_line, *lines = head.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines:
            name, _colon, value = line.partition(":")
            headers.setdefault(name.strip().lower(), []).append(value.strip())
        length = headers.get("content-length")
        body = self._exactly(int(length[0])) if length else self._chunks()
        return Answer(int(status_line.split()[1]), headers, body, time.perf_counter() - begun)

    def close(self):
        self.socket.close()

    def _more(self):
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("The server hung up.")
        self.received += data

    def _until(self, mark):
        while mark not in self.received:
            self._more()
        found, _mark, self.received = self.received.partition(mark)
        return found

    def _exactly(self, size):
        while len(self.received) < size:
            self._more()
        body, self.received = self.received[:size], self.received[size:]
        return body

    def _chunks(self):
        body = b""
        while size := int(self._until(b"\r\n"), 16):
            body += self._exactly(size)
            self._exactly(2)
        self._exactly(2)
        return body


def all_at_once(port, requests, *, connections):
    """Every request once, over so many connections that begin together. The answers in order, and the seconds."""
    answers = [None] * len(requests)
    places = iter(range(len(requests)))
    turn, start = threading.Lock(), threading.Barrier(connections + 1)
    failures = []

    def visitor():
        connection = Connection(port)
        start.wait()
        try:
            while True:
                with turn:
                    place = next(places, None)
                if place is None:
                    return
                answers[place] = connection.ask(requests[place])
        except Exception as error:  # noqa: BLE001 -- told by the caller's thread
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=visitor) for _ in range(connections)]
    for thread in threads:
        thread.start()
    start.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begun
    if failures:
        raise failures[0]
    return answers, seconds
