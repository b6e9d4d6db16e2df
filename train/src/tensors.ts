/**
 * tfjs with its gradients and its cpu backend, and without its banner. Imported before anything is
 * recorded.
 */
import "@tensorflow/tfjs";
import { enableProdMode } from "@tensorflow/tfjs-core";

enableProdMode();
