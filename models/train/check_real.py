"""How far real scans are: runs layout/model.onnx on the real scans beside the project, which nothing is trained on.

    python check_real.py ../layout/0.1.0/model.onnx ../../../shared/data/real_scans

Prints container-box IoU by the plain box finder of train_layout.py (the product's own finder refines on pixels)."""

import csv
import json
import pathlib
import sys

import numpy
import onnxruntime
from PIL import Image

import networks as n
from train_layout import boxes_of, iou


def planes_of(path):
    """As grade `processed` reads a file: white is the 99.5th percentile, one scale, 160 rows."""
    image = Image.open(path).convert("L")
    width = round(image.width * n.LAYOUT_HEIGHT / image.height)
    grey = numpy.asarray(image, numpy.float32)
    white = max(float(numpy.percentile(grey, 99.5)), 1.0)
    small = Image.fromarray(grey).resize((width, n.LAYOUT_HEIGHT), Image.BOX)
    t = numpy.clip(numpy.asarray(small, numpy.float32) / white, 1 / 255, 1.0)
    bucket = next((w for w in n.LAYOUT_WIDTHS if w >= width), None)
    if bucket is None:
        raise SystemExit(f"{path} is too wide")
    planes = numpy.ones((1, 2, n.LAYOUT_HEIGHT, bucket), numpy.float32)
    planes[0, 0] = 0.0
    planes[0, 0, :, :width] = numpy.clip(-numpy.log(t) / 8.0, 0.0, 1.0)
    planes[0, 1, :, :width] = t
    return planes, width


def trimmed(mask, box):
    """A region's box without what hangs on it: columns and rows filled to less than half of the fullest."""
    x0, y0, x1, y1 = box
    part = mask[y0:y1, x0:x1]
    columns = part.sum(0)
    keep = numpy.flatnonzero(columns * 2 >= columns.max())
    x0, x1 = x0 + keep[0], x0 + keep[-1] + 1
    rows = mask[y0:y1, x0:x1].sum(1)
    keep = numpy.flatnonzero(rows * 2 >= rows.max())
    return x0, y0 + keep[0], x1, y0 + keep[-1] + 1


def truth_of(folder):
    """`boxes.csv`: YOLO boxes (class, centre, size, all relative), several in one field."""
    truth = {}
    with open(folder / "boxes.csv", newline="") as file:
        for row in csv.DictReader(file):
            boxes = [[float(x) for x in box.split()] for box in row["containers_yolo"].split("|")]
            truth[row["file"]] = [(x - w / 2, y - h / 2, x + w / 2, y + h / 2) for _, x, y, w, h in boxes]
    return truth


def main():
    session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
    folder = pathlib.Path(sys.argv[2])
    overlaps, extra = [], 0
    for name, boxes in sorted(truth_of(folder).items()):
        planes, width = planes_of(folder / name)
        classes, _ = session.run(["classes", "castings"], {"planes": planes})
        mask = (classes[0].argmax(0) == 1)[:, : width // n.LAYOUT_STRIDE]
        rows, cols = mask.shape
        found = [(x0 / cols, y0 / rows, x1 / cols, y1 / rows) for x0, y0, x1, y1 in
                 (trimmed(mask, box) for box in boxes_of(mask))]
        best = [max([iou(box, other) for other in found], default=0.0) for box in boxes]
        overlaps += best
        extra += max(0, len([b for b in found if (b[2] - b[0]) * (b[3] - b[1]) > 0.05]) - len(boxes))
        if "-v" in sys.argv:
            print(name, [round(value, 3) for value in best], len(found))
    overlaps = numpy.array(overlaps)
    print(json.dumps({
        "real_scans": len(truth_of(folder)), "containers": len(overlaps), "box_iou_mean": float(overlaps.mean()),
        "share_at_iou_0.85": float((overlaps >= 0.85).mean()), "share_at_iou_0.5": float((overlaps >= 0.5).mean()),
        "extra_boxes": extra,
    }))


if __name__ == "__main__":
    main()
