"""The peer of the serve benchmark: image search with FastAPI, Pillow, torch and faiss.

Usage: fastapi_serve.py PORT PIXELS DIMENSION VECTORS. The network has the shape of ours and random
weights. The index is a faiss HNSW graph over random unit vectors, as many as our index has images.
"""
import io
import sys
from contextlib import asynccontextmanager

import faiss
import numpy as np
import torch
import uvicorn
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from PIL import Image
from torch_network import Network

port, pixels, dimension, count = (int(arg) for arg in sys.argv[1:5])
torch.manual_seed(0)
network = Network(dimension=dimension).eval()
mean = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
deviation = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
vectors = np.random.default_rng(0).standard_normal((count, dimension), dtype=np.float32)
vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
index = faiss.IndexHNSWFlat(dimension, 16, faiss.METRIC_INNER_PRODUCT)
index.hnsw.efConstruction = 128
index.add(vectors)
index.hnsw.efSearch = 64
app = FastAPI()


def answer(body, k):
    image = Image.open(io.BytesIO(body)).convert("RGB")
    image = image.resize((pixels, pixels), Image.Resampling.BILINEAR)
    inputs = torch.from_numpy(np.array(image)).permute(2, 0, 1).contiguous().float()[None] / 255
    with torch.inference_mode():
        embedding = network.descriptors((inputs - mean) / deviation)[0].numpy()
    scores, keys = index.search(embedding, k)
    hits = zip(keys[0], scores[0])
    return {"results": [{"id": int(key), "score": float(score)} for key, score in hits]}


@app.post("/search")
async def search(request: Request, k: int = 12):
    return await run_in_threadpool(answer, await request.body(), k)


@app.get("/readyz")
def ready():
    return {"version": f"FastAPI, torch {torch.__version__}, faiss {faiss.__version__}"}


uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")
