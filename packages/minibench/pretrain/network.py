"""The network "resnet10-28": a ResNet of basic blocks [1, 1, 1, 1] for 28x28 images, torchvision's tensor names.

With `ibn` it is IBN-Net-a (Pan et al., ECCV 2018): in layer1 to layer3 the first normalisation of a block treats the
first half of the channels by instance, the others by batch; names as IBN-Net's ("layer1.0.bn1.IN.weight").
"""

import torch
from torch import nn

WIDTHS = (32, 64, 128, 256)
STRIDES = (2, 2, 2, 1)


class HalfInstanceNorm(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.half = channels // 2
        self.IN = nn.InstanceNorm2d(self.half, affine=True)
        self.BN = nn.BatchNorm2d(channels - self.half)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        by_instance, by_batch = x.split([self.half, x.shape[1] - self.half], dim=1)
        return torch.cat([self.IN(by_instance.contiguous()), self.BN(by_batch.contiguous())], dim=1)


class BasicBlock(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int, ibn: bool):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = HalfInstanceNorm(outputs) if ibn else nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        x = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(x)) + shortcut)


class ResNet10(nn.Module):
    """[batch, 3, 28, 28] in 0..1 -> logits [batch, classes]; the stem has stride 1 and no pooling."""

    def __init__(self, classes: int, ibn: bool = False):
        super().__init__()
        self.conv1 = nn.Conv2d(3, WIDTHS[0], 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(WIDTHS[0])
        inputs = (WIDTHS[0], *WIDTHS[:-1])
        for index, (i, o, s) in enumerate(zip(inputs, WIDTHS, STRIDES), start=1):
            setattr(self, f"layer{index}", nn.Sequential(BasicBlock(i, o, s, ibn and index < 4)))
        self.fc = nn.Linear(WIDTHS[-1], classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def features(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.bn1(self.conv1(x)))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return x.mean(dim=(2, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(self.features(x))


def to_input(grey: torch.Tensor) -> torch.Tensor:
    """[batch, 28, 28] uint8 -> [batch, 3, 28, 28] float32 in 0..1, the grey value in all three channels."""
    return (grey.float() / 255).unsqueeze(1).expand(-1, 3, -1, -1)
