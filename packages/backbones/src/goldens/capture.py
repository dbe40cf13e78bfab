"""Captures the goldens of this folder from torchvision, in float64.

    python capture.py            # needs torch, torchvision and numpy; `capture.py ibn` for IBN-Net alone

No weights are stored: every tensor comes from an integer hash of its name and of the element's index in PyTorch's
layout, written the same way in ../testing/hash-tensor.ts. A tensor is stored as its norm, its projections on two
hashed directions and its first four elements; a few are stored whole (base64 of little-endian float32).
The mini network is torchvision's own ResNet with its first convolution, pooling and stages replaced.
"""

import base64
import json
import math
import sys
from pathlib import Path

import numpy as np
import torch
import torchvision
from torch import nn
from torch.nn import functional as F
from torchvision.models.resnet import BasicBlock, ResNet

HERE = Path(__file__).parent
torch.set_num_threads(2)


def hash_uniform(name, count):
    """Values in [-1, 1): FNV-1a of the name, plus a golden-ratio sequence, through murmur3's 32-bit finaliser."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) & 0xFFFFFFFF
    h = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B9) + np.uint32(seed)
    h ^= h >> np.uint32(16)
    h *= np.uint32(0x85EBCA6B)
    h ^= h >> np.uint32(13)
    h *= np.uint32(0xC2B2AE35)
    h ^= h >> np.uint32(16)
    return (h >> np.uint32(8)).astype(np.float64) / 2**23 - 1


def hash_weight(name, shape):
    """Conv and linear: uniform with He's variance. Norms: scale 0.5 ± 0.25, shift ± 0.1; statistics 0 ± 0.1, 1 ± 0.5."""
    u = hash_uniform(name, math.prod(shape))
    if len(shape) > 1:
        u = u * math.sqrt(6 / math.prod(shape[1:]))
    elif name.endswith(".running_var"):
        u = 1 + 0.5 * u
    elif name.endswith(".weight"):
        u = 0.5 + 0.25 * u
    else:
        u = 0.1 * u
    return torch.from_numpy(u.astype(np.float32).astype(np.float64).reshape(shape))


def hash_images(name, batch, height, width):
    """Values in ±2, indexed in [B, H, W, 3]."""
    u = 2 * hash_uniform(name, batch * height * width * 3)
    return torch.from_numpy(u.reshape(batch, height, width, 3)).permute(0, 3, 1, 2)


def hash_labels(name, batch, classes):
    return torch.from_numpy(np.floor((hash_uniform(name, batch) + 1) / 2 * classes).astype(np.int64))


def fill(module, prefix=""):
    state = {k: v for k, v in module.state_dict().items() if not k.endswith("num_batches_tracked")}
    filled = {k: hash_weight(prefix + k, tuple(v.shape)) for k, v in state.items()}
    module.load_state_dict(filled, strict=False)


def mini(classes):
    net = ResNet(BasicBlock, [1, 1, 1, 1], num_classes=classes)
    net.inplanes = 32
    net.conv1 = nn.Conv2d(3, 32, 3, 1, 1, bias=False)
    net.bn1 = nn.BatchNorm2d(32)
    net.maxpool = nn.Identity()
    for at, (planes, stride) in enumerate(zip([32, 64, 128, 256], [2, 2, 2, 1])):
        setattr(net, f"layer{at + 1}", net._make_layer(BasicBlock, planes, 1, stride=stride))
    net.fc = nn.Linear(256, classes)
    return net


class HalfInstanceNorm(nn.Module):
    """First half of the channels by instance, the rest by batch."""

    def __init__(self, channels):
        super().__init__()
        self.half = channels // 2
        self.IN = nn.InstanceNorm2d(self.half, affine=True)
        self.BN = nn.BatchNorm2d(channels - self.half)

    def forward(self, x):
        first, rest = x[:, : self.half], x[:, self.half :]
        return torch.cat([self.IN(first), self.BN(rest)], 1)


class NormalisedSum(nn.Module):
    """A block of torchvision whose sum passes an instance normalisation before the last ReLU."""

    def __init__(self, block, channels):
        super().__init__()
        for key, child in block.named_children():
            self.add_module(key, child)
        self.IN = nn.InstanceNorm2d(channels, affine=True)

    def forward(self, x):
        convs = [(self.conv1, self.bn1), (self.conv2, self.bn2)]
        if hasattr(self, "conv3"):
            convs.append((self.conv3, self.bn3))
        y = x
        for at, (conv, bn) in enumerate(convs):
            y = bn(conv(F.relu(y) if at else y))
        return F.relu(self.IN(y + (x if self.downsample is None else self.downsample(x))))


def to_ibn(net, form):
    """IBN-Net from a ResNet: a) bn1 of every block of layer1 to layer3, b) the stem and the sums of layer1 and layer2."""
    if form == "a":
        for stage in (net.layer1, net.layer2, net.layer3):
            for block in stage:
                block.bn1 = HalfInstanceNorm(block.bn1.num_features)
        return net
    net.bn1 = nn.InstanceNorm2d(net.bn1.num_features, affine=True)
    for stage in (net.layer1, net.layer2):
        last = stage[-1]
        width = (last.bn3 if hasattr(last, "bn3") else last.bn2).num_features
        # In place, as a child of None (no projection) is no module.
        block = NormalisedSum(last, width)
        block.downsample = last.downsample
        stage[-1] = block
    return net


def plain(name, classes):
    if name == "resnet10-28":
        return mini(classes)
    return getattr(torchvision.models, name)(num_classes=classes)


def make_net(name, classes):
    base, _, form = name.partition("-ibn-")
    return to_ibn(plain(base, classes), form) if form else plain(base, classes)


def build(name, old_classes, asg_classes):
    net = make_net(name, old_classes).double().eval()
    width = net.fc.in_features
    head = nn.Sequential(nn.Linear(width, 512), nn.ReLU(), nn.Linear(512, asg_classes)).double()
    fill(net)
    fill(head, "fc_new.")
    net.fc.requires_grad_(False)
    return net, head


def features_of(net, x):
    out = {}
    out["conv1"] = net.relu(net.bn1(net.conv1(x)))
    x = net.maxpool(out["conv1"])
    for stage in ["layer1", "layer2", "layer3", "layer4"]:
        out[stage] = x = getattr(net, stage)(x)
    out["pool"] = torch.flatten(net.avgpool(x), 1)
    return out


def summary(name, array):
    flat = array.detach().contiguous().numpy().reshape(-1)
    return {
        "norm": sig(np.linalg.norm(flat)),
        "projections": [sig(flat @ hash_uniform(f"{name}/direction{i}", flat.size)) for i in (0, 1)],
        "first": [sig(v) for v in flat[:4]],
    }


def sig(value):
    return float(f"{float(value):.9g}")


def whole(array):
    return base64.b64encode(array.detach().contiguous().numpy().astype("<f4").tobytes()).decode()


def forward_case(name, batch, height, width, old_classes=20, classes=12, keep=()):
    net, head = build(name, old_classes, classes)
    images = hash_images("images", batch, height, width)
    labels = hash_labels("labels", batch, classes)
    teacher = torch.from_numpy(3 * hash_uniform("teacher", batch * old_classes).reshape(batch, old_classes))
    features = features_of(net, images)
    old, new = net.fc(features["pool"]), head(features["pool"])
    assert torch.allclose(old, net(images), rtol=1e-12, atol=1e-12)
    task = F.cross_entropy(new, labels)
    guidance = F.kl_div(F.log_softmax(old, 1), F.log_softmax(teacher, 1), reduction="batchmean", log_target=True)
    golden = {
        "network": name,
        "input": [batch, height, width, 3],
        "oldClasses": old_classes,
        "classes": classes,
        "labels": labels.tolist(),
        "features": {
            k: {"shape": list(nhwc(v).shape), **summary(f"feature/{k}", nhwc(v))} for k, v in features.items()
        },
        "pool": whole(features["pool"]),
        "logits": new.detach().flatten().tolist(),
        "oldLogits": old.detach().flatten().tolist(),
        "loss": {"task": task.item(), "guidance": guidance.item(), "weight": 0.1},
    }
    (task + 0.1 * guidance).backward()
    named = {**dict(net.named_parameters()), **{f"fc_new.{k}": v for k, v in head.named_parameters()}}
    assert named["fc.weight"].grad is None
    trained = {k: v.grad for k, v in named.items() if not k.startswith("fc.")}
    golden["gradients"] = {k: summary(f"gradient/{k}", v) for k, v in trained.items()}
    golden["wholeGradients"] = {k: whole(trained[k]) for k in keep}
    write(f"{name}-{height}x{width}.json", golden)


def nhwc(array):
    return array.permute(0, 2, 3, 1) if array.dim() == 4 else array


def trajectory_case(name, steps, batches, batch, size, old_classes, classes, base, momentum=0.9, decay=5e-4):
    """The training of the released code: fixed SGD, warm-up/poly/floor schedule, guidance 0.1, frozen statistics."""
    net, head = build(name, old_classes, classes)
    teacher, _ = build(name, old_classes, classes)
    named = {**dict(net.named_parameters()), **{f"fc_new.{k}": v for k, v in head.named_parameters()}}
    trained = {k: v for k, v in named.items() if not k.startswith("fc.")}
    buffers = {}
    records = []
    for step in range(steps):
        at = step % batches
        images = hash_images(f"images/{at}", batch, size, size)
        labels = hash_labels(f"labels/{at}", batch, classes)
        with torch.no_grad():
            target = F.log_softmax(teacher(images), 1)
        pool = features_of(net, images)["pool"]
        task = F.cross_entropy(head(pool), labels)
        guidance = F.kl_div(F.log_softmax(net.fc(pool), 1), target, reduction="batchmean", log_target=True)
        factor = min(0.01 + 0.99 * (step / 100) ** 2, 1) * (1 - min(step / steps, 0.8)) ** 0.9
        for param in trained.values():
            param.grad = None
        (task + 0.1 * guidance).backward()
        with torch.no_grad():
            for key, param in trained.items():
                rate = base * factor * (1 if key.startswith("fc_new.") else 0.1)
                change = rate * (param.grad + decay * param)
                buffers[key] = change if key not in buffers else momentum * buffers[key] + change
                param -= buffers[key]
        records.append({"task": sig(task.item()), "guidance": sig(guidance.item())})
    golden = {
        "network": name,
        "steps": steps,
        "batches": batches,
        "input": [batch, size, size, 3],
        "oldClasses": old_classes,
        "classes": classes,
        "labels": [hash_labels(f"labels/{at}", batch, classes).tolist() for at in range(batches)],
        "base": base,
        "momentum": momentum,
        "weightDecay": decay,
        "losses": records,
        "changes": {
            k: {"of": sig(v.detach().norm()), **summary(f"change/{k}", v.detach() - hash_weight(k, tuple(v.shape)))}
            for k, v in trained.items()
        },
    }
    write(f"trajectory-{name}.json", golden)
    print([r["task"] for r in records], [r["guidance"] for r in records])


def write(name, golden):
    path = HERE / name
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    print(name, path.stat().st_size)


def ibn_cases():
    forward_case("resnet50-ibn-a", 2, 64, 64, keep=("layer1.0.bn1.IN.weight", "layer2.1.bn1.BN.bias"))
    forward_case("resnet50-ibn-b", 2, 64, 64, keep=("bn1.weight", "layer2.3.IN.weight"))
    forward_case("resnet101-ibn-a", 1, 97, 81)
    forward_case("resnet101-ibn-b", 1, 97, 81)
    forward_case("resnet18-ibn-a", 1, 49, 61)
    forward_case("resnet18-ibn-b", 1, 49, 61)
    forward_case("resnet10-28-ibn-a", 3, 28, 28, keep=("layer3.0.bn1.IN.bias",))
    forward_case("resnet10-28-ibn-b", 3, 28, 28, keep=("layer1.0.IN.bias",))


if __name__ == "__main__":
    if sys.argv[1:] == ["ibn"]:
        ibn_cases()
        sys.exit()
    forward_case("resnet18", 2, 33, 47, keep=("conv1.weight", "bn1.bias", "layer2.0.downsample.0.weight", "fc_new.2.bias"))
    forward_case("resnet18", 1, 64, 64, keep=("conv1.weight",))
    forward_case("resnet34", 1, 32, 40, keep=("bn1.bias",))
    forward_case("resnet50", 1, 64, 64, keep=("bn1.weight", "layer1.0.conv1.weight", "layer4.0.bn2.bias"))
    forward_case("resnet101", 2, 33, 47, keep=("conv1.weight", "layer3.22.bn3.weight"))
    forward_case("resnet101", 1, 224, 224, old_classes=1000)
    forward_case("resnet10-28", 3, 28, 28, keep=("conv1.weight", "layer1.0.downsample.0.weight"))
    forward_case("resnet10-28", 1, 11, 12, keep=("conv1.weight", "layer3.0.downsample.0.weight"))
    ibn_cases()
    trajectory_case("resnet18", 20, 4, 2, 32, 20, 12, base=2.0)
    trajectory_case("resnet10-28", 20, 4, 4, 28, 242, 10, base=8.0)
