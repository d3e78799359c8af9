"""A rival that is a Python package, in a process that stays.

rival.py PACKAGE FOLDER SIZE,WAYS...: caches innermost first, lines of 64 bytes. Says its version;
then, for each number on standard input, follows the trace FOLDER/NUMBER (32-bit addresses) once more
and prints the seconds that took. Its caches stay as they are between two runs of one number.
"""

import array
import importlib.metadata
import os
import sys
import time

LINE = 64


def read(path):
    addresses = array.array("I")
    with open(path, "rb") as file:
        addresses.fromfile(file, os.path.getsize(path) // 4)
    return addresses


def pycachesim(levels):
    from cachesim import Cache, CacheSimulator, MainMemory

    outer = None
    for number, (size, ways) in reversed(list(enumerate(levels))):
        inner = Cache(f"L{number + 1}", size // ways // LINE, ways, LINE, "LRU",
                      load_from=outer, store_to=outer)
        if outer is None:
            memory = MainMemory()
            memory.load_to(inner)
            memory.store_from(inner)
        outer = inner
    caches = CacheSimulator(outer, memory)

    def follow(path):
        addresses = read(path).tolist()
        start = time.perf_counter()
        caches.load(addresses, length=8)
        return time.perf_counter() - start

    return follow


def libcachesim(levels):
    import libcachesim as library

    size, _ = levels[-1]
    lines = size // LINE
    # A table with as many buckets as lines is its fastest; by default it has 2^24
    cache = library.LRU(lines, hashpower=lines.bit_length())

    def follow(path):
        # It knows objects: a line is one. 0 is no name there.
        objects = path + ".lines"
        if not os.path.exists(objects):
            lines = array.array("I", (address // LINE + 1 for address in read(path)))
            with open(objects, "wb") as file:
                lines.tofile(file)
        how = library.ReaderInitParam(binary_fmt_str="<I", ignore_obj_size=True)
        how.obj_id_field = 1
        reader = library.TraceReader(objects, library.TraceType.BIN_TRACE, how)
        start = time.perf_counter()
        cache.process_trace(reader)
        return time.perf_counter() - start

    return follow


def main():
    package, folder = sys.argv[1:3]
    levels = [tuple(map(int, level.split(","))) for level in sys.argv[3:]]
    make = {"pycachesim": pycachesim, "libcachesim": libcachesim}[package]
    runs = {}
    make(levels)
    print(importlib.metadata.version(package), flush=True)
    for line in sys.stdin:
        number = line.strip()
        if number not in runs:
            runs[number] = make(levels)
        print(runs[number](os.path.join(folder, number)), flush=True)


main()
