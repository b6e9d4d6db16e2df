/** A thread that starts onnxruntime for telemetry.test.ts. */
import { InferenceSession } from "@plumage/models/onnxruntime";

// The library starts before it looks at the model, which is none.
await InferenceSession.create(new Uint8Array(4)).catch(() => {});
