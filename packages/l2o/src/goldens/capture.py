"""Captures policy.json: an L2O policy as PyTorch computes it, built from torch.nn.LSTM and torch.nn.Linear.

Run: python3 src/goldens/capture.py > src/goldens/policy.json   (PyTorch 2.x, CPU)
"""
import base64
import json
import torch
import torch.nn as nn
from torch.distributions import Categorical

torch.manual_seed(0)
torch.set_num_threads(1)
COORDINATES, HIDDEN, ACTIONS, SCALARS = 7, 20, 11, 5


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(1, HIDDEN)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.state_encoder = nn.ModuleList([Encoder() for _ in range(SCALARS)])


class Heads(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.ModuleList([nn.Linear(SCALARS * HIDDEN + 1, ACTIONS) for _ in range(COORDINATES)])


class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(COORDINATES * (SCALARS * HIDDEN + 1), 1)


class Policy(nn.Module):
    """Only a container for the names; `unroll` is the computation."""

    def __init__(self):
        super().__init__()
        self.net, self.action_distribution, self.critic = Net(), Heads(), Critic()

    def unroll(self, observations, h, c, resets):
        """[T, 12] and [5, 20] states -> logits [T, 7, 11] and the last states."""
        logits = []
        for t in range(observations.shape[0]):
            if resets[t]:
                h, c = torch.zeros_like(h), torch.zeros_like(c)
            new_h, new_c = [], []
            for i, encoder in enumerate(self.net.state_encoder):
                x = observations[t, i].view(1, 1, 1)
                _, (hi, ci) = encoder.rnn(x, (h[i].view(1, 1, -1), c[i].view(1, 1, -1)))
                new_h.append(hi.view(-1))
                new_c.append(ci.view(-1))
            h, c = torch.stack(new_h), torch.stack(new_c)
            logits.append(torch.stack([
                linear(torch.cat([h.view(-1), observations[t, SCALARS + k].view(1)]))
                for k, linear in enumerate(self.action_distribution.linear)]))
        return torch.stack(logits), h, c


def packed(tensor):
    values = tensor.detach().float().contiguous()
    return {"shape": list(values.shape), "data": base64.b64encode(values.numpy().tobytes()).decode()}


def nested(tensor):
    return tensor.detach().double().tolist()


policy = Policy()
with torch.no_grad():
    for parameter in policy.parameters():
        parameter.copy_(torch.randn_like(parameter) * 0.4)

T = 5
observations = torch.cat([
    torch.rand(T, 1) * 3, torch.rand(T, 1), torch.arange(T).view(T, 1) * 0.1, torch.randn(T, 1) * 0.01,
    torch.rand(T, 1) * 0.05, torch.randint(0, ACTIONS, (T, COORDINATES)) / 10], dim=1)
actions = torch.randint(0, ACTIONS, (T, COORDINATES))
rewards = torch.tensor([0.3, -0.1, 0.25, 0.05, -0.4])
h0, c0 = torch.randn(SCALARS, HIDDEN) * 0.3, torch.randn(SCALARS, HIDDEN) * 0.3


def case(resets, form):
    policy.zero_grad()
    logits, h, c = policy.unroll(observations, h0, c0, resets)
    distribution = Categorical(logits=logits)
    log_prob = distribution.log_prob(actions).sum(1)
    entropy = distribution.entropy().mean()
    if form == "equation7":
        loss = -(rewards * log_prob).mean()
    else:  # the slip itself: [U, 1] times [U, 1, 1]
        loss = -(rewards.view(T, 1) * log_prob.view(T, 1, 1)).mean()
    loss.backward()
    return {"resets": resets, "form": form, "logits": nested(logits), "h": nested(h.view(-1)), "c": nested(c.view(-1)),
            "logProb": nested(log_prob), "entropy": entropy.item(), "loss": loss.item(),
            "grads": {name: packed(p.grad) for name, p in policy.named_parameters() if p.grad is not None}}


# SGD on the policy with torch.optim, three updates on the same rollout.
def trajectory(lr):
    trained = Policy()
    trained.load_state_dict(policy.state_dict())
    optimizer = torch.optim.SGD(trained.parameters(), lr=lr, momentum=0.9)
    losses = []
    for _ in range(3):
        optimizer.zero_grad()
        logits, _, _ = trained.unroll(observations, h0, c0, [False] * T)
        loss = -(rewards * Categorical(logits=logits).log_prob(actions).sum(1)).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    logits, _, _ = trained.unroll(observations, h0, c0, [False] * T)
    return {"learningRate": lr, "losses": losses, "logits": nested(logits)}


# What torch.nn.init.orthogonal_ does to a Gaussian matrix, with the matrix known.
def orthogonal(rows, cols):
    gaussian = torch.randn(rows, cols, dtype=torch.float64)
    flat = gaussian.t() if rows < cols else gaussian
    q, r = torch.linalg.qr(flat)
    q = q * torch.sign(torch.diag(r))
    return {"gaussian": nested(gaussian), "orthogonal": nested(q.t() if rows < cols else q)}


# The worked example: all weights 0.1, biases 0, the input 2 twice.
lstm = nn.LSTM(1, HIDDEN)
with torch.no_grad():
    for name, parameter in lstm.named_parameters():
        parameter.fill_(0.0 if "bias" in name else 0.1)
example, state = [], None
for _ in range(2):
    _, state = lstm(torch.full((1, 1, 1), 2.0), state)
    example.append({"h": state[0].view(-1)[0].item(), "c": state[1].view(-1)[0].item()})

print(json.dumps({
    "torch": torch.__version__,
    "parameters": sum(p.numel() for p in policy.parameters()),
    "stateDict": {name: packed(value) for name, value in policy.state_dict().items()},
    "observations": nested(observations), "actions": actions.tolist(), "rewards": nested(rewards),
    "h0": nested(h0.view(-1)), "c0": nested(c0.view(-1)),
    "carried": case([False] * T, "equation7"),
    "reset": case([False, False, True, False, False], "equation7"),
    "released": case([False] * T, "released"),
    "trajectory": trajectory(0.5),
    "orthogonal": [orthogonal(6, 4), orthogonal(4, 6)],
    "example": example,
}))
