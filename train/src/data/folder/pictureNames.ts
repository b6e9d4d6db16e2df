/** What a picture's file is called. */

/** Formats that are read, and those that people take for pictures too: leaving them out without a word would be a riddle. */
const extensions = /\.(jpe?g|jfif|png|webp|gif|avif|bmp|tiff?|hei[cf]|svg)$/i;

export const isPictureName = (file: string): boolean => extensions.test(file);
