/**
 * The tfjs backend `onnx`: its kernels compute nothing and write ONNX nodes down. tfjs's own
 * autodiff runs on it unchanged, so that a recorded function may hold gradients and an optimizer's
 * update as well.
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
      throw new PlumageError("unsupported", "the onnx backend was used outside of recordModel()");
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

  // Values live as long as their recording, so counting references would be idle work.
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
 * Runs a function with the onnx backend in force, and puts the caller's backend back whatever
 * happens. Errors: a kernel that is not in the lowering table is named, with where to add it.
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
        "add one to export/src/kernels (export/README.md says how)",
        { cause: error },
      )
    : undefined;
}
