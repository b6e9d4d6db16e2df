/** Loads tfjs with its gradients and its cpu backend, without its banner. */
import "@tensorflow/tfjs";
import { enableProdMode } from "@tensorflow/tfjs-core";

enableProdMode();
