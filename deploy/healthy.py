"""Ends with 0 when the site answers on this machine, else says why not: for containers and for the update.

`healthy.py [PORT]`, with SITE_URL in the environment. Needs nothing but Python.
"""

import http.client
import os
import sys
import urllib.parse


def ask(port, path):
    """The answer of the site on that port, asked as the proxy asks it: its status, and its body as text."""
    host = urllib.parse.urlsplit(os.environ["SITE_URL"]).hostname
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": host, "X-Forwarded-Proto": "https"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def main(port=8000):
    try:
        status, words = ask(int(port), "/healthz")
    except (OSError, http.client.HTTPException) as error:
        sys.exit("It does not answer: %s" % error)
    if status != 200:
        sys.exit("It answers %s: %s" % (status, words))


if __name__ == "__main__":
    main(*sys.argv[1:])
