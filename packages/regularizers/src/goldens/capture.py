"""Captures regularizers.json from PyTorch, in float64: inputs, values, and gradients by autograd.

    python capture.py            # needs torch
"""

import json
from pathlib import Path

import torch
from torch.nn import functional as F

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)


def rounded(tensor):
    return [float(f"{v:.9g}") for v in tensor.detach().flatten().tolist()]


def tensor(*shape):
    return torch.tensor(rounded(torch.randn(*shape))).reshape(shape)


def function_case(student, loss):
    leaf = student.clone().requires_grad_()
    value = loss(leaf)
    value.backward()
    value = value.detach()
    return {"loss": float(value), "gradient": rounded(leaf.grad)}


def main():
    weight, bias = tensor(5, 4), tensor(5)
    pool, pool_old = tensor(3, 4), tensor(3, 4)
    layer4, layer4_old = tensor(2, 4, 3, 2), tensor(2, 4, 3, 2)
    layer4[0, :, 1, 1] = layer4_old[0, :, 1, 1]
    old_head = torch.nn.Linear(4, 5)
    old_head.weight.data, old_head.bias.data = weight, bias
    log_softmax = lambda z, t: F.log_softmax(z / t, 1)
    target = lambda t: log_softmax(old_head(pool_old), t).detach()
    kl = lambda t: lambda x: F.kl_div(log_softmax(old_head(x), t), target(t), reduction="batchmean", log_target=True)
    ce = lambda t: lambda x: F.cross_entropy(old_head(x) / t, target(t).exp())
    sharpened = lambda y: y.sqrt() / y.sqrt().sum(1, keepdim=True)
    old_probabilities = old_head(pool_old).softmax(1).detach()
    lwf = lambda x: -(sharpened(old_probabilities) * sharpened(old_head(x).softmax(1)).log()).sum(1).mean()
    distances = lambda x: (x - layer4_old).norm(dim=1).mean()
    cosine = lambda z: lambda x: (1 - F.cosine_similarity(x, z, dim=1, eps=0)).mean()

    params = {"conv1.weight": tensor(2, 3), "bn1.bias": tensor(3), "fc_new.weight": tensor(2, 2)}
    anchor = {"conv1.weight": tensor(2, 3), "bn1.bias": tensor(3), "fc.weight": tensor(4, 2)}
    shared = ["conv1.weight", "bn1.bias"]
    l2 = lambda p: 0.3 * sum(((p[k] - anchor[k]) ** 2).sum() for k in shared)
    l2sp = lambda p: 0.35 * sum(((p[k] - anchor[k]) ** 2).sum() for k in shared) + 0.1 * (p["fc_new.weight"] ** 2).sum()

    def parameter_case(penalty):
        leaves = {k: v.clone().requires_grad_() for k, v in params.items()}
        value = penalty(leaves)
        value.backward()
        return {
            "penalty": float(value.detach()),
            "gradient": {k: rounded(v.grad) for k, v in leaves.items() if v.grad is not None},
        }

    nhwc = lambda x: x.permute(0, 2, 3, 1).contiguous()
    golden = {
        "oldHead": {"kernel": rounded(weight.T), "bias": rounded(bias)},
        "pool": {"shape": [3, 4], "student": rounded(pool), "teacher": rounded(pool_old)},
        "layer4": {"shape": [2, 3, 2, 4], "student": rounded(nhwc(layer4)), "teacher": rounded(nhwc(layer4_old))},
        "proxyGuidance": {
            "kl, T 1": function_case(pool, kl(1)),
            "kl, T 2.5": function_case(pool, kl(2.5)),
            "cross-entropy, T 1": function_case(pool, ce(1)),
        },
        "lwf": function_case(pool, lwf),
        "mse": function_case(pool, lambda x: F.mse_loss(x, pool_old)),
        "cosine": function_case(pool, cosine(pool_old)),
        "l2": {"weight": 0.3, **parameter_case(l2)},
        "l2Sp": {"alpha": 0.7, "beta": 0.2, **parameter_case(l2sp)},
        "params": {k: {"shape": list(v.shape), "values": rounded(v)} for k, v in params.items()},
        "anchor": {k: {"shape": list(v.shape), "values": rounded(v)} for k, v in anchor.items()},
    }
    for name, loss in [("road", distances), ("cosineMap", cosine(layer4_old)), ("mseMap", lambda x: F.mse_loss(x, layer4_old))]:
        case = function_case(layer4, loss)
        case["gradient"] = rounded(nhwc(torch.tensor(case["gradient"]).reshape(layer4.shape)))
        golden[name] = case
    path = Path(__file__).parent / "regularizers.json"
    path.write_text(json.dumps(golden, separators=(",", ":"), allow_nan=False) + "\n")
    print(path.stat().st_size)


if __name__ == "__main__":
    main()
