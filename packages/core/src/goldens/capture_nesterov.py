"""Captures nesterov.json: torch.optim.SGD with Nesterov's momentum and a rate that changes each step. Run: python3 capture_nesterov.py"""
import json, pathlib, torch

p = torch.nn.Parameter(torch.tensor([1.0, -2.0, 0.5]))
optimizer = torch.optim.SGD([p], lr=0.01, momentum=0.9, weight_decay=5e-4, nesterov=True)
grads = [[0.5, 0.1, -0.3], [0.5, -0.2, 0.0], [0.5, 0.4, 1.0], [0.5, 0.0, -1.0]]
rates = [0.01, 0.1, 0.0, 0.05]
trajectory = []
for grad, lr in zip(grads, rates):
    optimizer.param_groups[0]["lr"] = lr
    p.grad = torch.tensor(grad)
    optimizer.step()
    trajectory.append(p.detach().tolist())
golden = {"start": [1.0, -2.0, 0.5], "grads": grads, "rates": rates, "trajectory": trajectory}
pathlib.Path(__file__).with_name("nesterov.json").write_text(json.dumps(golden))
