"""Captures losses.json: CBST/CRST losses and their gradients in PyTorch (float64), from the equations. Run: python3 capture.py"""
import json, pathlib, torch
torch.manual_seed(0)
ROWS, K = 7, 5
logits = (torch.randn(ROWS, K, dtype=torch.float64) * 3).float().double().requires_grad_()
labels = torch.softmax(torch.randn(ROWS, K, dtype=torch.float64), -1)
labels[0] = torch.eye(K, dtype=torch.float64)[2]
labels[3] = 0
labels[6] = 0
labels = labels.float().double()
target = torch.tensor([0, 0, 0, 1, 1, 1, 1], dtype=torch.float64)
p = torch.softmax(logits, -1)
r = {
    "none": torch.zeros(ROWS, dtype=torch.float64),
    "mrkld": torch.nn.functional.kl_div(p.log(), torch.full_like(p, 1 / K), reduction="none").sum(-1)
    + torch.log(torch.tensor(K, dtype=torch.float64)),
    "mrl2": p.norm(dim=-1) ** 2,
    "mrent": -torch.distributions.Categorical(probs=p).entropy(),
}
labelled = (labels.sum(-1) > 0).double()
out = {"logits": logits.flatten().tolist(), "labels": labels.flatten().tolist(), "target": target.tolist(), "rows": ROWS, "classes": K, "losses": {}}
for name, value in r.items():
    for weight in ((0.0,) if name == "none" else (0.1, 0.01)):
        ce = -(labels * torch.log_softmax(logits, -1)).sum()
        loss = (ce + weight * (value * labelled * target).sum()) / labelled.sum()
        (grad,) = torch.autograd.grad(loss, logits, retain_graph=True)
        out["losses"][f"{name}@{weight}"] = {"loss": loss.item(), "grad": grad.flatten().tolist()}
pathlib.Path(__file__).with_name("losses.json").write_text(json.dumps(out))
