/**
 * The gallery's embeddings on a graphics processor, as the same half floats, and their cosines with
 * a query (gpuCosines.wgsl).
 */
import { SerialQueue } from "../../inference/serialQueue.ts";
import type { EmbeddingRows } from "./cosines.ts";
import source from "./gpuCosines.wgsl?raw";

/** Bytes that are handed over at a time: the browser holds them twice meanwhile. */
const uploadBytes = 32 << 20;
/**
 * Rows of a buffer are a multiple of this: their scores then begin where a binding may, every 256
 * bytes.
 */
const rowStep = 64;
/** Rows that a workgroup takes at a time (gpuCosines.wgsl). */
const groupRows = 4;

interface Shard {
  readonly bindings: GPUBindGroup;
  readonly groups: number;
}

export class GpuRows {
  readonly #device: GPUDevice;
  readonly #pipeline: GPUComputePipeline;
  readonly #shards: readonly Shard[];
  readonly #query: GPUBuffer;
  readonly #scores: GPUBuffer;
  readonly #answer: GPUBuffer;
  /** One answer's buffer: searches take turns. */
  readonly #turns = new SerialQueue();

  private constructor(
    device: GPUDevice,
    pipeline: GPUComputePipeline,
    shards: readonly Shard[],
    buffers: { query: GPUBuffer; scores: GPUBuffer; answer: GPUBuffer },
  ) {
    this.#device = device;
    this.#pipeline = pipeline;
    this.#shards = shards;
    this.#query = buffers.query;
    this.#scores = buffers.scores;
    this.#answer = buffers.answer;
  }

  /**
   * Copies the rows to a device of its own.
   *
   * @param bufferBytes the most that one buffer holds; the adapter's own limits where they are less
   * @throws Error if there is no adapter, or it has no room
   */
  static async open(rows: EmbeddingRows, bufferBytes = Number.POSITIVE_INFINITY): Promise<GpuRows> {
    const { packed, scales, count, rowBytes } = rows;
    const adapter = await navigator.gpu.requestAdapter();
    if (!adapter) throw new Error("no adapter");
    const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
    const most = Math.min(bufferBytes, maxBufferSize, maxStorageBufferBindingSize);
    const shardRows = Math.max(rowStep, Math.floor(most / rowBytes / rowStep) * rowStep);
    const largest = Math.min(shardRows, count) * rowBytes;
    const device = await adapter.requestDevice({
      // What is asked for beyond the defaults costs a driver something: no more than is used.
      requiredLimits: {
        maxBufferSize: Math.max(largest, 256 << 20),
        maxStorageBufferBindingSize: Math.max(largest, 128 << 20),
      },
    });
    try {
      device.pushErrorScope("out-of-memory");
      const { STORAGE, UNIFORM, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
      const buffer = (size: number, usage: number) => device.createBuffer({ size, usage });
      const query = buffer(rowBytes * 2, STORAGE | COPY_DST);
      const scores = buffer(count * 4, STORAGE | COPY_SRC);
      const answer = buffer(count * 4, MAP_READ | COPY_DST);
      const lengths = buffer(count * 4, STORAGE | COPY_DST);
      device.queue.writeBuffer(lengths, 0, scales);
      const pipeline = await device.createComputePipelineAsync({
        layout: "auto",
        compute: { module: device.createShaderModule({ code: source }) },
      });
      const shards: Shard[] = [];
      for (let first = 0; first < count; first += shardRows) {
        const held = Math.min(shardRows, count - first);
        const extent = buffer(8, UNIFORM | COPY_DST);
        device.queue.writeBuffer(extent, 0, Uint32Array.of(held, rowBytes / 16));
        const halfFloats = buffer(held * rowBytes, STORAGE | COPY_DST);
        for (let at = 0; at < held * rowBytes; at += uploadBytes) {
          const end = Math.min(at + uploadBytes, held * rowBytes);
          device.queue.writeBuffer(
            halfFloats,
            at,
            packed.subarray(first * rowBytes + at, first * rowBytes + end),
          );
          await device.queue.onSubmittedWorkDone();
        }
        const part = { offset: first * 4, size: held * 4 };
        const resources = [
          { buffer: extent },
          { buffer: halfFloats },
          { buffer: lengths, ...part },
          { buffer: query },
          { buffer: scores, ...part },
        ];
        const bindings = device.createBindGroup({
          layout: pipeline.getBindGroupLayout(0),
          entries: resources.map((resource, binding) => ({ binding, resource })),
        });
        const groups = Math.min(
          Math.ceil(held / groupRows),
          device.limits.maxComputeWorkgroupsPerDimension,
        );
        shards.push({ bindings, groups });
      }
      const full = await device.popErrorScope();
      if (full) throw new Error(full.message);
      return new GpuRows(device, pipeline, shards, { query, scores, answer });
    } catch (error) {
      device.destroy();
      throw error;
    }
  }

  /**
   * Cosine of a query with every row.
   *
   * @param query [dimension], of unit length
   * @returns [count]
   * @throws Error if the device is lost
   */
  cosines(query: Float32Array<ArrayBuffer>): Promise<Float32Array> {
    return this.#turns.run(async () => {
      this.#device.queue.writeBuffer(this.#query, 0, query);
      const commands = this.#device.createCommandEncoder();
      const pass = commands.beginComputePass();
      pass.setPipeline(this.#pipeline);
      for (const { bindings, groups } of this.#shards) {
        pass.setBindGroup(0, bindings);
        pass.dispatchWorkgroups(groups);
      }
      pass.end();
      commands.copyBufferToBuffer(this.#scores, 0, this.#answer, 0, this.#answer.size);
      this.#device.queue.submit([commands.finish()]);
      await this.#answer.mapAsync(GPUMapMode.READ);
      const scores = new Float32Array(this.#answer.getMappedRange()).slice();
      this.#answer.unmap();
      return scores;
    });
  }

  close(): void {
    this.#device.destroy();
  }
}
