/** The ways to choose an image: the file input, drag and drop, and the clipboard. */
import { element } from "../dom/elements.ts";
import { droppedFolder } from "../folder/folderPicker.ts";

export interface InputActions {
  searchImage(blob: Blob, name: string): void;
  openFolder(directory: FileSystemDirectoryEntry): void;
  reject(reason: string): void;
}

export function listenToInput({ searchImage, openFolder, reject }: InputActions): void {
  const input = element("file", HTMLInputElement);
  input.addEventListener("change", () => {
    const [file] = input.files ?? [];
    if (file) searchImage(file, file.name);
    // Allows choosing the same file again.
    input.value = "";
  });

  const root = document.documentElement;
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    root.classList.add("dragging");
  });
  document.addEventListener("dragleave", (event) => {
    // Fires between elements, too; without a related target, the pointer has left the page.
    if (!event.relatedTarget) root.classList.remove("dragging");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    root.classList.remove("dragging");
    const directory = droppedFolder(event.dataTransfer);
    if (directory) return openFolder(directory);
    const [file] = event.dataTransfer?.files ?? [];
    if (file) searchImage(file, file.name);
    else reject("The dropped item is not a file. Save the image first, then drop the file.");
  });

  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    const file = files.find(({ type }) => type.startsWith("image/")) ?? files[0];
    if (file) searchImage(file, "Pasted image");
    // Words are pasted into the fields.
    else if (!(event.target instanceof HTMLInputElement))
      reject("The clipboard does not contain an image. Copy one, then paste it here.");
  });
}
