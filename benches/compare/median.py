"""The 3 x 3 median of 16-bit pixels beside OpenCV's, one thread each, interleaved (PERFORMANCE P4).

    cargo build --release -p pellucid-imaging --example filter_times
    python3 benches/compare/median.py target/release/examples/filter_times [WIDTH HEIGHT ROUNDS]

Needs numpy and opencv-python-headless. The outputs are compared by the test `the_median_of_a_plane_is_the_median_kernel`;
here OpenCV's is checked against numpy's median first, so that both sides compute the same thing.
"""

import subprocess
import sys
import time

import cv2
import numpy as np


def opencv_ms(plane: np.ndarray, rounds: int) -> float:
    cv2.medianBlur(plane, 3)
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        cv2.medianBlur(plane, 3)
        times.append((time.perf_counter() - start) * 1e3)
    return min(times)


def ours_ms(program: str, width: int, height: int, rounds: int) -> dict[tuple[str, str], float]:
    text = subprocess.run([program, str(width), str(height), str(rounds)], check=True, capture_output=True, text=True).stdout
    return {(name, kind): float(least) for name, kind, least, _ in (line.split() for line in text.splitlines())}


def main() -> None:
    program = sys.argv[1]
    width, height, rounds = (int(a) for a in sys.argv[2:5]) if len(sys.argv) > 2 else (2048, 1024, 21)
    cv2.setNumThreads(1)
    plane = np.random.default_rng(7).integers(0, 65536, (height, width), dtype=np.uint16)
    small = plane[:32, :48]
    padded = np.pad(small, 1, mode="edge")
    stacked = [padded[y : y + 32, x : x + 48] for y in range(3) for x in range(3)]
    assert (cv2.medianBlur(small, 3) == np.median(stacked, axis=0)).all(), "OpenCV computes another median"
    opencv, ours = [], []
    for _ in range(8):
        opencv.append(opencv_ms(plane, rounds))
        ours.append(ours_ms(program, width, height, rounds))
    print(f"{width} x {height}, one thread, OpenCV {cv2.__version__}, 8 rounds interleaved, medians (quartiles) of each round's least time in ms")

    def line(name: str, values: list[float]) -> None:
        low, middle, high = np.percentile(values, [25, 50, 75])
        noisy = " noisy" if (high - low) / middle > 0.15 else ""
        print(f"{name:40} {middle:8.3f} ({low:.3f} to {high:.3f}){noisy}")

    line("OpenCV medianBlur 3", opencv)
    for key in ours[0]:
        line(" ".join(key), [one[key] for one in ours])
    for kind in [kind for name, kind in ours[0] if name == "median"]:
        ratios = [cv / one[("median", kind)] for cv, one in zip(opencv, ours)]
        line(f"OpenCV / ours, median {kind}", ratios)


if __name__ == "__main__":
    main()
