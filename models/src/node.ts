/** models, the part that needs Node: files, the model store, decoding, and what every command shares. */
export {};
