"""Captures importances.json: EWC, MAS and SI of Avalanche, and the exact true Fisher, in float64.

    pip install avalanche-lib==0.6.0     # brings torch
    python capture_importances.py
"""

import json
import math
from pathlib import Path
from types import SimpleNamespace

import torch
from avalanche.training.plugins.ewc import EWCPlugin
from avalanche.training.plugins.mas import MASPlugin
from avalanche.training.plugins.synaptic_intelligence import SynapticIntelligencePlugin as SI
from torch.nn import functional as F
from torch.utils.data import TensorDataset

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)

IMAGES, XI, RATE, MOMENTUM = 4, 1e-3, 0.05, 0.9


def rounded(tensor):
    return [float(f"{v:.9g}") for v in tensor.detach().flatten().tolist()]


def layout(tensor):
    """Kernels as TensorFlow.js has them."""
    if tensor.dim() == 4:
        return tensor.permute(2, 3, 1, 0).contiguous()
    return tensor.T.contiguous() if tensor.dim() == 2 else tensor


def packed(named):
    return {k: {"shape": list(layout(v).shape), "values": rounded(layout(v))} for k, v in named.items()}


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(2, 3, 3)
        self.fc = torch.nn.Linear(3, 4)

    def forward(self, x):
        return self.fc(F.relu(self.conv(x)).mean((2, 3)))


def data_of(params):
    return {k: v.data.clone() for k, v in params.items()}


def apart(weights):
    """On the CPU, what Avalanche keeps of the weights is a view that moves with them: a copy is what it means."""
    for v in weights.values():
        v.data = v.data.clone()


def main():
    model = Net()
    for p in model.parameters():
        p.data = torch.tensor(rounded(torch.randn_like(p))).reshape(p.shape)
    images = torch.tensor(rounded(torch.randn(IMAGES, 2, 5, 5))).reshape(IMAGES, 2, 5, 5)
    labels = torch.tensor([2, 0, 3, 1])
    dataset = TensorDataset(images, labels, torch.zeros(IMAGES, dtype=torch.long))
    start = {k: v.detach().clone() for k, v in model.named_parameters()}
    moved = {k: torch.tensor(rounded(v + 0.3 * torch.randn_like(v))).reshape(v.shape) for k, v in start.items()}
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE, momentum=MOMENTUM)

    def ewc(size):
        return data_of(EWCPlugin(1.0).compute_importances(model, F.cross_entropy, optimizer, dataset, "cpu", size))

    def mas(size):
        experience = SimpleNamespace(dataset=dataset)
        strategy = SimpleNamespace(
            experience=experience, model=model, optimizer=optimizer, train_mb_size=size, device="cpu"
        )
        return data_of(MASPlugin()._get_importance(strategy))

    def true_fisher():
        fisher = {k: torch.zeros_like(v) for k, v in start.items()}
        for image in images:
            for k in range(4):
                model.zero_grad()
                log_p = F.log_softmax(model(image[None]), 1)[0, k]
                log_p.backward()
                for name, p in model.named_parameters():
                    fisher[name] += math.exp(log_p.item()) * p.grad**2 / IMAGES
        return fisher

    golden = {
        "params": packed(start),
        "moved": packed(moved),
        "images": {"shape": [IMAGES, 5, 5, 2], "values": rounded(images.permute(0, 2, 3, 1).contiguous())},
        "labels": labels.tolist(),
        "rate": RATE,
        "momentum": MOMENTUM,
        "xi": XI,
        "trueFisher": packed(true_fisher()),
    }
    for name, importances, lambda_ in [
        ("ewc per image", ewc(1), 1.0),
        ("ewc per batch of 2", ewc(2), 1.0),
        ("mas per image", mas(1), 1.0),
        ("mas per batch of 2", mas(2), 1.0),
    ]:
        penalty = lambda_ * sum((importances[k] * (moved[k] - start[k]) ** 2).sum() for k in start)
        golden[name] = {"importances": packed(importances), "penalty": float(penalty)}

    ewc_data = ({}, {})
    syn = {k: {} for k in ("old_theta", "new_theta", "grad", "trajectory", "cum_trajectory")}
    SI.create_syn_data(model, ewc_data, syn, set())
    SI.init_batch(model, ewc_data, syn, set())
    apart(ewc_data[0])
    for _ in range(3):
        SI.pre_update(model, syn, set())
        apart(syn["old_theta"])
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()
        SI.post_update(model, syn, set())
    SI.update_ewc_data(model, ewc_data, syn, math.inf, set(), 1.0, eps=XI)
    end = {k: v.detach().clone() for k, v in model.named_parameters()}
    # Avalanche leaves importances below 0 as they are; the paper's are not below 0
    importances = {k: v.data.relu().reshape(start[k].shape) for k, v in ewc_data[1].items()}
    for k, v in ewc_data[1].items():
        v.data = v.data.relu()
    model.load_state_dict(moved)
    penalty = SI.compute_ewc_loss(model, ewc_data, set(), "cpu", lambd=2.0)
    path = {k: -v.data.reshape(start[k].shape) for k, v in syn["trajectory"].items()}
    golden["si"] = {
        "path": packed(path),
        "end": packed(end),
        "importances": packed(importances),
        "penalty": float(penalty.detach()),
    }
    target = Path(__file__).parent / "importances.json"
    target.write_text(json.dumps(golden, separators=(",", ":"), allow_nan=False) + "\n")
    print(target.stat().st_size)


if __name__ == "__main__":
    main()
