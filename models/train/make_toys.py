"""Writes the toy models that the tests of crates/classify run: a few hundred bytes each, same names and strides as the
real ones, and two broken ones.

    python make_toys.py ../../crates/classify/tests/data"""

import pathlib
import sys

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper


def toy(inputs, heads, path):
    """Each head: (name, stride, channels, activation). Mean over stride x stride cells, mixed by fixed weights."""
    random = numpy.random.default_rng(7)
    nodes, weights, outputs = [], [], []
    for name, stride, channels, activation in heads:
        mix = random.normal(0.0, 2.0, (channels, inputs, 1, 1)).astype(numpy.float32)
        weights.append(numpy_helper.from_array(mix, name + "_mix"))
        nodes.append(
            helper.make_node(
                "AveragePool", ["planes"], [name + "_mean"], kernel_shape=[stride, stride], strides=[stride, stride]
            )
        )
        last = name if activation is None else name + "_mixed"
        nodes.append(helper.make_node("Conv", [name + "_mean", name + "_mix"], [last]))
        if activation == "Softmax":
            nodes.append(helper.make_node("Softmax", [last], [name], axis=1))
        elif activation is not None:
            nodes.append(helper.make_node(activation, [last], [name]))
        outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, channels, None, None]))
    planes = helper.make_tensor_value_info("planes", TensorProto.FLOAT, [1, inputs, None, None])
    graph = helper.make_graph(nodes, "toy", [planes], outputs, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="pellucid")
    model.ir_version = 8
    onnx.checker.check_model(model)
    onnx.save(model, path)


def main():
    out = pathlib.Path(sys.argv[1])
    layout = [("classes", 4, 5, "Softmax"), ("castings", 4, 1, "Sigmoid")]
    cargo = [
        ("embedding", 16, 24, None), ("commodity", 16, 3, "Softmax"), ("structure", 8, 2, "Softmax"),
        ("concealment", 8, 1, "Sigmoid"),
    ]
    toy(2, layout, out / "layout.onnx")
    toy(4, cargo, out / "cargo.onnx")
    # Logarithms of negative mixtures are not numbers: the guard on outputs must see that.
    toy(2, [("classes", 4, 5, "Softmax"), ("castings", 4, 1, "Log")], out / "layout_not_a_number.onnx")


if __name__ == "__main__":
    main()
