"""Captures rounds.json: thresholds, labels, information maximisation, centroids and averages in PyTorch (float64), from
the equations. Run: python3 capture_rounds.py"""
import json, pathlib, torch
torch.manual_seed(1)
D = torch.float64
N, K, W = 60, 5, 6
scale = torch.tensor([1.0, 1.4, 0.6, 1.0, 0.3], dtype=D)
logits = (torch.randn(N, K, dtype=D) * 2 * scale).float().double()
p = torch.softmax(logits, -1).float().double()
confidence, predicted = p.max(-1)
out = {"classes": K, "rows": N, "p": p.flatten().tolist(), "thresholds": {}, "labels": {}}


def thresholds(q):
    lam = torch.ones(K, dtype=D)
    for k in range(K):
        own = confidence[predicted == k].sort(descending=True).values
        at = int(len(own) * q)
        if at > 0:
            lam[k] = own[at - 1]
    return lam


for q in (0.2, 0.5):
    lam = thresholds(q)
    out["thresholds"][str(q)] = lam.tolist()
    ratio = p / lam
    best, k = ratio.max(-1)
    hard = torch.where(best >= 1, k, torch.full_like(k, -1))
    soft_labels = {}
    for alpha in (0.25, 1.0):
        y = torch.softmax(ratio.log() / alpha, -1)
        cost = (-(y * p.log()).sum(-1) + alpha * torch.special.xlogy(y, y).sum(-1)) + (y * lam.log()).sum(-1)
        taken = cost < 0
        soft_labels[str(alpha)] = {"labels": (y * taken[:, None]).flatten().tolist(), "nearest": cost.abs().min().item()}
    out["labels"][str(q)] = {"hard": hard.tolist(), "soft": soft_labels}

z = (torch.randn(7, K, dtype=D) * 3).float().double().requires_grad_()
out["maximisation"] = {"rows": 7, "logits": z.flatten().tolist()}
for weight in (1.0, 0.5):
    q = torch.softmax(z, -1)
    mean = q.mean(0)
    loss = torch.distributions.Categorical(probs=q).entropy().mean() - weight * torch.distributions.Categorical(probs=mean).entropy()
    (grad,) = torch.autograd.grad(loss, z)
    out["maximisation"][str(weight)] = {"loss": loss.item(), "grad": grad.flatten().tolist()}

features = (torch.randn(N, W, dtype=D) + torch.eye(K, W, dtype=D)[predicted] * 1.5).float().double()
out["features"] = {"width": W, "values": features.flatten().tolist()}


def nearest(centroids):
    return torch.nn.functional.cosine_similarity(features[:, None], centroids[None], dim=-1).argmax(-1)


first = nearest((p.T @ features) / p.sum(0)[:, None])
one_hot = torch.nn.functional.one_hot(first, K).double()
second = nearest((one_hot.T @ features) / one_hot.sum(0)[:, None])
out["centroids"] = {"0": first.tolist(), "1": second.tolist()}

model = torch.nn.Linear(3, 2).double()
average = torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.9))
average.update_parameters(model)
steps = [model.weight.flatten().tolist()]
for _ in range(3):
    with torch.no_grad():
        model.weight.add_(torch.randn_like(model.weight))
    average.update_parameters(model)
    steps.append(model.weight.flatten().tolist())
out["average"] = {"steps": steps, "result": average.module.weight.flatten().tolist()}

pathlib.Path(__file__).with_name("rounds.json").write_text(json.dumps(out))
