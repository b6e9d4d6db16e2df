/**
 * The tfjs backend "onnx". Its kernels append ONNX nodes and compute nothing. tfjs's autodiff runs
 * on it unchanged, so a recorded function may contain gradients and optimizer updates.
 */
import { PlumageError } from "@plumage/models";
import * as tf from "@tensorflow/tfjs-core";
import { lowerings } from "./kernels/index.ts";
import type { ElementType } from "./onnx/graph.ts";
import { Recording } from "./record/recording.ts";

const backendName = "onnx";

class RecordingBackend extends tf.KernelBackend {
  recording: Recording | undefined;

  get current(): Recording {
    if (!this.recording)
      throw new PlumageError("unsupported", "the onnx backend works only inside recordModel()");
    return this.recording;
  }

  override write(data: tf.BackendValues, shape: number[], dtype: tf.DataType): object {
    const dataId = {};
    this.current.set(dataId, { data, shape, type: dtype as ElementType, kernel: "Constant" });
    return dataId;
  }

  override move(dataId: object, data: tf.BackendValues, shape: number[], dtype: tf.DataType): void {
    this.current.set(dataId, { data, shape, type: dtype as ElementType, kernel: "Constant" });
  }

  override readSync(dataId: object): tf.BackendValues {
    return this.current.read(dataId);
  }

  override async read(dataId: object): Promise<tf.BackendValues> {
    return this.readSync(dataId);
  }

  // Values live as long as their recording, so there is no need to count references.
  override disposeData(): boolean {
    return true;
  }
  override incRef(): void {}
  override refCount(): number {
    return 1;
  }
  override numDataIds(): number {
    return this.recording?.size ?? 0;
  }
  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }
  override epsilon(): number {
    return 1e-7;
  }
  override floatPrecision(): 32 {
    return 32;
  }
  override dispose(): void {}
}

const backend = new RecordingBackend();

function register(): void {
  if (tf.findBackend(backendName)) return;
  tf.registerBackend(backendName, () => backend, 0);
  for (const [kernelName, lower] of Object.entries(lowerings)) {
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, attrs }) =>
        lower({ recording: backend.current, kernel: kernelName, inputs, attrs: attrs ?? {} }),
    });
  }
}

/**
 * Runs a function on the onnx backend and restores the caller's backend, even after an error.
 *
 * @throws PlumageError "unsupported" for a kernel without a lowering, and for nested recordings
 */
export function record<T>(fn: (recording: Recording) => T): { recording: Recording; value: T } {
  register();
  const previous = tf.getBackend();
  if (backend.recording) throw new PlumageError("unsupported", "recordings cannot be nested");
  const recording = new Recording();
  backend.recording = recording;
  try {
    tf.setBackend(backendName);
    let value!: T;
    tf.tidy(() => {
      value = fn(recording);
    });
    return { recording, value };
  } catch (error) {
    throw unknownKernel(error) ?? error;
  } finally {
    if (previous && previous !== backendName) tf.setBackend(previous);
    backend.recording = undefined;
  }
}

/** tfjs reports a missing kernel as "Kernel 'X' not registered for backend 'onnx'". */
function unknownKernel(error: unknown): PlumageError | undefined {
  const name =
    error instanceof Error
      ? /[Kk]ernel '(\w+)' not registered/.exec(error.message)?.[1]
      : undefined;
  return name
    ? new PlumageError(
        "unsupported",
        `kernel ${name} has no lowering to ONNX`,
        "add one to export/src/recorder/kernels (see export/README.md)",
        { cause: error },
      )
    : undefined;
}
