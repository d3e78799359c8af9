"""Peers of the loader kernels: numpy and OpenCV at the same work, on one thread.

    python3 native/benches/kernels/loader_peers.py [--serve]

needs `pip install numpy opencv-python-headless` (and ml_dtypes for bfloat16); without one of them it
says so and ends well, with the cases the others can do. All arrays are far larger than a cache.

Prints a line of JSON for each case:
    case    the kernel of the lab that does the same
    peer    what was called
    bytes   bytes read and written by the work itself, as the lab counts them: arrays that an idiom of
            several calls makes in between do not count, since the work does not need them
    arrays  bytes of the arrays it works on, in and out
    seconds the fastest of the repetitions, which is the one least disturbed
    gbs     bytes / seconds / 1e9
A result goes to an array that exists already where the call allows it, as the lab's kernels do; where
it does not (`allocates`), the time includes that of fresh memory, as it does for whoever uses the call.

With --serve it prints the list of cases as one line of JSON instead, and then answers each number of a
case on its input with the time of one call, and how much of it the process ran, so that others can take turns with it; `forget` lets go of
the arrays. That is how the bench `kernels` uses it.
"""

import json
import sys
import time

try:
    import numpy as np
except ImportError:
    print("numpy is not installed, so there is nothing to compare with: pip install numpy")
    sys.exit(0)
try:
    import cv2

    cv2.setNumThreads(1)
except ImportError:
    cv2 = None
    print(
        "OpenCV is not installed, its cases are left out: pip install opencv-python-headless",
        file=sys.stderr,
    )
try:
    import ml_dtypes
except ImportError:
    ml_dtypes = None
    print(
        "ml_dtypes is not installed, bfloat16 is left out: pip install ml_dtypes",
        file=sys.stderr,
    )

REPETITIONS = 7
# Bytes of the table whose rows are gathered.
TABLE = 512 << 20
# Pixels of a side.
SIDE = 4096
MEAN = np.array([0.485, 0.456, 0.406], np.float32)
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)
SCALE, OFFSET = 1 / (255 * DEVIATION), -MEAN / DEVIATION
CASES = []


def case(name, peer, moved, arrays=None, allocates=False):
    """Declares the case that the function below sets up: called without arguments, it makes its arrays
    and returns the call to be timed."""

    def declare(setup):
        CASES.append(
            {
                "case": name,
                "peer": peer,
                "bytes": moved,
                "arrays": arrays or moved,
                "allocates": allocates,
                "setup": setup,
            }
        )
        return setup

    return declare


def random():
    """Random numbers, always the same."""
    return np.random.default_rng(1)


def gathers():
    """Rows in random order, each once."""
    for row in (64, 256, 1024, 4096):
        rows = TABLE // row
        moved = 2 * TABLE + 4 * rows

        def arrays(row=row, rows=rows):
            table = np.ones((rows, row), np.uint8)
            return table, random().permutation(rows), np.empty((rows, row), np.uint8)

        # With mode="raise" numpy gathers into a buffer of its own and copies that: the fastest form
        # is the one that clips indices.
        @case(f"gather-rows-{row}", "numpy.take(out, clip)", moved)
        def clipped(arrays=arrays):
            table, order, batch = arrays()
            return lambda: np.take(table, order, axis=0, out=batch, mode="clip")

        @case(f"gather-rows-{row}", "numpy.take", moved, allocates=True)
        def plain(arrays=arrays):
            table, order, _ = arrays()
            return lambda: np.take(table, order, axis=0)


def image():
    """Pixels of 3 bytes."""
    return random().integers(0, 256, (SIDE, SIDE, 3), np.uint8)


def images():
    """An image of 4096 by 4096 pixels, and a batch of 224 by 224."""
    pixels = 3 * SIDE * SIDE

    def normalise(source, floats):
        np.multiply(source, SCALE, out=floats)
        np.add(floats, OFFSET, out=floats)

    @case("normalise", "numpy multiply, add", 5 * pixels)
    def _():
        source = image()
        floats = np.empty(source.shape, np.float32)
        return lambda: normalise(source, floats)

    @case("normalise", "numpy (image / 255 - mean) / deviation", 5 * pixels, allocates=True)
    def _():
        source = image()
        return lambda: (source.astype(np.float32) / 255 - MEAN) / DEVIATION

    @case("normalise-planes", "numpy multiply, add, transpose", 5 * pixels)
    def _():
        source = image()
        floats = np.empty(source.shape, np.float32)
        planes = np.empty((3, SIDE, SIDE), np.float32)

        def work():
            normalise(source, floats)
            np.copyto(planes, floats.transpose(2, 0, 1))

        return work

    @case("normalise-planes", "numpy idiom", 5 * pixels, allocates=True)
    def _():
        source = image()
        return lambda: np.ascontiguousarray(
            ((source.astype(np.float32) / 255 - MEAN) / DEVIATION).transpose(2, 0, 1)
        )

    @case("hwc-to-chw", "numpy copyto(transpose)", 2 * pixels)
    def _():
        source, planes = image(), np.empty((3, SIDE, SIDE), np.uint8)
        return lambda: np.copyto(planes, source.transpose(2, 0, 1))

    @case("chw-to-hwc", "numpy copyto(transpose)", 2 * pixels)
    def _():
        target, planes = image(), np.ones((3, SIDE, SIDE), np.uint8)
        return lambda: np.copyto(target, planes.transpose(1, 2, 0))

    if cv2 is None:
        return
    # It takes one factor for all channels.
    mean = tuple(float(255 * value) for value in MEAN)
    factor = float(SCALE.mean())

    @case("normalise-planes", "cv2.dnn.blobFromImage", 5 * pixels, allocates=True)
    def _():
        source = image()
        return lambda: cv2.dnn.blobFromImage(source, factor, mean=mean)

    small = SIDE * SIDE // (224 * 224)

    @case("normalise-planes", "cv2.dnn.blobFromImages", 5 * 3 * small * 224 * 224, allocates=True)
    def _():
        batch = list(random().integers(0, 256, (small, 224, 224, 3), np.uint8))
        return lambda: cv2.dnn.blobFromImages(batch, factor, mean=mean)

    @case("hwc-to-chw", "cv2.split", 2 * pixels)
    def _():
        source, planes = image(), [np.empty((SIDE, SIDE), np.uint8) for _ in range(3)]
        return lambda: cv2.split(source, planes)

    @case("chw-to-hwc", "cv2.merge", 2 * pixels)
    def _():
        target, planes = image(), [np.ones((SIDE, SIDE), np.uint8) for _ in range(3)]
        return lambda: cv2.merge(planes, target)

    less = SIDE * 7 // 8

    @case("resize", "cv2.resize(INTER_LINEAR)", pixels + 3 * less * less)
    def _():
        source, target = image(), np.empty((less, less, 3), np.uint8)
        return lambda: cv2.resize(source, (less, less), target, interpolation=cv2.INTER_LINEAR)

    @case("crop-flip", "cv2.flip", 2 * pixels)
    def _():
        source = image()
        target = np.empty_like(source)
        return lambda: cv2.flip(source, 1, target)


def floats():
    """Numbers of 4 bytes."""
    return random().random(1 << 26, np.float32)


def numbers():
    """Arrays of numbers: to half precision and back, to the other byte order, copied, added up."""
    count = 1 << 26
    kinds = [("f16", np.float16, "numpy")]
    if ml_dtypes is not None:
        kinds.append(("bf16", ml_dtypes.bfloat16, "ml_dtypes"))
    for name, kind, whose in kinds:

        @case(f"f32-to-{name}", f"{whose} copyto", 6 * count)
        def _(kind=kind):
            source, target = floats(), np.empty(count, kind)
            return lambda: np.copyto(target, source, casting="same_kind")

        @case(f"f32-to-{name}", f"{whose} astype", 6 * count, allocates=True)
        def _(kind=kind):
            source = floats()
            return lambda: source.astype(kind)

        @case(f"{name}-to-f32", f"{whose} copyto", 6 * count)
        def _(kind=kind):
            source, target = floats().astype(kind), np.empty(count, np.float32)
            return lambda: np.copyto(target, source)

    # numpy has no bfloat16: this is how it is done by its means.
    @case("f32-to-bf16", "numpy (bits + 0x7fff + odd) >> 16", 6 * count, allocates=True)
    def _():
        bits = floats().view(np.uint32)
        return lambda: ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)

    @case("bf16-to-f32", "numpy (bits << 16).view", 6 * count, allocates=True)
    def _():
        bits = (floats().view(np.uint32) >> 16).astype(np.uint16)
        return lambda: (bits.astype(np.uint32) << 16).view(np.float32)

    @case("byte-swap", "numpy byteswap(inplace)", 8 * count, 4 * count)
    def _():
        source = floats()
        return lambda: source.byteswap(inplace=True)

    @case("copy", "numpy copyto", 8 * count)
    def _():
        source, target = floats(), np.empty(count, np.float32)
        return lambda: np.copyto(target, source)

    for name, call in [("sum-pairwise", np.sum), ("mean-variance", np.var)]:

        @case(name, f"numpy {call.__name__}", 4 * count * (2 if call is np.var else 1), 4 * count)
        def _(call=call):
            source = floats()
            return lambda: call(source)

    @case("minimum-maximum", "numpy min, max", 4 * count)
    def _():
        source = floats()
        return lambda: (source.min(), source.max())

    @case("histogram", "numpy bincount", 1 << 26)
    def _():
        source = random().integers(0, 256, 1 << 26, np.uint8)
        return lambda: np.bincount(source, minlength=256)

    few = 1 << 22

    @case("shuffle-indices", "numpy shuffle", 16 * (few - 1), 4 * few)
    def _():
        order, numbers = np.arange(few, dtype=np.uint32), random()
        return lambda: numbers.shuffle(order)


def seconds(work):
    """Time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def public(one):
    """A case without its function."""
    return {name: value for name, value in one.items() if name != "setup"}


def serve():
    """Answers until its input ends."""
    print(json.dumps([public(one) for one in CASES]), flush=True)
    ready = {}
    for line in sys.stdin:
        word = line.strip()
        if word == "forget":
            ready.clear()
            print("{}", flush=True)
            continue
        number = int(word)
        if number not in ready:
            ready[number] = CASES[number]["setup"]()
            ready[number]()
        busy = time.process_time()
        taken = seconds(ready[number])
        print(json.dumps({"seconds": taken, "busy": time.process_time() - busy}), flush=True)


def main():
    """All cases, the gathers first."""
    gathers()
    images()
    numbers()
    if sys.argv[1:] == ["--serve"]:
        serve()
        return
    if sys.argv[1:]:
        sys.exit(f"{' '.join(sys.argv[1:])}: --serve is all there is")
    for one in CASES:
        work = one["setup"]()
        work()
        best = min(seconds(work) for _ in range(REPETITIONS))
        rate = round(one["bytes"] / best / 1e9, 3)
        print(json.dumps({**public(one), "seconds": best, "gbs": rate}), flush=True)


if __name__ == "__main__":
    main()
