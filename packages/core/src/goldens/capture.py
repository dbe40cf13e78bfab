"""Captures core.json: losses, gradients, optimizer trajectories and the schedule as PyTorch computes them.

Run: python3 src/goldens/capture.py > src/goldens/core.json   (PyTorch 2.x, CPU)
"""
import json
import torch
import torch.nn.functional as F

torch.manual_seed(0)


def nested(t):
    return t.detach().double().tolist()


def with_grad(loss_of, z):
    z = z.clone().requires_grad_(True)
    loss = loss_of(z)
    loss.backward()
    return {"loss": loss.item(), "grad": nested(z.grad)}


out = {"torch": torch.__version__}

z = torch.randn(6, 5) * 3
index = torch.tensor([0, 4, 255, 2, 255, 1])
out["cross_entropy_index"] = {"logits": nested(z), "labels": index.tolist(),
                              **with_grad(lambda x: F.cross_entropy(x, index, ignore_index=255), z)}
soft = torch.softmax(torch.randn(6, 5), 1)
out["cross_entropy_soft"] = {"logits": nested(z), "labels": nested(soft),
                             **with_grad(lambda x: F.cross_entropy(x, soft), z)}
dense = torch.randn(2, 4, 3, 5)
dense_labels = torch.randint(0, 5, (2, 4, 3))
dense_labels[0, 0, :] = 255
out["cross_entropy_dense"] = {"logits": nested(dense), "labels": dense_labels.tolist(),
                              **with_grad(lambda x: F.cross_entropy(x.permute(0, 3, 1, 2), dense_labels, ignore_index=255), dense)}

old, new = torch.randn(4, 7) * 2, torch.randn(4, 7) * 2
for temperature in (1.0, 2.0):
    def kl(x):
        return F.kl_div(F.log_softmax(x / temperature, 1), F.softmax(old / temperature, 1), reduction="batchmean")

    def ce(x):
        return -(F.softmax(old / temperature, 1) * F.log_softmax(x / temperature, 1)).sum() / 4

    out[f"kl_t{temperature:g}"] = {"temperature": temperature, "teacher": nested(old), "student": nested(new),
                                   **with_grad(kl, new), "crossEntropyForm": with_grad(ce, new)["loss"]}

# torch.optim.SGD itself, with a rate that changes each step.
p = torch.nn.Parameter(torch.tensor([1.0, -2.0, 0.5]))
optimizer = torch.optim.SGD([p], lr=0.01, momentum=0.9, weight_decay=5e-4)
grads = [torch.tensor([0.5, 0.1, -0.3]), torch.tensor([0.5, -0.2, 0.0]), torch.tensor([0.5, 0.4, 1.0]), torch.tensor([0.5, 0.0, -1.0])]
rates = [0.01, 0.1, 0.0, 0.05]
trajectory = []
for g, lr in zip(grads, rates):
    optimizer.param_groups[0]["lr"] = lr
    p.grad = g.clone()
    optimizer.step()
    trajectory.append(nested(p))
out["sgd"] = {"start": [1.0, -2.0, 0.5], "grads": [nested(g) for g in grads], "rates": rates, "trajectory": trajectory}

print(json.dumps(out))
