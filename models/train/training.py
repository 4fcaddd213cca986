"""What every training run shares: its arguments, its checkpoint and its loop."""

import argparse
import pathlib
import time

import torch


def arguments(minutes, steps=1500, add=lambda parser: None):
    """Parses the command line, sets threads and seed, makes WORK."""
    parser = argparse.ArgumentParser()
    parser.add_argument("train", type=pathlib.Path)
    parser.add_argument("validation", type=pathlib.Path)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--minutes", type=float, default=minutes)
    parser.add_argument("--steps", type=int, default=steps)
    parser.add_argument("--threads", type=int, default=2)
    add(parser)
    parsed = parser.parse_args()
    torch.set_num_threads(parsed.threads)
    torch.manual_seed(1)
    parsed.work.mkdir(parents=True, exist_ok=True)
    return parsed


def load(work):
    """The checkpoint to continue from, or None."""
    path = work / "checkpoint.pt"
    return torch.load(path, map_location="cpu") if path.exists() else None


def save(work, kind, windows, state):
    """Writes the checkpoint beside the old one, then in its place: a stop in between loses nothing."""
    provenance = {
        "suite": f"pellucid phantom training-set ({kind})",
        "train_seeds": f"1000000.. ({windows} windows)", "validation_seeds": "2000000..",
    }
    fresh = work / "checkpoint.pt.new"
    torch.save({**state, **provenance}, fresh)
    fresh.replace(work / "checkpoint.pt")


def run(net, optimiser, step, limits, losses_at, after_step, keep):
    """Steps until `limits.steps` or `limits.minutes`; keeps a checkpoint every 200 steps. Returns the steps done."""
    began = time.time()
    while step < limits.steps and time.time() - began < limits.minutes * 60:
        net.train()
        loss = losses_at(step)
        optimiser.zero_grad()
        sum(loss.values()).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimiser.step()
        step += 1
        after_step(step)
        if step % 20 == 0:
            text = " ".join(f"{key} {float(value):.3f}" for key, value in loss.items())
            print(f"step {step} {time.time() - began:.0f} s {text}", flush=True)
        if step % 200 == 0:
            keep(step)
    return step
