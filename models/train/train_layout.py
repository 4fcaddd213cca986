"""Trains `layout`: resumable, seeded, one run at most --minutes.

    python train_layout.py DATA/train DATA/validation WORK --minutes 20"""

import json
import pathlib

import numpy
import torch
from torch.nn import functional as F

import networks as n
import samples as s
import training

BATCH = 8
RATE = 3e-3
WIDTHS = [256, 384]


def cells(labels):
    """Class and casting maps at the network's stride."""
    classes = F.avg_pool2d((labels[:, :1] == torch.arange(5).view(1, -1, 1, 1)).float(), n.LAYOUT_STRIDE)
    castings = F.avg_pool2d((labels[:, 1:] > 0).float(), n.LAYOUT_STRIDE)
    return classes, castings


def batch_of(bank, seed):
    random = numpy.random.default_rng(seed)
    width = int(random.choice(WIDTHS))
    picks = random.integers(0, len(bank), BATCH)
    others = random.integers(0, len(bank), BATCH)
    made = [
        s.vary_layout(bank[pick], (seed, index), width, other=bank[other])
        for index, (pick, other) in enumerate(zip(picks, others))
    ]
    planes, labels = (torch.stack(part) for part in zip(*made))
    return planes, cells(labels)


def losses(out, targets):
    logits, casting_logits = out
    classes, castings = targets
    weights = torch.tensor([0.7, 1.0, 2.0, 1.5, 1.0]).view(1, -1, 1, 1)
    log_p = F.log_softmax(logits, 1)
    # Shares of classes are the target, so that a cell on a wall says where in the cell the wall is.
    focus = -(weights * classes * log_p).sum(1).mean()
    p = log_p.exp()[:, 1]
    overlap = 1.0 - (2.0 * (p * classes[:, 1]).sum() + 1.0) / (p.sum() + classes[:, 1].sum() + 1.0)
    corner = F.binary_cross_entropy_with_logits(
        casting_logits, castings.clamp(max=1.0), pos_weight=torch.tensor(8.0)
    )
    return {"classes": focus, "overlap": 0.5 * overlap, "castings": 2.0 * corner}


def boxes_of(mask, smallest=40):
    """Bounding boxes of connected regions, largest first: a plain check; the product's own finder is in observe."""
    mask = mask.copy()
    found = []
    for y, x in zip(*numpy.nonzero(mask)):
        if not mask[y, x]:
            continue
        stack, count = [(y, x)], 0
        y0 = y1 = y
        x0 = x1 = x
        mask[y, x] = False
        while stack:
            cy, cx = stack.pop()
            count += 1
            y0, y1, x0, x1 = min(y0, cy), max(y1, cy), min(x0, cx), max(x1, cx)
            for ny, nx in ((cy + 1, cx), (cy - 1, cx), (cy, cx + 1), (cy, cx - 1)):
                if 0 <= ny < mask.shape[0] and 0 <= nx < mask.shape[1] and mask[ny, nx]:
                    mask[ny, nx] = False
                    stack.append((ny, nx))
        if count >= smallest:
            found.append((x0, y0, x1 + 1, y1 + 1))
    return sorted(found, key=lambda b: -(b[2] - b[0]) * (b[3] - b[1]))


def iou(a, b):
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    common = max(0.0, width) * max(0.0, height)
    area = lambda box: (box[2] - box[0]) * (box[3] - box[1])
    return common / (area(a) + area(b) - common)


def evaluate(net, bank, is_plain):
    net.eval()
    crossing, union = numpy.zeros(5), numpy.zeros(5)
    overlaps = []
    with torch.no_grad():
        for index, sample in enumerate(bank):
            width = next((w for w in n.LAYOUT_WIDTHS if w >= sample.shape[2]), n.LAYOUT_WIDTHS[-1])
            other = bank[(index + 1) % len(bank)]
            planes, labels = s.vary_layout(sample, (13, index), width, is_plain, other)
            classes, _ = net.logits(planes[None])
            guess = classes[0].argmax(0).numpy()
            truth = cells(labels[None])[0][0].argmax(0).numpy()
            for c in range(5):
                crossing[c] += ((guess == c) & (truth == c)).sum()
                union[c] += ((guess == c) | (truth == c)).sum()
            found = boxes_of(guess == 1)
            for box in boxes_of(truth == 1):
                overlaps.append(max([iou(box, other) for other in found], default=0.0))
    names = n.LAYOUT_CLASSES
    return {
        "windows": len(bank),
        "class_iou": {name: float(c / u) if u else None for name, c, u in zip(names, crossing, union)},
        "container_box_iou_mean": float(numpy.mean(overlaps)), "containers": len(overlaps),
        "containers_at_iou_0.85": float((numpy.array(overlaps) >= 0.85).mean()),
    }


def main():
    def more(parser):
        parser.add_argument("--start", type=pathlib.Path, help="checkpoint whose weights a new run begins with")
        parser.add_argument("--rate", type=float, default=RATE)

    arguments = training.arguments(20.0, add=more)
    bank, _ = s.load(arguments.train)
    net = n.LayoutNet()
    optimiser = torch.optim.AdamW(net.parameters(), arguments.rate, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, arguments.rate, total_steps=arguments.steps + 1, pct_start=0.1)
    step = 0
    state = training.load(arguments.work)
    if state is not None:
        net.load_state_dict(state["net"])
        optimiser.load_state_dict(state["optimiser"])
        schedule.load_state_dict(state["schedule"])
        step = state["step"]
    elif arguments.start is not None:
        net.load_state_dict(torch.load(arguments.start, map_location="cpu")["net"])

    def losses_at(step):
        planes, targets = batch_of(bank, 1_000 + step)
        return losses(net.logits(planes), targets)

    def keep(step):
        state = {
            "net": net.state_dict(), "optimiser": optimiser.state_dict(), "schedule": schedule.state_dict(),
            "step": step,
        }
        training.save(arguments.work, "layout", len(bank), state)

    step = training.run(net, optimiser, step, arguments, losses_at, lambda step: schedule.step(), keep)
    keep(step)
    validation, _ = s.load(arguments.validation)
    metrics = {
        "steps": step, "train_windows": len(bank), "data": "phantoms; validation seeds 2000000..",
        "plain": evaluate(net, validation, True), "varied": evaluate(net, validation, False),
    }
    print(json.dumps(metrics), flush=True)
    (arguments.work / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")


if __name__ == "__main__":
    main()
