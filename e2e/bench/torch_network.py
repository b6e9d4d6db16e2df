"""ResNet50-CGD with GeM and max descriptors in PyTorch: the network of the benchmarks' peers."""
import torch
import torch.nn.functional as F
from torch import nn


class Bottleneck(nn.Module):
    def __init__(self, channels, inner, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(channels, inner, 1, bias=False), nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(inner, inner, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(inner)
        self.conv3 = nn.Conv2d(inner, 4 * inner, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * inner)
        self.downsample = None
        if stride != 1 or channels != 4 * inner:
            self.downsample = nn.Sequential(
                nn.Conv2d(channels, 4 * inner, 1, stride, bias=False),
                nn.BatchNorm2d(4 * inner),
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
            nn.Conv2d(3, 64, 7, 2, 3, bias=False),
            nn.BatchNorm2d(64),
            nn.ReLU(),
            nn.MaxPool2d(3, 2, 1),
        )
        blocks, channels = [], 64
        for stage, count in enumerate((3, 4, 6, 3)):
            for block in range(count):
                blocks.append(Bottleneck(channels, 64 << stage, 2 if stage and block == 0 else 1))
                channels = 256 << stage
        self.body = nn.Sequential(*blocks)
        half = dimension // 2
        self.gem, self.gem_norm = nn.Linear(channels, half, bias=False), nn.LayerNorm(half)
        self.max, self.max_norm = nn.Linear(channels, half, bias=False), nn.LayerNorm(half)
        self.classifier = nn.Linear(channels, classes)

    def descriptors(self, x):
        """Unit-length embeddings [N, dimension], and the last feature map [N, channels, h, w]."""
        x = self.body(self.stem(x))
        gem = self.gem_norm(self.gem(x.pow(3).mean((2, 3)).clamp_min(1e-6).pow(1 / 3)))
        largest = self.max_norm(self.max(x.amax((2, 3))))
        return F.normalize(torch.cat((gem, largest), 1), dim=1), x

    def forward(self, x):
        embeddings, x = self.descriptors(x)
        return embeddings, self.classifier(x.mean((2, 3)))
