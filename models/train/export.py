"""Writes a model package from a checkpoint: model.onnx (opset 17, fp16 storage), card.toml, metrics.json.

    python export.py layout CHECKPOINT OUT_DIR --version 0.1.0 --commit HASH

`pellucid models sign OUT_DIR` signs it afterwards."""

import argparse
import hashlib
import json
import pathlib

import numpy
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

import networks as n

SMALL = 16


def store_as_fp16(path):
    """Large fp32 initialisers become fp16 with a Cast behind them: half the file, the same arithmetic."""
    model = onnx.load(path)
    graph = model.graph
    casts = []
    for tensor in list(graph.initializer):
        values = numpy_helper.to_array(tensor)
        if tensor.data_type != TensorProto.FLOAT or values.size < SMALL or numpy.abs(values).max() > 6e4:
            continue
        half = numpy_helper.from_array(values.astype(numpy.float16), tensor.name + "_fp16")
        graph.initializer.remove(tensor)
        graph.initializer.append(half)
        casts.append(helper.make_node("Cast", [half.name], [tensor.name], to=TensorProto.FLOAT))
    nodes = list(graph.node)
    del graph.node[:]
    graph.node.extend(casts + nodes)
    model.producer_name, model.producer_version, model.doc_string = "pellucid", "", ""
    onnx.checker.check_model(model)
    onnx.save(model, path)


def export_onnx(net, channels, height, widths, outputs, path):
    """Exports with a free width, then compares ONNX Runtime with PyTorch at every width bucket."""
    import onnxruntime

    net.eval()
    example = torch.rand(1, channels, height, widths[0])
    axes = {"planes": {3: "width"}, **{name: {3: "width_" + name} for name in outputs}}
    torch.onnx.export(
        net, example, path, opset_version=17, input_names=["planes"], output_names=outputs, dynamic_axes=axes,
        do_constant_folding=True,
    )
    store_as_fp16(path)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    worst = {}
    for width in widths:
        planes = torch.rand(1, channels, height, width, generator=torch.Generator().manual_seed(width))
        with torch.no_grad():
            expected = net(planes)
        actual = session.run(outputs, {"planes": planes.numpy()})
        for name, want, have in zip(outputs, expected, actual):
            if have.shape != tuple(want.shape):
                raise SystemExit(f"{name} at width {width}: {have.shape} is not {tuple(want.shape)}")
            worst[name] = max(worst.get(name, 0.0), float(numpy.abs(want.numpy() - have).max()))
    print("largest difference between PyTorch (fp32) and ONNX Runtime (fp16 storage):", worst)
    return worst


def quoted(items):
    return "[" + ", ".join(json.dumps(item) for item in items) + "]"


def card(name, version, sha256, limits, planes, scale, height, widths, outputs, calibration, training):
    lines = [
        f'name = "{name}"', f'version = "{version}"', f'kind = "{name}"', f'sha256 = "{sha256}"',
        'licence = "Apache-2.0"', "limits = [", *[f"    {json.dumps(limit)}," for limit in limits], "]", "",
        "[input]", 'tensor = "planes"', f"planes = {quoted(planes)}", f"scale = {json.dumps(scale)}",
        f"height = {height}", f"widths = {widths}", "",
    ]
    for tensor, stride, channels, meaning, classes in outputs:
        lines += [
            "[[outputs]]", f'tensor = "{tensor}"', f"stride = {stride}", f"channels = {channels}",
            f'meaning = "{meaning}"', *([f"classes = {quoted(classes)}"] if classes else []), "",
        ]
    method, data, temperatures = calibration
    lines += ["[calibration]", f"method = {json.dumps(method)}", f"data = {json.dumps(data)}"]
    if temperatures:
        lines += ["", "[calibration.temperatures]", *[f"{k} = {v:.4f}" for k, v in temperatures.items()]]
    lines += ["", "[training]", *[f"{key} = {json.dumps(value)}" for key, value in training.items()], ""]
    return "\n".join(lines)


LAYOUT = {
    "channels": 2, "height": n.LAYOUT_HEIGHT, "widths": n.LAYOUT_WIDTHS,
    "planes": ["attenuation_high_over_8_at_most_1", "transmission"],
    "scale": "whole scan, one scale for both axes, 160 rows",
    "outputs": [
        ("classes", n.LAYOUT_STRIDE, len(n.LAYOUT_CLASSES), "softmax", n.LAYOUT_CLASSES),
        ("castings", n.LAYOUT_STRIDE, 1, "sigmoid", []),
    ],
    "limits": [
        "learnt from phantoms only: no pixel of a real scan was used",
        "containers on trucks seen from the side, or crops of them; no top views, no trains, no loose boxes",
        "the cab class has seen one shape of tractor",
    ],
}
CARGO = {
    "channels": 4, "height": n.CARGO_HEIGHT, "widths": n.CARGO_WIDTHS,
    "planes": ["attenuation_high_over_8", "attenuation_low_over_8", "transmission_high", "low_present"],
    "scale": "10 mm per pixel, silhouette height on 280 of 304 rows",
    "outputs": [
        ("embedding", 16, n.EMBEDDING_DIMS, "embedding", []),
        ("commodity", 16, len(n.HEADINGS), "softmax", n.HEADINGS),
        ("structure", 8, len(n.STRUCTURE), "softmax", n.STRUCTURE),
        ("concealment", 8, 1, "sigmoid", []),
    ],
    "limits": [
        "learnt from phantoms only: figures hold on phantoms; on real scans it may explain but must not accuse",
        "eight headings; other goods get the nearest of them, so the commodity output alone says nothing about those",
        "concealment was trained on the phantoms' hidden objects only and is weak evidence by itself",
    ],
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model", choices=["layout", "cargo"])
    parser.add_argument("checkpoint", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--version", default="0.1.0")
    parser.add_argument("--commit", required=True)
    parser.add_argument("--metrics", type=pathlib.Path)
    arguments = parser.parse_args()
    torch.manual_seed(0)
    spec = LAYOUT if arguments.model == "layout" else CARGO
    net = n.LayoutNet() if arguments.model == "layout" else n.CargoNet()
    state = torch.load(arguments.checkpoint, map_location="cpu")
    net.load_state_dict(state["net"])
    arguments.out.mkdir(parents=True, exist_ok=True)
    path = arguments.out / "model.onnx"
    names = [output[0] for output in spec["outputs"]]
    parity = export_onnx(net, spec["channels"], spec["height"], spec["widths"], names, path)
    data = path.read_bytes()
    temperature = float(getattr(net, "temperature", torch.ones(1)))
    is_calibrated = arguments.model == "cargo" and temperature != 1.0
    calibration = (
        ("temperature", "validation phantoms", {"commodity": temperature}) if is_calibrated else ("none", "none", {})
    )
    training = {
        "suite": state["suite"], "train_seeds": state["train_seeds"], "validation_seeds": state["validation_seeds"],
        "commit": arguments.commit,
    }
    text = card(
        arguments.model, arguments.version, hashlib.sha256(data).hexdigest(), spec["limits"], spec["planes"],
        spec["scale"], spec["height"], spec["widths"], spec["outputs"], calibration, training,
    )
    (arguments.out / "card.toml").write_text(text)
    metrics = json.loads(arguments.metrics.read_text()) if arguments.metrics else {}
    metrics["onnx_parity_max_abs"] = parity
    (arguments.out / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")
    print(path, len(data), "bytes")


if __name__ == "__main__":
    main()
