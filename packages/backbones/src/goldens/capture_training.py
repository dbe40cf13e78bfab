"""Captures a long training of torchvision's ResNet-18, in float64, and how far PyTorch's own float32 strays from it.

    python capture_training.py

Plain cross-entropy, SGD with momentum and weight decay, one rate, frozen statistics; weights, images and labels are
hashed as in capture.py. `strays` is the distance of the same training in float32, by PyTorch: what rounding alone does.
"""

import torch
import torchvision
from torch.nn import functional as F

from capture import fill, hash_images, hash_labels, sig, summary, write

STEPS, BATCHES, BATCH, SIZE, CLASSES = 200, 16, 4, 32, 20
RATE, MOMENTUM, DECAY = 0.0005, 0.9, 5e-4
KEPT = ["conv1.weight", "bn1.bias", "layer1.0.conv1.weight", "layer2.0.downsample.0.weight", "layer3.1.bn2.weight",
        "layer4.1.conv2.weight", "fc.weight", "fc.bias"]


def train(dtype):
    net = torchvision.models.resnet18(num_classes=CLASSES).double()
    fill(net)
    net = net.to(dtype).eval()
    start = {k: v.detach().clone() for k, v in net.named_parameters()}
    optimizer = torch.optim.SGD(net.parameters(), lr=RATE, momentum=MOMENTUM, weight_decay=DECAY)
    losses = []
    for step in range(STEPS):
        at = step % BATCHES
        loss = F.cross_entropy(net(hash_images(f"images/{at}", BATCH, SIZE, SIZE).to(dtype)), hash_labels(f"labels/{at}", BATCH, CLASSES))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, {k: (v.detach() - start[k]).double() for k, v in net.named_parameters() if k in KEPT}


if __name__ == "__main__":
    torch.set_num_threads(1)
    losses, changes = train(torch.float64)
    rough, moved = train(torch.float32)
    stray = {k: ((moved[k] - v).norm() / v.norm()).item() for k, v in changes.items()}
    write("training-resnet18.json", {
        "network": "resnet18", "steps": STEPS, "batches": BATCHES, "input": [BATCH, SIZE, SIZE, 3], "classes": CLASSES,
        "labels": [hash_labels(f"labels/{at}", BATCH, CLASSES).tolist() for at in range(BATCHES)],
        "rate": RATE, "momentum": MOMENTUM, "weightDecay": DECAY,
        "losses": [sig(v) for v in losses],
        "strays": {"losses": [sig(abs(a - b)) for a, b in zip(losses, rough)], "changes": {k: sig(v) for k, v in stray.items()}},
        "changes": {k: summary(f"change/{k}", v) for k, v in changes.items()},
    })
    print([round(v, 3) for v in losses[::8]])
    print("strays", [f"{abs(a - b):.1e}" for a, b in zip(losses, rough)][::10], stray)
