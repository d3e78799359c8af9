"""Misses of fully associative caches, counted by libCacheSim.

Standard input: one JSON object {"policy": P, "lines": N, "trace": [...]} a line, the trace as line
numbers. Standard output: the misses of each.
"""

import json
import struct
import sys
import tempfile

import libcachesim

NEVER = -1


def next_uses(trace):
    """For each access, when its line is used next, as Bélády's policy asks for."""
    seen = {}
    uses = [NEVER] * len(trace)
    for at in range(len(trace) - 1, -1, -1):
        uses[at] = seen.get(trace[at], NEVER)
        seen[trace[at]] = at
    return uses


for text in sys.stdin:
    case = json.loads(text)
    trace = case["trace"]
    with tempfile.NamedTemporaryFile(suffix=".oracleGeneral") as file:
        for at, (line, use) in enumerate(zip(trace, next_uses(trace))):
            # When, what (0 is no name there), how large, when again
            file.write(struct.pack("<IQIq", at, line + 1, 1, use))
        file.flush()
        reader = libcachesim.TraceReader(
            file.name,
            libcachesim.TraceType.ORACLE_GENERAL_TRACE,
            libcachesim.ReaderInitParam(ignore_obj_size=True),
        )
        cache = getattr(libcachesim, case["policy"])(case["lines"])
        ratio, _ = cache.process_trace(reader)
        print(round(ratio * len(trace)))
