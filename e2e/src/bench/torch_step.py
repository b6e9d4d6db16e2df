"""PyTorch's side of the training bench: the same network, objective and optimiser, eager, on the CPU.

ResNet-50 with frozen batch norm, GeM and max descriptors, cross-entropy (temperature 0.5, smoothing 0.1) and the hard
triplets of a margin of 0.1, Adam. Usage: torch_step.py BATCH PIXELS THREADS STEPS; prints the seconds of each step as one
JSON line. Needs torch alone.
"""
import json
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

WARM_UP = 3
batch, pixels, threads, steps = (int(word) for word in sys.argv[1:5])
torch.set_num_threads(threads)
torch.manual_seed(0)


class Bottleneck(nn.Module):
    def __init__(self, channels, inner, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(channels, inner, 1, bias=False), nn.BatchNorm2d(inner)
        self.conv2, self.bn2 = nn.Conv2d(inner, inner, 3, stride, 1, bias=False), nn.BatchNorm2d(inner)
        self.conv3, self.bn3 = nn.Conv2d(inner, 4 * inner, 1, bias=False), nn.BatchNorm2d(4 * inner)
        self.downsample = None
        if stride != 1 or channels != 4 * inner:
            self.downsample = nn.Sequential(
                nn.Conv2d(channels, 4 * inner, 1, stride, bias=False), nn.BatchNorm2d(4 * inner)
            )

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class Network(nn.Module):
    def __init__(self, classes=100, dimension=1536):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)
        )
        blocks, channels = [], 64
        for stage, count in enumerate((3, 4, 6, 3)):
            for block in range(count):
                blocks.append(Bottleneck(channels, 64 << stage, 2 if stage and block == 0 else 1))
                channels = 256 << stage
        self.body = nn.Sequential(*blocks)
        self.gem, self.gem_norm = nn.Linear(channels, dimension // 2, bias=False), nn.LayerNorm(dimension // 2)
        self.max, self.max_norm = nn.Linear(channels, dimension // 2, bias=False), nn.LayerNorm(dimension // 2)
        self.classifier = nn.Linear(channels, classes)

    def forward(self, x):
        x = self.body(self.stem(x))
        gem = self.gem_norm(self.gem(x.pow(3).mean((2, 3)).clamp_min(1e-6).pow(1 / 3)))
        largest = self.max_norm(self.max(x.amax((2, 3))))
        return F.normalize(torch.cat((gem, largest), 1), dim=1), self.classifier(x.mean((2, 3)))


network = Network().train()
for module in network.modules():
    if isinstance(module, nn.BatchNorm2d):
        module.eval()
optimiser = torch.optim.Adam(network.parameters(), lr=1e-4)
images = torch.randn(batch, 3, pixels, pixels)
labels = torch.arange(batch) // 4
same = labels[:, None] == labels[None, :]
positive, negative = same & ~torch.eye(batch, dtype=torch.bool), ~same

seconds = []
for step in range(WARM_UP + steps):
    began = time.perf_counter()
    embeddings, logits = network(images)
    distance = (2 - 2 * embeddings @ embeddings.T).clamp_min(1e-12).sqrt()
    gap = distance[:, :, None] - distance[:, None, :]
    mined = positive[:, :, None] & negative[:, None, :] & (gap >= 0)
    triplets = F.relu(gap + 0.1)[mined]
    loss = F.cross_entropy(logits / 0.5, labels, label_smoothing=0.1)
    if triplets.numel():
        loss = loss + triplets.mean()
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    if step >= WARM_UP:
        seconds.append(time.perf_counter() - began)
print(json.dumps({"seconds": seconds, "version": torch.__version__}))
