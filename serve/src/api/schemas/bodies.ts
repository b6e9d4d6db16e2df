/**
 * Request bodies in the OpenAPI document. They document what readUpload accepts and validate
 * nothing: an image has more content types than a list could hold.
 */
import { readableFormats } from "@plumage/models";
import { newItemParamsSchema } from "./items.ts";
import { searchParamsSchema } from "./search.ts";

const image = { type: "string" as const, format: "binary", minLength: 1 };
const images = { oneOf: [image, { type: "array" as const, items: image }] };

/** An image as the body, or a form with these fields. */
const imageOrForm = (properties: object, required: string[] = []) => ({
  "image/*": { schema: image },
  "multipart/form-data": {
    schema: {
      type: "object" as const,
      properties: { ...properties },
      ...(required.length > 0 ? { required } : {}),
    },
  },
});

const textFields = (schema: { readonly shape: object }) =>
  Object.fromEntries(Object.keys(schema.shape).map((name) => [name, { type: "string" as const }]));

export const imageBody = {
  description: `An image as the body, or in the field \`image\` of a form: ${readableFormats}.`,
  required: true,
  content: imageOrForm({ image }, ["image"]),
};

export const searchBody = {
  description:
    "An image as the body; or a form with images in `image` (the results should resemble them) " +
    "and `negative` (they should not), which may also hold the query parameters; or nothing, " +
    "if `text` has words or `like` names items.",
  required: false,
  content: imageOrForm({ image: images, negative: images, ...textFields(searchParamsSchema) }),
};

export const newItemsBody = {
  description:
    "An image as the body, or a form with up to 100 images in `image`, 20 MB in total. For " +
    "several images, `items` is a JSON list with the id, label and metadata of each.",
  required: true,
  content: imageOrForm({ image: images, ...textFields(newItemParamsSchema) }, ["image"]),
};
