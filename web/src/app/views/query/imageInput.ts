/** The ways in which an image comes: picked, dropped anywhere on the page, pasted. */
import { element } from "../dom/elements.ts";
import { droppedFolder } from "../folder/folderPicker.ts";

export interface Intake {
  image(blob: Blob, name: string): void;
  folder(directory: FileSystemDirectoryEntry): void;
  /** Something came that holds no file. */
  nothing(reason: string): void;
}

export function listen({ image, folder, nothing }: Intake): void {
  const input = element("file", HTMLInputElement);
  input.addEventListener("change", () => {
    const [file] = input.files ?? [];
    if (file) image(file, file.name);
    // So that the same file can be picked again.
    input.value = "";
  });

  const root = document.documentElement;
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    root.classList.add("dragging");
  });
  document.addEventListener("dragleave", (event) => {
    // Between two elements of the page there is a related one; at its edge there is none.
    if (!event.relatedTarget) root.classList.remove("dragging");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    root.classList.remove("dragging");
    const directory = droppedFolder(event.dataTransfer);
    if (directory) return folder(directory);
    const [file] = event.dataTransfer?.files ?? [];
    if (file) image(file, file.name);
    else nothing("What was dropped is no file. Save the image first, then drop the file.");
  });

  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    const file = files.find(({ type }) => type.startsWith("image/")) ?? files[0];
    if (file) image(file, "Pasted image");
    else nothing("There is no image in the clipboard. Copy one, then paste it here.");
  });
}
