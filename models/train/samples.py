"""Reads what `pellucid phantom training-set` writes and varies it.

Files are `.npy`, u16, (planes, rows, columns). Planes of measured values hold value * 32768.
- cargo: A_high/8, A_low/8, T, low present, component, heading index
- layout: A/8, T, class, casting"""

import io
import math
import pathlib

import numpy
import torch
from PIL import Image
from torch.nn import functional as F

import networks as n

SCALE = 32768.0
IGNORE = 255


def load(folder):
    """All windows of a folder in a fixed order, as u16 arrays kept as int16 views to save memory."""
    paths = sorted(pathlib.Path(folder).glob("*.npy"))
    if not paths:
        raise SystemExit(f"no windows in {folder}: run `pellucid phantom training-set` first (README.md)")
    return [numpy.load(path) for path in paths], [path.stem for path in paths]


def tensors(sample, measured):
    planes = torch.from_numpy(sample[:measured].astype(numpy.float32) / SCALE)
    labels = torch.from_numpy(sample[measured:].astype(numpy.float32))
    return planes, labels


class Dice:
    """Random numbers for one sample."""

    def __init__(self, seed):
        self.random = numpy.random.default_rng(seed)

    def uniform(self, low, high):
        return float(self.random.uniform(low, high))

    def log_uniform(self, low, high):
        return math.exp(self.uniform(math.log(low), math.log(high)))

    def chance(self, probability):
        return self.random.random() < probability

    def integer(self, low, high):
        return int(self.random.integers(low, high))


def warp(planes, labels, height, width, centre, zoom, shear, is_flipped, air, label_air):
    """Resamples a window of `height` x `width` around `centre` (y, x in pixels), each output pixel `zoom` input pixels;
    outside is air."""
    rows, cols = planes.shape[1:]
    ys = (torch.arange(height) + 0.5 - height / 2) * zoom[0]
    xs = (torch.arange(width) + 0.5 - width / 2) * zoom[1] * (-1.0 if is_flipped else 1.0)
    y, x = torch.meshgrid(ys, xs, indexing="ij")
    y, x = y + shear[0] * x + centre[0], x + shear[1] * y + centre[1]
    grid = torch.stack([2.0 * x / cols - 1.0, 2.0 * y / rows - 1.0], -1)[None]
    inside = ((x >= 0) & (x < cols) & (y >= 0) & (y < rows))[None]
    out = F.grid_sample(planes[None], grid, "bilinear", "border", align_corners=False)[0]
    out = torch.where(inside, out, torch.tensor(air).view(-1, 1, 1))
    lab = F.grid_sample(labels[None], grid, "nearest", "border", align_corners=False)[0]
    lab = torch.where(inside, lab, torch.tensor(label_air).view(-1, 1, 1))
    return out, lab


def blur(x, kernel):
    return F.avg_pool2d(x[None], kernel, 1, kernel // 2, count_include_pad=False)[0]


def gain_faults(dice, transmission):
    """Steps in time, stripes along detectors, noise: multiplies T."""
    _, rows, cols = transmission.shape
    gain = torch.ones(1, rows, cols)
    if dice.chance(0.25):
        for _ in range(dice.integer(1, 4)):
            gain[:, :, dice.integer(0, cols):] *= dice.uniform(0.92, 1.08)
    if dice.chance(0.25):
        stripes = torch.from_numpy(dice.random.normal(0.0, 0.02, (1, rows, 1)).astype(numpy.float32))
        gain = gain * (1.0 + stripes)
    if dice.chance(0.5):
        sigma = dice.log_uniform(0.002, 0.03)
        grain = torch.from_numpy(dice.random.normal(0.0, 1.0, (1, rows, cols)).astype(numpy.float32))
        # Photon noise: the fewer photons, the larger its share.
        gain = gain * (1.0 + sigma * grain / torch.sqrt(transmission.clamp(0.02, 1.0)))
    return gain.clamp(0.3, 2.0)


def vendor_grey(dice, transmission):
    """What a vendor's picture makes of transmission: window, gamma or logarithm, 8 bits, JPEG, burnt-in marks."""
    t = transmission.clamp(0.0, 1.2)
    if dice.chance(0.35):
        top = dice.uniform(1.2, 5.0)
        grey = 1.0 + torch.log(t.clamp(min=math.exp(-top))) / top
    else:
        black, white = dice.uniform(-0.02, 0.12), dice.uniform(0.75, 1.03)
        grey = ((t - black) / (white - black)).clamp(0.0, 1.0) ** dice.log_uniform(0.5, 2.0)
    grey = grey.clamp(0.0, 1.0) * dice.uniform(0.9, 1.0)
    if dice.chance(0.3):
        kernel = dice.integer(1, 3) * 2 + 1
        soft = blur(grey, kernel)
        # Sharpening as vendors do it, or a soft picture.
        grey = (soft if dice.chance(0.4) else grey + dice.uniform(0.3, 1.2) * (grey - soft)).clamp(0.0, 1.0)
    bytes_ = (grey[0] * 255.0).round().to(torch.uint8).numpy()
    if dice.chance(0.5):
        packed = io.BytesIO()
        Image.fromarray(bytes_).save(packed, "JPEG", quality=dice.integer(35, 95))
        bytes_ = numpy.asarray(Image.open(packed))
    bytes_ = bytes_.copy()
    if dice.chance(0.15):
        rows, cols = bytes_.shape
        y0, x0 = dice.integer(0, rows - 20), dice.integer(0, cols - 20)
        y1, x1 = dice.integer(y0 + 10, rows), dice.integer(x0 + 10, cols)
        value, thick = dice.integer(0, 200), dice.integer(1, 3)
        bytes_[y0:y0 + thick, x0:x1] = value
        bytes_[y1 - thick:y1, x0:x1] = value
        bytes_[y0:y1, x0:x0 + thick] = value
        bytes_[y0:y1, x1 - thick:x1] = value
    return torch.from_numpy(bytes_.astype(numpy.float32))[None] / 255.0


def attenuation_over_8(transmission, floor):
    return -torch.log(transmission.clamp(min=floor)) / 8.0


def vary_cargo(sample, seed, width, mode=None):
    """A crop of `width` columns: planes (4), heading map, component map. `mode` None varies everything; `dual`,
    `single`, `processed` give one plain crop of that grade for validation."""
    dice = Dice(seed)
    planes, labels = tensors(sample, 4)
    cols = planes.shape[2]
    if mode is None:
        zoom = (dice.log_uniform(0.94, 1.06), dice.log_uniform(0.94, 1.06))
        centre = (n.CARGO_HEIGHT / 2 + dice.uniform(-8, 8), dice.uniform(0.35 * width, cols - 0.35 * width))
        shear = (dice.uniform(-0.01, 0.01), 0.0)
        planes, labels = warp(
            planes, labels, n.CARGO_HEIGHT, width, centre, zoom, shear, dice.chance(0.5), [0.0, 0.0, 1.0, 0.0],
            [0.0, 9.0],
        )
        # The flag is a property of the scan, not of its places.
        planes[3] = float(sample[3].max() > 0)
        draw = dice.random.random()
        mode = "dual" if draw < 0.5 else "single" if draw < 0.7 else "processed"
        if dice.chance(0.3):
            planes[:2] *= dice.uniform(0.9, 1.1)
            planes[2:3] = torch.exp(-8.0 * planes[0:1])
        gain = gain_faults(dice, planes[2:3])
        planes[2:3] = (planes[2:3] * gain).clamp(0.0, 1.2)
        shift = -torch.log(gain) / 8.0
        planes[0:1] = (planes[0:1] + shift).clamp(0.0, 2.0)
        planes[1:2] = torch.where(planes[3:4] > 0, (planes[1:2] + shift).clamp(0.0, 2.0), planes[1:2])
    if mode == "processed":
        grey = vendor_grey(dice, planes[2:3])
        planes[2:3] = grey
        planes[0:1] = attenuation_over_8(grey, 1 / 255)
    if mode != "dual":
        planes[1] = 0.0
        planes[3] = 0.0
    return planes, labels[1], labels[0]


def cargo_targets(heading, component):
    """Patch labels at stride 16; structure labels and concealment at stride 8; IGNORE where a cell is undecided."""
    count = len(n.HEADINGS)
    known = heading[:, None] == torch.arange(count).view(1, -1, 1, 1)
    cover = F.avg_pool2d(known.float(), 16)
    goods, rest = cover[:, :8], cover[:, 8:]
    share, best = goods.max(1)
    label = torch.where(rest[:, 0] >= rest[:, 1], 8, 9)
    label = torch.where(share >= 0.3, best, label)
    label[(share > 0.08) & (share < 0.3)] = IGNORE
    # component ids: 0 air, 1 structure, 2 cargo, 3 running gear, 4 cab, 5 dunnage, 6 concealed
    to_structure = torch.tensor([0, 1, 2, 4, 4, 3, 2])
    kind = to_structure[component.long().clamp(0, 6)]
    parts = F.avg_pool2d((kind[:, None] == torch.arange(len(n.STRUCTURE)).view(1, -1, 1, 1)).float(), 8)
    part_share, structure = parts.max(1)
    structure[part_share < 0.5] = IGNORE
    hidden = F.avg_pool2d((component[:, None] == 6).float(), 8)[:, 0]
    concealment = torch.where(hidden >= 0.2, 1.0, 0.0)
    concealment[(hidden > 0.0) & (hidden < 0.2)] = IGNORE
    return label, structure, concealment


def add_vehicles(dice, planes, labels, other):
    """Chassis differ more in the field than in phantoms: running gear of another scene, shifted anywhere, and loose parts
    on the chassis are laid over this scan. Attenuations add; what is inside a container stays a container."""
    # Room at both ends: chassis are longer than boxes.
    left, right = dice.integer(0, 150), dice.integer(0, 150)
    planes = torch.stack([F.pad(planes[0], (left, right)), F.pad(planes[1], (left, right), value=1.0)])
    labels = F.pad(labels, (left, right))
    rows, cols = planes.shape[1:]
    inside = (labels[0] == 1).any(1).nonzero()
    bottom = int(inside.max()) if len(inside) else rows * 3 // 4
    extra = torch.zeros(rows, cols)
    kind = torch.zeros(rows, cols)
    if dice.chance(0.8):
        more, theirs = tensors(other, 2)
        if dice.chance(0.5):
            more, theirs = more.flip(2), theirs.flip(2)
        width = more.shape[2]
        dx, dy = dice.integer(-width + 20, cols - 20), dice.integer(-14, 9)
        x0, x1 = max(0, dx), min(cols, dx + width)
        y0, y1 = max(0, dy, bottom - 16), min(rows, rows + dy)
        if x1 > x0 and y1 > y0:
            part = theirs[0, y0 - dy:y1 - dy, x0 - dx:x1 - dx]
            is_gear = (part == 3) | (part == 2)
            extra[y0:y1, x0:x1] += torch.where(is_gear, more[0, y0 - dy:y1 - dy, x0 - dx:x1 - dx], torch.zeros(()))
            kind[y0:y1, x0:x1] = torch.where(is_gear, part, torch.zeros(()))
    for _ in range(dice.integer(0, 4)):
        w, h = dice.integer(4, 34), dice.integer(4, 26)
        x0, y1 = dice.integer(0, cols - w), min(rows, bottom + dice.integer(-6, 12))
        y0 = max(0, y1 - h)
        if y1 <= y0 or bool((labels[0, y0:y1, x0:x0 + w] == 1).any()):
            continue
        grain = torch.from_numpy(dice.random.uniform(0.3, 1.0, (y1 - y0, 1)).astype(numpy.float32))
        extra[y0:y1, x0:x0 + w] += dice.log_uniform(0.003, 0.15) * grain
        kind[y0:y1, x0:x0 + w] = 3.0
    planes = torch.stack([planes[0] + extra, planes[1] * torch.exp(-8.0 * extra)])
    return planes, torch.stack([torch.where((labels[0] == 0) & (kind > 0), kind, labels[0]), labels[1]])


def vary_layout(sample, seed, width, is_plain=False, other=None):
    """A view of a scan, 160 rows by `width`: planes (2), class map, casting map. `other` is a scene whose running gear may
    be laid over this one."""
    dice = Dice(seed)
    planes, labels = tensors(sample, 2)
    rows, cols = planes.shape[1:]
    if is_plain:
        padded = F.pad(planes, (0, max(0, width - cols)))[:, :, :width]
        padded[1, :, cols:] = 1.0
        return padded.clamp(0.0, 1.0), F.pad(labels, (0, max(0, width - cols)))[:, :, :width]
    if dice.chance(0.25):
        # A box without its lorry.
        is_vehicle = (labels[0] == 2) | (labels[0] == 3)
        planes = torch.where(is_vehicle, torch.tensor([0.0, 1.0]).view(2, 1, 1), planes)
        labels = torch.where(is_vehicle, torch.zeros(()), labels)
    if other is not None and dice.chance(0.6):
        planes, labels = add_vehicles(dice, planes, labels, other)
        cols = planes.shape[2]
    boxes = (labels[0] == 1).any(0).nonzero()
    rows_with = (labels[0] == 1).any(1).nonzero()
    zoom_y = dice.log_uniform(0.65, 1.45)
    zoom_x = zoom_y * dice.log_uniform(0.7, 1.4)
    cx, cy = cols / 2, rows / 2
    if len(boxes) and dice.chance(0.85):
        cx = float(boxes[dice.integer(0, len(boxes))])
        cy = float(rows_with.float().mean()) + dice.uniform(-0.25, 0.35) * 160 * zoom_y
    else:
        cx, cy = dice.uniform(0, cols), dice.uniform(0.3, 0.7) * rows
    shear = (dice.uniform(-0.03, 0.03), dice.uniform(-0.05, 0.05)) if dice.chance(0.4) else (0.0, 0.0)
    planes, labels = warp(
        planes, labels, n.LAYOUT_HEIGHT, width, (cy, cx), (zoom_y, zoom_x), shear, dice.chance(0.5), [0.0, 1.0],
        [0.0, 0.0],
    )
    gain = gain_faults(dice, planes[1:2])
    t = (planes[1:2] * gain).clamp(0.0, 1.2)
    if dice.chance(0.65):
        t = vendor_grey(dice, t)
        a = attenuation_over_8(t, 1 / 255)
    else:
        a = (planes[0:1] - torch.log(gain) / 8.0).clamp(0.0, 2.0)
    if dice.chance(0.3):
        # Beam off: no transmission, whatever the picture says of it.
        for side in range(2):
            if dice.chance(0.6):
                bar = dice.integer(4, max(5, width // 5))
                where = slice(0, bar) if side == 0 else slice(width - bar, width)
                level = dice.uniform(0.0, 0.02)
                t[:, :, where] = level
                a[:, :, where] = min(1.0, -math.log(max(level, 1e-4)) / 8.0)
                labels[0, :, where] = 4.0
                labels[1, :, where] = 0.0
    return torch.cat([a, t]).clamp(0.0, 1.0), labels
