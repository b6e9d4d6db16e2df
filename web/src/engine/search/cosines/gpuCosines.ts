/** Cosines of a query with packed half-float embeddings, on a GPU (gpuCosines.wgsl). */
import { SerialQueue } from "../../async/serialQueue.ts";
import type { EmbeddingRows } from "./cosines.ts";
import source from "./gpuCosines.wgsl?raw";

/** Uploads happen in chunks of this size: the browser holds a second copy of each meanwhile. */
const uploadBytes = 32 << 20;
/** Shards have a multiple of this many rows: bindings of their scores are aligned to 256 bytes. */
const rowAlignment = 64;
/** Must equal rowsPerGroup of gpuCosines.wgsl. */
const rowsPerGroup = 4;

/** Rows that fit into one buffer. */
interface Shard {
  readonly bindings: GPUBindGroup;
  readonly groups: number;
}

interface Buffers {
  /** float32 [row length]. */
  readonly query: GPUBuffer;
  /** 1 / length of each row, [count]. */
  readonly scales: GPUBuffer;
  /** [count], on the GPU and mapped for reading. */
  readonly scores: GPUBuffer;
  readonly readback: GPUBuffer;
}

export class GpuRows {
  readonly #device: GPUDevice;
  readonly #pipeline: GPUComputePipeline;
  readonly #shards: readonly Shard[];
  readonly #buffers: Buffers;
  /** All searches share the buffers, so they take turns. */
  readonly #queue = new SerialQueue();

  private constructor(
    device: GPUDevice,
    pipeline: GPUComputePipeline,
    shards: readonly Shard[],
    buffers: Buffers,
  ) {
    this.#device = device;
    this.#pipeline = pipeline;
    this.#shards = shards;
    this.#buffers = buffers;
  }

  /**
   * Copies the rows to a GPU device of their own.
   *
   * @param maxBufferBytes limit for one buffer, in addition to the adapter's limits
   * @throws Error if there is no adapter, or if its memory is full
   */
  static async open(
    rows: EmbeddingRows,
    maxBufferBytes = Number.POSITIVE_INFINITY,
  ): Promise<GpuRows> {
    const adapter = await navigator.gpu.requestAdapter();
    if (!adapter) throw new Error("no adapter");
    const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
    const limit = Math.min(maxBufferBytes, maxBufferSize, maxStorageBufferBindingSize);
    const shardRows = Math.max(1, Math.floor(limit / rows.rowBytes / rowAlignment)) * rowAlignment;
    const largest = Math.min(shardRows, rows.count) * rows.rowBytes;
    const device = await adapter.requestDevice({
      // Raised above the defaults only as needed: higher limits can cost the driver.
      requiredLimits: {
        maxBufferSize: Math.max(largest, 256 << 20),
        maxStorageBufferBindingSize: Math.max(largest, 128 << 20),
      },
    });
    try {
      device.pushErrorScope("out-of-memory");
      const buffers = createBuffers(device, rows);
      const pipeline = await device.createComputePipelineAsync({
        layout: "auto",
        compute: { module: device.createShaderModule({ code: source }) },
      });
      const shards: Shard[] = [];
      for (let first = 0; first < rows.count; first += shardRows) {
        const count = Math.min(shardRows, rows.count - first);
        shards.push(await uploadShard(device, pipeline, rows, buffers, first, count));
      }
      const outOfMemory = await device.popErrorScope();
      if (outOfMemory) throw new Error(outOfMemory.message);
      return new GpuRows(device, pipeline, shards, buffers);
    } catch (error) {
      device.destroy();
      throw error;
    }
  }

  /**
   * The cosine of a query with each row.
   *
   * @param query [dimension], unit length
   * @returns [count]
   * @throws Error if the device is lost
   */
  cosines(query: Float32Array<ArrayBuffer>): Promise<Float32Array> {
    return this.#queue.run(async () => {
      const { scores, readback } = this.#buffers;
      this.#device.queue.writeBuffer(this.#buffers.query, 0, query);
      const commands = this.#device.createCommandEncoder();
      const pass = commands.beginComputePass();
      pass.setPipeline(this.#pipeline);
      for (const { bindings, groups } of this.#shards) {
        pass.setBindGroup(0, bindings);
        pass.dispatchWorkgroups(groups);
      }
      pass.end();
      commands.copyBufferToBuffer(scores, 0, readback, 0, readback.size);
      this.#device.queue.submit([commands.finish()]);
      await readback.mapAsync(GPUMapMode.READ);
      const copy = new Float32Array(readback.getMappedRange()).slice();
      readback.unmap();
      return copy;
    });
  }

  close(): void {
    this.#device.destroy();
  }
}

function createBuffers(device: GPUDevice, { count, rowBytes, scales }: EmbeddingRows): Buffers {
  const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
  const create = (size: number, usage: number) => device.createBuffer({ size, usage });
  const buffers = {
    query: create(rowBytes * 2, STORAGE | COPY_DST),
    scales: create(count * 4, STORAGE | COPY_DST),
    scores: create(count * 4, STORAGE | COPY_SRC),
    readback: create(count * 4, MAP_READ | COPY_DST),
  };
  device.queue.writeBuffer(buffers.scales, 0, scales);
  return buffers;
}

/** Uploads `count` rows, starting at `first`, and binds them to their part of the scores. */
async function uploadShard(
  device: GPUDevice,
  pipeline: GPUComputePipeline,
  { packed, rowBytes }: EmbeddingRows,
  { query, scales, scores }: Buffers,
  first: number,
  count: number,
): Promise<Shard> {
  const { STORAGE, UNIFORM, COPY_DST } = GPUBufferUsage;
  const extent = device.createBuffer({ size: 8, usage: UNIFORM | COPY_DST });
  device.queue.writeBuffer(extent, 0, Uint32Array.of(count, rowBytes / 16));
  const bytes = packed.subarray(first * rowBytes, (first + count) * rowBytes);
  const rows = device.createBuffer({ size: bytes.length, usage: STORAGE | COPY_DST });
  for (let offset = 0; offset < bytes.length; offset += uploadBytes) {
    device.queue.writeBuffer(rows, offset, bytes.subarray(offset, offset + uploadBytes));
    await device.queue.onSubmittedWorkDone();
  }
  const part = { offset: first * 4, size: count * 4 };
  const resources = [
    { buffer: extent },
    { buffer: rows },
    { buffer: scales, ...part },
    { buffer: query },
    { buffer: scores, ...part },
  ];
  return {
    bindings: device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: resources.map((resource, binding) => ({ binding, resource })),
    }),
    groups: Math.min(
      Math.ceil(count / rowsPerGroup),
      device.limits.maxComputeWorkgroupsPerDimension,
    ),
  };
}
