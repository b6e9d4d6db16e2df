/** Recognizes image files by name. */

/**
 * Includes formats that training rejects, so that the image check lists them instead of the folder
 * scan ignoring them as other files.
 */
const extensions = /\.(jpe?g|jfif|png|webp|gif|avif|bmp|tiff?|hei[cf]|svg)$/i;

export const isImageName = (file: string): boolean => extensions.test(file);
