"""Trains `cargo`: resumable, seeded, one run at most --minutes.

    python train_cargo.py DATA/train DATA/validation WORK --minutes 45

WORK receives checkpoint.pt (continued from when it is there) and metrics.json."""

import json
import math
import pathlib

import numpy
import torch
from torch.nn import functional as F

import networks as n
import samples as s
import training

CROP = 320
BATCH = 8
RATE = 2e-3


def mains(bank):
    """Index of each window's main heading; 8 for empty boxes."""
    counts = [numpy.bincount(sample[5].ravel(), minlength=256)[:8] for sample in bank]
    return numpy.array([int(count.argmax()) if count.sum() > 2000 else 8 for count in counts])


def batch_of(bank, main, seed, width, count):
    """Pairs of windows of the same heading, so that contrast between shipments has something to attract; headings come
    up equally often, however the set is made."""
    random = numpy.random.default_rng(seed)
    chances = numpy.where(numpy.arange(9) == 8, 0.6, 1.0) * (numpy.bincount(main, minlength=9) > 0)
    headings = random.choice(9, count // 2, replace=False, p=chances / chances.sum())
    picks = numpy.concatenate([random.choice(numpy.flatnonzero(main == heading), 2) for heading in headings])
    made = [s.vary_cargo(bank[pick], (seed, index), width) for index, pick in enumerate(picks)]
    planes, heading, component = (torch.stack(part) for part in zip(*made))
    shipment = torch.from_numpy(picks)
    return planes, s.cargo_targets(heading, component), shipment


def contrastive(embedding, label, shipment, random, per_crop=24):
    """Supervised contrast between shipments: patches of the same heading in other scans attract, other headings repel.
    Patches of the same scan are left out of both sides, so that nothing is learnt about a scan's own noise."""
    vectors, headings, owners = [], [], []
    for index in range(len(embedding)):
        cells = ((label[index] < 8)).nonzero()
        if len(cells) == 0:
            continue
        cells = cells[torch.from_numpy(random.permutation(len(cells))[:per_crop])]
        vectors.append(embedding[index, : n.LEARNED_DIMS, cells[:, 0], cells[:, 1]].T)
        headings.append(label[index, cells[:, 0], cells[:, 1]])
        owners.append(torch.full((len(cells),), int(shipment[index])))
    if len(vectors) < 2:
        return embedding.sum() * 0.0
    x = F.normalize(torch.cat(vectors), dim=1)
    y, owner = torch.cat(headings), torch.cat(owners)
    other = owner[:, None] != owner[None]
    logits = (x @ x.T / 0.15).masked_fill(~other, -1e4)
    positive = (y[:, None] == y[None]) & other
    log_p = logits - torch.logsumexp(logits, 1, keepdim=True)
    has = positive.any(1)
    if not bool(has.any()):
        return embedding.sum() * 0.0
    return -((log_p * positive).sum(1)[has] / positive.sum(1)[has]).mean()


def prototype_loss(net, embedding, label):
    """Commodity through cosine on the embedding itself, so that distances in it mean headings."""
    x = F.normalize(embedding[:, : n.LEARNED_DIMS], dim=1)
    w = F.normalize(net.prototypes, dim=1)
    logits = 10.0 * F.conv2d(x, w[:, :, None, None])
    return F.cross_entropy(logits, torch.where(label < 8, label, s.IGNORE), ignore_index=s.IGNORE)


def losses(net, out, targets, shipment, random):
    embedding, commodity, structure, concealment = out
    label, kind, hidden = targets
    weights = torch.ones(len(n.HEADINGS))
    weights[8:] = 0.5
    goods = (label < 8).any()
    loss = {
        "commodity": F.cross_entropy(commodity, label, weights, ignore_index=s.IGNORE, label_smoothing=0.05),
        "prototype": prototype_loss(net, embedding, label) if goods else embedding.sum() * 0.0,
        "contrast": 0.3 * contrastive(embedding, label, shipment, random),
        "structure": 0.5 * F.cross_entropy(structure, kind, ignore_index=s.IGNORE),
    }
    valid = hidden != s.IGNORE
    raw = F.binary_cross_entropy_with_logits(concealment[:, 0], hidden.clamp(max=1.0), reduction="none")
    p = torch.sigmoid(concealment[:, 0].detach())
    focus = torch.where(hidden == 1.0, 4.0 * (1.0 - p), p) ** 1.0
    loss["concealment"] = 2.0 * (raw * focus * valid).sum() / (20.0 + (hidden == 1.0).sum() + 0.02 * valid.sum())
    return loss


def rate(done):
    """Share of the top rate: short warm-up, cosine down to nothing. A function of progress alone, so that a run may be
    continued with another number of steps."""
    return min(1.0, (done + 1e-3) / 0.08) * 0.5 * (1.0 + math.cos(math.pi * max(0.0, done - 0.08) / 0.92))


def fit_frozen_axes(net, bank):
    """Principal axes of the frozen features over cargo patches of training windows, whitened."""
    rows = []
    with torch.no_grad():
        for index in range(0, min(len(bank), 96)):
            planes, heading, component = s.vary_cargo(bank[index], (7, index), CROP)
            label, _, _ = s.cargo_targets(heading[None], component[None])
            x4, _ = net.frozen(planes[None])
            pooled = F.avg_pool2d(x4, 4)[0]
            rows.append(pooled[:, label[0] < 8].T)
    x = torch.cat(rows).double()
    mean = x.mean(0)
    values, vectors = torch.linalg.eigh((x - mean).T @ (x - mean) / len(x))
    axes = (vectors[:, -n.FROZEN_DIMS:] / values[-n.FROZEN_DIMS:].clamp(min=1e-9).sqrt()).T.flip(0)
    # Signs of eigenvectors are arbitrary: fix them.
    axes = axes * torch.sign(axes.sum(1, keepdim=True))
    net.frozen_axes.copy_(axes.float()[:, :, None, None])
    net.frozen_offset.copy_((axes @ mean).float())


def evaluate(net, bank, mode):
    """Patch and container figures on whole windows of one grade."""
    net.eval()
    if mode == "dual":
        bank = [sample for sample in bank if sample[3].max() > 0]
    right = total = boxes = boxes_right = 0
    logits_all, labels_all, scores, truths, means, classes = [], [], [], [], [], []
    structure_right = structure_total = empty_right = empty_total = 0
    with torch.no_grad():
        for index, sample in enumerate(bank):
            planes, heading, component = s.vary_cargo(sample, (11, index), sample.shape[2], mode)
            label, kind, hidden = s.cargo_targets(heading[None], component[None])
            embedding, commodity, structure, concealment = net.logits(planes[None])
            valid = label[0] != s.IGNORE
            logits_all.append(commodity[0][:, valid].T)
            labels_all.append(label[0][valid])
            goods = label[0] < 8
            guess = commodity[0].argmax(0)
            right += int((guess == label[0])[goods].sum())
            total += int(goods.sum())
            is_empty = label[0] == 8
            empty_right += int((guess == 8)[is_empty].sum())
            empty_total += int(is_empty.sum())
            known = kind[0] != s.IGNORE
            structure_right += int((structure[0].argmax(0) == kind[0])[known].sum())
            structure_total += int(known.sum())
            if int(goods.sum()) >= 10:
                main = int(torch.bincount(label[0][goods], minlength=8).argmax())
                mass = F.log_softmax(commodity[0][:8], 0)[:, goods].mean(1)
                boxes += 1
                boxes_right += int(mass.argmax()) == main
                means.append(embedding[0][:, goods & (label[0] == main)].mean(1).numpy())
                classes.append(main)
            seen = hidden[0] != s.IGNORE
            scores.append(torch.sigmoid(concealment[0, 0])[seen].numpy())
            truths.append(hidden[0][seen].numpy())
    score, truth = numpy.concatenate(scores), numpy.concatenate(truths)
    figures = {
        "windows": len(bank), "patch_accuracy": right / max(total, 1), "goods_patches": total,
        "container_top1": boxes_right / max(boxes, 1), "containers": boxes,
        "empty_recall": empty_right / max(empty_total, 1), "structure_accuracy": structure_right / structure_total,
        "nearest_neighbour_top1": nearest(numpy.array(means), numpy.array(classes)),
        "concealment_cell_auc": auc(score, truth), "concealment_cells": int(truth.sum()),
    }
    return figures, torch.cat(logits_all), torch.cat(labels_all)


def nearest(means, classes):
    """Leave-one-out nearest neighbour over containers' mean embeddings."""
    if len(means) < 2:
        return None
    gap = ((means[:, None] - means[None]) ** 2).sum(-1)
    numpy.fill_diagonal(gap, numpy.inf)
    return float((classes[gap.argmin(1)] == classes).mean())


def auc(score, truth):
    positives = int(truth.sum())
    if positives == 0 or positives == len(truth):
        return None
    order = numpy.argsort(score, kind="stable")
    rank = numpy.empty(len(score))
    rank[order] = numpy.arange(1, len(score) + 1)
    return float((rank[truth == 1].sum() - positives * (positives + 1) / 2) / (positives * (len(truth) - positives)))


def fit_temperature(logits, labels):
    logits = logits[: 200_000]
    labels = labels[: 200_000]
    best = min(numpy.geomspace(0.5, 3.0, 40), key=lambda t: float(F.cross_entropy(logits / t, labels)))
    return float(best)


def main():
    arguments = training.arguments(45.0)
    bank, _ = s.load(arguments.train)
    main_of = mains(bank)
    print("windows by main heading:", numpy.bincount(main_of, minlength=9), flush=True)
    net = n.CargoNet(n.imagenet_weights())
    net.prototypes = torch.nn.Parameter(torch.randn(8, n.LEARNED_DIMS))
    body = [p for p in net.blocks.parameters() if p.requires_grad]
    ids = {id(p) for p in body}
    fresh = [p for p in net.parameters() if p.requires_grad and id(p) not in ids]
    groups = [{"params": body, "lr": RATE / 4}, {"params": fresh, "lr": RATE}]
    optimiser = torch.optim.AdamW(groups, weight_decay=1e-3)
    step = 0
    state = training.load(arguments.work)
    if state is not None:
        net.load_state_dict(state["full"])
        optimiser.load_state_dict(state["optimiser"])
        step = state["step"]
    else:
        fit_frozen_axes(net, bank)

    def losses_at(step):
        planes, targets, shipment = batch_of(bank, main_of, 1_000 + step, CROP, BATCH)
        return losses(net, net.logits(planes), targets, shipment, numpy.random.default_rng(step))

    def set_rate(step):
        for group, top in zip(optimiser.param_groups, [RATE / 4, RATE]):
            group["lr"] = top * rate(step / arguments.steps)

    def keep(step):
        full = net.state_dict()
        plain = {key: value for key, value in full.items() if key != "prototypes"}
        state = {"net": plain, "full": full, "optimiser": optimiser.state_dict(), "step": step}
        training.save(arguments.work, "cargo", len(bank), state)

    set_rate(step)
    step = training.run(net, optimiser, step, arguments, losses_at, set_rate, keep)
    net.temperature.fill_(1.0)
    keep(step)
    validation, _ = s.load(arguments.validation)
    metrics = {"steps": step, "train_windows": len(bank), "data": "phantoms; validation seeds 2000000.."}
    dual_logits = None
    for mode in ["dual", "single", "processed"]:
        metrics[mode], logits, labels = evaluate(net, validation, mode)
        if mode == "dual":
            dual_logits, dual_labels = logits, labels
        print(mode, json.dumps(metrics[mode]), flush=True)
    net.temperature.fill_(fit_temperature(dual_logits, dual_labels))
    metrics["commodity_temperature"] = float(net.temperature)
    keep(step)
    (arguments.work / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")


if __name__ == "__main__":
    main()
