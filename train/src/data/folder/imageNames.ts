/** What an image's file is called. */

/**
 * Formats that are read, and those that people take for images too: leaving them out without a word
 * would be a riddle.
 */
const extensions = /\.(jpe?g|jfif|png|webp|gif|avif|bmp|tiff?|hei[cf]|svg)$/i;

export const isImageName = (file: string): boolean => extensions.test(file);
