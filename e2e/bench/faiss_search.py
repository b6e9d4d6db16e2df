"""The peer of the search benchmark: faiss's HNSW over float32 at a given recall.

One thread, one query at a time. Usage: faiss_search.py FOLDER DIMENSION NEIGHBORS RECALL. FOLDER
has vectors.f32, queries.f32 and exact.i32. Prints the seconds of each search, and what the index
took to build and takes to keep, as one JSON line.
Requires faiss and numpy.
"""
import json
import os
import sys
import time

import faiss
import numpy as np

folder = sys.argv[1]
dimension, neighbors = int(sys.argv[2]), int(sys.argv[3])
target_recall = float(sys.argv[4])
read = lambda name, kind: np.fromfile(f"{folder}/{name}", dtype=kind)
vectors = read("vectors.f32", np.float32).reshape(-1, dimension)
queries = read("queries.f32", np.float32).reshape(-1, dimension)
exact = read("exact.i32", np.int32).reshape(-1, neighbors)


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


before = resident() if os.path.exists("/proc/self/statm") else None
# usearch's defaults: 16 neighbors per node, 128 candidates while building.
index = faiss.IndexHNSWFlat(dimension, 16, faiss.METRIC_INNER_PRODUCT)
index.hnsw.efConstruction = 128
# On all cores, as the server.
faiss.omp_set_num_threads(os.cpu_count())
start = time.perf_counter()
index.add(vectors)
answer = {"buildSeconds": time.perf_counter() - start}
faiss.omp_set_num_threads(1)
if before is not None:
    answer["bytes"] = resident() - before


def recall_at(ef):
    index.hnsw.efSearch = ef
    found = index.search(queries, neighbors)[1]
    return sum(len(set(a) & set(b)) for a, b in zip(found, exact)) / exact.size


ef = neighbors
while (recall := recall_at(ef)) < target_recall and ef < 4096:
    ef = int(ef * 1.25) + 1
seconds = []
for query in queries:
    start = time.perf_counter()
    index.search(query[None], neighbors)
    seconds.append(time.perf_counter() - start)
version = f"faiss {faiss.__version__}, efSearch {ef}"
answer |= {"seconds": seconds, "version": version, "recall": recall}
print(json.dumps(answer))
