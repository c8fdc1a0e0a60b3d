"""Writes controller.json: episodes of the controller and one update, computed by PyTorch in double precision.

Run as: python controller.py  (needs torch)
"""

import json
import math
import pathlib

import torch

torch.set_default_dtype(torch.float64)
H, LAYERS, OPERATORS, TANH_CONSTANT = 4, 2, 9, 1.5
LEARNING_RATE, ENTROPY_WEIGHT = 1e-2, 0.1
EPISODES = [  # (operator, variables) per round; operators 0 to 3 take two variables
    ([(4, [1]), (0, [0, 3]), (7, [4])], 0.25),
    ([(1, [2, 0]), (2, [3, 1]), (0, [4, 3])], -1.0),
    ([(8, [0]), (6, [3]), (3, [4, 0])], 0.75),
]

shapes = [(H,), (OPERATORS, H), (3, H), (OPERATORS, H), (H, H), (H, H), (H,)]
shapes += [shape for _ in range(LAYERS) for shape in [(4 * H, H), (4 * H, H), (4 * H,)]]
sizes = [math.prod(shape) for shape in shapes]
theta = (0.5 * torch.sin(torch.arange(1, sum(sizes) + 1, dtype=torch.float64))).requires_grad_()
start, operators, inputs, head, key, query, attention, *weights = (
    part.view(shape) for part, shape in zip(theta.split(sizes), shapes)
)


def lstm(x, states):
    after = []
    for layer, (h, c) in enumerate(states):
        w_x, w_h, bias = weights[3 * layer : 3 * layer + 3]
        i, f, g, o = (w_x @ x + w_h @ h + bias).split(H)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        x = torch.sigmoid(o) * torch.tanh(c)
        after.append((x, c))
    return x, after


def episode(actions):
    log_prob, entropy = 0.0, 0.0

    def decide(raw, chosen, taken=None):
        nonlocal log_prob, entropy
        logits = TANH_CONSTANT * torch.tanh(raw)
        if taken is not None:
            logits = torch.cat([logits[:taken], logits[taken + 1 :]])
            chosen -= chosen > taken
        distribution = torch.distributions.Categorical(logits=logits)
        log_prob = log_prob + distribution.log_prob(torch.tensor(chosen))
        entropy = entropy + distribution.entropy()

    def scores(h):
        return torch.stack([attention @ torch.tanh(key @ a + query @ h) for a in variables])

    variables = list(inputs)
    states = [(torch.zeros(H), torch.zeros(H))] * LAYERS
    x = start
    for number, (operator, chosen) in enumerate(actions):
        h, states = lstm(x, states)
        if number > 0:
            variables.append(h)
        decide(head @ h, operator)
        h, states = lstm(operators[operator], states)
        decide(scores(h), chosen[0])
        if operator < 4:
            h, states = lstm(variables[chosen[0]], states)
            decide(scores(h), chosen[1], taken=chosen[0])
        x = variables[chosen[-1]]
    return log_prob, entropy


results = [episode(actions) for actions, _ in EPISODES]
rewards = [reward + ENTROPY_WEIGHT * entropy.item() for (_, reward), (_, entropy) in zip(EPISODES, results)]
baseline = sum(rewards) / len(rewards)
loss = -sum((reward - baseline) * log_prob for reward, (log_prob, _) in zip(rewards, results)) / len(rewards)
optimizer = torch.optim.Adam([theta], lr=LEARNING_RATE)
loss.backward()
optimizer.step()

golden = {
    "episodes": [
        {"actions": actions, "reward": reward, "log_prob": log_prob.item(), "entropy": entropy.item()}
        for (actions, reward), (log_prob, entropy) in zip(EPISODES, results)
    ],
    "after": theta.tolist(),
}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden) + "\n")
