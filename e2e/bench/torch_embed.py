"""The peer of the embedding benchmark: PyTorch, eager, no gradients, on the CPU.

Images (uint8, NHWC) to embeddings. Usage: torch_embed.py BATCH PIXELS THREADS RUNS. Prints the
seconds of each run as one JSON line. Requires torch.
"""
import json
import sys
import time

import torch
from torch_network import Network

WARM_UP = 3
batch, pixels, threads, runs = (int(arg) for arg in sys.argv[1:5])
torch.set_num_threads(threads)
torch.manual_seed(0)
network = Network().eval()
mean = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
deviation = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
images = torch.randint(0, 256, (batch, pixels, pixels, 3), dtype=torch.uint8)

seconds = []
with torch.inference_mode():
    for run in range(WARM_UP + runs):
        start = time.perf_counter()
        inputs = (images.permute(0, 3, 1, 2).contiguous().float() / 255 - mean) / deviation
        network.descriptors(inputs)
        if run >= WARM_UP:
            seconds.append(time.perf_counter() - start)
print(json.dumps({"seconds": seconds, "version": torch.__version__}))
