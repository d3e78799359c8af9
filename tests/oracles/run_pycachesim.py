"""What pycachesim counts.

Standard input: one JSON object {"levels": [{"name", "sets", "ways", "line", "policy"}, innermost
first], "bytes": B, "addresses": [...]} a line. Standard output: for each, [[hits, misses], ...].
"""

import json
import sys

from cachesim import Cache, CacheSimulator, MainMemory

for line in sys.stdin:
    case = json.loads(line)
    outer = None
    for level in reversed(case["levels"]):
        inner = Cache(
            level["name"], level["sets"], level["ways"], level["line"], level["policy"],
            load_from=outer, store_to=outer,
        )
        if outer is None:
            memory = MainMemory()
            memory.load_to(inner)
            memory.store_from(inner)
        outer = inner
    caches = CacheSimulator(outer, memory)
    caches.load(case["addresses"], length=case["bytes"])
    stats = list(caches.stats())[: len(case["levels"])]
    print(json.dumps([[level["HIT_count"], level["MISS_count"]] for level in stats]))
