"""Pictures and the chain C1 against OpenCV and numpy (PERFORMANCE P1 to P4), interleaved, outputs compared first.

    python3 benches/compare/views.py [--rounds 9] [--no-slow]

Fetches its wheels and builds the Rust side into target/ when they are missing. Everything is made up from one seed. Both
sides start from counts in memory and a calibration that is known (dark, gain, bad rows), use the same number of threads
and keep their buffers from round to round where their libraries let them.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SETUP = ROOT / "target" / "setup" / "compare"
WHEELS = ["numpy==2.4.6", "opencv-python-headless==5.0.0.93", "numba==0.68.1"]
if not (SETUP / "cv2").exists():
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--target", str(SETUP), *WHEELS], check=True)
sys.path.insert(0, str(SETUP))

import cv2  # noqa: E402
import numba  # noqa: E402
import numpy as np  # noqa: E402

SIDE = 640
DOSE_ROWS = 24
FLOOR = 8
SEED = 7_000_001


def make_scan(width, height):
    """Counts of two bands: slabs and textured cargo behind corrugated steel, photon noise, jittering dose, bad rows."""
    rng = np.random.default_rng(SEED)
    x = np.arange(width)[None, :] / width
    y = np.arange(height)[:, None] / height
    a = np.where((x > 0.08) & (x < 0.92) & (y > 0.18), 0.25 + 0.05 * np.sin(x * 900), 0.0)
    for _ in range(60):
        x0, y0 = rng.uniform(0.1, 0.85), rng.uniform(0.3, 0.9)
        dx, dy = rng.uniform(0.01, 0.15), rng.uniform(0.02, 0.2)
        a = a + np.where((x > x0) & (x < x0 + dx) & (y > y0) & (y < y0 + dy), rng.uniform(0.05, 1.6), 0.0)
    dark = rng.integers(180, 260, height).astype(np.uint16)
    air = (dark + rng.integers(38_000, 52_000, height)).astype(np.uint16)
    dose = rng.uniform(0.95, 1.05, width)
    bands = []
    for share in (1.0, 1.22):
        clean = (air.astype(float) - dark)[:, None] * dose[None, :] * np.exp(-share * a)
        noisy = clean + rng.normal(size=clean.shape) * np.sqrt(clean * 2 + 20)
        counts = np.clip(noisy + dark[:, None], 0, 65_535).astype(np.uint16)
        bands.append(counts)
    bad = sorted(rng.choice(np.arange(DOSE_ROWS + 2, height - 2, 7), 8, replace=False).tolist())
    for counts in bands:
        counts[bad] = 500
    colours = rng.integers(0, 1 << 24, 256, dtype=np.uint32)[None, :]
    tone = (np.arange(256, dtype=np.uint32) ^ 255)[:, None]
    channels = [((colours >> (8 * k)) & 255) * tone // 255 for k in range(3)]
    table = (channels[0] | channels[1] << 8 | channels[2] << 16).astype(np.uint32).reshape(-1)
    return bands, dark, air, bad, table


class Plain:
    """OpenCV and numpy as a competent user writes them: float, whole arrays, no copies that can be avoided."""

    def __init__(self, shape, dark, air, bad, table):
        self.dark = dark.astype(np.float32)[:, None]
        self.inverse_gain = (1.0 / (air.astype(np.float32) - self.dark[:, 0]))[:, None].astype(np.float32)
        self.bad, self.table = bad, table
        self.work = np.empty(shape, np.float32)
        self.clahe = cv2.createCLAHE(2.0, (8, 8))

    def measure(self, counts):
        a = self.work
        np.subtract(counts, self.dark, out=a)
        np.maximum(a, FLOOR, out=a)
        np.multiply(a, self.inverse_gain, out=a)
        dose = a[:DOSE_ROWS].mean(axis=0)
        np.multiply(a, 1.0 / dose, out=a)
        cv2.log(a, a)
        for row in self.bad:
            a[row] = (a[row - 1] + a[row + 1]) * 0.5
        np.multiply(a, -4096.0, out=a)
        np.add(a, 0.5, out=a)
        np.clip(a, 0, 65_535, out=a)
        return cv2.medianBlur(a.astype(np.uint16), 3)

    def finish(self, evened, high, low):
        index = np.minimum(cv2.subtract(low, high) >> 6, 255)
        np.bitwise_or(index, evened & np.uint16(0xFF00), out=index)
        colours = self.table.take(index).view(np.uint8).reshape(*high.shape, 4)
        small = cv2.resize(colours, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        return small[..., :3].transpose(2, 0, 1).astype(np.float32) / 255.0

    def statistics(self, high):
        cv2.minMaxLoc(high)
        cv2.mean(high)
        return cv2.calcHist([high], [0], None, [4096], [0, 65_536])

    def run(self, bands):
        high, low = [self.measure(counts) for counts in bands]
        self.statistics(high)
        return self.finish(self.clahe.apply(high), high, low), high, low


@numba.njit(parallel=True, cache=True, boundscheck=False)
def fused(counts, dark, gain_ln, dose, ln, out):
    for y in numba.prange(counts.shape[0]):
        base = gain_ln[y] + 128
        for x in range(counts.shape[1]):
            signal = max(np.int32(counts[y, x]) - dark[y], 8)
            a = (base + dose[x] - ln[signal]) >> 8
            out[y, x] = min(max(a, 0), 65_535)


@numba.njit(parallel=True, cache=True, boundscheck=False)
def coloured(evened, high, low, table, out):
    for y in numba.prange(high.shape[0]):
        for x in range(high.shape[1]):
            difference = max(np.int32(low[y, x]) - np.int32(high[y, x]), 0) >> 6
            out[y, x] = table[(np.int32(evened[y, x]) << 8) | min(difference, 255)]


class Strong(Plain):
    """The same with numba for what OpenCV has no call for, a table for the logarithm and CLAHE of 8 bits."""

    def __init__(self, shape, dark, air, bad, table):
        super().__init__(shape, dark, air, bad, table)
        n = np.arange(65_536)
        self.ln = np.round(np.log(np.maximum(n, 1)) * 2**20).astype(np.int32)
        self.dark_counts = dark.astype(np.int32)
        self.gain = air.astype(np.int32) - self.dark_counts
        self.gain_ln = self.ln[self.gain]
        self.plane = np.empty(shape, np.uint16)
        self.colours = np.empty(shape, np.uint32)

    def measure(self, counts):
        signal = np.maximum(counts[:DOSE_ROWS].astype(np.int32) - self.dark_counts[:DOSE_ROWS, None], 0).sum(axis=0)
        ratio = signal / self.gain[:DOSE_ROWS].sum()
        dose = np.round(np.log(ratio) * 2**20).astype(np.int32)
        fused(counts, self.dark_counts, self.gain_ln, dose, self.ln, self.plane)
        for row in self.bad:
            self.plane[row] = (self.plane[row - 1].astype(np.uint32) + self.plane[row + 1] + 1) // 2
        return cv2.medianBlur(self.plane, 3)

    def finish(self, evened, high, low):
        coloured(evened, high, low, self.table, self.colours)
        colours = self.colours.view(np.uint8).reshape(*high.shape, 4)
        small = cv2.resize(colours, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        return small[..., :3].transpose(2, 0, 1).astype(np.float32) / 255.0

    def run(self, bands):
        high, low = [self.measure(counts) for counts in bands]
        self.statistics(high)
        return self.finish(self.clahe.apply(cv2.convertScaleAbs(high, alpha=1 / 256)), high, low), high, low


class Rust:
    """The other side: for each number of threads one process with its scan in memory."""

    def __init__(self, folder, width, height):
        program = ROOT / "target" / "release" / "examples" / "compare"
        arguments = [str(program), str(folder), str(width), str(height), str(DOSE_ROWS)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.processes = [subprocess.Popen([*arguments, str(threads)], **pipes) for threads in (1, 2)]
        self.set = [process.stdout.readline().split()[1] for process in self.processes][0]

    def run(self, name, threads=1):
        process = self.processes[threads - 1]
        process.stdin.write(f"{name}\n")
        process.stdin.flush()
        return float(process.stdout.readline())

    def close(self):
        for process in self.processes:
            process.stdin.close()
            process.wait()


def timed(work):
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e3


def quartiles(values):
    return np.percentile(values, [25, 50, 75])


def report(what, ours, theirs):
    """Their time over ours, round by round."""
    low, middle, high = quartiles(np.array(theirs) / np.array(ours))
    spread = (high - low) / middle
    mark = "  noisy" if spread > 0.15 else ""
    best = min(theirs) / min(ours)
    print(
        f"{what:<44} {quartiles(ours)[1]:9.2f} ms  {quartiles(theirs)[1]:9.2f} ms"
        f"  x {middle:6.2f}  [{low:.2f}, {high:.2f}]  least x {best:.2f}{mark}",
        flush=True,
    )


def interleaved(rounds, ours, theirs):
    ours(), theirs()
    pairs = [(ours(), timed(theirs)) for _ in range(rounds)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def chain(width, height, rounds):
    bands, dark, air, bad, table = make_scan(width, height)
    folder = ROOT / "target" / "setup" / "compare-data"
    folder.mkdir(parents=True, exist_ok=True)
    for name, values in [("high", bands[0]), ("low", bands[1]), ("dark", dark), ("air", air)]:
        values.tofile(folder / f"{name}.u16")
    table.tofile(folder / "colours.u32")
    rust = Rust(folder, width, height)
    print(f"\n2 x ({width} x {height}), Rust with {rust.set}")
    plain, strong = Plain(bands[0].shape, dark, air, bad, table), Strong(bands[0].shape, dark, air, bad, table)
    rust.run("c1")
    rust.run("dump_c1")
    ours = np.fromfile(folder / "rust_high.u16", np.uint16).reshape(height, width)
    tensor = np.fromfile(folder / "rust_tensor.f32", np.float32).reshape(3, SIDE, SIDE)
    for name, other in [("plain", plain), ("strong", strong)]:
        theirs, high, _ = other.run(bands)
        apart = np.abs(high.astype(int) - ours)
        print(
            f"outputs, {name}: filtered attenuation differs by {apart.max()} of 4096 at most, "
            f"{(apart > 2).mean():.2e} of pixels by more than 2; result by {np.abs(theirs - tensor).mean():.4f} in the mean"
        )
    print(f"{'':<44} {'Rust':>12}  {'Python':>12}  ratio, quartiles, ratio of the least")
    for threads in (1, 2):
        cv2.setNumThreads(threads)
        numba.set_num_threads(threads)
        for name, other in [("P1 C1, plain OpenCV + numpy", plain), ("P2 C1, strong: numba, 8-bit CLAHE", strong)]:
            times = interleaved(rounds, lambda: rust.run("c1", threads), lambda: other.run(bands))
            report(f"{name}, {threads} thread(s)", *times)
    cv2.setNumThreads(1)
    return rust, plain.measure(bands[0]), folder


def evened(plane, limit=2.0):
    """CLAHE of 4,096 bins, slowly: one tile after another, blended in floating point."""
    height, width = plane.shape
    edges = [np.arange(9) * size // 8 for size in (height, width)]
    maps = np.empty((8, 8, 4096))
    for ty in range(8):
        for tx in range(8):
            tile = plane[edges[0][ty] : edges[0][ty + 1], edges[1][tx] : edges[1][tx + 1]]
            histogram = np.bincount(tile.ravel() >> 4, minlength=4096).astype(float)
            clip = max(np.floor(limit * tile.size / 4096), 1)
            excess = np.maximum(histogram - clip, 0).sum()
            maps[ty, tx] = 65_535 * np.cumsum(np.minimum(histogram, clip) + excess / 4096) / tile.size

    def place(size, edge):
        centres = (edge[:-1] + edge[1:]) / 2
        at = np.arange(size) + 0.5
        first = np.clip(np.searchsorted(centres, at, side="right") - 1, 0, 7)
        following = np.minimum(first + 1, 7)
        span = np.where(following > first, centres[following] - centres[first], 1)
        return first, following, np.clip((at - centres[first]) / span, 0, 1)

    (above, below, wy), (left, right, wx) = place(height, edges[0]), place(width, edges[1])
    bins = plane >> 4
    top = maps[above[:, None], left, bins] * (1 - wx) + maps[above[:, None], right, bins] * wx
    bottom = maps[below[:, None], left, bins] * (1 - wx) + maps[below[:, None], right, bins] * wx
    return top * (1 - wy[:, None]) + bottom * wy[:, None]


def denoised(plane):
    return cv2.fastNlMeansDenoising(plane, [205.0], None, 7, 21, cv2.NORM_L1)


def single(rust, plane, folder, rounds, is_slow):
    plane.tofile(folder / "plane.u16")
    rust.run("take", 1), rust.run("take", 2)
    attenuation = plane.astype(np.float32) / 4096

    def output(name):
        rust.run(name)
        rust.run("dump")
        return np.fromfile(folder / "rust_out.u16", np.uint16).reshape(plane.shape).astype(float)

    clahe = cv2.createCLAHE(2.0, (8, 8))
    bins = 65_536
    if hasattr(clahe, "setBitShift"):
        clahe.setBitShift(4)
        bins = 4_096
    operations = [
        ("median", "P4 median 3 x 3, 16 bits", lambda: cv2.medianBlur(plane, 3), rounds),
        ("clahe", f"P4 CLAHE, 4,096 bins against {bins:,}", lambda: clahe.apply(plane), rounds),
        ("bilateral", "P4 bilateral, d 5, against float", lambda: cv2.bilateralFilter(attenuation, 5, 0.1, 1.5), rounds),
    ]
    if is_slow:
        operations.append(("nlm", "P4 non-local means, 7 in 21, 16 bits", lambda: denoised(plane), max(rounds // 3, 3)))
    expect = {
        "median": lambda: cv2.medianBlur(plane, 3).astype(float),
        "clahe": lambda: evened(plane),
        "bilateral": lambda: cv2.bilateralFilter(attenuation, 5, 0.1, 1.5) * 4096,
        "nlm": lambda: denoised(plane).astype(float),
    }
    for name, *_ in operations:
        apart = np.abs(output(name) - expect[name]())
        print(f"outputs, {name}: differ by {apart.mean():.2f} in the mean, {np.percentile(apart, 99):.1f} at 99 %")
    for threads in (1, 2):
        cv2.setNumThreads(threads)
        for name, what, theirs, count in operations:
            report(f"{what}, {threads} thread(s)", *interleaved(count, lambda: rust.run(name, threads), theirs))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--no-slow", action="store_true", help="leave non-local means out")
    options = parser.parse_args()
    build = ["cargo", "build", "--release", "-q", "-p", "pellucid-imaging", "--example", "compare"]
    subprocess.run(build, cwd=ROOT, check=True)
    print(f"OpenCV {cv2.__version__}, numpy {np.__version__}, numba {numba.__version__}; {options.rounds} rounds")
    rust, plane, folder = chain(2048, 1024, options.rounds)
    single(rust, plane, folder, options.rounds, not options.no_slow)
    small = min(rust.run("c1") for _ in range(options.rounds))
    rust.close()
    rust, _, _ = chain(4096, 1536, options.rounds)
    rust.close()
    # The largest size alone: its process has done nothing else, so its peak is that of one scan and the chain's buffers.
    bands, dark, air, _, _ = make_scan(6000, 2000)
    for name, values in [("high", bands[0]), ("low", bands[1]), ("dark", dark), ("air", air)]:
        values.tofile(folder / f"{name}.u16")
    rust = Rust(folder, 6000, 2000)
    large = min(rust.run("c1") for _ in range(options.rounds))
    peak = rust.run("memory") * 1024 / (2 * 2 * 6000 * 2000)
    per_pixel = (large / 6000 / 2000) / (small / 2048 / 1024)
    print(f"\nP3: ns per pixel at 6000 x 2000 over 2048 x 1024: {per_pixel:.2f}; peak memory over raw bytes: {peak:.2f}")
    rust.close()


if __name__ == "__main__":
    main()
