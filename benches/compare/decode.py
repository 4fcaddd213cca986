"""Decoding a dual-energy scan: our codecs against OpenCV's PNG-16 and against general compressors, in turns (P5).

    cargo build --release -p pellucid-scan --example time_decode
    python3 -m pip install --target DIR numpy opencv-python-headless lz4 zstandard
    PYTHONPATH=DIR python3 benches/compare/decode.py target/release/examples/time_decode SCAN.tif ...

Prints, for one and two threads on both sides, the median and quartiles of each and the ratio of medians: of the time
that passed, and of the time that the threads were running, which a busy machine falsifies less. OpenCV decodes one PNG
per band; with two threads both bands at once. Ours decodes the whole file, description, dark and air included.
"""

import argparse
import concurrent.futures
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

import cv2
import lz4.block
import numpy
import zstandard


class Ours:
    """The process that decodes on command."""

    def __init__(self, program, scans, threads):
        environment = dict(os.environ, RAYON_NUM_THREADS=str(threads))
        self.process = subprocess.Popen(
            [program, *scans], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self.files = []
        while line := self.process.stdout.readline().strip():
            path, codec, *numbers = line.rsplit(" ", 4)
            self.files.append((path, codec, *map(int, numbers)))

    def ask(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def counts(self, scan):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "counts"
            assert self.ask(f"{scan} counts {path}") == "ok"
            return numpy.fromfile(path, dtype="<u2")


def timed(work):
    start, running = time.perf_counter_ns(), time.process_time_ns()
    work()
    return time.perf_counter_ns() - start, time.process_time_ns() - running


def spread(times, base):
    low, middle, high = statistics.quantiles(times, n=4)
    noisy = ", noisy" if high - low > 0.15 * middle else ""
    return f"{middle / 1e6:8.2f} ms ({low / 1e6:.2f}-{high / 1e6:.2f}{noisy}), {base / middle:.2f} x"


def compare(ours, scan, codecs, bands, threads, rounds):
    pool = concurrent.futures.ThreadPoolExecutor(threads)
    cv2.setNumThreads(threads)
    raw = b"".join(band.tobytes() for band in bands)
    pngs = [cv2.imencode(".png", band)[1] for band in bands]
    lz4_blocks = [lz4.block.compress(band.tobytes()) for band in bands]
    zstd_frames = [zstandard.ZstdCompressor(level=1).compress(band.tobytes()) for band in bands]

    def opencv():
        return list(pool.map(lambda png: cv2.imdecode(png, cv2.IMREAD_UNCHANGED), pngs))

    def lz4_decode():
        return list(pool.map(lz4.block.decompress, lz4_blocks))

    def zstd_decode():
        return list(pool.map(lambda frame: zstandard.ZstdDecompressor().decompress(frame), zstd_frames))

    for mine, theirs in zip(opencv(), bands):
        assert numpy.array_equal(mine, theirs)
    assert b"".join(lz4_decode()) == raw and b"".join(zstd_decode()) == raw
    others = {"OpenCV PNG-16": (opencv, pngs), "LZ4": (lz4_decode, lz4_blocks), "zstd-1": (zstd_decode, zstd_frames)}
    times = {name: [] for name in [*others, *codecs]}
    for _ in range(rounds):
        for name, (work, _) in others.items():
            times[name].append(timed(work))
        for index, codec in enumerate(codecs):
            times[codec].append(tuple(map(int, ours.ask(f"{scan} {index}").split())))
    sizes = {name: sum(len(part) for part in parts) for name, (_, parts) in others.items()} | codecs
    for name, pairs in times.items():
        columns = []
        for which in (0, 1):
            base = statistics.median(pair[which] for pair in times["OpenCV PNG-16"])
            columns.append(spread([pair[which] for pair in pairs], base))
        print(f"  {name:14} ratio {len(raw) / sizes[name]:.3f}  passed {columns[0]:48} running {columns[1]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("scans", nargs="+")
    parser.add_argument("--rounds", type=int, default=12)
    arguments = parser.parse_args()
    print(f"OpenCV {cv2.__version__}, {os.cpu_count()} processors, {arguments.rounds} rounds in turns")
    for threads in (1, 2):
        ours = Ours(arguments.program, arguments.scans, threads)
        for scan, path in enumerate(arguments.scans):
            files = [file for file in ours.files if file[0] == path]
            counts = ours.counts(scan)
            assert counts.size == files[0][3]
            width = files[0][4]
            bands = [band.reshape(-1, width) for band in numpy.split(counts, 2)]
            print(f"{pathlib.Path(path).parent.name}: 2 bands of {bands[0].shape[0]} x {width}, threads {threads}")
            compare(ours, scan, {file[1]: file[2] for file in files}, bands, threads, arguments.rounds)


if __name__ == "__main__":
    main()
