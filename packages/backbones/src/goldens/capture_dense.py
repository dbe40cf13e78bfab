"""Captures the goldens of the dense networks, in float64, with PyTorch's own layers and torchvision's heads.

    python capture_dense.py      # needs torch, torchvision and numpy

Weights by hash as in capture.py. Narrow networks of the same architecture where the full ones are large; `vgg16-fcn-full`
is one forward pass of the full one.
"""

import sys

import torch
import torchvision
from torch import nn
from torch.nn import functional as F
from torchvision.models.segmentation.deeplabv3 import DeepLabHead
from torchvision.models.segmentation.fcn import FCNHead

from capture import fill, hash_images, hash_labels, hash_weight, make_net, nhwc, sig, summary, whole, write

COUNTS = [2, 2, 3, 3, 3]


class Fcn8s(nn.Module):
    def __init__(self, widths, fc, classes):
        super().__init__()
        inputs = 3
        self.stages = []
        for stage, (count, width) in enumerate(zip(COUNTS, widths)):
            names = []
            for at in range(count):
                name = f"conv{stage + 1}_{at + 1}"
                self.add_module(name, nn.Conv2d(inputs, width, 3, padding=100 if name == "conv1_1" else 1))
                names.append(name)
                inputs = width
            self.stages.append(names)
        self.fc6 = nn.Conv2d(widths[4], fc, 7)
        self.fc7 = nn.Conv2d(fc, fc, 1)
        self.score_fr = nn.Conv2d(fc, classes, 1)
        self.score_pool3 = nn.Conv2d(widths[2], classes, 1)
        self.score_pool4 = nn.Conv2d(widths[3], classes, 1)
        self.upscore2 = nn.ConvTranspose2d(classes, classes, 4, stride=2, bias=False)
        self.upscore8 = nn.ConvTranspose2d(classes, classes, 16, stride=8, bias=False)
        self.upscore_pool4 = nn.ConvTranspose2d(classes, classes, 4, stride=2, bias=False)

    def forward(self, images):
        out = {}
        x = images
        for stage, names in enumerate(self.stages):
            for name in names:
                x = F.relu(getattr(self, name)(x))
            out[f"pool{stage + 1}"] = x = F.max_pool2d(x, 2, 2, ceil_mode=True)
        out["pool"] = F.adaptive_avg_pool2d(x, 7)
        out["fc7"] = F.relu(self.fc7(F.relu(self.fc6(x))))
        u = self.upscore2(self.score_fr(out["fc7"]))
        v = self.upscore_pool4(u + crop(self.score_pool4(0.01 * out["pool4"]), 5, u))
        w = self.upscore8(v + crop(self.score_pool3(0.0001 * out["pool3"]), 9, v))
        return out, crop(w, 31, images)


def crop(x, offset, like):
    return x[:, :, offset : offset + like.shape[2], offset : offset + like.shape[3]]


def case(name, net, run, images, classes, keep=(), gradients=True, **more):
    """Features, logits (summary and some pixels), loss with ignored pixels, every gradient."""
    batch, _, height, width = images.shape
    features, logits = run(net, images)
    labels = hash_labels("labels", batch * height * width, classes + 1).reshape(batch, height, width)
    loss = F.cross_entropy(logits, torch.where(labels == classes, 255, labels), ignore_index=255)
    golden = {
        "input": [batch, height, width, 3],
        "classes": classes,
        **more,
        "features": {k: {"shape": list(nhwc(v).shape), **summary(f"feature/{k}", nhwc(v))} for k, v in features.items()},
        "logits": summary("feature/logits", nhwc(logits)),
        "loss": sig(loss.item()),
    }
    if gradients:
        loss.backward()
        named = {k: p for k, p in net.named_parameters() if not k.startswith("fc.")}
        golden["gradients"] = {k: summary(f"gradient/{k}", p.grad) for k, p in named.items()}
    write(f"{name}.json", golden)


def fcn8s_cases():
    for height, width in [(33, 47), (64, 49)]:
        net = Fcn8s([4, 5, 6, 7, 8], 9, 5).double()
        fill(net)
        case(f"fcn8s-{height}x{width}", net, lambda n, x: n(x), hash_images("images", 1 + height % 2, height, width), 5)
    with torch.no_grad():
        net = Fcn8s([64, 128, 256, 512, 512], 4096, 19).double()
        fill(net)
        case("fcn8s-full-32x40", net, lambda n, x: n(x), hash_images("images", 1, 32, 40), 19, gradients=False)


class OnResNet(nn.Module):
    def __init__(self, net, head):
        super().__init__()
        for key, child in net.named_children():
            if key not in ("fc", "avgpool"):
                self.add_module(key, child)
        self.classifier = head


def on_resnet(align_corners):
    def run(net, images):
        out = {}
        x = net.maxpool(F.relu(net.bn1(net.conv1(images))))
        for stage in ["layer1", "layer2", "layer3", "layer4"]:
            out[stage] = x = getattr(net, stage)(x)
        size = images.shape[2:]
        return out, F.interpolate(net.classifier(x), size=size, mode="bilinear", align_corners=align_corners)

    return run


def resnet_cases():
    for name, kind, stride, (height, width) in [
        ("resnet50", "fcn", 32, (65, 97)),
        ("resnet50", "fcn", 16, (49, 65)),
        ("resnet50", "aspp", 8, (65, 49)),
        ("resnet10-28", "fcn", 8, (41, 59)),
    ]:
        if name == "resnet50":
            dilated = [False, stride <= 16 and stride < 16, stride < 32]
            base = torchvision.models.resnet50(replace_stride_with_dilation=dilated)
        else:
            base = make_net(name, 20)
        width4 = base.fc.in_features
        head = FCNHead(width4, 7) if kind == "fcn" else DeepLabHead(width4, 7, [12, 24, 36])
        net = OnResNet(base, head).double().eval()
        fill(net)
        reset_statistics(head)
        images = hash_images("images", 1, height, width)
        run = on_resnet(kind == "aspp")
        case(f"{name}-{kind}{stride}-{height}x{width}", net, run, images, 7, network=name, head=kind, stride=stride)


def reset_statistics(head):
    for module in head.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()


if __name__ == "__main__":
    fcn8s_cases()
    resnet_cases()
