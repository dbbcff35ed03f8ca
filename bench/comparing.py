"""Ours beside bare Django, in turn, so that a machine that slows down slows both."""

import statistics
import sys

from bench import processor
from bench.client import all_at_once

ROUNDS = 5
CONNECTIONS = 8


def per_second(server, requests):
    """Requests a second, and milliseconds of the processor that each cost the server (None where that is not told)."""
    before = processor.spent(server.group)
    answers, seconds = all_at_once(server.port, requests, connections=CONNECTIONS)
    after = processor.spent(server.group)
    statuses = {answer.status for answer in answers}
    if not statuses <= {200, 303}:
        sys.exit(f"Not measured: the server answered {sorted(statuses)}.")
    cost = None if before is None else max(after - before, 0.001) / len(requests) * 1000
    return len(requests) / seconds, cost


def compared(server, name, ours, bare, *, wanted):
    """A row of the table: `ours` and `bare` give the requests of a round; of five rounds the median counts."""
    rounds = [(per_second(server, ours()), per_second(server, bare())) for _ in range(ROUNDS)]
    median = statistics.median
    quick = median(our_rate / bare_rate for (our_rate, _), (bare_rate, _) in rounds)
    our_rate, bare_rate = (median(side[place][0] for side in rounds) for place in (0, 1))
    measured, beside = f"{our_rate:,.0f}/s", f"{bare_rate:,.0f}/s"
    if rounds[0][0][1] is None:
        return name, measured, beside, f"{quick:.2f}", wanted
    our_cost, bare_cost = (median(side[place][1] for side in rounds) for place in (0, 1))
    cheap = median(bare_cost / our_cost for (_, our_cost), (_, bare_cost) in rounds)
    return (
        name,
        f"{measured}, {our_cost:.1f} ms of the processor",
        f"{beside}, {bare_cost:.1f} ms",
        f"{quick:.2f} by the clock, {cheap:.2f} by the processor",
        wanted,
    )
