"""The peer of the training benchmark: PyTorch, eager, on the CPU.

The same network, objective and optimizer: ResNet-50 with frozen batch norm, GeM and max
descriptors, cross-entropy (temperature 0.5, smoothing 0.1), the hard triplets of a margin of 0.1,
Adam. Usage: torch_step.py BATCH PIXELS THREADS STEPS. Prints the seconds of each step as one JSON
line. Requires torch.
"""
import json
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn
from torch_network import Network

WARM_UP = 3
batch, pixels, threads, steps = (int(arg) for arg in sys.argv[1:5])
torch.set_num_threads(threads)
torch.manual_seed(0)

network = Network().train()
for module in network.modules():
    if isinstance(module, nn.BatchNorm2d):
        module.eval()
optimizer = torch.optim.Adam(network.parameters(), lr=1e-4)
images = torch.randn(batch, 3, pixels, pixels)
labels = torch.arange(batch) // 4
same = labels[:, None] == labels[None, :]
positive, negative = same & ~torch.eye(batch, dtype=torch.bool), ~same

seconds = []
for step in range(WARM_UP + steps):
    start = time.perf_counter()
    embeddings, logits = network(images)
    distance = (2 - 2 * embeddings @ embeddings.T).clamp_min(1e-12).sqrt()
    gap = distance[:, :, None] - distance[:, None, :]
    mined = positive[:, :, None] & negative[:, None, :] & (gap >= 0)
    triplets = F.relu(gap + 0.1)[mined]
    loss = F.cross_entropy(logits / 0.5, labels, label_smoothing=0.1)
    if triplets.numel():
        loss = loss + triplets.mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step >= WARM_UP:
        seconds.append(time.perf_counter() - start)
print(json.dumps({"seconds": seconds, "version": torch.__version__}))
