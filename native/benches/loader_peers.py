"""Peers of the loader kernels: numpy and OpenCV at the same work, on one thread.

    python3 native/benches/loader_peers.py [MEGABYTES]

needs `pip install numpy opencv-python-headless`; without one of them it says so and ends well, with the
cases the other can do. MEGABYTES (512) is the size of the table whose rows are gathered; images and
arrays are far larger than a cache too.

Prints a line of JSON for each case:
    case    the kernel of the lab that does the same
    peer    what was called
    bytes   bytes read and written by the work itself, as the lab counts them: arrays that an idiom of
            several calls makes in between do not count, since the work does not need them
    seconds the fastest of the repetitions, which is the one least disturbed
    gbs     bytes / seconds / 1e9
A result goes to an array that exists already where the call allows it, as the lab's kernels do; where
it does not (`allocates`), the time includes that of fresh memory, as it does for whoever uses the call.
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

REPETITIONS = 7
MEAN = np.array([0.485, 0.456, 0.406], np.float32)
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)


def report(case, peer, moved, work, allocates=False):
    """Times `work`, which moves so many bytes, and prints what came out."""
    work()
    best = float("inf")
    for _ in range(REPETITIONS):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    line = {
        "case": case,
        "peer": peer,
        "bytes": moved,
        "seconds": best,
        "gbs": round(moved / best / 1e9, 3),
        "allocates": allocates,
    }
    print(json.dumps(line), flush=True)


def gather(random, megabytes):
    """Rows in random order, each once, half a table of them."""
    for row in (64, 256, 1024, 4096):
        rows = (megabytes << 20) // row
        table = np.ones((rows, row), np.uint8)
        order = random.permutation(rows)[: rows // 2]
        batch = np.empty((len(order), row), np.uint8)
        moved = 2 * batch.nbytes + 4 * len(order)
        # With mode="raise" numpy gathers into a buffer of its own and copies that: the fastest form
        # is the one that clips indices.
        report(
            f"gather-rows-{row}",
            "numpy.take(out, clip)",
            moved,
            lambda: np.take(table, order, axis=0, out=batch, mode="clip"),
        )
        report(
            f"gather-rows-{row}",
            "numpy.take",
            moved,
            lambda: np.take(table, order, axis=0),
            allocates=True,
        )


def images(random):
    """Pixels of 3 bytes: 4096 by 4096, as one image, and as a batch of 224 by 224."""
    image = random.integers(0, 256, (4096, 4096, 3), np.uint8)
    floats = np.empty(image.shape, np.float32)
    planes = np.empty((3, *image.shape[:2]), np.float32)
    bytes_of_planes = np.empty((3, *image.shape[:2]), np.uint8)
    scale, offset = 1 / (255 * DEVIATION), -MEAN / DEVIATION
    moved = image.nbytes + floats.nbytes

    def normalise():
        np.multiply(image, scale, out=floats)
        np.add(floats, offset, out=floats)

    report("normalise", "numpy multiply, add", moved, normalise)
    report(
        "normalise",
        "numpy (image / 255 - mean) / deviation",
        moved,
        lambda: (image.astype(np.float32) / 255 - MEAN) / DEVIATION,
        allocates=True,
    )

    def normalise_planes():
        normalise()
        np.copyto(planes, floats.transpose(2, 0, 1))

    report("normalise-planes", "numpy multiply, add, transpose", moved, normalise_planes)
    report(
        "normalise-planes",
        "numpy idiom",
        moved,
        lambda: np.ascontiguousarray(
            ((image.astype(np.float32) / 255 - MEAN) / DEVIATION).transpose(2, 0, 1)
        ),
        allocates=True,
    )
    report(
        "hwc-to-chw",
        "numpy copyto(transpose)",
        2 * image.nbytes,
        lambda: np.copyto(bytes_of_planes, image.transpose(2, 0, 1)),
    )
    report(
        "chw-to-hwc",
        "numpy copyto(transpose)",
        2 * image.nbytes,
        lambda: np.copyto(image, bytes_of_planes.transpose(1, 2, 0)),
    )
    if cv2 is None:
        return
    # It takes one factor for all channels.
    mean = tuple(float(255 * value) for value in MEAN)
    factor = float(scale.mean())
    report(
        "normalise-planes",
        "cv2.dnn.blobFromImage",
        moved,
        lambda: cv2.dnn.blobFromImage(image, factor, mean=mean),
        allocates=True,
    )
    batch = list(random.integers(0, 256, (128, 224, 224, 3), np.uint8))
    pixels = sum(image.nbytes for image in batch)
    report(
        "normalise-planes",
        "cv2.dnn.blobFromImages",
        5 * pixels,
        lambda: cv2.dnn.blobFromImages(batch, factor, mean=mean),
        allocates=True,
    )
    split = [np.empty(image.shape[:2], np.uint8) for _ in range(3)]
    report("hwc-to-chw", "cv2.split", 2 * image.nbytes, lambda: cv2.split(image, split))
    report("chw-to-hwc", "cv2.merge", 2 * image.nbytes, lambda: cv2.merge(split, image))
    small = np.empty((3584, 3584, 3), np.uint8)
    report(
        "resize",
        "cv2.resize(INTER_LINEAR)",
        image.nbytes + small.nbytes,
        lambda: cv2.resize(image, (3584, 3584), small, interpolation=cv2.INTER_LINEAR),
    )
    flipped = np.empty_like(image)
    report("crop-flip", "cv2.flip", 2 * image.nbytes, lambda: cv2.flip(image, 1, flipped))


def numbers(random):
    """Arrays of numbers: to half precision, to the other byte order, copied."""
    floats = random.random(1 << 26, np.float32)
    halves = np.empty(floats.shape, np.float16)
    other = np.empty_like(floats)
    report(
        "float-to-half",
        "numpy copyto(float16)",
        floats.nbytes + halves.nbytes,
        lambda: np.copyto(halves, floats, casting="same_kind"),
    )
    report(
        "float-to-half",
        "numpy astype(float16)",
        floats.nbytes + halves.nbytes,
        lambda: floats.astype(np.float16),
        allocates=True,
    )
    report(
        "byte-swap",
        "numpy byteswap(inplace)",
        2 * floats.nbytes,
        lambda: floats.byteswap(inplace=True),
    )
    report("byte-swap", "numpy byteswap", 2 * floats.nbytes, floats.byteswap, allocates=True)
    report("copy", "numpy copyto", 2 * floats.nbytes, lambda: np.copyto(other, floats))
    order = np.arange(1 << 22, dtype=np.uint32)
    report("shuffle-indices", "numpy shuffle", 16 * (len(order) - 1), lambda: random.shuffle(order))


def main():
    """All cases, the gathers first."""
    megabytes = 512
    if len(sys.argv) > 1:
        if not sys.argv[1].isdigit() or int(sys.argv[1]) < 1:
            sys.exit(f"{sys.argv[1]}: give the table's size in whole megabytes, such as 512")
        megabytes = int(sys.argv[1])
    random = np.random.default_rng(1)
    gather(random, megabytes)
    images(random)
    numbers(random)


if __name__ == "__main__":
    main()
